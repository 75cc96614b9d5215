package desk

import (
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Window is what a platform lets us say to a person unasked, after something that they did.
type Window struct {
	For   time.Duration
	Count int
}

// Windows are the rules of a channel. What a person writes opens one window, what they tap another; both are kept apart, and
// each act opens its own anew. With no windows at all nothing can be said unasked: it waits for the person's next message.
type Windows struct {
	Written, Tapped Window
}

// passive is within how long after a person's message the program's answer is the answer to it, and so takes nothing.
const passive = 5 * time.Second

// meter is how much may still be said to a person now.
type meter struct {
	Left  int // messages
	Of    int
	Until time.Time // when the window closes; zero where the person never opened one
	Open  bool
}

// Dots are the messages of the window, true for each that is left.
func (m meter) Dots() []bool {
	dots := make([]bool, m.Of)
	for i := range dots {
		dots[i] = i < m.Left
	}
	return dots
}

// measure reads from a conversation what may still be said. Without its beginning, where a conversation is longer than what
// is read of it, it still holds: a window is opened by the person's latest act.
func (w Windows) measure(lines []line, now time.Time) meter {
	var c count
	var asked *transcript.Message // the person's message that the program has not answered yet
	for i := range lines {
		l := &lines[i]
		switch {
		case l.From == transcript.FromPerson && l.Tapped:
			c.tapped, asked = open{l.At.Add(w.Tapped.For), w.Tapped.Count}, &l.Message
		case l.From == transcript.FromPerson:
			c.written, asked = open{l.At.Add(w.Written.For), w.Written.Count}, &l.Message
		case l.From == transcript.FromBot && asked != nil && l.At.Sub(asked.At) < passive:
			asked = nil
		case l.Delivery == casework.DeliveryWaiting || l.Delivery == casework.DeliveryFailed:
		default:
			for range l.Replies {
				c.take(l.At)
			}
		}
	}
	return c.meter(w, now)
}

// open is a window that an act opened.
type open struct {
	until time.Time
	left  int
}

// count is what is left of a person's two windows.
type count struct{ written, tapped open }

// take spends one message: of the short window first, because it ends first.
func (c *count) take(at time.Time) {
	switch {
	case at.Before(c.tapped.until) && c.tapped.left > 0:
		c.tapped.left--
	case at.Before(c.written.until) && c.written.left > 0:
		c.written.left--
	}
}

func (c *count) meter(w Windows, now time.Time) meter {
	m := meter{Of: w.Written.Count, Until: c.written.until}
	if now.Before(c.written.until) {
		m.Left = c.written.left
	}
	if now.Before(c.tapped.until) && c.tapped.left > 0 && m.Left == 0 { // a minute is worth a word only where nothing else is open
		m.Left, m.Of, m.Until = c.tapped.left, w.Tapped.Count, c.tapped.until
	}
	m.Open = m.Left > 0
	return m
}

func (h *Handler) windows(channel string) *Windows {
	if h.Windows == nil {
		return nil
	}
	return h.Windows(channel)
}

// Fresh is how many messages the person's next one opens.
func (o *openCase) Fresh() int { return o.Rules.Written.Count }

// UsedUp says that the window is open and its messages are used up.
func (o *openCase) UsedUp() bool {
	return o.Meter != nil && !o.Meter.Open && o.Now.Before(o.Meter.Until)
}
