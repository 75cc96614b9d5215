package booking

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Hold is a slot that is kept for a person for a few minutes. Everybody has at most one.
type Hold struct {
	Person  string
	Slot    string // ID
	Station string // ID
	Start   time.Time
	Until   time.Time
}

// Hold keeps a slot for a person while they write a note and look at the summary, instead of the one that was kept for them
// before. It says at once what would stand in the way of booking it. Whoever has the offer of a place that they waited for
// keeps that: a look at another time does not cost it. From a network that held very many just now nothing is kept any more;
// a place that is free then can be booked all the same.
func (s *Service) Hold(ctx context.Context, personID, slotID, network string) error {
	keeps, _ := s.takesOf(ctx, network, slotID, holds)
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		now := s.Time()
		slot, err := s.Directory().Slot(slotID, now)
		if err != nil {
			return err
		}
		if err := s.enter(ctx, slot); err != nil {
			return err
		}
		if err := s.mayBook(ctx, personID, slot, ""); err != nil {
			return err
		}
		w, err := s.Store.WaitOf(ctx, personID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if w.Offered(now) || !keeps {
			return s.room(ctx, personID, slot)
		}
		return s.keep(ctx, personID, slot)
	})
	if err != nil {
		return fmt.Errorf("hold slot %s: %w", slotID, err)
	}
	return nil
}

// keep keeps a slot whose day is locked.
func (s *Service) keep(ctx context.Context, personID string, slot Slot) error {
	if err := s.room(ctx, personID, slot); err != nil {
		return err
	}
	return s.Store.Hold(ctx, Hold{Person: personID, Slot: slot.ID(), Station: slot.Station.ID, Start: slot.Start, Until: s.Time().Add(time.Duration(s.Directory().Rules().Hold) * time.Minute)}, s.Time())
}

// room says ErrFull where every place of a slot is taken, or kept for somebody other than the person. The slot's day is
// locked, so that whoever holds and whoever books take turns.
func (s *Service) room(ctx context.Context, personID string, slot Slot) error {
	taken, err := s.Store.Taken(ctx, slot.Station.ID, slot.Start, slot.End())
	if err != nil {
		return err
	}
	held, err := s.Store.Held(ctx, slot.Station.ID, HeldQuery{From: slot.Start, To: slot.End(), Now: s.Time(), Except: personID})
	if err == nil && taken[slot.ID()]+held[slot.ID()] >= slot.Station.Counsellors {
		err = ErrFull
	}
	return err
}

// HeldQuery asks what is held between two times by anybody but one person.
type HeldQuery struct {
	From, To, Now time.Time
	Except        string // person ID
}
