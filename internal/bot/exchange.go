package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// State is what a session remembers of a person between messages; it is sealed where it is kept. Everything in it can
// be had again from the database, but for the place in a flow.
type State struct {
	Person   string            `json:"p"`
	Audience person.Audience   `json:"a,omitempty"`
	Dialog   dialog.State      `json:"d"`
	Risk     risk.Memory       `json:"r,omitzero"`
	Case     string            `json:"c,omitempty"` // the open case: what is said is written at once and shown live
	Talking  bool              `json:"t,omitempty"` // a counsellor has the conversation
	Parked   bool              `json:"k,omitempty"` // something waits for the person's next contact
	Gone     bool              `json:"x,omitempty"` // they followed the account no more when we last heard
	Waiting  bool              `json:"h,omitempty"` // asked for a human, and none has come: what is written is for them
	Talk     crisis.State      `json:"y,omitzero"`  // the talk after danger, or after an unclear reading
	Beside   bool              `json:"b,omitempty"` // the talk's first question stands beside a questionnaire that goes on
	Waits    *channel.Inbound  `json:"u,omitempty"` // what came when an unclear reading was asked about: it goes on after a no
	Given    map[string]int    `json:"w,omitempty"` // how often each kind of sentence was given: none says the same twice
	Kept     dialog.Vars       `json:"v,omitempty"` // what goes with the person from flow to flow
	Shown    map[string]string `json:"f,omitempty"` // the words that they are about to agree to: the purpose to the version
	Home     home              `json:"e,omitzero"`  // of which child they speak
	Last     string            `json:"l,omitempty"` // the ID of what was last said by them or to them in a turn
	LastAt   int64             `json:"m,omitempty"` // when that was, in milliseconds
	Said     string            `json:"s,omitempty"` // when the latest of their numbered messages was said, as channel.Inbound.When tells
	Offered  []string          `json:"o,omitempty"` // the IDs of the choices offered last: a tap on one says our words, not the person's
}

// exchange is the handling of one message: what came in, what it changes, what goes out.
type exchange struct {
	b       *Bot
	bundle  *content.Bundle
	in      channel.Inbound
	reading risk.Reading
	now     time.Time
	user    string
	key     string
	state   State
	outcome string
	said    transcript.Message
	answer  transcript.Message
	parked  []outbox.Row
	written bool            // said and answer stand in the database already
	erased  bool            // the person is no more: nothing of this turn is kept
	heard   crisis.Heard    // what this message says, where a talk is going on or begins
	asked   *casework.Asked // the question of this turn after an unclear reading
	keep    bool            // what is said in this turn is written at once, though there is no case
	passed  bool            // the talk after danger left this message to the flows, and says nothing more in this turn
	keeps   bool            // Kept changed in this turn
	told    bool            // this message said of which child the person speaks
	shown   bool            // staff will see the picture, or hear the voice, that this message is
	missed  bool            // nothing matched the text
	alone   bool            // nothing else of the person's was at work when it came, and it is handled as it came
	asks    *bool           // whether the message asks for a place; nil while nobody wanted to know
	fresh   bool            // there was no session: a mark that something waits may have been lost with it

	due       []func(ctx context.Context) error // what staff must know of this turn, written with the conversation in one transaction
	recording bool                              // the conversation is being written: it holds what was said
	counted   bool                              // what was said is counted in the case that it opened
}

