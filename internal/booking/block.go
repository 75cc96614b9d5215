package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// BlockForm is what staff fill in to block time. From and To lie on one day. Fates say what becomes of each person with
// an appointment in it; Words are told to all of them.
type BlockForm struct {
	Station  string
	From, To time.Time
	Reason   string
	Key      string
	Fates    map[string]string // appointment ID → the slot to move to, or FateCancel
	Words    string
}

// FateCancel cancels an appointment that stands in the way of a block.
const FateCancel = "cancel"

// Block blocks time of a station, so that nobody can book it. People with appointments inside are moved or cancelled, and
// told, in the same transaction; while one of them has no fate nothing happens and the error is ErrPeople.
func (r *Reception) Block(ctx context.Context, by Clerk, f BlockForm) (Block, error) {
	if err := r.checkBlock(by, &f); err != nil {
		return Block{}, err
	}
	targets, days, err := r.targets(f)
	if err != nil {
		return Block{}, err
	}
	var b Block
	err = r.Booking.Store.InTx(ctx, func(ctx context.Context) (err error) {
		for _, day := range days {
			if err := r.Booking.Store.LockDay(ctx, f.Station, day); err != nil {
				return err
			}
		}
		if b, err = r.Store.BlockByKey(ctx, formKey(f.Key)); !errors.Is(err, ErrNotFound) {
			return err
		}
		people, err := r.Inside(ctx, f.Station, f.From, f.To)
		if err != nil {
			return err
		}
		b = Block{ID: r.Booking.ID(), Station: f.Station, From: f.From, To: f.To, Reason: f.Reason, Key: formKey(f.Key), By: by.ID, Staff: by.Name, At: r.Now()}
		if err := r.Store.AddBlock(ctx, b); err != nil { // before anybody moves: nobody moves into it
			return err
		}
		for _, a := range people {
			if err := r.makeWay(ctx, by, f, a, targets[a.ID]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Block{}, fmt.Errorf("block time at %s: %w", f.Station, err)
	}
	return b, nil
}

func (r *Reception) checkBlock(by Clerk, f *BlockForm) (err error) {
	if !by.works(f.Station) {
		return ErrNotYours
	}
	if err := checkKey(f.Key); err != nil {
		return err
	}
	if _, ok := r.Booking.Directory().Station(f.Station); !ok {
		return ErrNoStation
	}
	if f.Reason, err = someWords(f.Reason); err == nil && f.Reason == "" {
		err = ErrWords
	}
	if err != nil {
		return err
	}
	if f.Words, err = someWords(f.Words); err != nil {
		return err
	}
	if !f.From.Before(f.To) || !f.To.After(r.Now()) || !midnight(f.From).Equal(midnight(f.To.Add(-time.Minute))) {
		return ErrTime
	}
	return nil
}

// targets reads the slots that people are moved to, and all days that the form touches, in the order in which everybody
// locks them.
func (r *Reception) targets(f BlockForm) (map[string]Slot, []time.Time, error) {
	targets, days := map[string]Slot{}, []time.Time{midnight(f.From)}
	for id, fate := range f.Fates {
		if fate == "" || fate == FateCancel {
			continue
		}
		slot, err := r.target(fate)
		if err != nil {
			return nil, nil, err
		}
		targets[id] = slot
		days = append(days, midnight(slot.Start))
	}
	slices.SortFunc(days, time.Time.Compare)
	return targets, slices.CompactFunc(days, time.Time.Equal), nil
}

// Inside returns the people whose appointments a block would take: those who are still expected.
func (r *Reception) Inside(ctx context.Context, stationID string, from, to time.Time) ([]Appointment, error) {
	st, ok := r.Booking.Directory().Station(stationID)
	if !ok {
		return nil, ErrNoStation
	}
	length := time.Duration(st.Minutes) * time.Minute
	all, err := r.Store.At(ctx, stationID, from.Add(-length+time.Minute), to)
	if err != nil {
		return nil, fmt.Errorf("look who has an appointment: %w", err)
	}
	now := r.Now()
	return slices.DeleteFunc(all, func(a Appointment) bool { return a.Status != Booked || !a.Start.After(now) }), nil
}

func (r *Reception) makeWay(ctx context.Context, by Clerk, f BlockForm, a Appointment, to Slot) (err error) {
	if a, err = r.Booking.Store.ForUpdate(ctx, a.ID); err != nil {
		return err
	}
	if a.Status != Booked { // cancelled by the person a moment ago
		return nil
	}
	step := r.step(by, a, StepCancelled, f.Words, f.Key+":"+a.ID)
	switch f.Fates[a.ID] {
	case "":
		return ErrPeople
	case FateCancel:
		_, err = r.cancel(ctx, a, step)
	default:
		step.Kind = StepMoved
		_, err = r.move(ctx, a, to, step)
	}
	return err
}

// Unblock lets people book the time of a block again.
func (r *Reception) Unblock(ctx context.Context, by Clerk, id string) (Block, error) {
	b, err := r.Store.Block(ctx, id)
	if err != nil {
		return Block{}, fmt.Errorf("lift a block: %w", err)
	}
	if !by.works(b.Station) {
		return Block{}, ErrNotYours
	}
	if !b.LiftedAt.IsZero() {
		return b, nil
	}
	b.LiftedAt = r.Now()
	err = r.Booking.Store.InTx(ctx, func(ctx context.Context) error {
		if err := r.Store.LiftBlock(ctx, id, by.Name, b.LiftedAt); err != nil {
			return err
		}
		return r.Booking.freed(ctx, b.Station)
	})
	if err != nil {
		return Block{}, fmt.Errorf("lift a block: %w", err)
	}
	return b, nil
}
