package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Wait is somebody's wait for a place at a station that is full. Slot and Until are what is kept for them just now.
type Wait struct {
	Person  string
	Station string // ID
	Day     string // 2026-12-05; "" for any
	Since   time.Time
	Slot    string    // ID; "" while nothing is offered
	Until   time.Time // when the offer ends
}

// Offered says whether a slot is kept for them at a time.
func (w Wait) Offered(now time.Time) bool { return w.Slot != "" && w.Until.After(now) }

// WaitStore is what waiting needs of the database.
type WaitStore interface {
	// PutWait writes a person's wait instead of the one before.
	PutWait(ctx context.Context, w Wait) error
	EndWait(ctx context.Context, personID string) error
	// WaitOf returns a person's wait; ErrNotFound where they wait for nothing.
	WaitOf(ctx context.Context, personID string) (Wait, error)
	// WaitsAt returns who waits at a station, the longest first.
	WaitsAt(ctx context.Context, stationID string) ([]Wait, error)
	// Awaited returns the stations at which somebody waits.
	Awaited(ctx context.Context) ([]string, error)
}

// KindOffers is the outbox kind of offering a station's free places to those who wait there.
const KindOffers = "booking.offers"

// offerFor is how long a place is kept for somebody who waited for it.
const offerFor = 30 * time.Minute

// WaitFor lets a person wait for a place at a station, on a day or on any. Whoever waits already there keeps their turn.
func (s *Service) WaitFor(ctx context.Context, personID, stationID, day string) error {
	if _, ok := s.Directory().Station(stationID); !ok {
		return ErrGone
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		w, err := s.Store.WaitOf(ctx, personID)
		switch {
		case err != nil && !errors.Is(err, ErrNotFound):
			return err
		case err == nil && w.Station == stationID && w.Day == day:
			return nil
		}
		if err := s.Store.PutWait(ctx, Wait{Person: personID, Station: stationID, Day: day, Since: s.Time()}); err != nil {
			return err
		}
		return s.putOffers(ctx, stationID, s.Time())
	})
	if err != nil {
		return fmt.Errorf("wait for a place at %s: %w", stationID, err)
	}
	return nil
}

// StopWaiting ends a person's wait; what was kept for them is the next one's.
func (s *Service) StopWaiting(ctx context.Context, personID string) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		w, err := s.Store.WaitOf(ctx, personID)
		if err != nil {
			return err
		}
		if err := s.endWait(ctx, w); err != nil {
			return err
		}
		return s.putOffers(ctx, w.Station, s.Time())
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("stop waiting: %w", err)
	}
	return nil
}

func (s *Service) endWait(ctx context.Context, w Wait) error {
	if w.Slot != "" {
		if err := s.Store.Release(ctx, w.Person); err != nil {
			return err
		}
	}
	return s.Store.EndWait(ctx, w.Person)
}

// letGo ends what is kept for a person who has a place now, and their wait where got says that this is what they waited for.
// What was offered to them otherwise stays kept until its time, as they were told; what they leave of it is the next one's.
func (s *Service) letGo(ctx context.Context, a Appointment, got func(w Wait) bool) error {
	w, err := s.Store.WaitOf(ctx, a.Person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err == nil && got(w) {
		if err := s.Store.EndWait(ctx, a.Person); err != nil {
			return err
		}
		if w.Offered(s.Time()) && w.Slot != a.Slot {
			if err := s.putOffers(ctx, w.Station, s.Time()); err != nil {
				return err
			}
		}
	} else if w.Offered(s.Time()) {
		return nil
	}
	return s.Store.Release(ctx, a.Person)
}

type offers struct {
	Station string `json:"station"`
}

// Kind implements outbox.Job.
func (offers) Kind() string { return KindOffers }

// putOffers has the free places of a station offered at a time, in the transaction that freed one.
func (s *Service) putOffers(ctx context.Context, stationID string, at time.Time) error {
	id := s.ID()
	return outbox.Ask(ctx, s.Outbox, offers{stationID}, outbox.Row{ID: id, Key: KindOffers + ":" + id, RunAt: at})
}

// freed has what somebody gave back offered, where anybody waits.
func (s *Service) freed(ctx context.Context, stationID string) error {
	ws, err := s.Store.WaitsAt(ctx, stationID)
	if err != nil || len(ws) == 0 {
		return err
	}
	return s.putOffers(ctx, stationID, s.Time())
}

// Offers is the outbox handler of KindOffers: every free place is kept for the one who waits longest for it, and they are
// told. An offer that nobody took ends the wait, and the next one gets it.
func (s *Service) Offers(ctx context.Context, r outbox.Row) error {
	o, err := outbox.Decode[offers](r)
	if err != nil {
		return err
	}
	return s.offer(ctx, o.Station)
}

func (s *Service) offer(ctx context.Context, stationID string) error {
	ws, err := s.Store.WaitsAt(ctx, stationID)
	if err != nil {
		return fmt.Errorf("offer free places: %w", err)
	}
	st, there := s.Directory().Station(stationID)
	for _, w := range ws {
		now := s.Time()
		switch {
		case !there || w.Day != "" && w.Day < now.In(citytime.Zone).Format(time.DateOnly):
			err = s.Store.InTx(ctx, func(ctx context.Context) error { return s.endWait(ctx, w) })
		case w.Offered(now):
		case w.Slot != "":
			err = s.lapse(ctx, w, st)
		default:
			err = s.offerTo(ctx, w, st)
		}
		if err != nil {
			return fmt.Errorf("offer free places of %s: %w", stationID, err)
		}
	}
	return nil
}

// lapse ends the wait of somebody who did not take what was kept for them.
func (s *Service) lapse(ctx context.Context, w Wait, st Station) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		now, err := s.Store.WaitOf(ctx, w.Person)
		if err != nil || now != w {
			return ignoring(err, ErrNotFound)
		}
		if err := s.Store.EndWait(ctx, w.Person); err != nil {
			return err
		}
		return s.say(ctx, w, "lapsed", fmt.Sprintf("替您在%s留的时间过了，已经让给下一位。没关系，还想去的话，发“预约”看看，或者再排一次候补。", st.Name))
	})
}

