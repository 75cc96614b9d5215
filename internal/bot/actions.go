package bot

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// The commands that are the bot's own, because they change the session.
const (
	HumanRequest = "human.request"
	SetAudience  = "person.set_audience"
)

// Commands are the signatures of the bot's own commands; the exchange runs them.
func Commands() []dialog.Command {
	return []dialog.Command{
		{Name: HumanRequest, Results: map[string]dialog.Type{"notice": dialog.TypeText}, Outcomes: []string{"waiting"}},
		{Name: SetAudience, Args: map[string]dialog.Type{"audience": dialog.TypeText}, Outcomes: []string{"ok"}},
	}
}

// factLow is what the bot tells flows: how often the person said that they feel bad, without danger, in the last hours.
const factLow = "low"

// Facts are the facts that the bot tells flows, with their types.
func Facts() map[string]dialog.Type {
	return map[string]dialog.Type{
		factLow: dialog.TypeNumber, factChildren: dialog.TypeNumber, factChild: dialog.TypeText, factChildName: dialog.TypeText, factChildGrade: dialog.TypeText,
		factChildAge: dialog.TypeNumber, factChildDistrict: dialog.TypeText, factMayRemember: dialog.TypeBool,
	}
}

// The kinds of sentences that are counted, so that the next is another.
const (
	kindKept = "kept"
	kindLow  = "low"
	kindTold = "told"
)

// requestHuman puts the person into the counsellors' queue and says honestly when somebody will write.
func (x *exchange) requestHuman(ctx context.Context) (dialog.Result, error) {
	if err := x.callHuman(ctx); err != nil {
		return dialog.Result{}, err
	}
	key := content.NoticeHuman
	if !x.scene().OnDuty {
		key = content.NoticeHumanLater
	}
	notice := x.bundle.Replies.Notice(key, "when", x.bundle.Talk.When(x.scene()))
	return dialog.Result{Outcome: "waiting", Vars: map[string]any{"notice": notice}}, nil
}

// waiting says whether the person was told to write for the counsellor who will come, and is in the middle of nothing else:
// then a text that the dialog does not know is no mistake of theirs.
func (x *exchange) waiting() bool {
	return x.state.Waiting && x.state.Case != "" && !x.state.Talking && len(x.state.Dialog.Stack) == 0
}

func (x *exchange) setAudience(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	a := person.Audience(c.Text("audience"))
	if !a.Known() {
		return dialog.Result{}, fmt.Errorf("audience %q is no audience", a)
	}
	if a != x.state.Audience { // most say again what is known
		p, err := x.become(ctx, a)
		if err != nil {
			return dialog.Result{}, fmt.Errorf("remember the audience: %w", err)
		}
		x.state.Audience = p.Audience
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// become remembers whom a person speaks as, and lets whoever must know of it know.
func (x *exchange) become(ctx context.Context, a person.Audience) (p person.Person, err error) {
	if x.b.Known == nil {
		return x.b.People.SetAudience(ctx, x.state.Person, a)
	}
	err = x.b.InTx(ctx, func(ctx context.Context) error {
		if p, err = x.b.People.SetAudience(ctx, x.state.Person, a); err != nil {
			return err
		}
		return x.b.Known(ctx, x.state.Person, digest([]byte(x.key))+":"+string(a))
	})
	return p, err
}
