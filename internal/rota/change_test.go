package rota

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// at reads a moment in the city: 2026-03-03 10:00.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", text, citytime.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// change is an agreed change from one moment to another.
func change(t testing.TB, kind ChangeKind, district, from, to, out, in string) Change {
	t.Helper()
	return Change{ID: fmt.Sprint(kind, from, out, in), Kind: kind, District: district, From: at(t, from), To: at(t, to), Out: out, In: in, State: Agreed}
}

func TestChangesLieOverTheBase(t *testing.T) {
	base, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	const all = " 全员:王陈李周"
	for _, c := range []struct {
		name, district, at string
		changes            []Change
		want               string
	}{
		{"a swap, in its hours", City, "2026-03-03 10:00", []Change{change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "zhou")}, "值班:周 候补:李 主管:王" + all},
		{"a swap, after its hours", City, "2026-03-04 10:00", []Change{change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "zhou")}, "值班:陈 候补:李 主管:王" + all},
		{"a swap with who stands in already", City, "2026-03-03 10:00", []Change{change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "li")}, "值班:李 主管:王" + all},
		{"a swap in another district", City, "2026-03-02 10:00", []Change{change(t, Swap, "天河区", "2026-03-02 08:00", "2026-03-02 12:00", "li", "zhou")}, "值班:陈 候补:李 主管:王" + all},
		{"a swap in that district", "天河区", "2026-03-02 10:00", []Change{change(t, Swap, "天河区", "2026-03-02 08:00", "2026-03-02 12:00", "li", "zhou")}, "值班:周 主管:王 全员:李周"},
		{"leave: the next moves up", City, "2026-03-03 10:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-05 00:00", "chen", "")}, "值班:李 主管:王" + all},
		{"leave, with somebody to stand in", City, "2026-03-04 10:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-05 00:00", "chen", "zhou")}, "值班:周 候补:李 主管:王" + all},
		{"leave of the only one: the supervisors are first", City, "2026-03-03 20:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-05 00:00", "zhou", "")}, "主管:王" + all},
		{"leave in an exception: the shift below it counts", City, "2026-10-03 10:00", []Change{change(t, Leave, "", "2026-10-03 00:00", "2026-10-04 00:00", "wang", "")}, "值班:李 主管:王" + all},
		{"leave of a district's only one: the city's duty", "天河区", "2026-03-02 10:00", []Change{change(t, Leave, "", "2026-03-02 00:00", "2026-03-03 00:00", "li", "")}, "值班:陈 主管:王" + all},
		{"leave of the only supervisor, who is called all the same", City, "2026-03-03 10:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-04 00:00", "wang", "")}, "值班:陈 候补:李 主管:王" + all},
		{"leave of a supervisor, with somebody to stand in", City, "2026-03-03 10:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-04 00:00", "wang", "zhou")}, "值班:陈 候补:李 主管:周" + all},
		{"an extra duty in a gap", City, "2026-03-08 08:30", []Change{change(t, Extra, City, "2026-03-08 08:00", "2026-03-08 09:00", "", "chen")}, "值班:陈 主管:王" + all},
		{"an extra duty beside a shift", City, "2026-03-03 10:00", []Change{change(t, Extra, City, "2026-03-03 08:00", "2026-03-03 18:00", "", "zhou")}, "值班:陈 候补:李 候补:周 主管:王" + all},
		{"a stranger to the district is called by everybody's call too", "天河区", "2026-03-02 10:00", []Change{change(t, Extra, "天河区", "2026-03-02 08:00", "2026-03-02 12:00", "", "zhou")}, "值班:李 候补:周 主管:王 全员:李周"},
		{"a holiday", City, "2026-03-03 10:00", []Change{change(t, Holiday, "", "2026-03-03 00:00", "2026-03-04 00:00", "", "")}, "值班:李 主管:王" + all},
		{"a Saturday that is worked", City, "2026-03-07 10:00", []Change{change(t, Workday, "", "2026-03-07 00:00", "2026-03-08 00:00", "", "")}, "值班:陈 候补:李 主管:王" + all},
		{"a holiday of the plan that is worked after all", City, "2026-10-02 10:00", []Change{change(t, Workday, "", "2026-10-02 00:00", "2026-10-03 00:00", "", "")}, "值班:陈 候补:李 主管:王" + all},
		{"one after another", City, "2026-03-03 10:00", []Change{
			change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "zhou"), change(t, Leave, "", "2026-03-03 00:00", "2026-03-04 00:00", "zhou", "wang"),
		}, "值班:王 候补:李 主管:王" + all},
		{"somebody whom the plan does not know: the change is left out", City, "2026-03-03 10:00", []Change{change(t, Leave, "", "2026-03-03 00:00", "2026-03-04 00:00", "chen", "gone")}, "值班:陈 候补:李 主管:王" + all},
		{"what was not agreed changes nothing", City, "2026-03-03 10:00", []Change{{Kind: Leave, From: at(t, "2026-03-03 00:00"), To: at(t, "2026-03-04 00:00"), Out: "chen", State: Asked}}, "值班:陈 候补:李 主管:王" + all},
	} {
		if got := said(base.With(c.changes).Ladder(c.district, at(t, c.at))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := said(base.Ladder(City, at(t, "2026-03-03 10:00"))); got != "值班:陈 候补:李 主管:王"+all {
		t.Errorf("laying changes over the base changed it: %s", got)
	}
}

func TestTheNewestWordOnADayCounts(t *testing.T) {
	base, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	off, on := change(t, Holiday, "", "2026-03-03 00:00", "2026-03-04 00:00", "", ""), change(t, Workday, "", "2026-03-03 00:00", "2026-03-04 00:00", "", "")
	off.Decided.At, on.Decided.At = at(t, "2026-03-01 10:00"), at(t, "2026-03-01 11:00")
	for _, changes := range [][]Change{{off, on}, {on, off}} {
		if !base.With(changes).Week(at(t, "2026-03-03 00:00"))[0].Works {
			t.Error("a day that was made a holiday and then a working day is none")
		}
	}
}

// written is a day of a grid as 08:00–18:00 陈+李.
func written(r *Rota, duties []Duty) string {
	var parts []string
	for _, d := range duties {
		var names []string
		for _, a := range d.Who {
			c, _ := r.Contact(a.ID)
			name := c.Name
			if a.For != "" {
				out, _ := r.Contact(a.For)
				name += "(" + out.Name + ")"
			}
			names = append(names, name)
		}
		parts = append(parts, d.From.Format("15:04")+"–"+d.To.Format("15:04")+" "+strings.Join(names, "+"))
	}
	return strings.Join(parts, " ")
}

func TestAWeekShowsEachDutyOnTheDayItBegins(t *testing.T) {
	base, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	r := base.With([]Change{
		change(t, Swap, City, "2026-03-03 08:00", "2026-03-03 18:00", "chen", "zhou"),
		change(t, Leave, "", "2026-03-05 22:00", "2026-03-06 02:00", "zhou", "chen"),
		change(t, Leave, "", "2026-03-08 18:00", "2026-03-09 08:00", "zhou", ""),
	})
	week := r.Week(Monday(at(t, "2026-03-04 12:00")))
	var got []string
	for _, d := range week {
		got = append(got, d.At.Format("01-02")+" "+written(r, d.Duties[City]))
	}
	want := []string{
		"03-02 08:00–18:00 陈+李 18:00–08:00 周",
		"03-03 08:00–18:00 周(陈)+李 18:00–08:00 周",
		"03-04 08:00–18:00 陈+李 18:00–08:00 周",
		"03-05 08:00–18:00 陈+李 18:00–22:00 周 22:00–02:00 陈(周) 02:00–08:00 周",
		"03-06 08:00–18:00 陈+李 18:00–08:00 周",
		"03-07 08:00–09:00  09:00–18:00 李 18:00–08:00 周",
		"03-08 08:00–09:00  09:00–18:00 李 18:00–00:00 ", // who is missing after midnight is missing on Monday
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := written(r, week[0].Duties["天河区"]) + written(r, week[1].Duties["天河区"]); got != "08:00–12:00 李" {
		t.Errorf("the district's Monday and Tuesday: %q", got)
	}
	now, next := r.Now(City, at(t, "2026-03-04 03:00"))
	if got := written(r, []Duty{now, next}); got != "18:00–08:00 周 08:00–18:00 陈+李" {
		t.Errorf("at night: %q", got)
	}
}

// anyRota draws a plan with changes to it.
func anyRota(t *rapid.T) (base *Rota, changes []Change) {
	people := []string{"a", "b", "c", "d"}
	var p Plan
	for _, id := range people {
		p.People = append(p.People, Person{ID: id, Name: id, Account: id})
	}
	clock := rapid.SampledFrom([]string{"00:00", "06:30", "08:00", "12:00", "18:00", "24:00"})
	who := rapid.SliceOfNDistinct(rapid.SampledFrom(people), 1, 3, rapid.ID[string])
	days := rapid.SliceOfN(rapid.SampledFrom([]string{"每天", "工作日", "休息日", "周一", "周六", "2026-03-03", "2026-03-05..2026-03-06"}), 1, 2)
	for _, name := range []string{City, "天河区"} {
		d := District{Name: name, Supervisors: rapid.SliceOfNDistinct(rapid.SampledFrom(people), 0, 2, rapid.ID[string]).Draw(t, "supervisors")}
		for range rapid.IntRange(1, 3).Draw(t, "shifts") {
			from := clock.Filter(func(s string) bool { return s != "24:00" }).Draw(t, "from")
			d.Shifts = append(d.Shifts, Shift{Days: days.Draw(t, "days"), From: from, To: clock.Draw(t, "to"), Who: who.Draw(t, "who")})
		}
		p.Districts = append(p.Districts, d)
	}
	base, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, citytime.Zone)
	anyone := rapid.SampledFrom(append([]string{"", "stranger"}, people...))
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		from := monday.Add(time.Duration(rapid.IntRange(-24, 24*7).Draw(t, "hour")) * time.Hour)
		c := Change{
			Kind: rapid.SampledFrom([]ChangeKind{Swap, Leave, Extra, Holiday, Workday}).Draw(t, "kind"), District: rapid.SampledFrom([]string{"", City, "天河区"}).Draw(t, "district"),
			From: from, To: from.Add(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour), Out: anyone.Draw(t, "out"), In: anyone.Draw(t, "in"),
			State: rapid.SampledFrom([]ChangeState{Asked, Agreed, Refused, Withdrawn}).Draw(t, "state"), Decided: Act{At: from.Add(-time.Duration(rapid.IntRange(1, 9).Draw(t, "decided")) * time.Hour)},
		}
		changes = append(changes, c)
	}
	return base, changes
}

