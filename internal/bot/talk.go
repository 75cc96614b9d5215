package bot

import (
	"context"
	"fmt"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// The rules of signals that do not come from the reader of danger alone.
const (
	ruleTalk   = "talk"        // said in the talk after danger
	ruleAsked  = "asked"       // an answer, or none, to a question after an unclear reading
	ruleSurvey = "survey-item" // an answer in a questionnaire
	ruleHuman  = "human"       // a wish to talk, not a danger
)

// wordMenu leads to the menu from everywhere.
const wordMenu = "菜单"

// danger opens, or joins, the person's case and begins the talk. The first answer carries the hotlines.
func (x *exchange) danger(ctx context.Context, rule string) ([]channel.Reply, error) {
	x.outcome = "crisis"
	talk := x.state.Talk
	talk.Audience, x.state.Beside = audience(x.state.Audience), false
	return x.apply(ctx, crisis.Begin(talk, x.heard, x.reading, x.now), rule)
}

// ask puts one question after a reading that is not sure; what the person wrote waits, and goes on after a no.
func (x *exchange) ask(ctx context.Context) ([]channel.Reply, error) {
	x.outcome = "asked"
	x.state.Talk.Audience = audience(x.state.Audience)
	x.state.Waits, x.state.Beside = &x.in, false
	turn := crisis.Ask(x.state.Talk, x.heard, x.reading, x.now)
	x.asked = askedOf(x.key, x.said, turn, x.reading)
	return x.apply(ctx, turn, ruleAsked)
}

// askedOf is what staff see of a question that a turn puts to a message after an unclear reading.
func askedOf(key string, m transcript.Message, turn crisis.Turn, r risk.Reading) *casework.Asked {
	return &casework.Asked{
		Key: "asked:" + key, Person: m.Person, Subject: turn.State.Subject, Category: r.Category, Score: r.Score, Reason: r.Reason, Message: m.ID, At: m.At,
	}
}

// talk goes on with the talk after danger, or with the question after an unclear reading.
func (x *exchange) talk(ctx context.Context) ([]channel.Reply, error) {
	x.outcome = "talk"
	if x.reading.Calls() {
		x.outcome = "crisis"
	}
	x.state.Talk.Audience = audience(x.state.Audience)
	rule := ruleTalk
	if x.state.Talk.Phase == crisis.Doubt {
		rule = ruleAsked
	}
	return x.apply(ctx, crisis.Step(x.state.Talk, x.heard, x.reading, x.now), rule)
}

// welcome meets whoever was in danger and comes back.
func (x *exchange) welcome(ctx context.Context) ([]channel.Reply, error) {
	x.outcome = "back"
	return x.apply(ctx, crisis.Welcome(x.state.Talk, x.now), ruleTalk)
}

// apply says what a turn of the talk says. What staff must know of it is written with the conversation, before anybody is
// answered; where the turn goes on to something else, at once.
func (x *exchange) apply(ctx context.Context, turn crisis.Turn, rule string) ([]channel.Reply, error) {
	if x.concerns(turn) {
		x.due = append(x.due, func(ctx context.Context) error { return x.casework(ctx, turn, rule) })
	}
	bubbles, state := x.bundle.Talk.Render(turn, x.scene())
	x.state.Talk = state
	replies := said(bubbles)
	if !turn.Pass {
		return replies, nil
	}
	if err := x.factsNow(ctx); err != nil {
		return nil, err
	}
	more, err := x.passOn(ctx, turn)
	return append(replies, more...), err
}

// concerns says whether staff must know of a turn.
func (x *exchange) concerns(turn crisis.Turn) bool {
	r := turn.Raise
	return r.Level.AtLeast(risk.Medium) || r.Human || turn.Doubt != crisis.DoubtOpen || saidSteps[r.Mark].kind != "" && x.state.Case != ""
}

// casework writes what staff must know of a turn.
func (x *exchange) casework(ctx context.Context, turn crisis.Turn, rule string) error {
	r := turn.Raise
	if r.Level.AtLeast(risk.Medium) {
		if x.reading.Rule != "" && x.reading.Calls() && rule == ruleTalk {
			rule = x.reading.Rule
		}
		if err := x.raise(ctx, casework.Signal{Level: r.Level, Subject: turn.State.Subject, Rule: rule, Reason: r.Reason}); err != nil {
			return err
		}
	}
	if r.Human {
		if err := x.callHuman(ctx); err != nil {
			return err
		}
	}
	if told := saidSteps[r.Mark]; told.kind != "" && x.state.Case != "" {
		if err := x.b.Cases.Told(ctx, x.state.Case, told.kind, told.note, "told:"+x.key); err != nil {
			return err
		}
	}
	if turn.Doubt == crisis.DoubtOpen {
		return nil
	}
	answer := casework.AskedAnswer{Outcome: casework.AskedOutcome(turn.Doubt), Message: x.said.ID, At: x.now}
	if r.Level.AtLeast(risk.Medium) {
		answer.Case = x.state.Case
	}
	x.keep = true
	return x.b.Cases.Answered(ctx, x.state.Person, answer)
}

// saidSteps are what staff read of a turn that asks for no level.
var saidSteps = map[crisis.Mark]struct {
	kind casework.StepKind
	note string
}{
	crisis.IsSafe:  {casework.StepSaidSafe, "对自动助手说，现在安全了"},
	crisis.IsGone:  {casework.StepSaidGone, "对自动助手说，会伤到人的东西已经拿走或者扔了"},
	crisis.IsWrong: {casework.StepSaidWrong, "对自动助手说，是听错了，不是这样"},
	crisis.Stops:   {casework.StepSaidStop, "对自动助手说，先停在这里"},
}

// passOn lets the rest of the service go on: with the words that waited for a question to be cleared, with the message
// itself where it leads elsewhere, or with the question that the danger interrupted.
func (x *exchange) passOn(ctx context.Context, turn crisis.Turn) ([]channel.Reply, error) {
	waited := x.state.Waits
	x.state.Waits, x.passed = nil, true
	switch {
	case turn.Doubt == crisis.DoubtNo && waited != nil && !slices.Contains(x.heard.Classes, crisis.Joke): // a joke asks for nothing
		in, _ := inputOf(*waited)
		return x.hearOut(ctx, *waited, in, func() dialog.Env {
			env := x.envAs(risk.Low)
			env.Key = x.b.keyOf(x.user, *waited) + "#0" // as when it came: what was kept of it then is not kept twice
			return env
		})
	case turn.Doubt == crisis.DoubtNo, turn.Raise.Mark == crisis.IsWrong && (x.heard.Chosen != nil || x.flows().Title(x.state.Dialog) != ""):
		return x.goOn(ctx, x.flows().Resume(x.state.Dialog, x.env(0)))
	case slices.Contains(x.heard.Classes, crisis.Leads) && !x.leads(): // they want something of the service, and did not name it so that it is found
		return x.goOn(ctx, x.flows().Step(x.state.Dialog, dialog.Input{Kind: dialog.InputText, Text: wordMenu}, x.envAs(risk.Low)))
	}
	return x.dialog(ctx)
}

// hear says what the message says, for the talk as it stands.
func (x *exchange) hear() {
	m := crisis.Message{Text: written(x.in), Tapped: x.in.MenuID, Place: x.in.Kind == channel.KindLocation, Media: x.unreadable(), Leads: x.leads()}
	m.Shown = x.shown || m.Place && x.state.Case != ""
	m.Quotable = !x.reading.Level.AtLeast(risk.Medium) && len(x.reading.Matches) == 0
	x.heard = x.bundle.Talk.Hear(x.state.Talk, m)
}

// unreadable says whether the message is one that only eyes or ears could read.
func (x *exchange) unreadable() bool {
	switch x.in.Kind {
	case channel.KindImage, channel.KindVideo, channel.KindVoice, channel.KindLink, channel.KindSticker:
		return x.in.Text == ""
	}
	return false
}

// leads says whether the message begins something else of the service by itself. While the talk waits for an answer, a
// number and a plain word such as 人工 or 退出 are an answer.
func (x *exchange) leads() bool {
	if x.in.Kind == channel.KindEvent {
		return x.in.Event.Type == channel.EventClick || x.in.Event.Type == channel.EventScan
	}
	in, ok := x.input()
	return ok && in.Kind == dialog.InputText && (x.flows().Calls(x.state.Dialog, in, x.env(0)) || x.flows().EndsWriting(x.state.Dialog, in.Text, x.env(0)))
}

// inTalk says whether the talk has the next word. A question that stands beside a questionnaire has it only where the
// message is no answer to the questionnaire.
func (x *exchange) inTalk() bool {
	if x.bundle.Talk.Offers(x.in.MenuID) && x.state.Talk.Phase != crisis.Quiet { // a tap on an answer of the talk, however late
		return true
	}
	if !x.state.Talk.Open(x.now) {
		return false
	}
	if !x.state.Beside {
		return true
	}
	in, ok := x.input()
	return !ok || !x.flows().Leads(x.state.Dialog, in, x.env(0))
}

// comesBack says whether somebody who was in danger some hours or days ago comes back with nothing else in mind: a
// greeting, or words that lead nowhere. Whoever says what they want gets that.
func (x *exchange) comesBack() bool {
	if x.state.Case == "" || !x.state.Talk.Returns(x.now) || x.in.Kind != channel.KindText || x.flows().Title(x.state.Dialog) != "" {
		return false
	}
	in, _ := x.input()
	x.hear()
	return !x.flows().Leads(x.state.Dialog, in, x.env(0)) || slices.Contains(x.heard.Classes, crisis.Hello)
}

// scene is what the words of the talk depend on beside it.
func (x *exchange) scene() crisis.Scene { return x.b.scene(x.bundle, x.now) }

func audience(a person.Audience) crisis.Audience {
	switch a {
	case person.Parent:
		return crisis.Parents
	case person.Student:
		return crisis.Students
	}
	return crisis.Anyone
}

// said turns bubbles into replies.
func said(bubbles []crisis.Bubble) []channel.Reply {
	var out []channel.Reply
	for _, b := range bubbles {
		r := channel.Reply{Text: b.Text}
		for _, o := range b.Offers {
			r.Choices = append(r.Choices, channel.Choice{ID: o.ID, Label: o.Label})
		}
		out = append(out, r)
	}
	return out
}

// callHuman puts the person into the counsellors' queue.
func (x *exchange) callHuman(ctx context.Context) error {
	if err := x.raise(ctx, casework.Signal{Level: risk.Low, Subject: risk.Unknown, Rule: ruleHuman, Reason: "想和老师说话"}); err != nil {
		return fmt.Errorf("call a human: %w", err)
	}
	x.state.Waiting = true
	delete(x.state.Given, kindKept)
	return nil
}