func (x *exchange) run(ctx context.Context, sealed []byte) (_ []channel.Reply, err error) {
	defer func() { x.b.Metrics.stepped(x, err) }()
	x.key = x.b.keyOf(x.user, x.in)
	if err := x.load(ctx, sealed); err != nil {
		return nil, err
	}
	if x.state.Gone {
		if err := x.b.followed(ctx, x.state.Person); err != nil {
			return nil, err
		}
		x.state.Gone = false
	}
	x.said = x.b.message(x.state.Person, x.key, x.in, x.now)
	when := x.in.When()
	if x.alone && x.now.UnixMilli()-x.state.LastAt > atOnce.Milliseconds() && !x.repeated() && (x.in.Seq() == 0 || when >= x.state.Said) { // its ID may sort before the last answer, though it was said after it
		x.said.ID = after(x.said.ID, x.state.Last)
	}
	if x.in.Seq() != 0 {
		x.state.Said = max(x.state.Said, when)
	}
	replies, err := x.reply(ctx)
	if err != nil {
		return nil, err
	}
	if x.erased {
		x.state, x.said = State{}, transcript.Message{}
		return replies, nil
	}
	if x.keeps {
		if err := x.b.People.Keep(ctx, x.state.Person, x.state.Kept); err != nil {
			return nil, err
		}
	}
	waiting, behind, err := x.unpark(ctx)
	if err != nil {
		return nil, err
	}
	replies = address(replies, x.state.Audience)
	if x.reading.Calls() { // a platform shows only so much at once: the hotlines first
		replies, waiting = slices.Concat(replies, waiting), nil
	}
	replies = slices.Concat(waiting, replies, behind)
	if len(replies) > 0 {
		x.state.Offered = offered(replies)
	}
	id := x.b.answerID(x.said.ID)
	x.state.Last, x.state.LastAt = max(x.state.Last, id), x.now.UnixMilli()
	x.answer = transcript.Message{ID: id, Person: x.state.Person, From: transcript.FromBot, Replies: replies, At: x.now}
	return replies, x.record(ctx)
}

// load opens the session, or finds the person anew where it is lost or never was.
func (x *exchange) load(ctx context.Context, sealed []byte) error {
	if len(sealed) > 0 {
		var err error
		x.state, err = x.b.openState(sealed, x.user)
		switch {
		case err == nil && x.state.Person != "":
			return nil
		case err != nil && !seal.Unreadable(err) && !errors.Is(err, errState): // its key could not be asked for: it is there, and must not be written over
			return fmt.Errorf("open the session: %w", err)
		}
		x.b.Slog.Error("a session cannot be read, and begins anew; where there are many, see XinqiaoUnreadable in deploy/RUNBOOK.md", "error", err)
		x.state = State{}
	}
	p, create, err := x.b.People.Meet(ctx, x.in.Address)
	if err != nil {
		return fmt.Errorf("find the person: %w", err)
	}
	if p.New {
		x.state = State{Person: p.ID, Audience: p.Audience}
		x.due = append(x.due, create)
		return nil
	}
	kept, err := x.b.People.Kept(ctx, p.ID)
	if err != nil {
		return err
	}
	gone, err := x.b.People.Unfollowed(ctx, p.ID)
	if err != nil {
		return err
	}
	x.state, x.fresh = State{Person: p.ID, Audience: p.Audience, Kept: kept, Gone: !gone.IsZero()}, true
	if err := x.meetChildren(ctx); err != nil {
		return err
	}
	if err := x.b.syncCase(ctx, &x.state); err != nil {
		return err
	}
	asked, waits, err := x.b.Cases.Waiting(ctx, p.ID)
	if err != nil {
		return err
	}
	if waits { // the lost session knew of this question, and the next words may answer it
		x.state.Talk = crisis.State{Phase: crisis.Doubt, Subject: asked.Subject, Category: asked.Category, Doubted: asked.At, Grave: true}
	}
	if x.state.Case != "" && !waits { // the lost session knew what was said: stay with the person, rather than say "not understood"
		x.state.Talk = crisis.State{Phase: crisis.Stay, Situation: crisis.Wish, Level: risk.High, Subject: risk.Self, Since: x.now}
	}
	return nil
}

