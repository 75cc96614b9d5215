package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Closed says that the person was told last that nobody will be there.
func (a Appointment) Closed() bool { return a.Unkept%2 == 1 }

// tellReopened tells a person, once for each time that they were told otherwise, that their appointment is kept after all: an
// editor's slip that is mended must leave nobody at home. Whoever found another time meanwhile is left in peace.
func (s *Service) tellReopened(ctx context.Context, a Appointment) error {
	if a.WalkIn() || !a.Closed() {
		return nil
	}
	rebooked, err := s.rebooked(ctx, a)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("您约的 %s，%s又开了：原来的预约还在，照常去就好。\n预约码：%s\n已经有别的安排的话，发“我的预约”可以改时间或取消。", WhenLabel(a.Start), s.place(a), a.Code)
	if rebooked {
		text = ""
	}
	return s.turn(ctx, a, StepReopened, text)
}

// rebooked says whether the person of an appointment booked another one since they were told that this one is not kept.
func (s *Service) rebooked(ctx context.Context, a Appointment) (bool, error) {
	steps, err := s.Store.Steps(ctx, a.ID)
	if err != nil {
		return false, err
	}
	told := a.BookedAt
	for _, st := range steps {
		if st.Kind == StepUnkept {
			told = st.At
		}
	}
	mine, err := s.Store.Visits(ctx, a.Person, s.Time(), s.Time().Add(ahead+notice))
	if err != nil {
		return false, err
	}
	for _, other := range mine {
		if other.ID != a.ID && other.Status == Booked && other.BookedAt.After(told) {
			return true, nil
		}
	}
	return false, nil
}

// turn notes that the person of an appointment is told that it is not kept, or is after all, and tells them; "" says nothing.
// Of two replicas that look at the same time one does.
func (s *Service) turn(ctx context.Context, a Appointment, kind StepKind, text string) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		now, err := s.Store.ForUpdate(ctx, a.ID)
		if err != nil {
			return err
		}
		if now.Status != Booked || !now.Start.Equal(a.Start) || now.Station != a.Station || now.Unkept != a.Unkept { // cancelled, moved or told meanwhile
			return nil
		}
		now.Unkept++
		if err := s.Store.Turn(ctx, now); err != nil {
			return err
		}
		step := Step{ID: s.ID(), Appointment: a.ID, Kind: kind, At: s.Time()}
		step.Key = string(kind) + ":" + step.ID
		if err := s.Store.AddStep(ctx, step); err != nil || text == "" {
			return err
		}
		key := fmt.Sprintf("booking-unkept:%s:%d", a.ID, a.Start.Unix())
		if now.Unkept > 1 {
			key += fmt.Sprintf(":%d", now.Unkept)
		}
		return outbox.Ask(ctx, s.Outbox, channel.Tell(a.Person, text), outbox.Row{ID: s.ID(), Key: key, Person: a.Person, RunAt: s.Time()})
	})
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	return err
}
