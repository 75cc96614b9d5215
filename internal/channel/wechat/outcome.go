package wechat

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// What the platform says became of a message that it had taken, as a metric's label.
const (
	outcomeArrived = "success"
	outcomeBlocked = "user block"    // the person refuses the account's messages
	outcomeSystem  = "system failed" // the platform's own fault
	outcomeOther   = "other"
)

// outcomeOf reads the platform's words, which it writes with and without spaces: "failed:system failed", "failed: system failed".
func outcomeOf(status string) string {
	switch said := strings.ToLower(strings.TrimSpace(status)); {
	case said == "success" || said == "send success" || said == "sendsuccess":
		return outcomeArrived
	case strings.Contains(said, "block"):
		return outcomeBlocked
	case strings.Contains(said, "system"):
		return outcomeSystem
	}
	return outcomeOther
}

// finished counts and logs what the platform says of template and mass messages. What follows from it is decided by whoever
// sent them (casework.Service.Arrived).
func (c *Channel) finished(a *account, w wire) {
	if w.MsgType != "event" {
		return
	}
	for _, n := range w.consents() {
		outcome := ""
		switch n.Kind {
		case channel.ConsentArrived:
			outcome = outcomeArrived
		case channel.ConsentUnplaced:
			outcome = outcomeOther
			c.o.Log.Warn("WeChat says that a subscription notice did not arrive", "account", a.Name, "code", n.Code)
		case channel.ConsentGiven, channel.ConsentRefused, channel.ConsentAllowed:
			continue
		}
		c.metrics.outcomes.WithLabelValues(a.Name, "subscribe", outcome).Inc()
	}
	kind := ""
	switch strings.ToLower(w.Event) {
	case "templatesendjobfinish":
		kind = "template"
	case "masssendjobfinish":
		kind = "mass"
	}
	if kind == "" {
		return
	}
	outcome := outcomeOf(w.Status)
	c.metrics.outcomes.WithLabelValues(a.Name, kind, outcome).Inc()
	log := c.o.Log.Info
	if outcome != outcomeArrived {
		log = c.o.Log.Warn
	}
	args := []any{"account", a.Name, "kind", kind, "job", word(w.JobID), "outcome", outcome}
	if kind == "mass" {
		args = append(args, "status", word(w.Status), "total", word(w.TotalCount), "sent", word(w.SentCount), "failed", word(w.ErrorCount), "filtered", word(w.FilterCount))
	}
	log("WeChat says what became of a message", args...)
}
