package wechat

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// isNotices says whether an element holds the lists of an event of subscription notices: SubscribeMsgPopupEvent and its like.
func isNotices(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "subscribemsg") && strings.HasSuffix(name, "event")
}

// mostNotices bounds what one event is read for: a popup asks for three templates at most.
const mostNotices = 20

// noticeWire is one List of such an event.
type noticeWire struct {
	Template, Status, Code string
	Sent                   bool // the outcome of a notice
}

// addNotices reads the lists of such an element, one for each template, and says where the next element may begin.
func (w *wire) addNotices(b []byte, name string) (end int) {
	inside, next := insideOf(b, name)
	for at := 0; at < len(inside); {
		if inside[at] != '<' {
			at++
			continue
		}
		list, body := openTag(inside[at:])
		if list == "" {
			at++
			continue
		}
		one, n := insideOf(inside[at+body:], list)
		w.addNotice(one)
		at += body + n
	}
	return next
}

// insideOf is what an element holds that has elements of its own, and where the next one may begin.
func insideOf(b []byte, name string) (inside []byte, end int) {
	at, next := closing(b, name, false)
	if at < 0 {
		return b, len(b)
	}
	return b[:at], next
}

// addNotice reads what one List says.
func (w *wire) addNotice(b []byte) {
	if len(w.Notices) >= mostNotices {
		return
	}
	var n noticeWire
	for at := 0; at < len(b); {
		if b[at] != '<' {
			at++
			continue
		}
		name, body := openTag(b[at:])
		if name == "" {
			at += max(1, aside(b[at:]))
			continue
		}
		at += body
		value, end := valueOf(b[at:], name, false)
		at += end
		value = strings.TrimSpace(legible(value))
		switch strings.ToLower(name) {
		case "templateid":
			n.Template = value
		case "subscribestatusstring":
			n.Status = value
		case "errorstatus":
			n.Status, n.Sent = value, true
		case "errorcode":
			n.Code, n.Sent = value, true
		}
	}
	if n.Template != "" && len(n.Template) <= maxTemplate {
		w.Notices = append(w.Notices, n)
	}
}

// maxTemplate is more than any ID of a template has.
const maxTemplate = 100

// noticeID tells two events of the same second apart.
func noticeID(ns []noticeWire) string {
	var b strings.Builder
	for _, n := range ns {
		b.WriteString("\x00" + n.Template + "\x00" + n.Status + "\x00" + n.Code)
	}
	return b.String()
}

// consents is what the event says of each template. A status that is neither yes nor no is none: nothing is counted that a
// person did not plainly agree to.
func (w wire) consents() (out []channel.Consent) {
	popup := strings.EqualFold(w.Event, "subscribe_msg_popup_event")
	for _, n := range w.Notices {
		c := channel.Consent{Template: n.Template}
		yes := strings.EqualFold(n.Status, "accept")
		switch {
		case n.Sent && (n.Code == "0" || n.Code == "" && outcomeOf(n.Status) == outcomeArrived):
			c.Kind = channel.ConsentArrived
		case n.Sent:
			c.Kind, c.Code = channel.ConsentUnplaced, word(n.Code)
		case yes && popup:
			c.Kind = channel.ConsentGiven
		case yes:
			c.Kind = channel.ConsentAllowed
		case strings.EqualFold(n.Status, "reject"), strings.EqualFold(n.Status, "ban"), strings.EqualFold(n.Status, "filter"):
			c.Kind = channel.ConsentRefused
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}
