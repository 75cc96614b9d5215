package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// counter is a station's reception whose clock the test sets.
type counter struct {
	*booking.Reception
	t   *testing.T
	db  *store.DB
	now time.Time
	key int
}

var (
	clerkHere  = booking.Clerk{ID: "c1", Name: "示例前台", Station: "tianhe-2"}
	clerkThere = booking.Clerk{ID: "c2", Name: "示例别处", Station: "tianhe-1"}
)

// Slots of tianhe-2 (one counsellor, 45 minutes, Tuesday to Saturday from 14:00), on the day after bookingDay.
const (
	first  = "tianhe-2@202603031400"
	second = "tianhe-2@202603031445"
	third  = "tianhe-2@202603031530"
)

func openCounter(t *testing.T, db *store.DB) *counter {
	t.Helper()
	c := &counter{t: t, db: db, now: bookingDay}
	s := bookingService(t, db)
	s.Now = func() time.Time { return c.now }
	c.Reception = &booking.Reception{Booking: s, Store: db.Appointments(), Trail: db.Trail()}
	return c
}

func (c *counter) at(clock string) {
	c.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, citytime.Zone)
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = at
}

func (c *counter) newKey() string {
	c.key++
	return fmt.Sprint("form", c.key)
}

func (c *counter) book(n int, slot string) booking.Appointment {
	c.t.Helper()
	a, err := c.Booking.Book(c.t.Context(), booking.Wish{Key: fmt.Sprint("chat", n, slot), Person: writer(c.t, c.db, n), Slot: slot, Note: "示例备注"})
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// work takes what is due out of the outbox, one after another, as a worker does.
func (c *counter) work(do func(outbox.Row)) {
	c.t.Helper()
	for {
		rows, err := c.db.Outbox().Claim(c.t.Context(), "w", c.now.Add(time.Second), time.Minute, 20)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(rows) == 0 {
			return
		}
		for _, r := range rows {
			do(r)
			if err := c.db.Outbox().Done(c.t.Context(), "w", r.ID); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// told is what is said to people now, the oldest first.
func (c *counter) told() (texts []string) {
	c.t.Helper()
	c.work(func(r outbox.Row) {
		if r.Kind == "deliver" {
			texts = append(texts, string(r.Payload))
		}
	})
	return texts
}

// reminders are what the reminders of a person that are due say.
func (c *counter) reminders(personID string) (texts []string) {
	c.t.Helper()
	c.work(func(r outbox.Row) {
		if r.Person != personID || r.Kind != booking.KindReminder {
			return
		}
		said, err := c.Booking.Remind(c.t.Context(), r)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, reply := range said {
			texts = append(texts, reply.Text)
		}
	})
	return texts
}

func (c *counter) kinds(id string) (out []booking.StepKind) {
	c.t.Helper()
	steps, err := c.Store.Steps(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, st := range steps {
		out = append(out, st.Kind)
	}
	return out
}

func TestSomebodyIsCheckedInByCodeOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		a, there := c.book(1, first), c.book(2, "tianhe-1@202603031400")
		typed := strings.ToLower(a.Code[:3]) + " " + a.Code[3:]
		if got, err := c.Find(ctx, clerkHere, "tianhe-2", typed); err != nil || got.ID != a.ID || got.Note != "示例备注" {
			t.Errorf("the code as it is typed in a hurry: %+v, %v", got, err)
		}
		for code, want := range map[string]error{"ZZZZZZ": booking.ErrNoCode, "": booking.ErrNoCode, there.Code: booking.ErrElsewhere} {
			if _, err := c.Find(ctx, clerkHere, "tianhe-2", code); !errors.Is(err, want) {
				t.Errorf("code %q: %v, want %v", code, err, want)
			}
		}
		if _, err := c.Find(ctx, clerkHere, "tianhe-1", there.Code); !errors.Is(err, booking.ErrNotYours) {
			t.Errorf("a clerk asks at another station: %v", err)
		}
		if _, err := c.Mark(ctx, clerkHere, a.ID, "early", booking.Arrived); !errors.Is(err, booking.ErrEarly) {
			t.Errorf("the day before: %v", err)
		}
		c.at("2026-03-03 13:50")
		if _, err := c.Mark(ctx, clerkThere, a.ID, "there", booking.Arrived); !errors.Is(err, booking.ErrElsewhere) {
			t.Errorf("a clerk of another station: %v", err)
		}
		if _, err := c.Mark(ctx, clerkHere, a.ID, "", booking.Arrived); !errors.Is(err, booking.ErrFormKey) {
			t.Errorf("a form without a key: %v", err)
		}
		for range 2 {
			got, err := c.Mark(ctx, clerkHere, a.ID, "in", booking.Arrived)
			if err != nil || got.Status != booking.Arrived || !got.ArrivedAt.Equal(c.now) {
				t.Fatalf("checked in: %+v, %v", got, err)
			}
		}
		v, err := c.Visit(ctx, clerkHere, a.ID)
		if err != nil || len(v.Steps) != 1 || v.Steps[0].Staff != "示例前台" || v.Steps[0].By != "c1" || !v.Steps[0].At.Equal(c.now) || !v.ArrivedAt.Equal(c.now) {
			t.Errorf("its history: %+v, %v", v, err)
		}
		if _, err := c.Visit(ctx, clerkThere, a.ID); !errors.Is(err, booking.ErrElsewhere) {
			t.Errorf("opened at another station: %v", err)
		}
		if _, err := c.Booking.Move(ctx, "chat-move", a.Person, a.ID, "tianhe-2@202603041400"); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("who arrived moves away in the chat: %v", err)
		}
		if _, err := c.Booking.Cancel(ctx, a.Person, a.ID); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("who arrived cancels in the chat: %v", err)
		}
	})
}

