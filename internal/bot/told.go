package bot

import (
	"context"
	"maps"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// hearOut steps the flows with a message, whose words may also say who the person is. env is what is known when it is stepped.
func (x *exchange) hearOut(ctx context.Context, msg channel.Inbound, in dialog.Input, env func() dialog.Env) ([]channel.Reply, error) {
	idle := x.state.Dialog.Running() == flowWelcome || x.flows().Resting(x.state.Dialog)
	if err := x.goesOn(ctx); err != nil {
		return nil, err
	}
	told, err := x.introduce(ctx, msg)
	if err != nil {
		return nil, err
	}
	in = x.settle(in, told)
	replies, err := x.goOn(ctx, x.flows().Step(x.state.Dialog, in, env()))
	if err != nil || !idle || told.Role == "" {
		return replies, err
	}
	return x.acknowledge(told, replies), nil
}

// introduce takes what the person's own words say of who they are: 我儿子15岁 settles the role and the child's age, wherever
// it is said, and a later word replaces an earlier one. How old the child is counts for this talk alone, unless a parent
// agrees to have it remembered. What only lets the role be understood settles it while nothing is known. It returns what
// is new.
func (x *exchange) introduce(ctx context.Context, in channel.Inbound) (family.Told, error) {
	if in.Tapped() || in.Kind != channel.KindText && in.Kind != channel.KindVoice {
		return family.Told{}, nil
	}
	t := family.Read(in.Text)
	x.named(in.Text)
	a := person.Audience(t.Role.Audience())
	if a == person.Unknown || !t.Sure && x.state.Audience != person.Unknown {
		return family.Told{}, nil
	}
	if x.state.Audience == person.Teacher && a == person.Parent { // a teacher speaks of a child; whose, is not said
		return family.Told{}, nil
	}
	if x.state.Audience == person.Student && t.Role == family.Expecting { // a pupil who is with child stays one
		return family.Told{}, nil
	}
	changed := false
	if a != x.state.Audience {
		p, err := x.become(ctx, a)
		if err != nil {
			return family.Told{}, err
		}
		x.state.Audience, changed = p.Audience, true
	}
	if t.Sure {
		known, _ := x.state.Kept[family.KeptRole].(string)
		if _, there := x.flows().PersonVar(family.KeptRole); there && t.Role != family.Parent && known != t.Role.Name() {
			x.keepOne(family.KeptRole, t.Role.Name())
			changed = true
		}
		if t.Stage != "" && (a != person.Student || !t.Under14()) {
			changed = x.hearOf(t) || changed
		}
	}
	if !changed {
		return family.Told{}, nil
	}
	return t, nil
}

// keepOne keeps one variable that goes with the person.
func (x *exchange) keepOne(name, value string) {
	vars := maps.Clone(x.state.Kept)
	if vars == nil {
		vars = dialog.Vars{}
	}
	vars[name] = value
	x.state.Kept, x.keeps = vars, true
}

// wordsOfAudience are what answers the first question, whom one is, in place of words that say more.
var wordsOfAudience = map[person.Audience]string{person.Parent: "我是家长", person.Student: "我是学生", person.Teacher: "我是老师"}

// flowWelcome asks whom one is.
const flowWelcome = "welcome"

// settle takes the question whom one is for answered by an introduction; what else the text says goes on as it would have.
func (x *exchange) settle(in dialog.Input, t family.Told) dialog.Input {
	if t.Role == "" || x.state.Dialog.Running() != flowWelcome {
		return in
	}
	if t.Only {
		in.Text = wordsOfAudience[x.state.Audience]
		return in
	}
	x.state.Dialog.Stack = nil
	return in
}

// acknowledge says before the answer what was understood, in half a sentence.
func (x *exchange) acknowledge(t family.Told, replies []channel.Reply) []channel.Reply {
	words := x.bundle.Worries.Told(t, x.nth(kindTold))
	if words == "" || len(replies) == 0 || replies[0].Text == "" {
		return replies
	}
	replies[0].Text = words + "\n" + replies[0].Text
	return replies
}
