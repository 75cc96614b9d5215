package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Day is one day of a station as its staff see it.
type Day struct {
	Station Station
	Date    time.Time // its midnight
	Now     time.Time
	Slots   []Place
	Blocks  []Block
}

// Place is a slot of a day and who has it.
type Place struct {
	Slot
	Visits  []Appointment // the cancelled ones last
	Free    int           // places that somebody can still be given: 0 once the slot is over or blocked
	Block   *Block        // nil where people can book
	Unkept  bool          // the station no longer keeps this slot: its hours were changed
	Over    bool          // the slot has ended
	Running bool          // it has begun and not ended
}

// Taken is how many people have or had the slot.
func (p Place) Taken() int { return len(p.Visits) - countOf(p.Visits, Cancelled) }

// Count counts the day's appointments of a status.
func (d Day) Count(s Status) (n int) {
	for _, p := range d.Slots {
		n += countOf(p.Visits, s)
	}
	return n
}

// Free counts the places of a day that somebody can still be given.
func (d Day) Free() (n int) {
	for _, p := range d.Slots {
		n += p.Free
	}
	return n
}

// Blocked counts the slots of a day that are blocked.
func (d Day) Blocked() (n int) {
	for _, p := range d.Slots {
		if p.Block != nil {
			n++
		}
	}
	return n
}

// Today says whether it is the day of now.
func (d Day) Today() bool { return d.Date.Equal(midnight(d.Now)) }

// WalkIns are the slots in which somebody without an appointment can be seen today, the first first.
func (d Day) WalkIns() (out []Place) {
	if !d.Today() {
		return nil
	}
	for _, p := range d.Slots {
		if p.Free > 0 {
			out = append(out, p)
		}
	}
	return out
}

func countOf(as []Appointment, s Status) (n int) {
	for _, a := range as {
		if a.Status == s {
			n++
		}
	}
	return n
}

// Days returns n days of a station from the day of a time on.
func (r *Reception) Days(ctx context.Context, by Clerk, stationID string, from time.Time, n int) ([]Day, error) {
	if !by.works(stationID) {
		return nil, ErrNotYours
	}
	st, ok := r.Booking.Directory().Station(stationID)
	if !ok {
		return nil, ErrNoStation
	}
	first := midnight(from)
	end := first.AddDate(0, 0, n)
	as, err := r.Store.At(ctx, stationID, first, end)
	if err != nil {
		return nil, fmt.Errorf("read a station's days: %w", err)
	}
	blocks, err := r.Booking.Store.Blocks(ctx, stationID, first, end)
	if err != nil {
		return nil, fmt.Errorf("read a station's days: %w", err)
	}
	days := make([]Day, n)
	for i := range days {
		date := first.AddDate(0, 0, i)
		on := func(t time.Time) bool { return midnight(t).Equal(date) }
		days[i] = st.day(date, r.Now(), filter(as, func(a Appointment) bool { return on(a.Start) }), filter(blocks, func(b Block) bool { return on(b.From) }))
	}
	return days, nil
}

func filter[T any](xs []T, keep func(T) bool) (out []T) {
	for _, x := range xs {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

// day puts a day together. An appointment whose slot the station no longer keeps has one of its own: nobody is forgotten
// because an editor changed the hours.
func (s Station) day(date, now time.Time, as []Appointment, blocks []Block) Day {
	d := Day{Station: s, Date: date, Now: now, Blocks: blocks}
	for _, sl := range s.Calendar(date) {
		d.Slots = append(d.Slots, Place{Slot: sl})
	}
	for _, a := range as {
		i := slices.IndexFunc(d.Slots, func(p Place) bool { return p.Start.Equal(a.Start) })
		if i < 0 {
			i = len(d.Slots)
			d.Slots = append(d.Slots, Place{Slot: Slot{s, a.Start.In(citytime.Zone)}, Unkept: true})
		}
		d.Slots[i].Visits = append(d.Slots[i].Visits, a)
	}
	slices.SortStableFunc(d.Slots, func(a, b Place) int { return a.Start.Compare(b.Start) })
	for i := range d.Slots {
		p := &d.Slots[i]
		slices.SortStableFunc(p.Visits, func(a, b Appointment) int { return cancelledLast(a) - cancelledLast(b) })
		p.Over, p.Running = !p.End().After(now), p.End().After(now) && !p.Start.After(now)
		for j := range blocks {
			if blocks[j].Covers(p.Slot) {
				p.Block = &blocks[j]
			}
		}
		if !p.Over && !p.Unkept && p.Block == nil {
			p.Free = max(s.Counsellors-p.Taken(), 0)
		}
	}
	return d
}

func cancelledLast(a Appointment) int {
	if a.Cancelled() {
		return 1
	}
	return 0
}

// Openings returns the slots of a station that staff can move somebody to.
func (r *Reception) Openings(ctx context.Context, stationID string) ([]Slot, error) {
	st, ok := r.Booking.Directory().Station(stationID)
	if !ok {
		return nil, ErrNoStation
	}
	today := midnight(r.Now())
	return r.Booking.free(ctx, st, opening{from: today, to: today.Add(ahead + 24*time.Hour), offered: r.ahead})
}

// StationToday is how a station's day looks from afar.
type StationToday struct {
	Station
	Counts map[Status]int
}

// Expected is how many people have not come yet.
func (s StationToday) Expected() int { return s.Counts[Booked] }

// Came is how many people came.
func (s StationToday) Came() int { return s.Counts[Arrived] }

// Missed is how many people did not come.
func (s StationToday) Missed() int { return s.Counts[NoShow] }

// Today returns every station with what is up there today, in the directory's order.
func (r *Reception) Today(ctx context.Context, by Clerk) ([]StationToday, error) {
	today := midnight(r.Now())
	counts, err := r.Store.CountAt(ctx, today, today.AddDate(0, 0, 1))
	if err != nil {
		return nil, fmt.Errorf("count today's appointments: %w", err)
	}
	var out []StationToday
	for _, st := range r.Booking.Directory().All() {
		if by.works(st.ID) {
			out = append(out, StationToday{st, counts[st.ID]})
		}
	}
	return out, nil
}
