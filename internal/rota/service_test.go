package rota_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const plan = `
people:
  - {id: chen, name: 陈, mobile: "1"}
  - {id: li, name: 李, mobile: "2"}
  - {id: zhou, name: 周, mobile: "3"}
  - {id: wang, name: 王, mobile: "4", account: wang.director}
districts:
  - name: 全市
    supervisors: [wang]
    shifts:
      - {days: [工作日], from: "08:00", to: "18:00", who: [chen, li]}
      - {days: [休息日], from: "08:00", to: "18:00", who: [li]}
      - {days: [每天], from: "18:00", to: "08:00", who: [zhou]}
`

var (
	monday  = time.Date(2026, 3, 2, 9, 0, 0, 0, citytime.Zone)
	tuesday = time.Date(2026, 3, 3, 8, 0, 0, 0, citytime.Zone)
	hours   = func(h int) time.Time { return tuesday.Add(time.Duration(h) * time.Hour) }
)

// room is the service on a real store.
type room struct {
	*rota.Service
	trail audit.Store
	clock time.Time

	chen, li, zhou, wang staff.Account
}

func newRoom(t *testing.T, file string) *room {
	t.Helper()
	db := storetest.SQLite(t).Open(t, nil)
	r := &room{clock: monday, trail: db.Audit()}
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "rota.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := func() time.Time { return r.clock }
	book, err := rota.Open(path, db.Rota(), now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.Service = &rota.Service{Store: db.Rota(), Book: book, Trail: db.Trail(), Bus: live.NewMemory(), Clock: citytime.Clock{Now: now}}
	account := func(name string, role staff.Role) staff.Account {
		return staff.Account{ID: "staff-" + name, Name: name, DisplayName: "示例·" + name, Role: role}
	}
	r.chen, r.li, r.zhou = account("chen", staff.Counsellor), account("li", staff.Counsellor), account("zhou", staff.Counsellor)
	r.wang = account("wang.director", staff.Supervisor)
	return r
}

// onDuty are the IDs of who has the city's duty.
func (r *room) onDuty(at time.Time) []string {
	now, _ := r.Book.Current().Now(rota.City, at)
	var ids []string
	for _, a := range now.Who {
		ids = append(ids, a.ID)
	}
	return ids
}

func (r *room) stands(t *testing.T, when string, at time.Time, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.onDuty(at)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func swap(key string) rota.Change {
	return rota.Change{Key: key, Kind: rota.Swap, District: rota.City, From: tuesday, To: hours(10), Out: "chen", In: "zhou"}
}

func TestASwapIsBetweenTheTwoWhoAreNamed(t *testing.T) {
	r := newRoom(t, plan)
	ctx := t.Context()
	if _, err := r.Propose(ctx, r.li, swap("k"), false); !errors.Is(err, rota.ErrNotTheir) {
		t.Errorf("somebody gives away another's duty: %v", err)
	}
	long := swap("k")
	long.To = hours(12)
	if _, err := r.Propose(ctx, r.chen, long, false); !errors.Is(err, rota.ErrNotTheir) {
		t.Errorf("somebody gives away hours that are not theirs: %v", err)
	}
	c, err := r.Propose(ctx, r.chen, swap("k"), false)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Propose(ctx, r.chen, swap("k"), false); err != nil || again.ID != c.ID {
		t.Errorf("the same form again: %s, %v; want %s", again.ID, err, c.ID)
	}
	r.stands(t, "while it waits", hours(1), "chen", "li")
	for _, by := range []staff.Account{r.li, r.chen, r.wang} {
		if err := r.Answer(ctx, by, c.ID, rota.Answer{Agree: true}); !errors.Is(err, rota.ErrNotNamed) {
			t.Errorf("%s answers for another: %v", by.Name, err)
		}
	}
	for range 2 { // a double click
		if err := r.Answer(ctx, r.zhou, c.ID, rota.Answer{Agree: true}); err != nil {
			t.Fatal(err)
		}
	}
	r.stands(t, "once agreed", hours(1), "zhou", "li")
	r.stands(t, "the day after", hours(25), "chen", "li")
	if err := r.Answer(ctx, r.zhou, c.ID, rota.Answer{}); !errors.Is(err, rota.ErrMoved) {
		t.Errorf("what was agreed is refused afterwards: %v", err)
	}
	if err := r.Withdraw(ctx, r.chen, c.ID, false); !errors.Is(err, rota.ErrRight) {
		t.Errorf("one of the two takes back what both agreed: %v", err)
	}
	if err := r.Withdraw(ctx, r.wang, c.ID, false); err != nil {
		t.Fatal(err)
	}
	r.stands(t, "once withdrawn", hours(1), "chen", "li")
	entries, err := r.trail.Find(ctx, audit.Filter{Object: c.ID}, 10)
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Name+" "+string(e.Kind))
	}
	want := []string{"示例·wang.director rota_withdraw", "示例·zhou rota_agree", "示例·chen rota_ask"}
	if len(acts) != 3 || !sameSet(acts, want) {
		t.Errorf("the audit log says %v (%v), want %v", acts, err, want)
	}
}

