package dialog

import (
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// event begins the flow that an event calls for; most events call for none.
func (r *run) event(e channel.Event) {
	r.st.Asked = ""
	switch e.Type {
	case channel.EventSubscribe:
		if id, ok := r.set.plan.Events[plan.EventSubscribe]; ok {
			r.greet(id, e.Key)
		}
	case channel.EventScan:
		if f, ok := r.set.scanned(e.Key); ok {
			r.enterAt(plan.Target{Flow: f.Flow, Step: f.Step}, f.Vars)
			return
		}
		r.home()
	case channel.EventClick:
		if id, ok := r.set.plan.Clicks[e.Key]; ok {
			r.enter(id)
			return
		}
		if g := plan.GlobalOf(hanzi.Fold(e.Key)); g != plan.GlobalNone {
			r.global(g)
			return
		}
		r.home()
	}
}

// place reads a position that the person shared.
func (r *run) place() {
	r.st.Asked = ""
	if r.location == nil {
		return
	}
	if s := r.here(); s != nil && s.Ask != nil {
		switch {
		case !s.Ask.Location.None():
			r.take(s, "", r.location.Label, s.Ask.Location)
			return
		case s.Ask.Kind == plan.AskLocation:
			r.take(s, "", r.location.Label, plan.Target{})
			return
		}
	}
	if id, ok := r.set.plan.Events[plan.EventLocation]; ok {
		r.enter(id)
	}
}