func TestNobodyIsMissingBeforeTheStartAndAMistakeIsUndone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		a := c.book(1, first)
		c.at("2026-03-03 14:00")
		if _, err := c.Mark(ctx, clerkHere, a.ID, "k1", booking.NoShow); !errors.Is(err, booking.ErrNotBegun) {
			t.Errorf("at the start: %v", err)
		}
		c.at("2026-03-03 14:20")
		for i, to := range []booking.Status{booking.NoShow, booking.Arrived, booking.Booked, booking.NoShow} {
			got, err := c.Mark(ctx, clerkHere, a.ID, fmt.Sprint("m", i), to)
			if err != nil || got.Status != to || got.ArrivedAt.IsZero() == (to == booking.Arrived) {
				t.Fatalf("to %s: %+v, %v", to, got, err)
			}
		}
		if diff := cmp.Diff([]booking.StepKind{booking.StepNoShow, booking.StepArrived, booking.StepUndone, booking.StepNoShow}, c.kinds(a.ID)); diff != "" {
			t.Error(diff)
		}
		if _, err := c.Cancel(ctx, clerkHere, a.ID, "k2", ""); !errors.Is(err, booking.ErrState) {
			t.Errorf("cancelling who did not come: %v", err)
		}
		days, err := c.Days(ctx, clerkHere, "tianhe-2", c.now, 1)
		if err != nil || days[0].Count(booking.NoShow) != 1 || days[0].Slots[0].Free != 0 {
			t.Errorf("the day: %+v, %v", days, err)
		}
		if got, err := db.Appointments().CountAt(ctx, c.now.Add(-24*time.Hour), c.now); err != nil || got["tianhe-2"][booking.NoShow] != 1 {
			t.Errorf("all stations: %v, %v", got, err)
		}
	})
}

