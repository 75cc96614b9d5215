package wxsim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// WeCom customer service (微信客服): an Account with an OpenKfID. What people send lies here until it is pulled by a cursor; a
// call to the webhook only hints at it (kf_client.go).

const (
	kfHintLife    = 10 * time.Minute
	kfWelcomeLife = 20 * time.Second
	kfMaxHead     = 1024
	kfMaxItems    = 10
	kfMaxClick    = 128
	kfMaxMenuID   = 64
)

// Who a conversation is with. Only in the first two may the program send.
const (
	KfNew   = 0 // 未处理
	KfBot   = 1 // 由智能助手接待
	KfQueue = 2 // 待接入池排队中
	KfHuman = 3 // 由人工接待
	KfEnded = 4
)

type kfState struct {
	log    []map[string]any // what was sent to the account, the oldest first
	people map[string]*kfPerson
	codes  map[string]kfCode
	hints  map[string]time.Time // tokens that calls carried
	serial int
}

type kfPerson struct {
	left  int
	until time.Time
	state int
}

type kfCode struct {
	user  string
	until time.Time
}

func (k *kfState) next(prefix string) string {
	k.serial++
	return prefix + strconv.Itoa(k.serial) + "_" + rand.Text()[:8]
}

// KfPut lays a message of a person down as the platform does, and returns its msgid. The window opens anew. An empty msgid is
// made up.
func (s *Server) KfPut(openKfID, user, msgID string, at time.Time, fields map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kf[openKfID]
	if msgID == "" {
		msgID = k.next("msg_")
	}
	m := map[string]any{"msgid": msgID, "open_kfid": openKfID, "external_userid": user, "send_time": at.Unix(), "origin": 3}
	for name, v := range fields {
		m[name] = v
	}
	if m["origin"] == 3 {
		p := k.people[user]
		if p == nil {
			p = &kfPerson{}
			k.people[user] = p
		}
		if p.state == KfEnded {
			p.state = KfNew
		}
		p.left, p.until = talkCount, s.Now().Add(talkWindow)
	}
	k.log = append(k.log, m)
	return msgID
}

// KfEnter lets somebody open the conversation, by a link with a scene or by none. With a welcome code they may be greeted once.
func (s *Server) KfEnter(openKfID, user, scene string, welcome bool) string {
	e := map[string]any{"event_type": "enter_session", "open_kfid": openKfID, "external_userid": user, "scene": scene}
	if welcome {
		s.mu.Lock()
		code := s.kf[openKfID].next("code_")
		s.kf[openKfID].codes[code] = kfCode{user, s.Now().Add(kfWelcomeLife)}
		s.mu.Unlock()
		e["welcome_code"] = code
	}
	return s.KfEvent(openKfID, e)
}

// KfEvent lays down an event of the platform's own.
func (s *Server) KfEvent(openKfID string, e map[string]any) string {
	return s.KfPut(openKfID, "", "", s.Now(), map[string]any{"origin": 4, "msgtype": "event", "event": e})
}

// KfSetState gives a conversation to somebody, as the console's rules or a colleague do.
func (s *Server) KfSetState(openKfID, user string, state int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kf[openKfID]
	if k.people[user] == nil {
		k.people[user] = &kfPerson{left: talkCount, until: s.Now().Add(talkWindow)}
	}
	k.people[user].state = state
}

// kfHint makes the token that a call carries.
func (s *Server) kfHint(openKfID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kf[openKfID]
	token := k.next("ENC")
	k.hints[token] = s.Now().Add(kfHintLife)
	return token
}

// kfToken is gettoken: the same token for everybody until it is about to end.
func (s *Server) kfToken(r *request) answer {
	q := r.URL.Query()
	a, found := s.accounts[q.Get("corpid")]
	if !found || a.OpenKfID == "" {
		return refuse(40013, "invalid corpid")
	}
	r.acc = a
	if a.AppSecret != q.Get("corpsecret") {
		return refuse(40001, "invalid credential")
	}
	name := s.stable[a.AppID]
	if left := s.tokens[name].until.Sub(r.now); left > 0 {
		return grant(name, left)
	}
	name = s.issue(r, true)
	s.stable[a.AppID] = name
	return grant(name, tokenLife)
}

// kfOf finds the account that a call is about.
func (s *Server) kfOf(r *request) (*kfState, answer) {
	id, _ := r.json["open_kfid"].(string)
	k := s.kf[id]
	if k == nil || r.acc.OpenKfID != id {
		return nil, refuse(95000, "invalid open_kfid")
	}
	return k, answer{}
}

func (s *Server) kfSync(r *request) answer {
	k, bad := s.kfOf(r)
	if k == nil {
		return bad
	}
	if token, _ := r.json["token"].(string); token != "" && !r.now.Before(k.hints[token]) {
		return refuse(95007, "invalid msg token")
	}
	from := 0
	if cursor, _ := r.json["cursor"].(string); cursor != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cursor, "cursor-"))
		if err != nil || n < 0 || n > len(k.log) {
			return refuse(40058, "invalid cursor")
		}
		from = n
	}
	limit := 1000
	if n := r.number("limit"); n > 0 && n < limit {
		limit = n
	}
	to := min(from+limit, len(k.log))
	more := 0
	if to < len(k.log) {
		more = 1
	}
	return ok("next_cursor", "cursor-"+strconv.Itoa(to), "has_more", more, "msg_list", k.log[from:to])
}

