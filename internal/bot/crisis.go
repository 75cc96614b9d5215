package bot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// flowCrisis is the flow that stays with a person while a human is on the way; the flows that it leads to, which begin
// with its name, are one conversation. The first answer is never a flow's: it is compiled, so that it needs nothing.
const flowCrisis = "crisis"

// Talk is what is remembered of the conversation that began with a word of danger. Its level is of the danger that is
// being spoken of, which may come to be another's; the case keeps the highest, and nothing here lowers it.
type Talk struct {
	Level    risk.Level     `json:"l,omitempty"`
	Subject  risk.Subject   `json:"s,omitempty"`
	Category string         `json:"c,omitempty"`
	Turn     int            `json:"t,omitempty"` // answers of the person so far
	Heard    map[string]int `json:"h,omitempty"` // how often each thing was said
	Answered bool           `json:"a,omitempty"` // a compiled answer was given
	Young    bool           `json:"y,omitempty"`
	Open     bool           `json:"o,omitempty"` // its first question waits beside a questionnaire that goes on
	Ta       string         `json:"p,omitempty"` // the pronoun that the person uses for somebody else: 他 or 她
	Left     string         `json:"f,omitempty"` // the title of what the danger interrupted
	Silences int            `json:"q,omitempty"` // how often a silence was asked about
}

// hearYoung is the name in replies/crisis.yaml of what only a primary pupil says of themselves.
const hearYoung = "young"

// crisis answers danger and opens, or joins, the person's case. The case and what was said are one transaction. The
// first word of danger, a turn to imminent danger and another person's danger get the compiled answer with its hotlines;
// what is said on the way is the flow's to answer, behind a short reminder of them.
func (x *exchange) crisis(ctx context.Context, s casework.Signal) ([]channel.Reply, error) {
	x.outcome = "crisis"
	if err := x.raise(ctx, s); err != nil {
		return nil, err
	}
	anew := !x.company()
	going := !anew && x.inCrisis()
	x.state.Danger = x.now
	if x.state.Talking {
		return []channel.Reply{{Text: x.bundle.Replies.Beside()}}, nil
	}
	talk := &x.state.Talk
	turned := risk.Max(talk.Level, s.Level) == risk.Imminent && talk.Level != risk.Imminent
	about := x.about(x.reading)
	known := going && !turned && s.Rule != ruleSurvey && (talk.Subject == about || x.reading.Subject == risk.Unknown)
	if anew {
		*talk = Talk{Heard: talk.Heard, Young: talk.Young, Silences: talk.Silences, Ta: talk.Ta}
		x.state.Met = false
	}
	talk.Level = risk.Max(talk.Level, s.Level)
	if known {
		replies, err := x.dialog(ctx)
		return x.voiced(slices.Concat(x.reminder(s.Level), replies)), err
	}
	answer := x.compiled()
	talk.Subject, talk.Category = about, x.reading.Category
	return x.begin(ctx, answer)
}

// enoughReminders is how often the hotlines come again for words that say no more than was known; a high danger that is
// said again gets them each time.
const enoughReminders = 2

// reminder is the short sentence with hotlines before the answer to danger that is said again.
func (x *exchange) reminder(level risk.Level) []channel.Reply {
	if !level.AtLeast(risk.High) && x.state.Given[kindRemind] >= enoughReminders {
		return nil
	}
	return []channel.Reply{{Text: x.bundle.Replies.Remind(x.nth(kindRemind))}}
}

// compiled is the compiled answer to the danger just heard.
func (x *exchange) compiled() channel.Reply {
	rd := x.reading
	rd.Level = risk.Max(rd.Level, x.state.Talk.Level)
	nth := x.nth(string(rd.Level) + "/" + string(x.about(rd)))
	if nth == 0 && x.state.Talk.Answered && x.state.Talk.Subject == x.about(rd) { // an answer of another level came first: do not thank and introduce anew
		nth = x.nth(string(rd.Level) + "/" + string(x.about(rd)))
	}
	x.state.Talk.Answered = true
	return channel.Reply{Text: x.bundle.Replies.Crisis(rd, x.state.Audience, nth, x.now)}
}

// about says whose danger a reading is.
func (x *exchange) about(rd risk.Reading) risk.Subject {
	subject, _ := content.Addressed(rd, x.state.Audience)
	return subject
}

// toParent says whether the words are for a parent.
func (x *exchange) toParent() bool {
	_, a := content.Addressed(risk.Reading{Category: x.state.Talk.Category, Subject: x.state.Talk.Subject}, x.state.Audience)
	return a == person.Parent
}

// begin starts the crisis flow behind an answer that asks its first question.
func (x *exchange) begin(ctx context.Context, answer channel.Reply) ([]channel.Reply, error) {
	x.listen()
	if x.reading.Rule == ruleSurvey { // its next question comes behind the answer, and taps go to it: see open for words
		x.state.Talk.Open = true
		return []channel.Reply{answer}, nil
	}
	x.interrupt()
	replies, err := x.goOn(ctx, x.bundle.Flows.Enter(x.state.Dialog, flowCrisis, x.env(0)))
	return x.voiced(slices.Concat([]channel.Reply{answer}, replies)), err
}

// open brings the conversation to the crisis flow's first question, which the compiled answer has asked already, so that
// the words at hand answer it.
func (x *exchange) open() {
	x.interrupt()
	x.state.Dialog = x.bundle.Flows.Enter(x.state.Dialog, flowCrisis, x.env(0)).State
}

