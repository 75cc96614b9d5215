package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// boardNoon is where the scenario of the board stands: a Sunday in Guangzhou.
var boardNoon = time.Date(2026, 11, 29, 12, 0, 0, 0, citytime.Zone)

// filed is a case as it is filed, with what was done for it, each so long after its opening; zero is never.
type filed struct {
	opened      time.Time
	signals     []risk.Level
	level       risk.Level // what it stands at now
	district    string
	seen        time.Duration
	spoken      time.Duration
	closed      time.Duration
	outcome     casework.Outcome
	followUpDue time.Duration
}

// file writes a case into the database as casework would have.
func file(t *testing.T, db *store.DB, n int, f filed) {
	t.Helper()
	ctx, s, opened := t.Context(), db.Cases(), f.opened.UTC()
	c := casework.Case{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n), Person: fmt.Sprintf("00000000-0000-7000-9000-%012d", n), Level: f.level, Subject: risk.Self,
		Status: casework.StatusOpen, Reason: "示例原因", OpenedAt: opened, LastSignalAt: opened, WaitingSince: opened, District: f.district,
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("file case %d: %v", n, err)
		}
	}
	if f.seen > 0 {
		c.Status, c.AcknowledgedAt = casework.StatusAcknowledged, opened.Add(f.seen)
	}
	if f.closed > 0 {
		c.Status, c.ClosedAt = casework.StatusClosed, opened.Add(f.closed)
	}
	must(s.Insert(ctx, &c))
	must(s.AddStep(ctx, c.ID, casework.Step{Kind: casework.StepOpened, Level: f.signals[0], At: opened}))
	for i, l := range f.signals {
		_, err := s.AddSignal(ctx, c.ID, casework.Signal{ID: fmt.Sprintf("00000000-0000-7000-a%03d-%012d", i, n), Level: l, Subject: risk.Self, Rule: "rule-" + string(l),
			Category: "suicide", Score: 0.75, Reason: "示例原因：他说的话", Key: fmt.Sprintf("s%d-%d", n, i), At: opened.Add(time.Duration(i) * time.Minute)})
		must(err)
	}
	must(s.AddStep(ctx, c.ID, casework.Step{Kind: casework.StepOverdue, At: opened.Add(time.Second)})) // by the program: nobody has seen it
	if f.seen > 0 {
		must(s.AddStep(ctx, c.ID, casework.Step{Kind: casework.StepAcknowledged, Staff: "示例老师", By: "staff", At: opened.Add(f.seen)}))
	}
	if f.spoken > 0 {
		for i := range 2 {
			_, err := s.AddMessage(ctx, c.ID, fmt.Sprintf("00000000-0000-7000-b%03d-%012d", i, n), fmt.Sprintf("m%d-%d", n, i), opened.Add(f.spoken+time.Duration(i)*time.Hour))
			must(err)
		}
	}
	if f.closed > 0 {
		must(s.AddStep(ctx, c.ID, casework.Step{Kind: casework.StepClosed, Staff: "示例老师", By: "staff", Code: string(f.outcome), At: opened.Add(f.closed)}))
	}
	if f.followUpDue > 0 {
		_, err := s.AddTasks(ctx, casework.Task{ID: fmt.Sprintf("00000000-0000-7000-c000-%012d", n), Case: c.ID, Key: fmt.Sprint("t", n), Kind: casework.TaskDay, Due: opened.Add(f.followUpDue)})
		must(err)
	}
}

