package plan

import (
	"maps"
	"slices"
)

// Targets are all steps that may follow.
func (s *Step) Targets() []Target {
	out := []Target{s.Next}
	for _, b := range s.Cond {
		out = append(out, b.To)
	}
	if s.Ask != nil {
		out = append(out, s.Ask.GiveUp, s.Ask.Location, s.Ask.Back)
		for _, c := range s.Ask.Choices {
			out = append(out, c.To)
		}
	}
	if s.Call != nil {
		for _, o := range slices.Sorted(maps.Keys(s.Call.On)) {
			out = append(out, s.Call.On[o])
		}
	}
	if s.Need != nil {
		out = append(out, s.Need.Otherwise)
	}
	return out
}

// Link is a way out of a step.
type Link struct {
	To    Target
	Label string
}

// Links are the ways out of a step, each with what leads along it.
func (s *Step) Links() []Link {
	var out []Link
	switch {
	case s.Ask != nil:
		for _, c := range s.Ask.Choices {
			to := c.To
			if to.None() {
				to = s.Next
			}
			out = append(out, Link{to, c.Label})
		}
		for _, l := range []Link{{s.Ask.Location, "位置"}, {s.Ask.Back, "返回"}, {s.Ask.GiveUp, "答不对"}} {
			if !l.To.None() {
				out = append(out, l)
			}
		}
		if s.Ask.From != "" || s.Ask.Kind != AskChoice {
			out = append(out, Link{s.Next, "回答"})
		}
	case s.Cond != nil:
		for _, b := range s.Cond {
			label := "否则"
			if b.When != nil {
				label = b.When.Source().String()
			}
			out = append(out, Link{b.To, label})
		}
	case s.Call != nil:
		for _, outcome := range s.Call.Outcomes {
			out = append(out, Link{s.Call.On[outcome], outcome})
		}
	case s.Need != nil:
		out = append(out, Link{s.Next, "同意了"}, Link{s.Need.Otherwise, "没有同意"})
	default:
		out = append(out, Link{To: s.Next})
	}
	return out
}

// LeadsAway says whether a choice leads to the beginning of another flow: then it means the same whenever it is tapped.
func (t Tap) LeadsAway() bool {
	to := t.Step.Ask.Choices[t.Index].To
	return !to.None() && (t.Flow.ID == FlowMenu || to.Flow != t.Flow.ID && to.Step == FlowStart)
}
