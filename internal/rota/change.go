package rota

import (
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// ChangeKind says what a change does.
type ChangeKind string

// The kinds of changes.
const (
	Swap    ChangeKind = "swap"    // one gives a shift to another, who agrees
	Leave   ChangeKind = "leave"   // somebody is away; another may stand in for them
	Extra   ChangeKind = "extra"   // somebody comes in addition
	Holiday ChangeKind = "holiday" // days that are not worked
	Workday ChangeKind = "workday" // days that are worked, whatever day of the week it is
)

// Valid says whether the kind is known.
func (k ChangeKind) Valid() bool {
	return slices.Contains([]ChangeKind{Swap, Leave, Extra, Holiday, Workday}, k)
}

// ofDays says that a change is about what days are, not about people.
func (k ChangeKind) ofDays() bool { return k == Holiday || k == Workday }

// ChangeState is how far a change has come. Only what is agreed counts.
type ChangeState string

// The states of a change.
const (
	Asked     ChangeState = "asked"
	Agreed    ChangeState = "agreed"
	Refused   ChangeState = "refused"
	Withdrawn ChangeState = "withdrawn" // by whoever asked, or by a supervisor, before or after it was agreed
)

// Act is who did something to the rota, and when. The zero Act has not been done.
type Act struct {
	StaffID string
	Name    string
	At      time.Time
}

// Change is a departure from the base for some time. Out and In are people of the plan. A change to days covers whole days.
type Change struct {
	ID       string
	Key      string // of the form that made it: sent twice, it is one change
	Kind     ChangeKind
	District string    // of a swap and an extra duty; "" for all
	From, To time.Time // To is the first moment after it
	Out, In  string    // who leaves, "" where nobody does; who comes, "" where nobody does
	Note     string
	State    ChangeState
	Asked    Act
	Decided  Act // agreed or refused
	Ended    Act // withdrawn
}

func (c Change) covers(at time.Time) bool { return !at.Before(c.From) && at.Before(c.To) }

// Assigned is somebody who stands in a duty.
type Assigned struct {
	ID   string
	For  string     // whose place they take; "" for their own
	Kind ChangeKind // by which change they stand here; "" by the base
}

// apply is who stands in a duty after the change.
func (c Change) apply(who []Assigned) []Assigned {
	if c.Out == "" {
		return join(who, Assigned{ID: c.In, Kind: c.Kind})
	}
	i := slices.IndexFunc(who, func(a Assigned) bool { return a.ID == c.Out })
	if i < 0 {
		return who
	}
	after := slices.Clone(who[:i])
	if c.In != "" {
		after = join(after, Assigned{ID: c.In, For: c.Out, Kind: c.Kind})
	}
	for _, a := range who[i+1:] {
		after = join(after, a)
	}
	return after
}

// join adds somebody who does not stand there yet.
func join(who []Assigned, a Assigned) []Assigned {
	if slices.ContainsFunc(who, func(b Assigned) bool { return a.ID == b.ID }) {
		return who
	}
	return append(slices.Clip(who), a)
}

// With lays changes over the base. Those that are not agreed, or that name somebody whom the plan no longer knows, change
// nothing: it is better that somebody is called who wanted to be away than that nobody is.
func (r *Rota) With(changes []Change) *Rota {
	if r == nil {
		return nil
	}
	known := func(id string) bool { _, ok := r.people[id]; return id == "" || ok }
	laid := *r
	laid.changes, laid.calendar.laid = nil, nil
	for _, c := range changes {
		switch {
		case c.State != Agreed || !known(c.Out) || !known(c.In):
		case c.Kind.ofDays():
			laid.calendar.laid = append(laid.calendar.laid, laidDays{
				span:  span{c.From.In(citytime.Zone).Format(time.DateOnly), c.To.Add(-time.Nanosecond).In(citytime.Zone).Format(time.DateOnly)},
				works: c.Kind == Workday,
				at:    c.Decided.At,
			})
		case c.Out != "" || c.In != "":
			laid.changes = append(laid.changes, c)
		}
	}
	slices.SortStableFunc(laid.changes, func(a, b Change) int { return a.Decided.At.Compare(b.Decided.At) })
	slices.SortStableFunc(laid.calendar.laid, func(a, b laidDays) int { return b.at.Compare(a.at) }) // the newest word counts
	return &laid
}

// under is the rota over the city's holidays.
func (r *Rota) under(city func() *calendar.Days) *Rota {
	if r == nil || city == nil {
		return r
	}
	laid := *r
	laid.calendar.city = city
	return &laid
}

// changed is who stands in a district's duty at a moment, given who does by the base.
func (r *Rota) changed(name string, at time.Time, base []string) []Assigned {
	who := make([]Assigned, 0, len(base)+1)
	for _, id := range base {
		who = join(who, Assigned{ID: id})
	}
	for _, c := range r.changes {
		if c.covers(at) && (c.District == "" || c.District == name) {
			who = c.apply(who)
		}
	}
	return who
}

// overseeing is who of the supervisors is there: one who is away is left out or stood in for, unless nobody were left.
func (r *Rota) overseeing(supervisors []string, at time.Time) []string {
	who := make([]Assigned, 0, len(supervisors))
	for _, id := range supervisors {
		who = join(who, Assigned{ID: id})
	}
	for _, c := range r.changes {
		if c.Kind == Leave && c.covers(at) {
			who = c.apply(who)
		}
	}
	if len(who) == 0 {
		return supervisors
	}
	return ids(who)
}

func ids(who []Assigned) []string {
	out := make([]string, len(who))
	for i, a := range who {
		out[i] = a.ID
	}
	return out
}
