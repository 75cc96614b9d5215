package wxsim

import (
	"bytes"
	"strings"
)

// Lost is, in a script, a call that the platform does, and whose answer never comes: the caller cannot know.
const Lost = 1 << 30

// Script says what the next calls of path come to, one after another: 0 as it should, Lost, or an error code.
func (s *Server) Script(path string, codes ...int) {
	s.change(path, func(f *fault) { f.script = codes })
}

// take is the next word of a script, 0 where there is none; the server's lock is held.
func (f *fault) take() int {
	if f == nil || len(f.script) == 0 {
		return 0
	}
	next := f.script[0]
	f.script = f.script[1:]
	return next
}

// escaped says that a message bears an escape of JSON, which the platform would show as it stands.
func (r *request) escaped() bool { return bytes.Contains(r.body, []byte(`\u`)) }

// control says whether a text bears what no phone shows.
func control(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
	})
}

// Finished is what the platform says some time after it took a template message: success, "failed:user block", or
// "failed: system failed", as it is written in one place and in another. job is Call.Job.
func Finished(openid string, job int64, status string) Message {
	m := Event(openid, "TEMPLATESENDJOBFINISH", "")
	m.JobID, m.Status = job, status
	return m
}

// Agreed is what a person did in the popup of subscribe notices, or in the settings, for each template: accept or reject.
func Agreed(openid, event, status string, templates ...string) Message {
	m := Event(openid, event, "")
	for _, t := range templates {
		m.Notices = append(m.Notices, Notice{TemplateID: t, Status: status})
	}
	return m
}
