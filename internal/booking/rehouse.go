package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// tellMoved tells a person, once for each change, that the station of their appointment has another address than the one
// that they know. The address that they are told is what they know from then on, so that one that is changed back is told
// too.
func (s *Service) tellMoved(ctx context.Context, a Appointment) error {
	st, ok := s.Directory().Station(a.Station)
	if !ok || a.WalkIn() || a.Where == st.Address {
		return nil
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		a, err := s.Store.ForUpdate(ctx, a.ID)
		if err != nil {
			return err
		}
		was := a.Where
		if a.Status != Booked || a.Station != st.ID || was == st.Address { // cancelled, moved or told meanwhile
			return nil
		}
		a.Where = st.Address
		if err := s.Store.Rehouse(ctx, a); err != nil || was == "" { // booked before addresses were kept: nothing to compare
			return err
		}
		step := Step{ID: s.ID(), Appointment: a.ID, Kind: StepRehoused, Note: was + " → " + st.Address, At: s.Time()}
		step.Key = "rehoused:" + step.ID
		if err := s.Store.AddStep(ctx, step); err != nil {
			return err
		}
		text := fmt.Sprintf("您约的%s换地址了，请不要走错。\n原来：%s\n现在：%s\n时间不变：%s\n预约码不变：%s\n新地址不方便的话，发“我的预约”可以改时间或取消。", st.Name, was, st.Address, WhenLabel(a.Start), a.Code)
		return outbox.Ask(ctx, s.Outbox, channel.Tell(a.Person, text), outbox.Row{ID: s.ID(), Key: "booking-rehoused:" + step.ID, Person: a.Person, RunAt: s.Time()})
	})
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	return err
}
