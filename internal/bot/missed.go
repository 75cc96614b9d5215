package bot

import (
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// tellMissed lets editors hear of a question that had no answer. Nothing that reads as trouble is passed on, and nothing
// that is said while a human has the conversation, is waited for, or was needed not long ago.
func (x *exchange) tellMissed() {
	if x.b.Missed == nil || !x.missed || x.reading.Ask || x.reading.Level != risk.None || x.outcome != "dialog" {
		return
	}
	if x.state.Case != "" || x.state.Talking || x.inTalk() || x.company() || x.waiting() || x.in.Tapped() {
		return
	}
	if n := len(x.state.Dialog.Stack); n > 0 && x.state.Dialog.Stack[n-1].Flow != "menu" { // an answer that did not fit its question is nobody else's business
		return
	}
	if x.in.Kind == channel.KindText || x.in.Kind == channel.KindVoice {
		x.b.Missed(x.state.Person, x.in.Text, x.now)
	}
}
