package dialog

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// The choices under the question whether to call a human, for taps.
var (
	callID  = plan.ChoiceID("", "", "call")
	laterID = plan.ChoiceID("", "", "later")
)

// offerHuman asks somebody who was not understood three times whether to call a human: nobody is called in vain.
func (r *run) offerHuman() {
	r.st.Stuck = true
	r.st.Misses = 0
	r.reply(r.set.plan.System.Stuck, channel.Choice{ID: callID, Label: r.set.plan.System.Call}, channel.Choice{ID: laterID, Label: r.set.plan.System.Later})
}

// calls reads the answer; anything else is read as ever.
func (r *run) calls(in Input) bool {
	if !r.st.Stuck {
		return false
	}
	r.st.Stuck = false
	if in.Kind != InputText {
		return false
	}
	folded := hanzi.Fold(in.Text)
	said := func(id, label string, n int) bool {
		return in.MenuID == id || in.MenuID == "" && (folded == hanzi.Fold(label) || hanzi.Ordinal(folded) == n)
	}
	yes, known := hanzi.YesNo(in.Text)
	known = known && in.MenuID == ""
	switch {
	case said(callID, r.set.plan.System.Call, 1) || known && yes || slices.Contains([]string{"请", "叫老师", "请老师", "要老师"}, folded):
		r.enter(plan.FlowHuman)
	case said(laterID, r.set.plan.System.Later, 2) || known:
		r.again(r.set.plan.System.NotCalled)
	default:
		return false
	}
	return true
}
