package wxsim

import "encoding/json"

type customMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Image mediaRef `json:"image"`
	Voice mediaRef `json:"voice"`
	Video mediaRef `json:"video"`
	News  struct {
		Articles []struct {
			Title string `json:"title"`
			URL   string `json:"url"`
		} `json:"articles"`
	} `json:"news"`
	Menu struct {
		Head string `json:"head_content"`
		List []struct {
			ID      json.RawMessage `json:"id"` // the platform takes a number or a string
			Content string          `json:"content"`
		} `json:"list"`
	} `json:"msgmenu"`
}

type mediaRef struct {
	ID string `json:"media_id"`
}

// customSend is a customer-service message: well formed first, then allowed.
func (s *Server) customSend(r *request) answer {
	var m customMessage
	if err := json.Unmarshal(r.body, &m); err != nil {
		return refuse(47001, "data format error")
	}
	if m.ToUser == "" {
		return refuse(40003, "invalid openid")
	}
	if r.escaped() {
		return refuse(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
	}
	if a := m.check(); a.code != 0 {
		return a
	}
	if a := s.spend(r.acc.AppID, m.ToUser, r.now); a.code != 0 {
		return a
	}
	return ok()
}

func (m *customMessage) check() answer {
	empty := refuse(44004, "empty content")
	switch m.MsgType {
	case "text":
		if m.Text.Content == "" {
			return empty
		}
		if len(m.Text.Content) > maxText {
			return refuse(45002, "content size out of limit")
		}
	case "image", "voice", "video":
		if m.Image.ID+m.Voice.ID+m.Video.ID == "" {
			return refuse(40007, "invalid media_id")
		}
	case "news":
		if len(m.News.Articles) != 1 {
			return refuse(45008, "article size out of limit")
		}
	case "msgmenu":
		if len(m.Menu.List) == 0 {
			return empty
		}
		for _, i := range m.Menu.List {
			if len(i.ID) == 0 || i.Content == "" {
				return empty
			}
		}
	default:
		return refuse(40008, "invalid message type")
	}
	return answer{}
}

// customTyping shows or hides '对方正在输入'.
func (s *Server) customTyping(r *request) answer {
	openid, _ := r.json["touser"].(string)
	if openid == "" {
		return refuse(40003, "invalid openid")
	}
	switch r.json["command"] {
	case "Typing", "CancelTyping":
		return ok()
	}
	return refuse(45072, "invalid command")
}
