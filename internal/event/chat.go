package event

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
)

// pageSize is how many dates one message shows.
const pageSize = 6

// needs is what somebody agrees to before they are expected anywhere.
const needs = "booking"

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text, choices := dialog.TypeText, dialog.TypeChoices
	return []dialog.Command{
		{Name: "event.list", Args: types{"kind": text, "page": dialog.TypeNumber}, Results: types{"events": choices, "more": dialog.TypeBool}, Outcomes: []string{"ok", "none"}, Run: s.list},
		{Name: "event.show", Args: types{"event": text}, Results: types{"details": text}, Outcomes: []string{"open", "waiting", "full", "mine", "gone"}, Run: s.show},
		{Name: "event.sign_up", Commits: true, Once: true, Needs: needs, Args: types{"event": text, "name": text}, Results: types{"text": text, "reminded": dialog.TypeBool}, Outcomes: []string{"ok", "waiting", "full", "already", "gone", "presence"}, Run: s.signUp},
		{Name: "event.mine", Results: types{"signups": choices}, Outcomes: []string{"ok", "none"}, Run: s.listMine},
		{Name: "event.show_mine", Args: types{"signup": text}, Results: types{"text": text}, Outcomes: []string{"ok", "missing"}, Run: s.showMine},
		{Name: "event.cancel", Commits: true, Once: true, Args: types{"signup": text}, Results: types{"title": text}, Outcomes: []string{"ok", "missing"}, Run: s.cancel},
	}
}

// outcome is the one table that maps errors to what a flow hears.
func outcome(err error) (dialog.Result, error) {
	for _, m := range []struct {
		err  error
		name string
	}{{ErrFull, "full"}, {ErrAlready, "already"}, {ErrGone, "gone"}, {ErrNotFound, "missing"}, {presence.ErrAsk, "presence"}} {
		if errors.Is(err, m.err) {
			return dialog.Result{Outcome: m.name}, nil
		}
	}
	return dialog.Result{}, err
}

func (s *Service) list(_ context.Context, c dialog.Call) (dialog.Result, error) {
	dates := s.Calendar().Upcoming(c.Text("kind"), s.Time())
	from := max(int(c.Number("page"))-1, 0) * pageSize
	if from >= len(dates) {
		return dialog.Result{Outcome: "none"}, nil
	}
	to := min(from+pageSize, len(dates))
	var cs []channel.Choice
	for _, d := range dates[from:to] {
		cs = append(cs, channel.Choice{Label: d.When() + " " + d.Title, Say: d.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"events": cs, "more": to < len(dates)}}, nil
}

func (s *Service) show(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	now := s.Time()
	date, ok := s.Calendar().Date(c.Text("event"))
	if !ok || !date.Open(now) {
		return dialog.Result{Outcome: "gone"}, nil
	}
	all, err := s.Store.At(ctx, date.ID)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("look who comes: %w", err)
	}
	seated, waiting, mine := 0, 0, false
	for _, x := range all {
		if !x.Active() {
			continue
		}
		mine = mine || x.Person == c.Person
		if x.Waits() {
			waiting++
		} else {
			seated++
		}
	}
	if waiting > 0 && seated < date.Capacity {
		if err := s.refill(ctx, date); err != nil {
			return dialog.Result{}, err
		}
	}
	res := func(name, state string) (dialog.Result, error) {
		return dialog.Result{Outcome: name, Vars: map[string]any{"details": date.Details() + "\n" + state}}, nil
	}
	switch left := date.Capacity - seated - waiting; {
	case mine:
		return res("mine", "您已经报名了。")
	case left > 0:
		return res("open", fmt.Sprintf("还有 %d 个名额，免费。", left))
	case waiting < date.Waiting:
		return res("waiting", fmt.Sprintf("名额满了，已有 %d 个家庭候补，有人来不了就轮到。", waiting))
	}
	return res("full", "名额和候补都满了。")
}

func (s *Service) signUp(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	x, err := s.SignUp(ctx, c.Key, c.Person, c.Text("event"), c.Text("name"))
	if err != nil {
		return outcome(err)
	}
	text, err := s.describe(ctx, x)
	if err != nil {
		return dialog.Result{}, err
	}
	name := "ok"
	if x.Waits() {
		name = "waiting"
	}
	reminded := false
	if date, ok := s.Calendar().Date(x.Date); ok {
		_, reminded = s.remindAt(date.At)
	}
	return dialog.Result{Outcome: name, Vars: map[string]any{"text": text, "reminded": reminded}}, nil
}

// describe says where and when a sign-up is, and how many wait before it.
func (s *Service) describe(ctx context.Context, x Signup) (string, error) {
	date, ok := s.Calendar().Date(x.Date)
	if !ok {
		return "这个活动已经不在日历里了。", nil
	}
	text := fmt.Sprintf("%s\n时间：%s\n地点：%s\n", date.Title, date.When(), date.Where())
	switch {
	case date.Cancelled:
		return text + "这个活动取消了，不用过来。", nil
	case !x.Waits():
		return text + "签到码：" + x.Code, nil
	}
	all, err := s.Store.At(ctx, x.Date)
	if err != nil {
		return "", fmt.Errorf("count who waits: %w", err)
	}
	before := 0
	for _, o := range all {
		if o.ID == x.ID {
			break
		}
		if o.Waits() {
			before++
		}
	}
	return text + fmt.Sprintf("候补第 %d 位，有位子就告诉您。", before+1), nil
}

func (s *Service) listMine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	xs, err := s.coming(ctx, c.Person, s.Time())
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list sign-ups: %w", err)
	}
	var cs []channel.Choice
	for _, x := range xs {
		date, _ := s.Calendar().Date(x.Date)
		label := date.When() + " " + date.Title
		if x.Waits() {
			label += "（候补）"
		}
		cs = append(cs, channel.Choice{Label: label, Say: x.ID})
	}
	if len(cs) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"signups": cs}}, nil
}

func (s *Service) showMine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	x, err := s.mine(ctx, c.Person, c.Text("signup"))
	if err == nil && !x.Active() {
		err = ErrNotFound
	}
	if err != nil {
		return outcome(err)
	}
	text, err := s.describe(ctx, x)
	if err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

func (s *Service) cancel(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	x, err := s.Cancel(ctx, c.Person, c.Text("signup"))
	if err != nil {
		return outcome(err)
	}
	title := "这个活动"
	if date, ok := s.Calendar().Date(x.Date); ok {
		title = "“" + date.Title + "”"
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"title": title}}, nil
}
