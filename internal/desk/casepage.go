package desk

import (
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// turn is a piece of the conversation as the page shows it: one line of the person or of staff, or all that the program
// said in a row, folded to one line. What a human must read are the person's words.
type turn struct {
	ID    string // of its first line: it stays while the program goes on
	Day   string
	Lines []line
	Bot   bool
}

// Turns folds what the program said between two words of humans. A new day begins a new turn.
func (o *openCase) Turns() []turn {
	var turns []turn
	for _, l := range o.Lines {
		bot := l.From == transcript.FromBot
		if last := len(turns) - 1; bot && last >= 0 && turns[last].Bot && l.Day == "" {
			turns[last].Lines = append(turns[last].Lines, l)
			continue
		}
		turns = append(turns, turn{ID: l.ID, Day: l.Day, Lines: []line{l}, Bot: bot})
	}
	return turns
}

// Sentences counts the bubbles of a folded turn.
func (t turn) Sentences() (n int) {
	for _, l := range t.Lines {
		for _, r := range l.Replies {
			if r.Text != "" {
				n++
			}
			if r.Card != nil {
				n++
			}
		}
	}
	return n
}

// Gist is one line of a folded turn that explains the answer below it: its last question, or else how it began.
func (t turn) Gist() string {
	first, question := "", ""
	for _, l := range t.Lines {
		for _, r := range l.Replies {
			for _, text := range strings.FieldsFunc(r.Text, func(c rune) bool { return c == '\n' || c == '。' }) {
				text = strings.TrimSpace(text)
				if first == "" {
					first = text
				}
				if strings.HasSuffix(text, "？") {
					question = text
				}
			}
			if first == "" && r.Card != nil {
				first = r.Card.Title
			}
		}
	}
	if question != "" {
		return question
	}
	return first
}

// danger is the sentence that stands under the title: the last one in which the person was in danger, in their words.
type danger struct {
	Level  risk.Level
	Words  string // "" where the words are not shown: Reason says it then
	Reason string
	At     time.Time
	Line   string // the line of the conversation in which it stands, "" where that is too far back
}

// Danger returns the latest sign of danger; where there never was one, whatever opened the case.
func (o *openCase) Danger() *danger {
	var latest *casework.Signal
	for i := range o.Signals {
		s := &o.Signals[i]
		if latest == nil || s.Level.AtLeast(risk.Medium) || !latest.Level.AtLeast(risk.Medium) {
			latest = s
		}
	}
	if latest == nil {
		if o.Case.Reason == "" {
			return nil
		}
		return &danger{Level: o.Case.Level, Reason: o.Case.Reason, At: o.Case.LastSignalAt}
	}
	d := &danger{Level: latest.Level, Reason: latest.Reason, At: latest.At}
	for _, l := range o.Lines {
		if l.ID == latest.Message {
			d.Words, d.Line = l.Text, l.ID
		}
	}
	return d
}

// Promise is what 收到 says by name: by when whoever says it will be there.
func (o *openCase) Promise() string {
	if o.Within == 0 {
		return "我收到了，稍后接手"
	}
	return "我收到了，" + notify.Span(o.Within) + "内接手"
}

// Promised says whether somebody has said 收到 and not come yet.
func (o *openCase) Promised() bool { return o.Case.Promised.ID != "" && o.Case.Assignee == "" }

// MayAck says whether 收到 is offered: nobody has promised to come, or whoever has the conversation was called in vain.
func (o *openCase) MayAck() bool {
	return o.Acks && o.Talks && o.open() && (o.Case.Waits == casework.WaitsEyes || o.Escalated() && o.Case.Waits == casework.WaitsAnswer)
}

// MayTake says whether 接手 is offered.
func (o *openCase) MayTake() bool {
	return o.Talks && o.open() && (o.Case.Assignee == "" || o.Escalated())
}

// Speaks says whether I may write to the person.
func (o *openCase) Speaks() bool { return o.Talks && o.open() && (o.Mine() || o.Beside()) }

// Beside says whether a colleague asked me into the conversation.
func (o *openCase) Beside() bool { return o.Case.Second.ID != "" && o.Case.Second.ID == o.Me.ID }

func (o *openCase) open() bool { return o.Case.Status != casework.StatusClosed }
