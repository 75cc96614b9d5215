package wxsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

const (
	maxTop, maxSub         = 3, 5
	maxTopName, maxSubName = 16, 60 // bytes
	maxKey, maxURL         = 128, 1024
)

type menuState struct {
	plain       json.RawMessage
	conditional map[string]json.RawMessage // by menuid
}

type menuButton struct {
	Type     string       `json:"type"`
	Name     string       `json:"name"`
	Key      string       `json:"key"`
	URL      string       `json:"url"`
	AppID    string       `json:"appid"`
	PagePath string       `json:"pagepath"`
	MediaID  string       `json:"media_id"`
	Article  string       `json:"article_id"`
	Sub      []menuButton `json:"sub_button"`
}

func (s *Server) menu(r *request) *menuState {
	m := s.menus[r.acc.AppID]
	if m == nil {
		m = &menuState{conditional: make(map[string]json.RawMessage)}
		s.menus[r.acc.AppID] = m
	}
	return m
}

func (s *Server) menuCreate(r *request) answer {
	body, _, a := readMenu(r)
	if a.code != 0 {
		return a
	}
	s.menu(r).plain = body
	return ok()
}

func (s *Server) menuAddConditional(r *request) answer {
	body, rule, a := readMenu(r)
	if a.code != 0 {
		return a
	}
	if len(rule) == 0 {
		return refuse(65304, "match rule is empty")
	}
	m := s.menu(r)
	if m.plain == nil {
		return refuse(65303, "there is no selfmenu, please create selfmenu first")
	}
	s.serial++
	id := strconv.FormatInt(s.serial, 10)
	number := s.serial
	if tagID, given := rule["tag_id"].(string); given && !slices.ContainsFunc(s.tags[r.acc.AppID], func(t tag) bool { return strconv.Itoa(t.ID) == tagID }) {
		return refuse(65317, "there is no such tag")
	}
	var kept map[string]any
	if json.Unmarshal(body, &kept) == nil { // it is shown with its number
		kept["menuid"] = number
		body, _ = json.Marshal(kept)
	}
	m.conditional[id] = body
	return answer{json: map[string]any{"menuid": id}}
}

func (s *Server) menuGet(r *request) answer {
	m := s.menu(r)
	if m.plain == nil {
		return refuse(46003, "menu no exist")
	}
	out := map[string]any{"menu": m.plain}
	if len(m.conditional) > 0 {
		var list []json.RawMessage
		for _, c := range m.conditional {
			list = append(list, c)
		}
		out["conditionalmenu"] = list
	}
	return answer{json: out}
}

// menuDelConditional takes one of the menus for some people off.
func (s *Server) menuDelConditional(r *request) answer {
	var in struct {
		ID string `json:"menuid"`
	}
	m := s.menu(r)
	if json.Unmarshal(r.body, &in) != nil || m.conditional[in.ID] == nil {
		return refuse(65301, "not exist menuid")
	}
	delete(m.conditional, in.ID)
	return ok()
}

// menuDelete takes the conditional menus along, as the platform does.
func (s *Server) menuDelete(r *request) answer {
	delete(s.menus, r.acc.AppID)
	return ok()
}

func readMenu(r *request) (body json.RawMessage, rule map[string]any, a answer) {
	var in struct {
		Button []menuButton   `json:"button"`
		Rule   map[string]any `json:"matchrule"`
	}
	if err := json.Unmarshal(r.body, &in); err != nil {
		return nil, nil, refuse(47001, "data format error")
	}
	if n := len(in.Button); n < 1 || n > maxTop {
		return nil, nil, refuse(40017, fmt.Sprintf("invalid button size: %d", n))
	}
	for _, b := range in.Button {
		if a := b.check(maxTopName); a.code != 0 {
			return nil, nil, a
		}
		if len(b.Sub) > maxSub {
			return nil, nil, refuse(40023, "invalid sub button size")
		}
		for _, sub := range b.Sub {
			if len(sub.Sub) > 0 {
				return nil, nil, refuse(40022, "invalid sub menu level")
			}
			if a := sub.check(maxSubName); a.code != 0 {
				return nil, nil, a
			}
		}
	}
	return r.body, in.Rule, answer{}
}

func (b *menuButton) check(maxName int) answer {
	if b.Name == "" || len(b.Name) > maxName {
		return refuse(40018, "invalid button name size")
	}
	if len(b.Sub) > 0 {
		return answer{} // a button with a sub-menu does nothing itself
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		if b.Key == "" || len(b.Key) > maxKey {
			return refuse(40019, "invalid button key size")
		}
	case "view", "miniprogram":
		if b.URL == "" || len(b.URL) > maxURL {
			return refuse(40020, "invalid button url size")
		}
		if b.Type == "miniprogram" && (b.AppID == "" || b.PagePath == "") {
			return refuse(40027, "invalid sub button url size")
		}
	case "media_id", "article_id", "article_view_limited", "view_limited":
		if b.MediaID+b.Article == "" {
			return refuse(40007, "invalid media_id")
		}
	default:
		return refuse(40016, "invalid button type")
	}
	return answer{}
}