// reply decides: danger, a counsellor's conversation, the talk after danger, a question where a reading is not sure, or the
// dialog.
func (x *exchange) reply(ctx context.Context) ([]channel.Reply, error) {
	if x.state.Case != "" || x.state.Talking { // a counsellor may have taken or left the conversation since the session was saved
		if err := x.b.syncCase(ctx, &x.state); err != nil {
			return nil, err
		}
	}
	var err error
	if x.shown, err = x.shows(ctx); err != nil {
		return nil, err
	}
	x.read()
	calls := x.reading.Calls()
	if !calls { // else a new person is made in the one transaction that holds their case
		if err := x.factsNow(ctx); err != nil {
			return nil, err
		}
	}
	switch talking := x.inTalk(); {
	case x.state.Talking:
		return x.relay(ctx)
	case talking:
		x.state.Beside = false
		return x.talk(ctx)
	case calls:
		x.hear()
		return x.keepingWords(ctx, func() ([]channel.Reply, error) { return x.danger(ctx, x.reading.Rule) })
	case x.reading.Ask && x.state.Talk.MayAsk(x.now):
		x.hear()
		if crisis.Urgent(x.heard) { // words that leave no time to ask
			return x.keepingWords(ctx, func() ([]channel.Reply, error) { return x.danger(ctx, ruleTalk) })
		}
		return x.keepingWords(ctx, func() ([]channel.Reply, error) { return x.ask(ctx) })
	case x.comesBack():
		return x.welcome(ctx)
	}
	return x.dialog(ctx)
}

// read reads the message for danger once more, now that it is known what was spoken of before. Our own words, in a choice
// that the person took, are no sign of it; and several small signs add up to a question.
func (x *exchange) read() {
	if talk := x.state.Talk.Talk(x.now); talk != (risk.Talk{}) && x.reading.Rule != ruleUnread {
		x.reading = x.b.readIn(x.bundle, talk, x.in)
	}
	ours := x.in.Tapped() && slices.Contains(x.state.Offered, x.in.MenuID) || x.in.Kind == channel.KindText && x.flows().Repeats(x.state.Dialog, x.in.Text, x.env(0))
	if x.inTalk() {
		x.hear()
		ours = ours || x.heard.Chosen != nil
	}
	if ours {
		x.reading = risk.Reading{Level: risk.None, Subject: risk.Unknown}
	}
	if !x.counts() {
		return
	}
	memory, picture := x.state.Risk.Add(x.reading, x.now)
	rose := picture.AtLeast(risk.Medium) && !x.reading.Level.AtLeast(risk.Medium) && risenBy(x.state.Risk, memory)
	x.state.Risk = memory
	if rose {
		x.reading.Level, x.reading.Ask, x.reading.Rule, x.reading.Reason = picture, true, "adding-up", "短时间里几次说到难受"
	}
}

// relay leaves the word to the counsellor who has the conversation. Danger goes into the case all the same, and gets one
// sentence with the hotlines.
func (x *exchange) relay(ctx context.Context) ([]channel.Reply, error) {
	if x.reading.Calls() {
		x.outcome = "crisis"
		if err := x.raise(ctx, casework.Signal{Level: x.reading.Level, Subject: x.reading.Subject, Rule: x.reading.Rule, Reason: x.reading.Reason}); err != nil {
			return nil, err
		}
		talk := &x.state.Talk
		talk.Since, talk.Level, talk.Subject = x.now, risk.Max(talk.Level, x.reading.Level), cmp.Or(talk.Subject, risk.Self)
		return []channel.Reply{{Text: x.bundle.Talk.Beside()}}, nil
	}
	x.outcome = "relayed"
	if x.unreadable() {
		return x.mediaNotice(), nil
	}
	return nil, nil
}

// counts says whether a reading belongs to the picture of the whole conversation: a small worry about somebody else (a
// parent looking for a lesson) says nothing of the person.
func (x *exchange) counts() bool {
	if x.reading.Level == risk.Low && hanzi.FacesAlone(x.in.Text) != hanzi.FaceNone { // several crying faces in a row count once
		return false
	}
	return x.reading.Level.AtLeast(risk.Medium) || x.reading.Subject != risk.Other
}

// nth counts the answers of a kind that this person was given before.
func (x *exchange) nth(kind string) int {
	if x.state.Given == nil {
		x.state.Given = map[string]int{}
	}
	n := x.state.Given[kind]
	x.state.Given[kind]++
	return n
}

