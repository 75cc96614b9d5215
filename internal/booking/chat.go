package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
)

// shownDays and shownSlots bound what one message offers.
const (
	shownDays  = 14 // two weeks, then what is later
	shownSlots = 12
	shownNear  = 4
)

// needs is what somebody agrees to before they are expected anywhere.
const needs = "booking"

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text, number := dialog.TypeText, dialog.TypeNumber
	return append(append(s.waiting(), s.rating()...), []dialog.Command{
		{Name: "station.districts", Results: types{"districts": dialog.TypeChoices}, Outcomes: []string{"ok"}, Run: s.districts},
		{Name: "station.wanted", Args: types{"said": text}, Results: types{"wanted": text, "when": text, "companion": text}, Outcomes: []string{"place", "near", "none"}, Run: s.wanted},
		{Name: "station.near", Args: types{"wanted": text, "district": text, "page": number}, Results: types{"stations": dialog.TypeChoices, "far": text, "found": text, "more": dialog.TypeBool}, Outcomes: []string{"ok", "closed", "none"}, Run: s.near},
		{Name: "station.nearest", Args: types{"wanted": text}, Results: types{"stations": dialog.TypeChoices, "far": text}, Outcomes: []string{"ok", "none", "no_location"}, Run: s.nearest},
		{Name: "station.show", Args: types{"station": text, "far": text}, Results: types{"name": text, "details": text}, Outcomes: []string{"ok", "referral", "missing"}, Run: s.show},
		{Name: "booking.days", Args: types{"station": text, "page": number}, Results: types{"days": dialog.TypeChoices, "others": dialog.TypeChoices, "more": dialog.TypeBool}, Outcomes: []string{"ok", "none"}, Run: s.days},
		{Name: "booking.slots", Args: types{"station": text, "day": text}, Results: types{"slots": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.slots},
		{Name: "booking.hold", Args: types{"slot": text}, Outcomes: []string{"ok", "full", "gone", "overlap", "many", "missed"}, Run: s.holdSlot},
		{Name: "booking.summary", Args: types{"slot": text, "note": text, "companion": text}, Results: types{"text": text}, Outcomes: []string{"ok", "gone"}, Run: s.summary},
		{Name: "booking.book", Commits: true, Once: true, Needs: needs, Args: types{"slot": text, "note": text, "companion": text}, Results: types{"code": text, "when": text, "where": text, "reminded": dialog.TypeBool, "phone": text}, Outcomes: []string{"ok", "full", "gone", "overlap", "many", "missed", "young", "crowded", "presence"}, Run: s.book},
		{Name: "booking.mine", Results: types{"appointments": dialog.TypeChoices, "only": text}, Outcomes: []string{"ok", "one", "none"}, Run: s.list},
		{Name: "booking.show", Args: types{"appointment": text}, Results: types{"text": text, "station": text}, Outcomes: []string{"ok", "past", "missing"}, Run: s.showMine},
		{Name: "booking.move", Commits: true, Once: true, Args: types{"appointment": text, "slot": text}, Results: types{"when": text, "where": text}, Outcomes: []string{"ok", "full", "gone", "overlap", "missing"}, Run: s.move},
		{Name: "booking.cancel", Commits: true, Once: true, Args: types{"appointment": text}, Results: types{"when": text}, Outcomes: []string{"ok", "missing"}, Run: s.cancel},
	}...)
}

