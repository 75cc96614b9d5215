// Package rota knows who is on duty: in which district, at which hour, who stands in, and who is asked when nobody
// answers. Its base is a Plan, from a file that the operator keeps beside the configuration (it names members of staff and
// their telephones, which is no content) or written on the desk; over it lie Changes by date: swaps, leave, extra duties,
// holidays. Book holds both in memory, so that a call needs no database. Start reading at Rota.Ladder; who may change what
// stands in Service.
package rota

import (
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
)

// City is the district that covers whatever no other rota does.
const City = "全市"

// The rungs of a ladder, as staff read them.
const (
	OnCall     = "值班"
	StandIn    = "候补"
	Supervisor = "主管"
	Everybody  = "全员"
)

// Rung is one step of the ladder: who is asked together.
type Rung struct {
	Name string
	Call []notify.Contact
}

// Rota is a whole plan of duties with the changes to it. The zero value and nil know nobody: everybody is asked at once.
type Rota struct {
	plan      Plan
	people    map[string]notify.Contact
	districts map[string]district
	calendar  workdays
	changes   []Change // agreed and about people, in the order in which they were agreed
}

type district struct {
	supervisors []string
	shifts      []shift
}

// Ladder returns who is asked at a moment, in order: whoever is on duty, each stand-in, the supervisors, then everybody
// of the district. There is always at least one rung. A district without a rota of its own, or with nobody on duty, is
// the city's.
func (r *Rota) Ladder(name string, at time.Time) []Rung {
	if r == nil || len(r.districts) == 0 {
		return []Rung{{Name: Everybody}}
	}
	at = at.In(citytime.Zone)
	asked, who := name, r.onDuty(name, at)
	d, ok := r.districts[name]
	if !ok || (len(who) == 0 && name != City) {
		name = City
		d, who = r.districts[City], r.onDuty(City, at)
	}
	var rungs []Rung
	for i, id := range who {
		label := StandIn
		if i == 0 {
			label = OnCall
		}
		rungs = append(rungs, Rung{label, r.contacts(id)})
	}
	supervisors := d.supervisors
	for _, elsewhere := range []string{City, asked} { // where the city has the duty for a district, and no supervisors, those of the district
		if len(supervisors) == 0 {
			supervisors = r.districts[elsewhere].supervisors
		}
	}
	if len(supervisors) > 0 {
		rungs = append(rungs, Rung{Supervisor, r.contacts(r.overseeing(supervisors, at)...)})
	}
	return append(rungs, Rung{Everybody, r.contacts(r.everybody(name, who)...)})
}

func (r *Rota) onDuty(name string, at time.Time) []string {
	_, _, who := r.standing(name, at)
	return ids(who)
}

// standing is who has the duty of a district at a moment, by which shift, and on which day that began. The first shift
// that fits and in which somebody is left counts; shift is -1 where it is none, or an extra duty alone.
func (r *Rota) standing(name string, at time.Time) (shift int, began time.Time, who []Assigned) {
	for i, s := range r.districts[name].shifts {
		if began, on := s.covers(at, r.calendar); on {
			if who := r.changed(name, at, s.who); len(who) > 0 {
				return i, began, who
			}
		}
	}
	return -1, Midnight(at), r.changed(name, at, nil)
}

// everybody is whoever stands in a district's plan, in its order, with those who have the duty by a change. Who is on leave
// is among them: it is the last call.
func (r *Rota) everybody(name string, onDuty []string) []string {
	var all []string
	d := r.districts[name]
	for _, s := range d.shifts {
		all = append(all, s.who...)
	}
	all = append(append(all, d.supervisors...), onDuty...)
	var once []string
	for _, id := range all {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once
}

func (r *Rota) contacts(ids ...string) []notify.Contact {
	out := make([]notify.Contact, len(ids))
	for i, id := range ids {
		out[i] = r.people[id]
	}
	return out
}

// ByAccount is whoever signs in to the desk with a name; false where the rota does not know them.
func (r *Rota) ByAccount(name string) (notify.Contact, bool) {
	if r == nil {
		return notify.Contact{}, false
	}
	for _, c := range r.people {
		if c.Account == name {
			return c, true
		}
	}
	return notify.Contact{}, false
}

// Gap is a time in which nobody is on duty for the city, which covers all districts.
type Gap struct{ From, To time.Time }

// Gaps returns when between two moments nobody is on duty, in order. A rota that is not there has none: everybody is asked.
func (r *Rota) Gaps(from, to time.Time) []Gap {
	if r == nil || len(r.districts) == 0 {
		return nil
	}
	var gaps []Gap
	for _, d := range r.Duties(City, from, to) {
		switch n := len(gaps) - 1; {
		case len(d.Who) > 0:
		case n >= 0 && gaps[n].To.Equal(d.From):
			gaps[n].To = d.To
		default:
			gaps = append(gaps, Gap{d.From, d.To})
		}
	}
	return gaps
}

// newGaps are the times between two moments in which nobody is on duty after a change and somebody was before it.
func newGaps(before, after *Rota, from, to time.Time) []Gap {
	var fresh []Gap
	known := before.Gaps(from, to)
	for _, g := range after.Gaps(from, to) {
		for _, k := range known {
			if !k.From.Before(g.To) || !g.From.Before(k.To) {
				continue
			}
			if g.From.Before(k.From) {
				fresh = append(fresh, Gap{g.From, k.From})
			}
			g.From = k.To
		}
		if g.From.Before(g.To) {
			fresh = append(fresh, g)
		}
	}
	return fresh
}

// lookAhead is how far OnDuty looks for the next duty.
const lookAhead = 7 * 24 * time.Hour

// OnDuty says whether somebody is on duty for the city at a moment, which covers all districts, and when the next duty begins
// where nobody is; the zero time where none begins within a week. known is false where there is no rota to ask.
func (r *Rota) OnDuty(at time.Time) (on bool, next time.Time, known bool) {
	if r == nil || len(r.districts) == 0 {
		return false, time.Time{}, false
	}
	if len(r.onDuty(City, at.In(citytime.Zone))) > 0 {
		return true, time.Time{}, true
	}
	for _, d := range r.Duties(City, at, at.Add(lookAhead)) {
		if len(d.Who) > 0 {
			return false, d.From, true
		}
	}
	return false, time.Time{}, true
}