func (x *exchange) raise(ctx context.Context, s casework.Signal) error {
	s.Person, s.Message, s.Key, s.At = x.state.Person, x.said.ID, "signal:"+x.key+":"+s.Rule, x.now
	if s.Rule == x.reading.Rule {
		s.Category, s.Score = x.reading.Category, x.reading.Score
	}
	if x.state.Case == "" {
		s = x.b.placed(ctx, s, x.in.Origin)
	}
	return x.b.InTx(ctx, func(ctx context.Context) error {
		if !x.recording {
			if err := x.b.Transcript.Append(ctx, x.said); err != nil {
				return fmt.Errorf("write what was said: %w", err)
			}
		}
		s.Unread = x.recording
		c, err := x.b.Cases.Raise(ctx, s)
		if err != nil {
			return fmt.Errorf("raise a case: %w", err)
		}
		x.state.Case = c.ID
		x.counted = x.counted || x.recording && c.Opened
		return nil
	})
}

// dialog steps the flows with what the person did.
func (x *exchange) dialog(ctx context.Context) ([]channel.Reply, error) {
	if x.outcome == "" {
		x.outcome = "dialog"
	}
	in, ok := x.input()
	if x.in.Kind == channel.KindOther { // nobody knows what it was; what it said was read for danger
		x.outcome = "other"
		return nil, nil
	}
	if !ok {
		x.outcome = "media"
		if words, own := x.flows().Unread(x.state.Dialog, x.env(0)); own {
			return []channel.Reply{words}, nil
		}
		return x.mediaNotice(), nil
	}
	if x.low() {
		x.nth(kindLow)
	}
	return x.hearOut(ctx, x.in, in, func() dialog.Env { return x.env(0) })
}

// flows are those under which the conversation began, as long as they are kept.
func (x *exchange) flows() *dialog.Set { return x.b.flowsOf(x.state, x.bundle) }

func (b *Bot) flowsOf(st State, bundle *content.Bundle) *dialog.Set {
	if v := st.Dialog.Version; v != "" && b.Flows != nil {
		if s := b.Flows(v); s != nil {
			return s
		}
	}
	return bundle.Flows
}

// place says whether the message asks for a place to go. It is read once: a turn may ask several times.
func (x *exchange) place() bool {
	if x.asks == nil {
		asks := x.bundle.Stations != nil && x.bundle.Stations.Asked(x.in.Text, x.now)
		x.asks = &asks
	}
	return *x.asks
}

// env is what the flows may know; n counts the commands of the turn.
func (x *exchange) env(n int) dialog.Env {
	return dialog.Env{Now: x.now, Person: x.state.Person, Audience: string(x.state.Audience), Channel: x.in.Channel, Order: x.in.When(), Origin: x.in.Origin, Company: x.company() && !x.passed || x.waiting(), Low: x.low(), Place: x.place,
		Can: x.can(), Kept: x.kept(), Facts: x.facts(), Key: x.key + "#" + strconv.Itoa(n)}
}

// envAs is the same for words that were read as a level when they were said.
func (x *exchange) envAs(level risk.Level) dialog.Env {
	env := x.env(0)
	env.Low = level == risk.Low
	if env.Low {
		env.Facts[factLow] = float64(x.nth(kindLow) + 1)
	}
	return env
}

// company says whether danger was spoken of not long ago.
func (x *exchange) company() bool { return x.state.Talk.Company(x.now) }

// low says whether the message says that the person feels bad, and speaks of no danger.
func (x *exchange) low() bool { return x.reading.Level == risk.Low && x.reading.Subject != risk.Other }

// can is what the person's channel is able to do.
func (x *exchange) can() dialog.Can {
	s := x.b.Senders(x.in.Channel, x.in.Account)
	if s == nil {
		return dialog.Can{}
	}
	c := s.Capabilities()
	return dialog.Can{Push: c.CustomerService, Notice: c.Template, Card: c.Cards, Place: c.Places}
}