// interrupt remembers what the crisis conversation interrupts.
func (x *exchange) interrupt() {
	x.state.Talk.Open = false
	if !x.inCrisis() {
		x.state.Talk.Left = x.flows().Title(x.state.Dialog)
	}
}

// inCrisis says whether the crisis conversation waits for the person.
func (x *exchange) inCrisis() bool {
	running := x.state.Dialog.Running()
	return running == flowCrisis || strings.HasPrefix(running, flowCrisis+"-")
}

// listen takes in what the person just said.
func (x *exchange) listen() {
	talk := &x.state.Talk
	x.heard, x.before = x.bundle.Replies.Hear(written(x.in)), map[string]int{}
	for _, name := range x.heard {
		if talk.Heard == nil {
			talk.Heard = map[string]int{}
		}
		x.before[name] = talk.Heard[name]
		talk.Heard[name]++
		talk.Young = talk.Young || name == hearYoung
	}
	he, she := strings.Count(x.in.Text, "他"), strings.Count(x.in.Text, "她")
	switch {
	case x.in.Tapped(): // our words
	case she > he:
		talk.Ta = "她"
	case he > she:
		talk.Ta = "他"
	}
}

// facts are what the flows may know of the danger.
func (x *exchange) facts() dialog.Facts {
	low := float64(x.state.Given[kindLow])
	if !x.company() {
		return dialog.Facts{"low": low}
	}
	talk := x.state.Talk
	times := func(n int) []string {
		return slices.DeleteFunc(slices.Clone(x.heard), func(name string) bool { return x.before[name] != n })
	}
	return dialog.Facts{
		"risk_level": string(talk.Level), "risk_subject": string(talk.Subject), "risk_category": talk.Category,
		"night": !x.bundle.Replies.OnDuty(x.now), "young": talk.Young, "turn": float64(talk.Turn),
		"heard": x.heard, "heard_first": times(0), "heard_again": times(1), "coming": x.bundle.Replies.Coming(x.now),
		"company": x.bundle.Replies.Stay(x.state.Given[kindStay]), "heard_ever": slices.Sorted(maps.Keys(talk.Heard)), "danger": x.danger(),
		"ta": cmp.Or(talk.Ta, "他"), "left": talk.Left, "met": x.state.Met, "low": low,
	}
}

// danger is what kind of danger the message at hand speaks of.
func (x *exchange) danger() string {
	if !x.reading.Level.AtLeast(risk.Medium) {
		return ""
	}
	return x.reading.Category
}

// voiced puts choices without words behind the words before them, and speaks to a parent as one does.
func (x *exchange) voiced(replies []channel.Reply) []channel.Reply {
	var out []channel.Reply
	for _, r := range replies {
		if r.Text == "" && r.Card == nil && len(out) > 0 && len(out[len(out)-1].Choices) == 0 {
			out[len(out)-1].Choices = r.Choices
			continue
		}
		if x.toParent() {
			r.Text = content.ToParent(r.Text)
		}
		out = append(out, r)
	}
	return out
}

// ruleAsked marks a signal that the person gave by answering a question of the crisis conversation, ruleSurvey one that
// they gave in a questionnaire.
const (
	ruleAsked  = "asked"
	ruleSurvey = "survey-item"
	kindStay   = "stay"
	kindRemind = "remind"
	kindKept   = "kept"
	kindLow    = "low"
)

// raiseTo moves the level, and the case with it, by what the person answered. Where danger turned imminent by it, the
// answer with the hotlines comes before the flow goes on.
func (x *exchange) raiseTo(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	level := risk.Level(c.Text("level"))
	if !level.AtLeast(risk.Medium) {
		return dialog.Result{}, fmt.Errorf("level %q is none to raise to", level)
	}
	talk := &x.state.Talk
	if c.Text("about") == string(risk.Self) && talk.Subject != risk.Self { // who worries about another is in danger too
		*talk = Talk{Subject: risk.Self, Answered: talk.Answered, Turn: talk.Turn, Heard: talk.Heard, Young: talk.Young, Silences: talk.Silences, Ta: talk.Ta, Left: talk.Left}
		x.reading = risk.Reading{}
	}
	turned := level == risk.Imminent && talk.Level != risk.Imminent
	if level.Rank() > talk.Level.Rank() || x.reading.Level.Rank() < level.Rank() {
		s := casework.Signal{Level: level, Subject: talk.Subject, Rule: ruleAsked, Reason: c.Text("reason")}
		if err := x.raise(ctx, s); err != nil {
			return dialog.Result{}, err
		}
	}
	talk.Level, x.state.Danger = risk.Max(talk.Level, level), x.now
	res := dialog.Result{Outcome: "ok"}
	if turned {
		x.reading.Level, x.reading.Subject, x.reading.Category = level, talk.Subject, talk.Category
		res.Replies = []channel.Reply{x.compiled()}
	}
	return res, nil
}

// stayFor is how long after a word of danger a text that no step understands is met with company, not with "not understood".
const stayFor = 2 * time.Hour

// company says whether danger was spoken of not long ago.
func (x *exchange) company() bool {
	return !x.state.Danger.IsZero() && x.now.Sub(x.state.Danger) < stayFor
}

// kept counts the sentence of company that a flow said, so that the next is another.
func (x *exchange) kept(replies []channel.Reply) {
	next := x.bundle.Replies.Stay(x.state.Given[kindStay])
	for _, r := range replies {
		if x.inCrisis() && strings.Contains(r.Text, next) {
			x.nth(kindStay)
			return
		}
	}
}
