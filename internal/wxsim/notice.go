package wxsim

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// dedupe is how long a client_msg_id keeps a template message from being sent twice.
const dedupe = 10 * time.Minute

type sentJob struct {
	id int64
	at time.Time
}

type noticeIn struct {
	ToUser      string          `json:"touser"`
	TemplateID  string          `json:"template_id"`
	ClientMsgID string          `json:"client_msg_id"`
	Data        json.RawMessage `json:"data"`
}

func (r *request) notice() (noticeIn, answer) {
	var in noticeIn
	if err := json.Unmarshal(r.body, &in); err != nil {
		return in, refuse(47001, "data format error")
	}
	if in.ToUser == "" {
		return in, refuse(40003, "invalid openid")
	}
	if r.escaped() {
		return in, refuse(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
	}
	if in.TemplateID == "" {
		return in, refuse(40037, "invalid template_id")
	}
	var data map[string]struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(in.Data, &data); err != nil || len(data) == 0 {
		return in, refuse(47003, "argument invalid! data is empty")
	}
	for key, v := range data {
		if len(v.Value) == 0 {
			return in, refuse(47003, "argument invalid! data."+key+".value is empty")
		}
	}
	return in, answer{}
}

// templateSend gives the same msgid again for a client_msg_id that it knows.
func (s *Server) templateSend(r *request) answer {
	in, a := r.notice()
	if a.code != 0 {
		return a
	}
	if w := s.windows[r.acc.AppID+" "+in.ToUser]; w != nil && !w.followed {
		return refuse(43004, "require subscribe")
	}
	key := strings.Join([]string{r.acc.AppID, in.ToUser, in.ClientMsgID}, " ")
	if j, found := s.sent[key]; found && in.ClientMsgID != "" && r.now.Sub(j.at) < dedupe {
		r.job = j.id
		return ok("msgid", j.id)
	}
	s.serial++
	r.job = s.serial
	s.sent[key] = sentJob{id: s.serial, at: r.now}
	return ok("msgid", s.serial)
}

// tick keeps what a user allowed or took back; the lock is held.
func (s *Server) tick(user string, notices []Notice) {
	for _, n := range notices {
		key := user + " " + n.TemplateID
		if n.Status == "accept" {
			s.notices[key]++
		} else {
			s.notices[key] = 0
		}
	}
}

// bizSend is a subscribe notice: one for each tick of a user whom the platform
// has seen act; for others, as with the windows, it says yes.
func (s *Server) bizSend(r *request) answer {
	in, a := r.notice()
	if a.code != 0 {
		return a
	}
	if why := badField(in.Data); why != "" {
		return refuse(47003, "argument invalid! data."+why+".value is invalid")
	}
	user := r.acc.AppID + " " + in.ToUser
	if s.windows[user] != nil {
		key := user + " " + in.TemplateID
		if s.notices[key] == 0 {
			return refuse(43101, "user refuse to accept the msg")
		}
		s.notices[key]--
	}
	return ok()
}

// fieldForms are what the fields of a subscribe notice may hold, by what their names begin with.
var fieldForms = map[string]*regexp.Regexp{
	"thing":            regexp.MustCompile(`^.{1,20}$`),
	"phrase":           regexp.MustCompile(`^\p{Han}{1,5}$`),
	"name":             regexp.MustCompile(`^.{1,10}$`),
	"character_string": regexp.MustCompile(`^[!-~]{1,32}$`),
	"number":           regexp.MustCompile(`^[0-9.]{1,32}$`),
	"time":             regexp.MustCompile(`^(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}$`),
	"date":             regexp.MustCompile(`^\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?$`),
}

// badField is a field whose value the platform refuses, "" where there is none.
func badField(data json.RawMessage) string {
	var fields map[string]struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(data, &fields) != nil {
		return "data"
	}
	for name, f := range fields {
		if form := fieldForms[strings.TrimRight(name, "0123456789")]; form != nil && !form.MatchString(f.Value) {
			return name
		}
	}
	return ""
}