// goOn takes what a step came to and runs the commands that the flows call, until they wait for the person.
func (x *exchange) goOn(ctx context.Context, out dialog.Output) ([]channel.Reply, error) {
	var replies []channel.Reply
	for n := 0; ; n++ {
		x.state.Dialog = out.State
		if out.Kept != nil {
			x.keepVars(out.Kept)
		}
		replies = append(replies, out.Replies...)
		if x.b.Trace != nil {
			x.b.Trace(x.state.Person, out.Trace)
		}
		if out.Missed && x.company() && !x.passed { // whoever was in danger is met with company, not with "not understood"
			x.state.Dialog.Misses = 0
			x.state.Talk.Phase = x.state.Talk.Next()
			x.hear()
			x.heard.Classes = slices.DeleteFunc(x.heard.Classes, func(c crisis.Class) bool { return c == crisis.Leads })
			return x.talk(ctx)
		}
		x.missed = x.missed || out.Missed
		if out.Missed && x.waiting() {
			x.outcome = "kept"
			x.state.Dialog.Misses = 0
			return []channel.Reply{{Text: x.bundle.Replies.Kept(x.nth(kindKept))}}, nil
		}
		if out.Call == nil {
			return replies, nil
		}
		if n == maxCalls {
			return nil, fmt.Errorf("flow calls %s over and over without asking the person", out.Call.Name)
		}
		res, err := x.call(ctx, *out.Call)
		if err != nil {
			return nil, err
		}
		replies = append(replies, res.Replies...)
		x.erased = x.erased || res.Forget
		if d := res.Danger; d != nil { // before the flow goes on; its next question waits behind the answer to danger
			answer, err := x.beside(ctx, *d)
			if err != nil {
				return nil, err
			}
			replies = append(replies, answer...)
		}
		out = x.flows().Step(x.state.Dialog, dialog.Input{Kind: dialog.InputResult, Result: &res}, x.env(n+1))
	}
}

// keepingWords answers danger, or a doubt, and then keeps what was written where the question that waits says so: a letter
// that is being written loses no part. The case stands by then, and what cannot be kept holds up no answer.
func (x *exchange) keepingWords(ctx context.Context, answer func() ([]channel.Reply, error)) ([]channel.Reply, error) {
	replies, err := answer()
	in, ok := x.input()
	if err != nil || !ok {
		return replies, err
	}
	if c := x.flows().Saving(x.state.Dialog, in, x.env(0)); c != nil {
		if err := x.factsNow(ctx); err != nil { // what is kept names the case
			return nil, err
		}
		if _, err := x.call(ctx, *c); err != nil {
			x.b.Slog.Error("words beside danger were not kept for the flow; they stand in the conversation", "command", c.Name, "error", err)
		}
	}
	return replies, nil
}

// beside answers danger that an answer in a questionnaire showed. The questionnaire goes on; the talk waits beside it for
// words of the person's own.
func (x *exchange) beside(ctx context.Context, d dialog.Danger) ([]channel.Reply, error) {
	x.outcome = "crisis"
	x.reading = risk.Reading{Level: d.Level, Subject: cmp.Or(d.Subject, risk.Self), Category: cmp.Or(d.Category, "suicide"), Rule: ruleSurvey, Reason: d.Reason}
	x.heard = crisis.Heard{}
	if x.inTalk() {
		return nil, x.raise(ctx, casework.Signal{Level: d.Level, Subject: x.reading.Subject, Rule: ruleSurvey, Reason: d.Reason})
	}
	replies, err := x.danger(ctx, ruleSurvey)
	if err == nil {
		err = x.factsNow(ctx)
	}
	for i := range replies { // a number that is typed now must mean a choice of the questionnaire, whose choices are shown last
		replies[i].Choices = nil
	}
	x.state.Beside, x.state.Talk.Offered = true, nil
	return replies, err
}

// maxCalls bounds the commands of one turn.
const maxCalls = 16

