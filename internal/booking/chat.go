package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// shownDays and shownSlots bound what one message offers.
const (
	shownDays  = 8
	shownSlots = 12
	shownNear  = 4
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	return []dialog.Command{
		{Name: "station.districts", Results: types{"districts": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.districts},
		{Name: "station.mentioned", Args: types{"said": text}, Results: types{"district": text}, Outcomes: []string{"ok", "none"}, Run: s.mentioned},
		{Name: "station.near", Args: types{"district": text}, Results: types{"stations": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.in},
		{Name: "station.nearest", Results: types{"stations": dialog.TypeChoices}, Outcomes: []string{"ok", "none", "no_location"}, Run: s.nearest},
		{Name: "station.show", Args: types{"station": text}, Results: types{"name": text, "details": text}, Outcomes: []string{"ok", "missing"}, Run: s.show},
		{Name: "booking.days", Args: types{"station": text}, Results: types{"days": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.days},
		{Name: "booking.slots", Args: types{"station": text, "day": text}, Results: types{"slots": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.slots},
		{Name: "booking.summary", Args: types{"slot": text, "note": text}, Results: types{"text": text}, Outcomes: []string{"ok", "gone"}, Run: s.summary},
		{Name: "booking.book", Commits: true, Args: types{"slot": text, "note": text}, Results: types{"code": text, "when": text, "where": text, "reminded": dialog.TypeBool}, Outcomes: []string{"ok", "full", "already", "gone"}, Run: s.book},
		{Name: "booking.mine", Results: types{"appointments": dialog.TypeChoices, "only": text}, Outcomes: []string{"ok", "one", "none"}, Run: s.list},
		{Name: "booking.show", Args: types{"appointment": text}, Results: types{"text": text, "station": text}, Outcomes: []string{"ok", "past", "missing"}, Run: s.showMine},
		{Name: "booking.move", Commits: true, Args: types{"appointment": text, "slot": text}, Results: types{"when": text, "where": text}, Outcomes: []string{"ok", "full", "gone", "missing"}, Run: s.move},
		{Name: "booking.cancel", Commits: true, Args: types{"appointment": text}, Results: types{"when": text}, Outcomes: []string{"ok", "missing"}, Run: s.cancel},
	}
}

// outcomes is the one table that maps errors to what a flow hears.
func outcome(err error) (dialog.Result, error) {
	for _, m := range []struct {
		err  error
		name string
	}{{ErrFull, "full"}, {ErrAlready, "already"}, {ErrGone, "gone"}, {ErrNotFound, "missing"}} {
		if errors.Is(err, m.err) {
			return dialog.Result{Outcome: m.name}, nil
		}
	}
	return dialog.Result{}, err
}

func some(name string, cs []channel.Choice) dialog.Result {
	if len(cs) == 0 {
		return dialog.Result{Outcome: "none"}
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{name: cs}}
}

func (s *Service) districts(context.Context, dialog.Call) (dialog.Result, error) {
	var cs []channel.Choice
	for _, d := range s.Directory().Districts {
		cs = append(cs, channel.Choice{Label: d, Say: d})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"districts": cs}}, nil
}

// mentioned looks for the one district that a text names: 我想约天河的.
func (s *Service) mentioned(_ context.Context, c dialog.Call) (dialog.Result, error) {
	named := slices.DeleteFunc(slices.Clone(s.Directory().Districts), func(d string) bool {
		return !strings.Contains(c.Text("said"), strings.TrimSuffix(d, "区"))
	})
	if len(named) != 1 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"district": named[0]}}, nil
}

func (s *Service) in(_ context.Context, c dialog.Call) (dialog.Result, error) {
	var cs []channel.Choice
	for _, st := range s.Directory().In(c.Text("district")) {
		cs = append(cs, channel.Choice{Label: st.Name, Say: st.ID})
	}
	return some("stations", cs), nil
}

func (s *Service) nearest(_ context.Context, c dialog.Call) (dialog.Result, error) {
	if c.Location == nil {
		return dialog.Result{Outcome: "no_location"}, nil
	}
	var cs []channel.Choice
	for _, n := range s.Directory().Nearest(*c.Location, shownNear) {
		cs = append(cs, channel.Choice{Label: n.Name + "，" + distance(n.Metres), Say: n.ID})
	}
	return some("stations", cs), nil
}

func distance(m float64) string {
	if m < 1000 {
		return fmt.Sprintf("约 %.0f 米", max(m-float64(int(m)%50), 50))
	}
	return fmt.Sprintf("约 %.1f 公里", m/1000)
}

func (s *Service) show(_ context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"name": st.Name, "details": st.details()}}, nil
}