// outcomes is the one table that maps errors to what a flow hears.
func outcome(err error) (dialog.Result, error) {
	for _, m := range []struct {
		err  error
		name string
	}{{ErrFull, "full"}, {ErrOverlap, "overlap"}, {ErrMany, "many"}, {ErrMissed, "missed"}, {ErrGuardian, "young"}, {ErrConsent, "young"}, {ErrGone, "gone"}, {ErrNotFound, "missing"}} {
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

// opening is what somebody looks for at a station: between two days, of the slots that are offered to them.
type opening struct {
	from, to time.Time
	offered  func(Slot) bool
	person   string // whose own hold takes nothing from them
}

// free returns the slots of a station that have a place left, neither taken nor kept for somebody else.
func (s *Service) free(ctx context.Context, st Station, o opening) ([]Slot, error) {
	from, to := o.from, o.to
	taken, err := s.Store.Taken(ctx, st.ID, from, to)
	if err != nil {
		return nil, fmt.Errorf("look for free slots: %w", err)
	}
	held, err := s.Store.Held(ctx, st.ID, HeldQuery{From: from, To: to, Now: s.Time(), Except: o.person})
	if err != nil {
		return nil, fmt.Errorf("look for free slots: %w", err)
	}
	blocks, err := s.Store.Blocks(ctx, st.ID, from, to)
	if err != nil {
		return nil, fmt.Errorf("look for free slots: %w", err)
	}
	var out []Slot
	for day := from.In(citytime.Zone); day.Before(to); day = day.AddDate(0, 0, 1) {
		for _, sl := range st.Calendar(day) {
			blocked := slices.ContainsFunc(blocks, func(b Block) bool { return b.Covers(sl) })
			if o.offered(sl) && !blocked && taken[sl.ID()]+held[sl.ID()] < st.Counsellors {
				out = append(out, sl)
			}
		}
	}
	return out, nil
}

// bookable is what the chat offers.
func (s *Service) bookable() func(Slot) bool {
	now := s.Time()
	return func(sl Slot) bool { return sl.bookable(now) }
}

// days offers the days of the next two weeks that have a free time, on the next page those after; all are taken when said.
func (s *Service) days(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	if !ok {
		return dialog.Result{Outcome: "none"}, nil
	}
	today := on(s.Time().In(citytime.Zone), "00:00")
	free, err := s.free(ctx, st, opening{today, today.Add(ahead + 24*time.Hour), s.bookable(), c.Person})
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
	if len(cs) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	last := today.AddDate(0, 0, shownDays).Format(time.DateOnly)
	soon := slices.IndexFunc(cs, func(c channel.Choice) bool { return c.Say >= last })
	shown, others, more := cs, []channel.Choice{}, false
	if soon > 0 && c.Number("page") < 1 {
		shown, others, more = cs[:soon], cs[soon:], true
	} else if soon > 0 {
		shown, others = cs[soon:], cs[:soon]
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"days": shown, "others": others, "more": more}}, nil
}

func (s *Service) slots(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	day, err := time.ParseInLocation(time.DateOnly, c.Text("day"), citytime.Zone)
	if !ok || err != nil {
		return dialog.Result{Outcome: "none"}, nil //nolint:nilerr // a day that is none has no slots
	}
	free, err := s.free(ctx, st, opening{day, day.AddDate(0, 0, 1), s.bookable(), c.Person})
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
	slot, err := s.Directory().Slot(c.Text("slot"), s.Time())
	if err != nil {
		return outcome(err)
	}
	text := fmt.Sprintf("时间：%s\n地点：%s，%s", WhenLabel(slot.Start), slot.Station.Name, slot.Station.Address)
	if who := c.Text("companion"); who != "" {
		text += "\n一起来：" + who
	}
	if note := c.Text("note"); note != "" {
		text += "\n想先告诉老师的：" + dialog.Verbatim(note)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

// holdSlot keeps the slot while the person writes a note and reads the summary.
func (s *Service) holdSlot(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	if err := s.Hold(ctx, c.Person, c.Text("slot"), c.Origin); err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}

func (s *Service) book(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	note := c.Text("note")
	if who := c.Text("companion"); who != "" {
		note = strings.TrimSpace("一起来：" + who + "\n" + note)
	}
	a, err := s.Book(ctx, Wish{Key: c.Key, Person: c.Person, Slot: c.Text("slot"), Note: note, Audience: c.Audience, Network: c.Origin})
	if errors.Is(err, ErrCrowded) {
		return dialog.Result{Outcome: "crowded", Vars: map[string]any{"phone": s.phone(c.Text("slot"))}}, nil
	}
	if errors.Is(err, presence.ErrAsk) {
		return dialog.Result{Outcome: "presence"}, nil
	}
	if err != nil {
		return outcome(err)
	}
	card := &channel.Card{Title: "预约成功", Summary: WhenLabel(a.Start) + "，预约码 " + a.Code + "。点开看地图、签到码，加到手机日历", URL: "/p/booking/" + a.Token}
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
	text := fmt.Sprintf("时间：%s\n地点：%s\n预约码：%s", v["when"], cmp.Or(v["where"].(string), "这个站点不再开放了"), a.Code)
	if a.Status == Booked && a.Start.After(s.Time()) && !s.kept(a) {
		text = "这个时间站点不开了，很抱歉，请改一个时间或者取消。\n" + text
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text, "station": a.Station}}
	if begun(a, s.Time()) == 1 {
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