// KfMessage is what a person is shown of a message to them.
type KfMessage struct {
	ToUser  string `json:"touser"`
	Code    string `json:"code"`
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Menu struct {
		Head string `json:"head_content"`
		Tail string `json:"tail_content"`
		List []struct {
			Type  string `json:"type"`
			Click struct {
				ID      string `json:"id"`
				Content string `json:"content"`
			} `json:"click"`
			View struct {
				URL     string `json:"url"`
				Content string `json:"content"`
			} `json:"view"`
		} `json:"list"`
	} `json:"msgmenu"`
}

// Words are all that stands in it, its choices as lines.
func (m KfMessage) Words() string {
	lines := []string{m.Text.Content, m.Menu.Head}
	for _, i := range m.Menu.List {
		lines = append(lines, i.Click.Content, i.View.Content)
	}
	var out []string
	for _, l := range append(lines, m.Menu.Tail) {
		if l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// KfMessage is the message of a call that sends one and was taken; for an event's, ToUser is empty.
func (c Call) KfMessage() (m KfMessage, sent bool) {
	if c.ErrCode != 0 || c.Path != "/cgi-bin/kf/send_msg" && c.Path != "/cgi-bin/kf/send_msg_on_event" {
		return m, false
	}
	return m, json.Unmarshal([]byte(c.Raw), &m) == nil
}

// KfShown are the messages that a person was sent, the oldest first.
func (s *Server) KfShown(user string) (out []KfMessage) {
	for _, c := range s.Calls() {
		if m, sent := c.KfMessage(); sent && (m.ToUser == user || m.ToUser == "" && s.kfCoded(m.Code) == user) {
			out = append(out, m)
		}
	}
	return out
}

func (s *Server) kfCoded(code string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kf {
		if c, there := k.codes[code]; there {
			return c.user
		}
	}
	return ""
}

func (m *KfMessage) check(onEvent bool) answer {
	bad := func(what string) answer { return refuse(40058, "invalid "+what) }
	switch m.MsgType {
	case "text":
		switch {
		case m.Text.Content == "":
			return refuse(44004, "empty content")
		case len(m.Text.Content) > maxText:
			return refuse(45002, "content size out of limit")
		case control(m.Text.Content):
			return bad("text")
		}
	case "msgmenu":
		if len(m.Menu.Head) > kfMaxHead || len(m.Menu.Tail) > kfMaxHead {
			return refuse(45002, "content size out of limit")
		}
		if len(m.Menu.List) > kfMaxItems {
			return refuse(95008, "too many menu items")
		}
		for _, i := range m.Menu.List {
			switch i.Type {
			case "click":
				if i.Click.Content == "" || len(i.Click.Content) > kfMaxClick || len(i.Click.ID) > kfMaxMenuID || control(i.Click.Content) {
					return bad("click")
				}
			case "view":
				if !strings.HasPrefix(i.View.URL, "http") || len(i.View.URL) > maxText || i.View.Content == "" || len(i.View.Content) > kfMaxHead {
					return bad("view")
				}
			default:
				return refuse(95009, "invalid menu item type")
			}
		}
	default:
		if onEvent {
			return refuse(40008, "invalid message type")
		}
		return refuse(40008, fmt.Sprintf("invalid message type %q", m.MsgType))
	}
	return answer{}
}

// kfSend is an answer, or a message unasked: five after each of the person's, for 48 hours.
func (s *Server) kfSend(r *request) answer {
	k, bad := s.kfOf(r)
	if k == nil {
		return bad
	}
	var m KfMessage
	if err := json.Unmarshal(r.body, &m); err != nil || m.ToUser == "" {
		return refuse(40058, "invalid touser")
	}
	if r.escaped() {
		return refuse(40058, "escaped characters")
	}
	if a := m.check(false); a.code != 0 {
		return a
	}
	if p := k.people[m.ToUser]; p != nil { // whom it was never told of may be written to freely, as in Saw
		switch {
		case p.state == KfQueue || p.state == KfHuman || p.state == KfEnded:
			return refuse(95018, "send msg session status invalid")
		case !r.now.Before(p.until):
			return refuse(95002, "send msg time limit")
		case p.left == 0:
			return refuse(95001, "send msg count limit")
		}
		p.left--
	}
	return ok("msgid", k.next("sent_"))
}

// kfWelcome answers an event by its code, once.
func (s *Server) kfWelcome(r *request) answer {
	k := s.kf[r.acc.OpenKfID]
	var m KfMessage
	if err := json.Unmarshal(r.body, &m); err != nil || k == nil {
		return refuse(40058, "invalid request")
	}
	code, there := k.codes[m.Code]
	if !there || !r.now.Before(code.until) {
		return refuse(40058, "invalid code")
	}
	if a := m.check(true); a.code != 0 {
		return a
	}
	k.codes[m.Code] = kfCode{user: code.user} // used up
	return ok("msgid", k.next("sent_"))
}

// kfTrans changes who a conversation is with. What a human has is not given to the program.
func (s *Server) kfTrans(r *request) answer {
	k, bad := s.kfOf(r)
	if k == nil {
		return bad
	}
	user, _ := r.json["external_userid"].(string)
	state := r.number("service_state")
	p := k.people[user]
	if p == nil {
		return refuse(40096, "invalid external userid")
	}
	if state == KfBot && (p.state == KfHuman || p.state == KfEnded) {
		return refuse(95016, "not allow to trans")
	}
	p.state = state
	return ok()
}

func (s *Server) kfList(r *request) answer {
	return ok("account_list", []map[string]any{{"open_kfid": r.acc.OpenKfID, "name": "示例·心桥客服", "manage_privilege": true}})
}

// number is a whole number of the body, 0 where there is none.
func (r *request) number(name string) int {
	n, err := strconv.Atoi(fmt.Sprint(r.json[name]))
	if err != nil {
		return 0
	}
	return n
}