func TestStaffMoveAndCancelWithAWordToThePerson(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		a, b := c.book(1, first), c.book(2, second)
		if _, err := c.Move(ctx, clerkHere, a.ID, c.newKey(), second, ""); !errors.Is(err, booking.ErrFull) {
			t.Errorf("to a full slot: %v", err)
		}
		if _, err := c.Move(ctx, clerkThere, a.ID, c.newKey(), "tianhe-1@202603031400", ""); !errors.Is(err, booking.ErrElsewhere) {
			t.Errorf("a clerk of another station takes it: %v", err)
		}
		if _, err := c.Move(ctx, clerkHere, a.ID, c.newKey(), "tianhe-1@202603031400", ""); !errors.Is(err, booking.ErrElsewhere) {
			t.Errorf("to another station: %v", err)
		}
		if _, err := c.Move(ctx, clerkHere, a.ID, c.newKey(), third, strings.Repeat("字", 201)); !errors.Is(err, booking.ErrWords) {
			t.Errorf("too many words: %v", err)
		}
		for range 2 {
			if got, err := c.Move(ctx, clerkHere, a.ID, "move", third, "老师上午培训"); err != nil || got.Slot != third || got.Code != a.Code {
				t.Fatalf("moved: %+v, %v", got, err)
			}
		}
		texts := c.told()
		if len(texts) != 1 {
			t.Fatalf("told %d times: %q", len(texts), texts)
		}
		for _, part := range []string{"3月3日 周二 14:00", "3月3日 周二 15:30", "老师上午培训", a.Code, "我的预约", a.Person} {
			if !strings.Contains(texts[0], part) {
				t.Errorf("the message lacks %q: %s", part, texts[0])
			}
		}
		c.book(3, first) // the place left behind is free
		c.now = c.now.Add(24 * time.Hour)
		reminders := c.reminders(a.Person)
		if len(reminders) != 1 || !strings.Contains(reminders[0], "15:30") {
			t.Errorf("reminders that hold: %q, want one of the new time", reminders)
		}
		if _, err := c.Booking.Cancel(ctx, a.Person, a.ID); err != nil {
			t.Errorf("who was moved can still cancel: %v", err)
		}
		for range 2 {
			if got, err := c.Cancel(ctx, clerkHere, b.ID, "cancel", "老师病了"); err != nil || !got.Cancelled() {
				t.Fatalf("cancelled: %+v, %v", got, err)
			}
		}
		if texts = c.told(); len(texts) != 1 || !strings.Contains(texts[0], "取消了") || !strings.Contains(texts[0], "老师病了") {
			t.Errorf("told: %q", texts)
		}
		if _, err := c.Mark(ctx, clerkHere, b.ID, c.newKey(), booking.Arrived); !errors.Is(err, booking.ErrState) {
			t.Errorf("a cancelled one arrives: %v", err)
		}
		if mine, err := c.Booking.Store.Upcoming(ctx, b.Person, bookingDay); err != nil || len(mine) != 0 {
			t.Errorf("after cancelling: %+v, %v", mine, err)
		}
		if diff := cmp.Diff([]booking.StepKind{booking.StepMoved, booking.StepCancelled}, c.kinds(a.ID)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSomebodyWhoWalksInGetsAPlaceAndNoName(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		c.book(1, first)
		c.at("2026-03-03 14:50")
		if _, err := c.WalkIn(ctx, clerkHere, c.newKey(), first); !errors.Is(err, booking.ErrTime) {
			t.Errorf("a slot that is over: %v", err)
		}
		if _, err := c.WalkIn(ctx, clerkHere, c.newKey(), "tianhe-2@202603041400"); !errors.Is(err, booking.ErrTime) {
			t.Errorf("tomorrow: %v", err)
		}
		if _, err := c.WalkIn(ctx, clerkThere, c.newKey(), second); !errors.Is(err, booking.ErrNotYours) {
			t.Errorf("a clerk of another station: %v", err)
		}
		var ids []string
		for range 2 {
			a, err := c.WalkIn(ctx, clerkHere, "walk", second)
			if err != nil || a.Status != booking.Arrived || a.Person != "" || len(a.Code) != 6 {
				t.Fatalf("walked in: %+v, %v", a, err)
			}
			ids = append(ids, a.ID)
		}
		if ids[0] != ids[1] {
			t.Error("a form that was sent twice made two")
		}
		if _, err := c.WalkIn(ctx, clerkHere, c.newKey(), second); !errors.Is(err, booking.ErrFull) {
			t.Errorf("the only place is taken: %v", err)
		}
		if _, err := c.Mark(ctx, clerkHere, ids[0], c.newKey(), booking.NoShow); !errors.Is(err, booking.ErrState) {
			t.Errorf("who walked in did not come: %v", err)
		}
		if _, err := c.Cancel(ctx, clerkHere, ids[0], c.newKey(), ""); err != nil {
			t.Errorf("registered by mistake: %v", err)
		}
		if texts := c.told(); len(texts) != 0 {
			t.Errorf("somebody was told: %q", texts)
		}
		if _, err := c.WalkIn(ctx, clerkHere, c.newKey(), second); err != nil {
			t.Errorf("the place is free again: %v", err)
		}
	})
}