func (x *exchange) call(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	cmd, ok := x.b.Commands[c.Name]
	if !ok {
		return dialog.Result{}, fmt.Errorf("flow calls %s, which no domain offers", c.Name)
	}
	switch c.Name {
	case HumanRequest:
		return x.requestHuman(ctx)
	case SetAudience:
		return x.setAudience(ctx, c)
	}
	if may, err := x.mayKeep(ctx, cmd); err != nil || !may {
		return dialog.Result{Outcome: plan.NotYet}, err
	}
	run := cmd.Run
	if cmd.Once {
		run = x.once(cmd)
	}
	res, err := run(ctx, c)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("run %s: %w", c.Name, err)
	}
	x.showed(c, res)
	return res, x.childCalled(ctx, c)
}

// once runs a command so that a second run under its key, by a repeated message, another replica, or whoever takes a turn up
// that was cut off, finds what the first came to.
func (x *exchange) once(cmd dialog.Command) func(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return func(ctx context.Context, c dialog.Call) (res dialog.Result, err error) {
		raw, err := x.b.Once(ctx, c.Person, "op:"+c.Name+":"+c.Key, func(ctx context.Context) ([]byte, error) {
			res, err := cmd.Run(ctx, c)
			if err != nil {
				return nil, err
			}
			return json.Marshal(res)
		})
		if err == nil {
			err = json.Unmarshal(raw, &res)
		}
		return res, err
	}
}

func (x *exchange) input() (dialog.Input, bool) { return inputOf(x.in) }

// inputOf turns a message into what the engine reads; false for what nobody but a human can read.
func inputOf(in channel.Inbound) (dialog.Input, bool) {
	switch in.Kind {
	case channel.KindEvent:
		return dialog.Input{Kind: dialog.InputEvent, Event: in.Event, Location: in.Location}, true
	case channel.KindLocation:
		return dialog.Input{Kind: dialog.InputLocation, Location: in.Location}, true
	case channel.KindText, channel.KindVoice:
		if strings.TrimSpace(in.Text) != "" {
			return dialog.Input{Kind: dialog.InputText, Text: in.Text, MenuID: in.MenuID}, true
		}
	}
	return dialog.Input{}, false
}

// unpark takes along what could not be pushed before: in front of the answer, and, where nothing is under way, behind it.
func (x *exchange) unpark(ctx context.Context) (replies, behind []channel.Reply, err error) {
	if !x.state.Parked && !x.fresh {
		return nil, nil, nil
	}
	rows, err := x.b.Outbox.Unpark(ctx, x.b.Replica, x.state.Person, x.now, time.Minute)
	if err != nil {
		return nil, nil, fmt.Errorf("look for waiting messages: %w", err)
	}
	grave := x.state.Case != "" || len(x.due) > 0 || x.asked != nil || x.inTalk()
	for _, r := range rows {
		d, err := outbox.Decode[channel.Delivery](r)
		if err != nil {
			return nil, nil, err
		}
		if d.Aside && grave || d.Behind && (x.missed || !x.flows().Resting(x.state.Dialog)) { // the worker sets it aside anew when its lease ends
			continue
		}
		past, err := x.b.untrue(ctx, d)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case past:
		case d.Behind:
			behind = append(behind, address(d.Replies, x.state.Audience)...)
		case d.Message != "" || d.Said: // staff's own words stay as they are
			replies = append(replies, d.Replies...)
		default:
			replies = append(replies, address(worded(d, x.bundle).Replies, x.state.Audience)...)
		}
		x.parked = append(x.parked, r)
	}
	if len(rows) > 0 { // a mark without a row is a row that is just being parked: look again next time
		x.state.Parked = false
	}
	return replies, behind, nil
}

