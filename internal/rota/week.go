package rota

import (
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Duty is a stretch of time in which the same people have the duty of a district. Who is empty where nobody has.
type Duty struct {
	District string
	From, To time.Time
	Day      time.Time // on which its shift begins; midnight
	Who      []Assigned
}

// Changed says whether a change made the duty what it is.
func (d Duty) Changed() bool {
	return slices.ContainsFunc(d.Who, func(a Assigned) bool { return a.Kind != "" })
}

// Has says whether somebody stands in it.
func (d Duty) Has(id string) bool {
	return id != "" && slices.ContainsFunc(d.Who, func(a Assigned) bool { return a.ID == id })
}

// Duties are the stretches of a district's duty between two moments, in order and without holes. The first and the last
// are cut there.
func (r *Rota) Duties(name string, from, to time.Time) []Duty {
	if r == nil || !from.Before(to) {
		return nil
	}
	var out []Duty
	last := -2 // the shift of the stretch before
	cuts := r.cuts(name, from, to)
	for i, at := range cuts[:len(cuts)-1] {
		shift, began, who := r.standing(name, at)
		d := Duty{District: name, From: at, To: cuts[i+1], Day: began, Who: who}
		if n := len(out) - 1; n >= 0 && shift == last && slices.Equal(out[n].Who, who) && (out[n].Day.Equal(began) || shift < 0 && len(who) > 0) {
			out[n].To = d.To
			continue
		}
		out, last = append(out, d), shift
	}
	return out
}

// cuts are the moments at which somebody else may have the duty, with both ends.
func (r *Rota) cuts(name string, from, to time.Time) []time.Time {
	cuts := []time.Time{from.In(citytime.Zone), to.In(citytime.Zone)}
	for day := Midnight(from).AddDate(0, 0, -1); day.Before(to); day = day.AddDate(0, 0, 1) {
		cuts = append(cuts, day)
		for _, s := range r.districts[name].shifts {
			cuts = append(cuts, day.Add(time.Duration(s.from)*time.Minute), day.Add(time.Duration(s.to)*time.Minute))
		}
	}
	for _, c := range r.changes {
		cuts = append(cuts, c.From.In(citytime.Zone), c.To.In(citytime.Zone))
	}
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(from) || t.After(to) })
	slices.SortFunc(cuts, time.Time.Compare)
	return slices.CompactFunc(cuts, time.Time.Equal)
}

// nearby is how far from a moment the ends of its duty are looked for.
const nearby = 48 * time.Hour

// Now is the duty of a district at a moment, whole, and the one after it.
func (r *Rota) Now(name string, at time.Time) (now, next Duty) {
	duties := r.Duties(name, at.Add(-nearby), at.Add(nearby))
	for i, d := range duties {
		if !at.Before(d.From) && at.Before(d.To) {
			if i+1 < len(duties) {
				next = duties[i+1]
			}
			return d, next
		}
	}
	return Duty{}, Duty{}
}

// Day is one day of a week's grid, with the duties of each district that begin on it.
type Day struct {
	At     time.Time // midnight
	Works  bool
	Duties map[string][]Duty // by district
}

// Week is the seven days from the one that from stands in.
func (r *Rota) Week(from time.Time) []Day {
	const days = 7
	if r == nil {
		return nil
	}
	begin := Midnight(from)
	week := make([]Day, days)
	for i := range week {
		at := begin.AddDate(0, 0, i)
		week[i] = Day{At: at, Works: r.calendar.works(at), Duties: map[string][]Duty{}}
	}
	for name := range r.districts {
		for _, d := range r.Duties(name, begin.Add(-nearby), begin.AddDate(0, 0, days).Add(nearby)) {
			for _, day := range week {
				if d.Day.Equal(day.At) && (len(d.Who) > 0 || name == City) {
					day.Duties[name] = append(day.Duties[name], d)
				}
			}
		}
	}
	return week
}

// Monday is the beginning of a moment's week.
func Monday(at time.Time) time.Time {
	day := Midnight(at)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// holds says whether somebody has all of a duty.
func (r *Rota) holds(name string, from, to time.Time, id string) bool {
	duties := r.Duties(name, from, to)
	return len(duties) > 0 && !slices.ContainsFunc(duties, func(d Duty) bool { return !d.Has(id) })
}