func TestTheFactsOfTheBoardAreThoseOfTheCases(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		imm, high, med, low := risk.Imminent, risk.High, risk.Medium, risk.Low
		day := boardNoon.AddDate(0, 0, -2)
		for i, f := range []filed{
			{opened: day, signals: []risk.Level{imm}, level: imm, district: "天河区", seen: 2 * time.Minute, spoken: 5 * time.Minute, closed: 3 * time.Hour, outcome: casework.OutcomeSafe},
			{opened: day.Add(time.Hour), signals: []risk.Level{med, high}, level: low, seen: 20 * time.Minute, closed: 4 * time.Hour, outcome: casework.OutcomeMistaken}, // rose, and was lowered by staff
			{opened: day.Add(2 * time.Hour), signals: []risk.Level{med}, level: imm, followUpDue: 24 * time.Hour},                                                        // raised by staff; still waits
			{opened: day.Add(3 * time.Hour), signals: []risk.Level{low}, level: low, district: "越秀区", followUpDue: 96 * time.Hour},
			{opened: day.AddDate(0, -1, 0), signals: []risk.Level{high}, level: high, seen: time.Minute, closed: 32 * 24 * time.Hour, outcome: casework.OutcomeMistaken}, // of another month; closed in this window
			{opened: boardNoon, signals: []risk.Level{high}, level: high, seen: time.Minute},                                                                             // the end of the window is not in it
		} {
			file(t, db, i, f)
		}
		at := func(n time.Duration) time.Time { return day.Add(n).UTC() }
		f := db.Figures()
		cases, err := f.Cases(t.Context(), day, boardNoon, casework.DefaultWithin())
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(cases, func(a, b board.Case) int { return a.Opened.Compare(b.Opened) })
		want := []board.Case{
			{Opened: at(0), Level: imm, District: "天河区", Due: at(3 * time.Minute), Seen: at(2 * time.Minute), Spoken: at(5 * time.Minute)},
			{Opened: at(time.Hour), Level: high, Due: at(time.Hour + 11*time.Minute), Seen: at(time.Hour + 20*time.Minute)},
			{Opened: at(2 * time.Hour), Level: imm, Due: at(4 * time.Hour)},
			{Opened: at(3 * time.Hour), Level: low, District: "越秀区"},
		}
		if diff := cmp.Diff(want, cases); diff != "" {
			t.Errorf("the cases of the window (-want +got):\n%s", diff)
		}
		if e, err := f.Ended(t.Context(), day, boardNoon); err != nil || e != (board.Ended{Closed: 3, Vain: 2}) {
			t.Errorf("ended: %+v, %v; want 3, 2 of them in vain", e, err)
		}
		// Waiting: the two that nobody has seen; the late follow-up of one of them. The first of them has waited since 14:00.
		if w, err := f.Waiting(t.Context(), boardNoon); err != nil || w != (board.Waiting{Cases: 2, Since: at(2 * time.Hour), FollowUps: 1}) {
			t.Errorf("what waits: %+v, %v", w, err)
		}
		vain, err := f.Vain(t.Context(), day, boardNoon)
		wantVain := []board.Vain{
			{Rule: "rule-medium", Category: "suicide", Level: med, Score: 0.75, At: at(time.Hour)},
			{Rule: "rule-high", Category: "suicide", Level: high, Score: 0.75, At: at(time.Hour + time.Minute)},
			{Rule: "rule-high", Category: "suicide", Level: high, Score: 0.75, At: day.AddDate(0, -1, 0).UTC()},
		}
		byTime := cmpopts.SortSlices(func(a, b board.Vain) bool { return a.At.Before(b.At) })
		if diff := cmp.Diff(wantVain, vain, byTime); err != nil || diff != "" {
			t.Errorf("the signals in vain: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAMonthIsCountedAsByHand(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		// October 2026, by hand. Sunday the 4th is in the first week, Monday the 5th begins the second.
		//
		//	how many  level     district  day  hour  seen after  first word after
		//	12        imminent  天河区     4    1     2 min       4 min
		//	20        high      天河区     5    14    8 min       30 min
		//	11        high      越秀区     13   22    25 min      —               late
		//	15        medium    越秀区     20   14    1 h         3 h             closed: called in vain
		//	13        medium    海珠区     28   9     —           —               late
		//	12        imminent  —         29   22    10 min      —               late
		//	13        low       天河区     8    9     —           —               only wanted to talk
		n := 0
		add := func(times int, f filed) {
			for range times {
				n++
				file(t, db, n, f)
			}
		}
		on := func(day, hour int) time.Time { return time.Date(2026, 10, day, hour, 30, 0, 0, citytime.Zone) }
		m := time.Minute
		add(12, filed{opened: on(4, 1), signals: []risk.Level{risk.Imminent}, level: risk.Imminent, district: "天河区", seen: 2 * m, spoken: 4 * m})
		add(20, filed{opened: on(5, 14), signals: []risk.Level{risk.High}, level: risk.High, district: "天河区", seen: 8 * m, spoken: 30 * m})
		add(11, filed{opened: on(13, 22), signals: []risk.Level{risk.High}, level: risk.High, district: "越秀区", seen: 25 * m})
		add(15, filed{opened: on(20, 14), signals: []risk.Level{risk.Medium}, level: risk.Medium, district: "越秀区", seen: 60 * m, spoken: 180 * m, closed: 4 * time.Hour, outcome: casework.OutcomeMistaken})
		add(13, filed{opened: on(28, 9), signals: []risk.Level{risk.Medium}, level: risk.Medium, district: "海珠区"})
		add(12, filed{opened: on(29, 22), signals: []risk.Level{risk.Imminent}, level: risk.Imminent, seen: 10 * m})
		add(13, filed{opened: on(8, 9), signals: []risk.Level{risk.Low}, level: risk.Low, district: "天河区"})
		add(12, filed{opened: on(31, 23).Add(-40 * 24 * time.Hour), signals: []risk.Level{risk.High}, level: risk.High, seen: m, closed: 35 * 24 * time.Hour, outcome: casework.OutcomeCared})
		ask := casework.Service{Store: db.Cases(), Trail: db.Trail(), Outbox: db.Outbox()}
		for i := range 31 { // 31 questions: 12 are answered with yes, 19 with no
			p := somebody(t, db, fmt.Sprint("asked", i)).ID
			outcome := casework.AskedNo
			if i < 12 {
				outcome = casework.AskedYes
			}
			if err := ask.Ask(t.Context(), casework.Asked{Key: fmt.Sprint("q", i), Person: p, Category: "distress", At: on(9, 10)}); err != nil {
				t.Fatal(err)
			}
			if err := ask.Answered(t.Context(), p, casework.AskedAnswer{Outcome: outcome, At: on(9, 11)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 59 { // 59 appointments: 11 were cancelled, 21 came, 14 did not, of 13 nothing is known
			a := booking.Appointment{ID: fmt.Sprintf("00000000-0000-7000-d000-%012d", i), Person: fmt.Sprintf("00000000-0000-7000-9000-%012d", i), Slot: fmt.Sprint("slot", i),
				Station: "tianhe-1", Start: on(10, 9), Code: fmt.Sprint("C", i), Token: fmt.Sprint("T", i), Key: fmt.Sprint("a", i), BookedAt: on(1, 9), Status: booking.Booked}
			if err := db.Appointments().Place(t.Context(), a, 1); err != nil {
				t.Fatal(err)
			}
			switch {
			case i < 11:
				a.Status = booking.Cancelled
			case i < 32:
				a.Status = booking.Arrived
			case i < 46:
				a.Status = booking.NoShow
			}
			if err := db.Appointments().Mark(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}

		s := &board.Service{Figures: db.Figures(), Letters: db.Letters().CountWaiting, Within: casework.DefaultWithin(), City: citytime.Zone,
			Now: func() time.Time { return boardNoon }, Districts: func() []string { return []string{"越秀区", "天河区", "海珠区"} }}
		p, err := board.PeriodOf("2026-10", boardNoon, citytime.Zone)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Board(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		line := func(name string, ls []board.Line) {
			for _, l := range ls {
				got = append(got, fmt.Sprintf("%s %s: %s, late %s, in time %s, half by %s", name, l.Name, l.Cases, l.Late, l.Prompt.Rest(), board.Took(l.Spoken.Median)))
			}
		}
		got = append(got, fmt.Sprintf("cases %s late %s in time %s talks %s", b.Cases, b.Late, b.Prompt.Rest(), b.Talks),
			fmt.Sprintf("first word %s and %s", board.Took(b.Spoken.Median), board.Took(b.Spoken.Ninth)),
			fmt.Sprintf("closed %s in vain %s %s", b.Closed, b.Vain, b.VainShare), fmt.Sprintf("asked %s visits %s", b.Questions, b.Visits))
		line("level", b.Levels)
		line("district", b.Districts)
		line("week", b.Days)
		line("hour", b.Hours)
		line("answer", b.Answers)
		line("visit", b.Kept)
		if diff := cmp.Diff(octoberByHand, got); diff != "" {
			t.Errorf("October as the board has it (-by hand +board):\n%s", diff)
		}
	})
}

// octoberByHand is what a person with a pencil writes for the table above, by the rule in board/count.go.
var octoberByHand = []string{
	"cases 83 late 36 in time 57% talks 13",
	"first word 30 分钟 and 3 小时", // 12 at 4 min, 20 at 30 min, 15 at 3 h: the 24th of 47, the 43rd
	"closed 27 in vain 15 56%",  // 12 of September were closed too
	"asked 31 visits 59",
	"level 紧急: 24, late 12, in time 50%, half by 4 分钟",
	"level 高危: 31, late 11, in time 65%, half by 30 分钟",
	"level 关注: 28, late 13, in time 54%, half by 3 小时",
	// Late: 11, 0, 13 of 13, 12 of 12. The last two may not be written, and then neither 11 nor anything else of the column.
	"district 越秀区: 26, late —, in time —, half by 3 小时",
	"district 天河区: 32, late —, in time —, half by 30 分钟",
	"district 海珠区: 13, late —, in time —, half by —",
	"district 其他或没有写明: 12, late —, in time —, half by —",
	"week 1–4日: 12, late <10, in time —, half by 4 分钟", // at least 3 of 12 in time: true, and of no use
	"week 5–11日: 20, late <10, in time 55% 以上, half by 30 分钟",
	"week 12–18日: 11, late —, in time —, half by —", // all 11 were late
	"week 19–25日: 15, late <10, in time —, half by 3 小时",
	"week 26–31日: 25, late —, in time —, half by —",
	"hour 0–6 点: 12, late <10, in time —, half by 4 分钟",
	"hour 6–12 点: 13, late —, in time —, half by —",
	"hour 12–18 点: 35, late <10, in time 74% 以上, half by 30 分钟",
	"hour 18–24 点: 23, late —, in time —, half by —",
	// 12 and 19, and four times none: both are left out, or the four could be told.
	"answer 说有: —, late —, in time —, half by —",
	"answer 没说清: <10, late —, in time —, half by —",
	"answer 没有回话: <10, late —, in time —, half by —",
	"answer 说没有: —, late —, in time —, half by —",
	"answer 去看别的了: <10, late —, in time —, half by —",
	"answer 等对方回答: <10, late —, in time —, half by —",
	"visit 到了: 21, late —, in time —, half by —",
	"visit 没来: 14, late —, in time —, half by —",
	"visit 提前取消: 11, late —, in time —, half by —",
	"visit 没有登记: 13, late —, in time —, half by —",
}
