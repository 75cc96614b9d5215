// Package rota knows who is on duty: in which district, at which hour, who stands in, and who is asked when nobody
// answers. It is read from a file that the operator keeps beside the configuration, for it names members of staff and
// their telephones, which is no content. Start reading at Rota.Ladder.
package rota

import (
	"slices"
	"time"

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

// Rota is a whole plan of duties. The zero value and nil know nobody: everybody is asked at once.
type Rota struct {
	people    map[string]notify.Contact
	districts map[string]district
	calendar  calendar
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
	at = at.In(beijing)
	who := r.onDuty(name, at)
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
	if len(supervisors) == 0 {
		supervisors = r.districts[City].supervisors
	}
	if len(supervisors) > 0 {
		rungs = append(rungs, Rung{Supervisor, r.contacts(supervisors...)})
	}
	return append(rungs, Rung{Everybody, r.contacts(r.everybody(name)...)})
}

func (r *Rota) onDuty(name string, at time.Time) []string {
	for _, s := range r.districts[name].shifts {
		if s.covers(at, r.calendar) {
			return s.who
		}
	}
	return nil
}

// everybody is whoever stands in a district's rota, in the order of the file.
func (r *Rota) everybody(name string) []string {
	var ids []string
	d := r.districts[name]
	for _, s := range d.shifts {
		ids = append(ids, s.who...)
	}
	ids = append(ids, d.supervisors...)
	var once []string
	for _, id := range ids {
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

// Gaps returns when between two moments nobody is on duty, to the quarter of an hour, in order. A rota that is not there has none: everybody is asked.
func (r *Rota) Gaps(from, to time.Time) []Gap {
	if r == nil || len(r.districts) == 0 {
		return nil
	}
	const grain = 15 * time.Minute
	var gaps []Gap
	for t := from.In(beijing).Truncate(grain); t.Before(to); t = t.Add(grain) {
		if len(r.onDuty(City, t)) > 0 {
			continue
		}
		if n := len(gaps); n > 0 && gaps[n-1].To.Equal(t) {
			gaps[n-1].To = t.Add(grain)
		} else {
			gaps = append(gaps, Gap{t, t.Add(grain)})
		}
	}
	return gaps
}

var beijing = time.FixedZone("CST", 8*60*60)

// lookAhead is how far OnDuty looks for the next duty.
const lookAhead = 7 * 24 * time.Hour

// OnDuty says whether somebody is on duty for the city at a moment, which covers all districts, and when the next duty begins
// where nobody is; the zero time where none begins within a week. known is false where there is no rota to ask.
func (r *Rota) OnDuty(at time.Time) (on bool, next time.Time, known bool) {
	if r == nil || len(r.districts) == 0 {
		return false, time.Time{}, false
	}
	at = at.In(beijing)
	if len(r.onDuty(City, at)) > 0 {
		return true, time.Time{}, true
	}
	for t := at.Truncate(time.Minute); t.Sub(at) < lookAhead; t = t.Add(time.Minute) {
		if len(r.onDuty(City, t)) > 0 {
			return false, t, true
		}
	}
	return false, time.Time{}, true
}