// offerTo keeps the first free slot that somebody waits for, and tells them.
func (s *Service) offerTo(ctx context.Context, w Wait, st Station) error {
	from := midnight(s.Time())
	to := from.Add(ahead + 24*time.Hour)
	if w.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, w.Day, citytime.Zone)
		if err != nil {
			return nil //nolint:nilerr // a day that is none has no slots
		}
		from, to = day, day.AddDate(0, 0, 1)
	}
	free, err := s.free(ctx, st, opening{from: from, to: to, offered: s.bookable(), person: w.Person})
	if err != nil {
		return err
	}
	for _, slot := range free {
		err := s.Store.InTx(ctx, func(ctx context.Context) error { return s.keepFor(ctx, w, slot) })
		if errors.Is(err, ErrFull) || errors.Is(err, ErrGone) || errors.Is(err, ErrOverlap) {
			continue
		}
		return ignoring(err, ErrMany, ErrMissed, ErrNotFound) // they keep their turn until they may book
	}
	return nil
}

func (s *Service) keepFor(ctx context.Context, w Wait, slot Slot) error {
	if err := s.enter(ctx, slot); err != nil {
		return err
	}
	if err := s.mayBook(ctx, w.Person, slot, ""); err != nil {
		return err
	}
	if now, err := s.Store.WaitOf(ctx, w.Person); err != nil || now != w {
		return orNotFound(err)
	}
	if err := s.room(ctx, w.Person, slot); err != nil {
		return err
	}
	until := s.Time().Add(offerFor)
	if err := s.Store.Hold(ctx, Hold{Person: w.Person, Slot: slot.ID(), Station: slot.Station.ID, Start: slot.Start, Until: until}, s.Time()); err != nil {
		return err
	}
	w.Slot, w.Until = slot.ID(), until
	if err := s.Store.PutWait(ctx, w); err != nil {
		return err
	}
	text := fmt.Sprintf("您等的位子有了：%s，%s。\n替您留到 %s，发“我的候补”就能约上；不要了也在那里说一声，好让给下一位。", WhenLabel(slot.Start), slot.Station.Name, until.In(citytime.Zone).Format("15:04"))
	if err := s.say(ctx, w, "offered", text); err != nil {
		return err
	}
	return s.putOffers(ctx, slot.Station.ID, until.Add(time.Second))
}

func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

// ignoring is an error that is none of those that are expected.
func ignoring(err error, expected ...error) error {
	for _, e := range expected {
		if errors.Is(err, e) {
			return nil
		}
	}
	return err
}

func (s *Service) say(ctx context.Context, w Wait, what, text string) error {
	key := fmt.Sprintf("booking-wait-%s:%s:%d:%s", what, w.Person, w.Since.UnixMicro(), w.Slot)
	return outbox.Ask(ctx, s.Outbox, channel.Tell(w.Person, text), outbox.Row{ID: s.ID(), Key: key, Person: w.Person, RunAt: s.Time()})
}
