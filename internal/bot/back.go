package bot

import (
	"context"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// flowBack meets whoever was in danger and comes back while the case is open.
const flowBack = "crisis-back"

// backWithin is how long after a word of danger somebody who comes back is met by it first.
const backWithin = 72 * time.Hour

// hearHello is the name in replies/crisis.yaml of words that only say hello.
const hearHello = "hello"

// cameBack says whether somebody who was in danger some hours or days ago comes back with nothing else in mind: a
// greeting, or words that lead nowhere. Whoever says what they want gets that.
func (x *exchange) cameBack(in dialog.Input, leads bool) bool {
	talk := x.state.Talk
	away := x.now.Sub(x.state.Danger)
	switch {
	case x.state.Case == "", x.state.Danger.IsZero(), away < stayFor, away > backWithin, !talk.Level.AtLeast(risk.High):
		return false
	case in.Kind != dialog.InputText, x.flows().Title(x.state.Dialog) != "":
		return false
	}
	return !leads || slices.Contains(x.bundle.Replies.Hear(written(x.in)), hearHello)
}

func (x *exchange) welcomeBack(ctx context.Context) ([]channel.Reply, error) {
	x.outcome = "back"
	x.state.Danger, x.state.Talk.Turn = x.now, 0
	x.state.Talk.Level = risk.High // asked anew whether it is imminent: the case keeps what it was
	x.listen()
	replies, err := x.goOn(ctx, x.bundle.Flows.Enter(x.state.Dialog, flowBack, x.env(0)))
	return x.voiced(replies), err
}
