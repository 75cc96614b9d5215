package rota

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Manages says whether somebody may make, answer or take back a change for others: whoever manages the rota, and is bound to
// districts, in these alone. The calendar is the whole city's; leave is of every district in which somebody has duties.
func (r *Rota) Manages(by staff.Account, c Change) bool {
	switch {
	case !by.May(staff.ManageRota):
		return false
	case !by.Bound():
		return true
	}
	switch c.Kind {
	case Leave:
		of := r.dutiesOf(c.Out)
		return len(of) > 0 && !slices.ContainsFunc(of, func(d string) bool { return !slices.Contains(by.Districts, d) })
	case Swap, Extra:
		return slices.Contains(by.Districts, c.District)
	case Holiday, Workday:
	}
	return false
}

// dutiesOf are the districts in which a person has duties.
func (r *Rota) dutiesOf(person string) (out []string) {
	for name, d := range rOf(r) {
		if slices.Contains(d.supervisors, person) || slices.ContainsFunc(d.shifts, func(s shift) bool { return slices.Contains(s.who, person) }) {
			out = append(out, name)
		}
	}
	return out
}