func (s Station) details() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s\n地址：%s\n电话：%s\n", s.Name, s.Address, s.Phone)
	for _, h := range s.Open {
		_, _ = fmt.Fprintf(&b, "开放：%s\n", h.Words())
	}
	if s.Serves != "" {
		_, _ = fmt.Fprintf(&b, "面向：%s\n", s.Serves)
	}
	if s.WalkIn {
		b.WriteString("也可以不预约，直接过去。\n")
	}
	if s.Sample {
		b.WriteString("（示例站点，信息仅供体验）\n")
	}
	return strings.TrimSpace(b.String())
}

func weekdayRange(days []int) string {
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = weekdays[d%7]
	}
	if len(days) > 2 && days[len(days)-1]-days[0] == len(days)-1 {
		return names[0] + "至" + names[len(names)-1]
	}
	return strings.Join(names, "、")
}

// free returns the slots between two days that are offered and have a place left.
func (s *Service) free(ctx context.Context, st Station, from, to time.Time, offered func(Slot) bool) ([]Slot, error) {
	taken, err := s.Store.Taken(ctx, st.ID, from, to)
	if err != nil {
		return nil, fmt.Errorf("look for free slots: %w", err)
	}
	blocks, err := s.Store.Blocks(ctx, st.ID, from, to)
	if err != nil {
		return nil, fmt.Errorf("look for free slots: %w", err)
	}
	var out []Slot
	for day := from.In(Guangzhou); day.Before(to); day = day.AddDate(0, 0, 1) {
		for _, sl := range st.Calendar(day) {
			blocked := slices.ContainsFunc(blocks, func(b Block) bool { return b.Covers(sl) })
			if offered(sl) && !blocked && taken[sl.ID()] < st.Counsellors {
				out = append(out, sl)
			}
		}
	}
	return out, nil
}

// bookable is what the chat offers.
func (s *Service) bookable() func(Slot) bool {
	now := s.now()
	return func(sl Slot) bool { return sl.bookable(now) }
}

func (s *Service) days(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	if !ok {
		return dialog.Result{Outcome: "none"}, nil
	}
	today := on(s.now().In(Guangzhou), "00:00")
	free, err := s.free(ctx, st, today, today.Add(ahead+24*time.Hour), s.bookable())
	if err != nil {
		return dialog.Result{}, err
	}
	var cs []channel.Choice
	for _, sl := range free {
		day := sl.Start.Format(time.DateOnly)
		if len(cs) == 0 || cs[len(cs)-1].Say != day {
			cs = append(cs, channel.Choice{Label: DayLabel(sl.Start), Say: day})
		}
	}
	return some("days", cs[:min(shownDays, len(cs))]), nil
}

func (s *Service) slots(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	day, err := time.ParseInLocation(time.DateOnly, c.Text("day"), Guangzhou)
	if !ok || err != nil {
		return dialog.Result{Outcome: "none"}, nil //nolint:nilerr // a day that is none has no slots
	}
	free, err := s.free(ctx, st, day, day.AddDate(0, 0, 1), s.bookable())
	if err != nil {
		return dialog.Result{}, err
	}
	var cs []channel.Choice
	for _, sl := range free {
		cs = append(cs, channel.Choice{Label: sl.Start.Format("15:04"), Say: sl.ID()})
	}
	return some("slots", cs[:min(shownSlots, len(cs))]), nil
}