func TestABlockTakesItsTimeOutOfTheChatAndNobodyIsForgotten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		moved, gone, outside := c.book(1, first), c.book(2, second), c.book(3, "tianhe-2@202603031615")
		form := booking.BlockForm{Station: "tianhe-2", From: moved.Start, To: moved.Start.Add(135 * time.Minute), Reason: "老师外出培训", Key: "block", Words: "很抱歉"}
		for name, wrong := range map[string]struct {
			change func(*booking.BlockForm)
			want   error
		}{
			"without a reason":      {func(f *booking.BlockForm) { f.Reason = " " }, booking.ErrWords},
			"the wrong way":         {func(f *booking.BlockForm) { f.To = f.From }, booking.ErrTime},
			"over midnight":         {func(f *booking.BlockForm) { f.To = f.To.Add(24 * time.Hour) }, booking.ErrTime},
			"past":                  {func(f *booking.BlockForm) { f.From, f.To = f.From.AddDate(0, 0, -5), f.To.AddDate(0, 0, -5) }, booking.ErrTime},
			"of another station":    {func(f *booking.BlockForm) { f.Station = "tianhe-1" }, booking.ErrNotYours},
			"with people inside":    {func(*booking.BlockForm) {}, booking.ErrPeople},
			"with one of two asked": {func(f *booking.BlockForm) { f.Fates = map[string]string{moved.ID: booking.FateCancel} }, booking.ErrPeople},
			"moving into itself":    {func(f *booking.BlockForm) { f.Fates = map[string]string{moved.ID: third, gone.ID: booking.FateCancel} }, booking.ErrGone},
		} {
			f := form
			wrong.change(&f)
			if _, err := c.Block(ctx, clerkHere, f); !errors.Is(err, wrong.want) {
				t.Errorf("a block %s: %v, want %v", name, err, wrong.want)
			}
		}
		if texts := c.told(); len(texts) != 0 {
			t.Fatalf("a block that failed told somebody: %q", texts)
		}
		if days, err := c.Days(ctx, clerkHere, "tianhe-2", moved.Start, 1); err != nil || days[0].Blocked() != 0 || days[0].Count(booking.Booked) != 3 {
			t.Fatalf("a block that failed left something: %+v, %v", days, err)
		}
		form.Fates = map[string]string{moved.ID: "tianhe-2@202603041400", gone.ID: booking.FateCancel, outside.ID: booking.FateCancel}
		var b booking.Block
		for range 2 {
			var err error
			if b, err = c.Block(ctx, clerkHere, form); err != nil {
				t.Fatal(err)
			}
		}
		if texts := c.told(); len(texts) != 2 || !strings.Contains(strings.Join(texts, ""), "3月4日 周三 14:00") || strings.Count(strings.Join(texts, ""), "很抱歉") < 2 {
			t.Errorf("told: %q", texts)
		}
		days, err := c.Days(ctx, clerkHere, "tianhe-2", moved.Start, 2)
		if err != nil || days[0].Blocked() != 3 || days[0].Count(booking.Cancelled) != 1 || days[0].Count(booking.Booked) != 1 || days[1].Count(booking.Booked) != 1 {
			t.Errorf("the days: %+v, %v", days, err)
		}
		if days[0].Slots[0].Block == nil || days[0].Slots[0].Block.Reason != "老师外出培训" || days[0].Slots[0].Free != 0 {
			t.Errorf("the first slot: %+v", days[0].Slots[0])
		}
		for what, err := range map[string]error{
			"booked": func() error {
				_, err := c.Booking.Book(ctx, booking.Wish{Key: "k", Person: writer(t, db, 4), Slot: third})
				return err
			}(),
			"moved into": func() error {
				_, err := c.Booking.Move(ctx, "k2", outside.Person, outside.ID, third)
				return err
			}(),
			"moved into by staff": func() error { _, err := c.Move(ctx, clerkHere, outside.ID, c.newKey(), third, ""); return err }(),
		} {
			if !errors.Is(err, booking.ErrGone) {
				t.Errorf("a blocked slot is %s: %v, want ErrGone", what, err)
			}
		}
		openings, err := c.Openings(ctx, "tianhe-2")
		if err != nil || len(openings) == 0 {
			t.Fatalf("openings: %v", err)
		}
		for _, s := range openings {
			if b.Covers(s) {
				t.Errorf("%s is offered to be moved to", s.ID())
			}
		}
		if _, err := c.Unblock(ctx, clerkThere, b.ID); !errors.Is(err, booking.ErrNotYours) {
			t.Errorf("lifted at another station: %v", err)
		}
		for range 2 {
			if _, err := c.Unblock(ctx, clerkHere, b.ID); err != nil {
				t.Fatal(err)
			}
		}
		c.book(4, third)
	})
}