// record writes what was said: at once where staff follow the conversation, behind otherwise. What staff must know of the turn
// is written in the same transaction.
func (x *exchange) record(ctx context.Context) error {
	if len(x.due) == 0 && x.state.Case == "" && x.asked == nil && !x.keep {
		return nil
	}
	x.recording = true
	ms := []transcript.Message{x.said}
	if len(x.answer.Replies) > 0 {
		ms = append(ms, x.answer)
	}
	err := x.b.InTx(ctx, func(ctx context.Context) error {
		x.counted = false
		if err := x.b.Transcript.Append(ctx, ms...); err != nil {
			return err
		}
		err := x.b.Outbox.Together(ctx, func(ctx context.Context) error {
			if err := x.writeFacts(ctx); err != nil {
				return err
			}
			return x.mindSilence(ctx)
		})
		if err != nil {
			return err
		}
		if x.asked != nil {
			if err := x.b.Cases.Ask(ctx, *x.asked); err != nil {
				return err
			}
		}
		if x.state.Case == "" {
			return nil
		}
		if err := x.b.expect(ctx, x.state.Person, x.state.Case, x.key, x.in); err != nil {
			return err
		}
		if x.counted {
			return nil
		}
		return x.b.Cases.PersonSaid(ctx, x.state.Person, x.state.Case)
	})
	if err != nil {
		return fmt.Errorf("write the conversation: %w", err)
	}
	x.written = true
	return nil
}

func (x *exchange) writeFacts(ctx context.Context) error {
	for _, write := range x.due {
		if err := write(ctx); err != nil {
			return err
		}
	}
	return nil
}

// factsNow writes what staff must know before the turn goes on to something else.
func (x *exchange) factsNow(ctx context.Context) error {
	if len(x.due) == 0 {
		return nil
	}
	err := x.b.InTx(ctx, x.writeFacts)
	x.due = nil
	return err
}

// after does what may follow once the turn is saved.
func (x *exchange) after(ctx context.Context) {
	for _, r := range x.parked {
		if err := x.b.Outbox.Done(ctx, x.b.Replica, r.ID); err != nil {
			x.b.Slog.Warn("delivered message stays in the outbox until its lease ends", "row", r.ID, "error", err)
		}
	}
	if x.said.ID == "" {
		return
	}
	x.tellMissed()
	if !x.written {
		x.b.Log.Add(x.said)
		if len(x.answer.Replies) > 0 {
			x.b.Log.Add(x.answer)
		}
		return
	}
	if err := x.b.Bus.Publish(ctx, live.TopicPerson(x.state.Person)); err != nil {
		x.b.Slog.Warn("open pages hear of it late", "error", err)
	}
}

// risenBy says whether the accumulated picture rose with the last reading.
func risenBy(before, after risk.Memory) bool { return after.Level().Rank() > before.Level().Rank() }

// offered lists the IDs of the choices in replies.
func offered(rs []channel.Reply) []string {
	var ids []string
	for _, r := range rs {
		for _, c := range r.Choices {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// describe is how a message that is no text stands in the transcript.
// tapped says that somebody chose what was offered, or did something, rather than wrote.
func tapped(in channel.Inbound) bool { return in.Tapped() || in.Kind == channel.KindEvent }

func describe(in channel.Inbound) string {
	switch in.Kind {
	case channel.KindImage:
		return "［图片］"
	case channel.KindVideo:
		return "［视频］"
	case channel.KindSticker:
		return "［表情包，或微信没有转来的消息］"
	case channel.KindVoice:
		return "［语音］" + in.Text
	case channel.KindLink:
		return "［链接］" + in.Text
	case channel.KindLocation:
		if l := in.Location; l != nil { // a counsellor must be able to send somebody there
			return fmt.Sprintf("［位置］%s（纬度 %.5f，经度 %.5f，%s）", l.Label, l.Latitude, l.Longitude, l.Datum)
		}
		return "［位置］"
	case channel.KindEvent:
		return "［" + eventName(in.Event) + "］"
	}
	return in.Text
}

func eventName(e channel.Event) string {
	switch e.Type {
	case channel.EventSubscribe:
		if e.Name == "begin" { // of the web chat
			return "打开了聊天"
		}
		return "关注了公众号"
	case channel.EventScan:
		return "扫码"
	case channel.EventClick:
		return "点菜单：" + e.Key
	}
	return "事件：" + e.Name
}