func sameSet(a, b []string) bool {
	seen := map[string]int{}
	for _, s := range a {
		seen[s]++
	}
	for _, s := range b {
		seen[s]--
	}
	for _, n := range seen {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestTwoSwapsOfOneDutyDoNotBothHold(t *testing.T) {
	r := newRoom(t, plan)
	first, err := r.Propose(t.Context(), r.chen, swap("one"), false)
	if err != nil {
		t.Fatal(err)
	}
	second := swap("two")
	second.In = "li"
	other, err := r.Propose(t.Context(), r.chen, second, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Answer(t.Context(), r.zhou, first.ID, rota.Answer{Agree: true}); err != nil {
		t.Fatal(err)
	}
	if err := r.Answer(t.Context(), r.li, other.ID, rota.Answer{Agree: true}); !errors.Is(err, rota.ErrNotTheir) {
		t.Errorf("a duty that was given away already is taken: %v", err)
	}
	r.clock = hours(11)
	third := swap("three")
	if _, err := r.Propose(t.Context(), r.chen, third, false); !errors.Is(err, rota.ErrPast) {
		t.Errorf("a duty that is over is given away: %v", err)
	}
}

func TestLeaveIsAskedForOrSetAndItsGapIsTold(t *testing.T) {
	r := newRoom(t, plan)
	ctx := t.Context()
	leave := rota.Change{Key: "k", Kind: rota.Leave, From: hours(-8), To: hours(16), Out: "zhou", Note: "家里有事"}
	if _, err := r.Propose(ctx, r.chen, leave, false); !errors.Is(err, rota.ErrRight) {
		t.Errorf("a colleague asks for another's leave: %v", err)
	}
	var gap *rota.GapError
	if _, err := r.Propose(ctx, r.zhou, leave, false); !errors.As(err, &gap) {
		t.Fatalf("leave that leaves the night without anybody: %v, want a warning", err)
	}
	want := []rota.Gap{{From: hours(-8), To: tuesday}, {From: hours(10), To: hours(16)}}
	if diff := cmp.Diff(want, gap.Gaps, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("the times without anybody (-want +got):\n%s", diff)
	}
	c, err := r.Propose(ctx, r.zhou, leave, true)
	if err != nil || c.State != rota.Asked {
		t.Fatalf("asked all the same: %+v, %v", c, err)
	}
	r.stands(t, "while it waits", hours(12), "zhou")
	if err := r.Answer(ctx, r.chen, c.ID, rota.Answer{Agree: true}); !errors.Is(err, rota.ErrRight) {
		t.Errorf("a colleague agrees to leave: %v", err)
	}
	if err := r.Answer(ctx, r.wang, c.ID, rota.Answer{Agree: true}); !errors.As(err, &gap) {
		t.Errorf("the supervisor is not told of the gap: %v", err)
	}
	if err := r.Answer(ctx, r.wang, c.ID, rota.Answer{Agree: true, In: "chen"}); err != nil {
		t.Fatalf("with somebody to stand in: %v", err)
	}
	r.stands(t, "once agreed", hours(12), "chen")
	r.stands(t, "by day, when it was not their duty", hours(1), "chen", "li")
	if err := r.Withdraw(ctx, r.wang, c.ID, false); err != nil {
		t.Errorf("taking leave back leaves nobody missing: %v", err)
	}
	set := leave
	set.Key, set.In = "set", "li"
	if c, err := r.Propose(ctx, r.wang, set, false); err != nil || c.State != rota.Agreed {
		t.Errorf("a supervisor sets it: %+v, %v", c, err)
	}
	r.stands(t, "as it was set", hours(12), "li")
}

func TestOnlyASupervisorChangesDaysAndAddsDuties(t *testing.T) {
	r := newRoom(t, plan)
	ctx := t.Context()
	midnight := hours(-8)
	day := rota.Change{Key: "day", Kind: rota.Holiday, From: midnight, To: midnight.AddDate(0, 0, 1)}
	extra := rota.Change{Key: "extra", Kind: rota.Extra, District: rota.City, From: tuesday, To: hours(2), In: "zhou"}
	for _, c := range []rota.Change{day, extra} {
		if _, err := r.Propose(ctx, r.chen, c, true); !errors.Is(err, rota.ErrRight) {
			t.Errorf("a counsellor makes a %s: %v", c.Kind, err)
		}
		if _, err := r.Propose(ctx, r.wang, c, false); err != nil {
			t.Errorf("a supervisor makes a %s: %v", c.Kind, err)
		}
	}
	r.stands(t, "an extra duty on a holiday", hours(1), "li", "zhou")
	r.stands(t, "after it", hours(3), "li")
	half := day
	half.Key, half.From = "half", midnight.Add(time.Hour)
	if _, err := r.Propose(ctx, r.wang, half, true); !errors.Is(err, rota.ErrSpan) {
		t.Errorf("half a holiday: %v", err)
	}
	for _, bad := range []struct {
		name   string
		change func(*rota.Change)
		want   error
	}{
		{"a stranger", func(c *rota.Change) { c.In = "nobody" }, rota.ErrPerson},
		{"an unknown district", func(c *rota.Change) { c.District = "月球" }, rota.ErrDistrict},
		{"the wrong way round", func(c *rota.Change) { c.From, c.To = c.To, c.From }, rota.ErrSpan},
		{"two years", func(c *rota.Change) { c.To = c.To.AddDate(2, 0, 0) }, rota.ErrSpan},
		{"no key", func(c *rota.Change) { c.Key = "" }, rota.ErrKey},
		{"a long note", func(c *rota.Change) { c.Note = string(make([]rune, 201)) }, rota.ErrLong},
	} {
		c := extra
		c.Key = bad.name
		bad.change(&c)
		if _, err := r.Propose(ctx, r.wang, c, true); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v, want %v", bad.name, err, bad.want)
		}
	}
}

func TestABaseIsWrittenOnTheDeskOnlyWhereNoFileHoldsIt(t *testing.T) {
	r := newRoom(t, "")
	ctx := t.Context()
	if _, err := r.Propose(ctx, r.wang, swap("k"), true); !errors.Is(err, rota.ErrNoRota) {
		t.Errorf("a change to no rota: %v", err)
	}
	p := rota.SavedPlan{Key: "k1", Plan: rota.Plan{
		People:    []rota.Person{{ID: "chen", Name: "陈", Account: "chen"}},
		Districts: []rota.District{{Name: rota.City, Shifts: []rota.Shift{{Days: []string{"每天"}, From: "08:00", To: "18:00", Who: []string{"chen"}}}}},
	}}
	if err := r.SavePlan(ctx, r.chen, p, true); !errors.Is(err, rota.ErrRight) {
		t.Errorf("a counsellor writes it: %v", err)
	}
	var gap *rota.GapError
	if err := r.SavePlan(ctx, r.wang, p, false); !errors.As(err, &gap) || r.Book.Current() != nil {
		t.Fatalf("nights without anybody: %v, want a warning and nothing saved", err)
	}
	if err := r.SavePlan(ctx, r.wang, p, true); err != nil {
		t.Fatal(err)
	}
	r.stands(t, "at once", hours(1), "chen")
	p.Key = "k2"
	if err := r.SavePlan(ctx, r.wang, p, true); !errors.Is(err, rota.ErrConflict) {
		t.Errorf("over a version that is not the newest: %v", err)
	}
	p.Version, p.Districts[0].Name = 1, "天河区"
	if err := r.SavePlan(ctx, r.wang, p, true); err == nil {
		t.Error("a base without the city's duty is taken")
	}
	filed := newRoom(t, plan)
	if err := filed.SavePlan(ctx, filed.wang, p, true); !errors.Is(err, rota.ErrFile) {
		t.Errorf("with a file named: %v", err)
	}
}
