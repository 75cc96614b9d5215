package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Reach is how a person can be reached unasked, as far as their platform has told.
type Reach struct {
	Gone   time.Time   // since when they follow the account no more; zero where they do
	Shut   string      // why nothing goes out by their account at the moment, and how to mend it; "" where it does
	Known  bool        // Sent and what follows are known
	Sent   []time.Time // the messages of the last two days that the platform took
	Closed time.Time   // when the platform last said that their window is over or used up
	Failed time.Time   // when it last did not take a message, for another reason that lies with them
	Why    string      // and that reason
}

// reach asks for it; where that fails the meter counts by the conversation alone.
func (h *Handler) reach(ctx context.Context, personID string) Reach {
	if h.Reach == nil {
		return Reach{}
	}
	r, err := h.Reach(ctx, personID)
	if err != nil {
		h.Log.WarnContext(ctx, "how a person can be reached is not known", "error", err)
		return Reach{}
	}
	return r
}

// act is something that opens a window, takes a message out of one, or shuts all.
type act struct {
	at   time.Time
	what int // in this order, where the time is the same
}

const (
	opensWritten = iota
	opensTapped
	takes
	shuts
)

// counted is measure by what the platform really took: a long sentence is several messages to it, a late answer is one too,
// and what it refused was none.
func (w Windows) counted(lines []line, r Reach, now time.Time) meter {
	var acts []act
	for i := range lines {
		l := &lines[i]
		switch {
		case l.From == transcript.FromPerson && l.Tapped:
			acts = append(acts, act{at: l.At, what: opensTapped})
		case l.From == transcript.FromPerson:
			acts = append(acts, act{at: l.At, what: opensWritten})
		case l.From == transcript.FromStaff && l.Delivery == casework.DeliverySending: // on its way
			acts = append(acts, act{at: l.At, what: takes})
		}
	}
	for _, at := range r.Sent {
		acts = append(acts, act{at: at, what: takes})
	}
	if !r.Closed.IsZero() {
		acts = append(acts, act{at: r.Closed, what: shuts})
	}
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.what, b.what)) })
	var c count
	for _, a := range acts {
		switch a.what {
		case opensWritten:
			c.written = open{a.at.Add(w.Written.For), w.Written.Count}
		case opensTapped:
			c.tapped = open{a.at.Add(w.Tapped.For), w.Tapped.Count}
		case takes:
			c.take(a.at)
		case shuts:
			c.written.left, c.tapped.left = 0, 0
		}
	}
	return c.meter(w, now)
}

// lastAct is when the person last did something.
func lastAct(lines []line) time.Time {
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].From == transcript.FromPerson {
			return lines[i].At
		}
	}
	return time.Time{}
}

// Unreached says in a sentence why a message would not go out at once, where that lies not with the window; "" otherwise.
func (o *openCase) Unreached() string {
	const waits = "现在写的，等对方下次来信时送达。"
	switch r := o.Reach; {
	case !r.Gone.IsZero():
		if o.Case.Channel == "web" {
			return "对方在网页上点了“离开”：那台设备上看不到这段对话了，现在写的发不到 TA 那里；要紧的事请打电话。"
		}
		return "对方已取消关注，消息发不到 TA 那里。现在写的，等 TA 重新关注或来信时送达；要紧的事请打电话。"
	case r.Shut != "":
		return "微信现在不让这个公众号主动发消息。" + waits + "请把这一句告诉技术人员：" + r.Shut
	case r.Failed.After(lastAct(o.Lines)):
		return "上一条微信没有收下：" + r.Why + waits
	}
	return ""
}
