package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// waiting are the commands of the waiting list.
func (s *Service) waiting() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	return []dialog.Command{
		{Name: "booking.wait", Commits: true, Once: true, Needs: needs, Args: types{"station": text, "day": text}, Results: types{"phone": text}, Outcomes: []string{"ok", "gone", "crowded"}, Run: s.waitHere},
		{Name: "booking.my_wait", Results: types{"text": text, "slot": text, "station": text}, Outcomes: []string{"offered", "waiting", "none"}, Run: s.myWait},
		{Name: "booking.stop_waiting", Outcomes: []string{"ok"}, Run: s.stopWaiting},
	}
}

func (s *Service) waitHere(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if takes, _ := s.takes(ctx, c.Origin, waits); !takes {
		return dialog.Result{Outcome: "crowded", Vars: map[string]any{"phone": s.phone(c.Text("station"))}}, nil
	}
	if err := s.WaitFor(ctx, c.Person, c.Text("station"), c.Text("day")); err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// myWait says what somebody waits for, or what is kept for them. It looks first whether there is a place by now.
func (s *Service) myWait(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	w, err := s.Store.WaitOf(ctx, c.Person)
	if err == nil && !w.Offered(s.Time()) {
		if err := s.offer(ctx, w.Station); err != nil {
			return dialog.Result{}, err
		}
		w, err = s.Store.WaitOf(ctx, c.Person)
	}
	if errors.Is(err, ErrNotFound) {
		return dialog.Result{Outcome: "none"}, nil
	}
	if err != nil {
		return dialog.Result{}, err
	}
	st, _ := s.Directory().Station(w.Station)
	if slot, err := s.Directory().Slot(w.Slot, s.Time()); err == nil && w.Offered(s.Time()) {
		text := fmt.Sprintf("时间：%s\n地点：%s，%s\n替您留到 %s。", WhenLabel(slot.Start), st.Name, st.Address, w.Until.In(citytime.Zone).Format("15:04"))
		return dialog.Result{Outcome: "offered", Vars: map[string]any{"text": text, "slot": w.Slot, "station": w.Station}}, nil
	}
	ws, err := s.Store.WaitsAt(ctx, w.Station)
	if err != nil {
		return dialog.Result{}, err
	}
	before := 0
	for _, other := range ws {
		if other.Person == c.Person {
			break
		}
		before++
	}
	text := fmt.Sprintf("您在等%s的位子，前面还有 %d 位。有人来不了，就轮到您，会告诉您。", st.Name, before)
	return dialog.Result{Outcome: "waiting", Vars: map[string]any{"text": text, "slot": "", "station": w.Station}}, nil
}

func (s *Service) stopWaiting(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if err := s.StopWaiting(ctx, c.Person); err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok"}, nil
}
