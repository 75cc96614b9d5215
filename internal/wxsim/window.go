package wxsim

import "time"

// The rule since 12 June 2023. A tap on a menu link inside a message counts as a
// menu click, although it arrives as text.
const (
	talkWindow = 48 * time.Hour
	talkCount  = 5
	tapWindow  = time.Minute
	tapCount   = 3
)

// window is what an account may still say to one user unasked. Both kinds are
// kept apart: a click inside an open conversation takes nothing away.
type window struct {
	followed          bool
	talkUntil         time.Time
	talkLeft, tapLeft int
	tapUntil          time.Time
}

// Saw tells the platform what a user did, so that windows open and close. Users
// that it was never told of may be written to freely: a test of something else
// need not act out every step.
func (s *Server) Saw(appID string, m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := appID + " " + m.From
	w := s.windows[key]
	if w == nil {
		w = &window{}
		s.windows[key] = w
	}
	now := s.Now()
	w.followed = true
	switch {
	case m.Type == "event" && m.Event == "unsubscribe":
		*w = window{}
	case m.Type != "event" && m.MenuID == "":
		w.talkUntil, w.talkLeft = now.Add(talkWindow), talkCount
	case m.Type != "event", opensTap(m.Event):
		w.tapUntil, w.tapLeft = now.Add(tapWindow), tapCount
	case m.Event == "subscribe_msg_popup_event", m.Event == "subscribe_msg_change_event":
		s.tick(key, m.Notices)
	}
}

func opensTap(event string) bool {
	switch event {
	case "subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg":
		return true
	}
	return false
}

// spend takes one customer-service message from the user's windows; the short
// one first, because it ends first.
func (s *Server) spend(appID, openid string, now time.Time) answer {
	w := s.windows[appID+" "+openid]
	if w == nil {
		return answer{}
	}
	if !w.followed {
		return refuse(43004, "require subscribe")
	}
	tap, talk := now.Before(w.tapUntil), now.Before(w.talkUntil)
	switch {
	case tap && w.tapLeft > 0:
		w.tapLeft--
	case talk && w.talkLeft > 0:
		w.talkLeft--
	case tap || talk:
		return refuse(45047, "out of response count limit")
	default:
		return refuse(45015, "response out of time limit or subscription is canceled")
	}
	return answer{}
}