// Whoever books and whoever blocks at the same moment must not both get the slot.
func TestABookingAndABlockAtOnceHaveOneWinner(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := context.WithoutCancel(t.Context()), openCounter(t, db)
		wins := map[string]int{}
		for round := range 12 {
			slot := "tianhe-1@" + bookingDay.AddDate(0, 0, 1+round%4).Format("20060102") + []string{"0900", "0950", "1040"}[round/4]
			s, err := c.Booking.Directory().Slot(slot, bookingDay)
			if err != nil {
				t.Fatal(err)
			}
			by := booking.Clerk{ID: "c", Name: "示例", Station: "tianhe-1"}
			people := []string{writer(t, db, 100+2*round), writer(t, db, 101+2*round)}
			go2 := make(chan struct{})
			var (
				wg       sync.WaitGroup
				blockErr error
				bookErrs [2]error
			)
			wg.Go(func() {
				<-go2
				_, blockErr = c.Block(ctx, by, booking.BlockForm{Station: "tianhe-1", From: s.Start, To: s.End(), Reason: "示例", Key: fmt.Sprint("b", round)})
			})
			for i, p := range people {
				wg.Go(func() {
					<-go2
					_, bookErrs[i] = c.Booking.Book(ctx, booking.Wish{Key: fmt.Sprint("k", round, i), Person: p, Slot: slot})
				})
			}
			close(go2)
			wg.Wait()
			taken, err := db.Appointments().Taken(ctx, "tianhe-1", s.Start, s.End())
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := db.Appointments().Blocks(ctx, "tianhe-1", s.Start, s.End())
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case len(blocks) == 1 && taken[slot] == 0 && blockErr == nil && errors.Is(bookErrs[0], booking.ErrGone) && errors.Is(bookErrs[1], booking.ErrGone):
				wins["block"]++
			case len(blocks) == 0 && taken[slot] == 2 && errors.Is(blockErr, booking.ErrPeople) && bookErrs[0] == nil && bookErrs[1] == nil:
				wins["people"]++
			case len(blocks) == 0 && taken[slot] >= 1 && errors.Is(blockErr, booking.ErrPeople):
				wins["people"]++
			default:
				t.Errorf("round %d: %d blocks and %d people in one slot; block: %v, bookings: %v", round, len(blocks), taken[slot], blockErr, bookErrs)
			}
		}
		t.Logf("won: %v", wins)
	})
}

// ask runs a command of the chat.
func (c *counter) ask(name, personID string, args map[string]any) dialog.Result {
	c.t.Helper()
	for _, cmd := range c.Booking.Commands() {
		if cmd.Name == name {
			res, err := cmd.Run(c.t.Context(), dialog.Call{Name: name, Person: personID, Args: args, Key: c.newKey()})
			if err != nil {
				c.t.Fatalf("%s: %v", name, err)
			}
			return res
		}
	}
	c.t.Fatalf("no command %s", name)
	return dialog.Result{}
}

func labels(res dialog.Result, name string) string {
	var out []string
	cs, _ := res.Vars[name].([]channel.Choice)
	for _, ch := range cs {
		out = append(out, ch.Label)
	}
	return strings.Join(out, " | ")
}