func (s *Service) booked(a Appointment) map[string]any {
	where := ""
	if st, ok := s.Directory().Station(a.Station); ok {
		where = st.Name + "，" + st.Address
	}
	return map[string]any{"code": a.Code, "when": WhenLabel(a.Start), "where": where}
}

// summary says what is about to be booked, before anybody agrees to it.
func (s *Service) summary(_ context.Context, c dialog.Call) (dialog.Result, error) {
	slot, err := s.Directory().Slot(c.Text("slot"), s.now())
	if err != nil {
		return outcome(err)
	}
	text := fmt.Sprintf("时间：%s\n地点：%s，%s", WhenLabel(slot.Start), slot.Station.Name, slot.Station.Address)
	if note := c.Text("note"); note != "" {
		text += "\n想先告诉老师的：" + dialog.Verbatim(note)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

func (s *Service) book(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	a, err := s.Book(ctx, c.Key, c.Person, c.Text("slot"), c.Text("note"))
	if err != nil {
		return outcome(err)
	}
	card := &channel.Card{Title: "预约成功", Summary: WhenLabel(a.Start) + "，预约码 " + a.Code, URL: "/p/booking/" + a.Token}
	vars := s.booked(a)
	_, vars["reminded"] = s.remindAt(a.Start)
	return dialog.Result{Outcome: "ok", Vars: vars, Replies: []channel.Reply{{Card: card}}}, nil
}

// lately is how long 我的预约 shows what became of an appointment, lateness how long one still finds the code of an
// appointment that has begun.
const (
	lately   = 7 * 24 * time.Hour
	lateness = time.Hour
)

func (s *Service) list(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	as, err := s.Mine(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	var cs []channel.Choice
	for _, a := range as {
		name := ""
		if st, ok := s.Directory().Station(a.Station); ok {
			name = " " + st.Name
		}
		if a.Status != Booked {
			name += "（" + a.Status.Label() + "）"
		}
		cs = append(cs, channel.Choice{Label: WhenLabel(a.Start) + name, Say: a.ID})
	}
	res := some("appointments", cs)
	if len(cs) == 1 {
		res.Outcome, res.Vars["only"] = "one", as[0].ID
	}
	return res, nil
}

// begun is 1 for an appointment that can be changed no more, 0 for one to come.
func begun(a Appointment, now time.Time) int {
	if a.Status == Booked && a.Start.After(now) {
		return 0
	}
	return 1
}

func (s *Service) showMine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	a, err := s.mine(ctx, c.Person, c.Text("appointment"))
	if err == nil && a.Cancelled() {
		err = ErrNotFound
	}
	if err != nil {
		return outcome(err)
	}
	v := s.booked(a)
	text := fmt.Sprintf("时间：%s\n地点：%s\n预约码：%s", v["when"], v["where"], a.Code)
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text, "station": a.Station}}
	if begun(a, s.now()) == 1 {
		res.Outcome, res.Vars["text"] = "past", text+"\n"+a.became()
	}
	return res, nil
}

// became says to the person what became of an appointment.
func (a Appointment) became() string {
	switch a.Status {
	case Arrived:
		return "您已经到过站点了。"
	case NoShow:
		return "站点记的是：这次没有来。没关系，需要的时候可以再约。"
	case Booked, Cancelled:
	}
	return "已经到时间了，到站点报预约码就行。"
}

func (s *Service) move(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	a, err := s.Move(ctx, c.Key, c.Person, c.Text("appointment"), c.Text("slot"))
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: s.booked(a)}, nil
}

func (s *Service) cancel(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	a, err := s.Cancel(ctx, c.Person, c.Text("appointment"))
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"when": WhenLabel(a.Start)}}, nil
}