// A district's holiday leaves its duty to the city, which may have no supervisors of its own.
func TestSupervisorsAreCalledWhoeverHasTheDuty(t *testing.T) {
	base, err := Compile(Plan{
		People: []Person{{ID: "a", Name: "a", Account: "a"}, {ID: "b", Name: "b", Account: "b"}},
		Districts: []District{
			{Name: City, Shifts: []Shift{{Days: []string{"每天"}, From: "00:00", To: "24:00", Who: []string{"a"}}}},
			{Name: "天河区", Supervisors: []string{"b"}, Shifts: []Shift{{Days: []string{"工作日"}, From: "00:00", To: "24:00", Who: []string{"a"}}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, citytime.Zone)
	holiday := Change{Kind: Holiday, From: monday, To: monday.Add(24 * time.Hour), State: Agreed, Decided: Act{At: monday.Add(-time.Hour)}}
	if got, want := said(base.With([]Change{holiday}).Ladder("天河区", monday.Add(9*time.Hour))), "值班:a 主管:b 全员:a"; got != want {
		t.Errorf("on the district's holiday: %s, want %s", got, want)
	}
}

func TestNoChangeTakesTheLastRungAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, changes := anyRota(t)
		r := base.With(changes)
		at := time.Date(2026, 3, 2, 0, 0, 0, 0, citytime.Zone).Add(time.Duration(rapid.IntRange(0, 7*24*4).Draw(t, "quarter")) * 15 * time.Minute)
		district := rapid.SampledFrom([]string{City, "天河区", "南沙区"}).Draw(t, "district")
		rungs, before := r.Ladder(district, at), base.Ladder(district, at)
		for _, rung := range rungs {
			if len(rung.Call) == 0 {
				t.Fatalf("the rung %s calls nobody: %s", rung.Name, said(rungs))
			}
			for _, c := range rung.Call {
				if c.Name == "" {
					t.Fatalf("the rung %s calls somebody who is not in the plan: %s", rung.Name, said(rungs))
				}
			}
		}
		if last := rungs[len(rungs)-1]; last.Name != Everybody || len(last.Call) == 0 {
			t.Fatalf("the last rung is %s: %s", last.Name, said(rungs))
		}
		overseen := func(rungs []Rung) bool {
			return slices.ContainsFunc(rungs, func(r Rung) bool { return r.Name == Supervisor })
		}
		if overseen(before) && !overseen(rungs) {
			t.Fatalf("a change took the supervisors' rung away: %s, before %s", said(rungs), said(before))
		}
	})
}

func TestDutyGapsAndGridAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, changes := anyRota(t)
		r := base.With(changes)
		from := time.Date(2026, 3, 2, 0, 0, 0, 0, citytime.Zone)
		to := from.AddDate(0, 0, 7)
		gaps := r.Gaps(from, to)
		duties := r.Duties(City, from, to)
		end := from
		for _, d := range duties {
			if !d.From.Equal(end) || !d.From.Before(d.To) {
				t.Fatalf("a duty begins at %s where the one before ended at %s", d.From, end)
			}
			end = d.To
		}
		if !end.Equal(to) {
			t.Fatalf("the duties end at %s, want %s", end, to)
		}
		at := from.Add(time.Duration(rapid.IntRange(0, 7*24*60-1).Draw(t, "minute")) * time.Minute)
		on, _, _ := r.OnDuty(at)
		inGap := slices.ContainsFunc(gaps, func(g Gap) bool { return !at.Before(g.From) && at.Before(g.To) })
		i := slices.IndexFunc(duties, func(d Duty) bool { return !at.Before(d.From) && at.Before(d.To) })
		if on == inGap || on != (len(duties[i].Who) > 0) || !slices.Equal(r.onDuty(City, at), ids(duties[i].Who)) {
			t.Fatalf("at %s: on duty %v, in a gap %v, the grid shows %v, the ladder asks %v", at, on, inGap, duties[i].Who, r.onDuty(City, at))
		}
		for _, g := range newGaps(base, r, from, to) {
			if before, _, _ := base.OnDuty(g.From); !before {
				t.Fatalf("the gap at %s is told as new and was there before", g.From)
			}
			if after, _, _ := r.OnDuty(g.From); after {
				t.Fatalf("at %s somebody is on duty: no gap", g.From)
			}
		}
	})
}