func TestTheChatTellsWhatBecameOfAnAppointment(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		kept, missed, next, unmarked := c.book(1, first), c.book(1, second), c.book(1, "tianhe-2@202603061400"), c.book(2, third)
		c.at("2026-03-03 15:45")
		for i, m := range []struct {
			id string
			to booking.Status
		}{{kept.ID, booking.Arrived}, {missed.ID, booking.NoShow}} {
			if _, err := c.Mark(ctx, clerkHere, m.id, fmt.Sprint("m", i), m.to); err != nil {
				t.Fatal(err)
			}
		}
		res := c.ask("booking.mine", kept.Person, nil)
		want := "3月6日 周五 14:00 天河粤心安社会心理服务站（示例） | 3月3日 周二 14:00 天河粤心安社会心理服务站（示例）（已到） | 3月3日 周二 14:45 天河粤心安社会心理服务站（示例）（没来）"
		if diff := cmp.Diff(want, labels(res, "appointments")); diff != "" {
			t.Error(diff)
		}
		for id, want := range map[string][2]string{
			kept.ID: {"past", "已经到过站点"}, missed.ID: {"past", "这次没有来"}, next.ID: {"ok", "3月6日"}, unmarked.ID: {"past", "已经到时间了"},
		} {
			person := kept.Person
			if id == unmarked.ID {
				person = unmarked.Person
			}
			res := c.ask("booking.show", person, map[string]any{"appointment": id})
			if text, _ := res.Vars["text"].(string); res.Outcome != want[0] || !strings.Contains(text, want[1]) {
				t.Errorf("shown: %s, %q, want %q", res.Outcome, text, want)
			}
		}
		if res := c.ask("booking.cancel", kept.Person, map[string]any{"appointment": kept.ID}); res.Outcome != "missing" {
			t.Errorf("cancelling where one has been: %s", res.Outcome)
		}
		c.now = c.now.Add(8 * 24 * time.Hour)
		if res := c.ask("booking.mine", kept.Person, nil); res.Outcome != "none" {
			t.Errorf("a week later: %s, %s", res.Outcome, labels(res, "appointments"))
		}
	})
}

func TestTheChatDoesNotOfferWhatIsBlocked(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		slots := func() string {
			return labels(c.ask("booking.slots", "", map[string]any{"station": "tianhe-2", "day": "2026-03-03"}), "slots")
		}
		days := func() string {
			return labels(c.ask("booking.days", "", map[string]any{"station": "tianhe-2"}), "days")
		}
		if got := slots(); !strings.HasPrefix(got, "14:00 | 14:45") || !strings.Contains(days(), "3月3日") {
			t.Fatalf("offered: %s on %s", got, days())
		}
		start := time.Date(2026, 3, 3, 14, 0, 0, 0, citytime.Zone)
		block := func(key string, to time.Time) booking.Block {
			b, err := c.Block(ctx, clerkHere, booking.BlockForm{Station: "tianhe-2", From: start, To: to, Reason: "示例", Key: key})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		block("short", start.Add(10*time.Minute)) // a part of a slot takes it whole
		if got := slots(); !strings.HasPrefix(got, "14:45 | 15:30") {
			t.Errorf("offered: %s", got)
		}
		whole := block("day", start.Add(6*time.Hour))
		if got := slots(); got != "" || strings.Contains(days(), "3月3日") {
			t.Errorf("offered on a blocked day: %s, and the day: %s", got, days())
		}
		if _, err := c.Unblock(ctx, clerkHere, whole.ID); err != nil {
			t.Fatal(err)
		}
		if got := slots(); !strings.HasPrefix(got, "14:45") {
			t.Errorf("after lifting: %s", got)
		}
	})
}

func TestNobodyIsForgottenWhenTheHoursChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, c := storetest.Acts(t.Context()), openCounter(t, db)
		early := time.Date(2026, 3, 3, 10, 15, 0, 0, citytime.Zone) // the station opens at 14:00 now
		err := db.Appointments().Place(ctx, booking.Appointment{
			ID: "a", Person: writer(t, db, 1), Slot: "tianhe-2@202603031015", Station: "tianhe-2", Start: early, Code: "ABCDEF", Token: "t", Key: "k", BookedAt: bookingDay,
		}, 1)
		if err != nil {
			t.Fatal(err)
		}
		days, err := c.Days(ctx, clerkHere, "tianhe-2", early, 1)
		if err != nil || len(days[0].Slots) == 0 {
			t.Fatalf("%+v, %v", days, err)
		}
		if p := days[0].Slots[0]; !p.Unkept || p.Free != 0 || len(p.Visits) != 1 || p.Visits[0].Status != booking.Booked || !p.Start.Equal(early) {
			t.Errorf("the first slot: %+v", p)
		}
	})
}
