package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestStepsTasksAndReferralsAreReadAsTheyWereWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		at := time.Date(2026, 11, 23, 1, 2, 3, 456789000, time.UTC)
		p := somebody(t, db, "one")
		c := casework.Case{ID: "00000000-0000-7000-8000-000000000001", Person: p.ID, Level: risk.High, Subject: risk.Self, Status: casework.StatusOpen, OpenedAt: at, LastSignalAt: at, WaitingSince: at}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(db.Cases().Insert(ctx, &c))
		steps := []casework.Step{
			{Kind: casework.StepOpened, Note: "一句说明", Level: risk.High, At: at},
			{Kind: casework.StepIdentityOpened, Staff: "示例老师", By: "s1", Note: "理由", Code: "code", Ref: "ref", Key: "form-1", At: at.Add(time.Second)},
		}
		for _, st := range steps {
			must(db.Cases().AddStep(ctx, c.ID, st))
		}
		if err := db.Cases().AddStep(ctx, c.ID, steps[1]); err == nil {
			t.Error("one form wrote two steps")
		}
		got, err := db.Cases().Steps(ctx, c.ID)
		if diff := cmp.Diff(steps, got); err != nil || diff != "" {
			t.Errorf("steps: %v (-want +got):\n%s", err, diff)
		}

		late := casework.Task{ID: "00000000-0000-7000-8000-00000000000b", Case: c.ID, Key: "week", Kind: casework.TaskWeek, Due: at.Add(7 * 24 * time.Hour)}
		soon := casework.Task{ID: "00000000-0000-7000-8000-00000000000a", Case: c.ID, Key: "school", Kind: casework.TaskSchool, Due: at.Add(24 * time.Hour), Note: "看睡眠"}
		if fresh, err := db.Cases().AddTasks(ctx, late); err != nil || len(fresh) != 1 {
			t.Fatalf("a follow-up is known already: %v", err)
		}
		if fresh, err := db.Cases().AddTasks(ctx, casework.Task{ID: "other", Case: c.ID, Key: "week"}, soon); err != nil || len(fresh) != 1 || fresh[0].ID != soon.ID {
			t.Errorf("of a known follow-up and a new one %+v are new (%v)", fresh, err)
		}
		if fresh, err := db.Cases().AddTasks(ctx, late, soon); err != nil || len(fresh) != 0 {
			t.Errorf("known follow-ups were added again: %+v (%v)", fresh, err)
		}
		waiting, err := db.Cases().WaitingTasks(ctx, time.Time{}, at.Add(24*time.Hour), 10)
		if diff := cmp.Diff([]casework.DueTask{{Task: soon, Number: 1, Alias: p.Alias, Level: risk.High, Status: casework.StatusOpen}}, waiting); err != nil || diff != "" {
			t.Errorf("what waits: %v (-want +got):\n%s", err, diff)
		}
		soon.DoneAt, soon.DoneBy = at.Add(time.Minute), "示例老师"
		must(db.Cases().FinishTask(ctx, soon.ID, soon.DoneAt, soon.DoneBy))
		must(db.Cases().FinishTask(ctx, soon.ID, at.Add(time.Hour), "another"))
		tasks, err := db.Cases().Tasks(ctx, c.ID)
		if diff := cmp.Diff([]casework.Task{soon, late}, tasks); err != nil || diff != "" {
			t.Errorf("follow-ups: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Cases().Task(ctx, "none"); !errors.Is(err, casework.ErrNoTask) {
			t.Errorf("an unknown follow-up: %v, want ErrNoTask", err)
		}

		r := casework.Referral{
			ReferralForm: casework.ReferralForm{Kind: casework.ToHospital, Place: "示例医院", Why: "评估", Known: "家长陪同", Contact: "020-0000-0001"},
			ID:           "00000000-0000-7000-8000-00000000000c", Case: c.ID, Status: casework.ReferralOpen, MadeBy: "示例老师", MadeAt: at, ChangedAt: at,
		}
		must(db.Cases().AddReferral(ctx, r))
		r.Status, r.ChangedAt = casework.ReferralSent, at.Add(time.Hour)
		must(db.Cases().MoveReferral(ctx, r.ID, r.Status, r.ChangedAt))
		rs, err := db.Cases().Referrals(ctx, c.ID)
		if diff := cmp.Diff([]casework.Referral{r}, rs); err != nil || diff != "" {
			t.Errorf("referrals: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestTwoCopiesOfAFormWriteOneStep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := caseworkOn(db)
		c, err := s.Raise(t.Context(), sign(somebody(t, db, "one"), risk.High, "k"))
		if err != nil {
			t.Fatal(err)
		}
		const copies = 4
		errs := make(chan error, copies)
		for range copies {
			go func() {
				_, err := s.Record(t.Context(), c.ID, casework.Actor{ID: "s", Name: "示例老师"}, casework.Entry{Kind: casework.StepNote, Note: "示例", Key: "form"})
				errs <- err
			}()
		}
		for range copies {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if steps, err := s.Steps(t.Context(), c.ID); err != nil || len(steps) != 2 {
			t.Errorf("%d steps (%v), want the opening and one note", len(steps), err)
		}
	})
}

func TestAFollowUpThatReachedNobodyIsCountedAndDueAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		at := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC) // 23:30 in the city
		c, err := caseworkOn(db).Raise(ctx, sign(somebody(t, db, "one"), risk.Low, "k"))
		if err != nil {
			t.Fatal(err)
		}
		for i, due := range []time.Time{at, at.Add(29 * time.Minute), at.Add(31 * time.Minute), at.Add(49 * time.Hour)} {
			task := casework.Task{ID: fmt.Sprintf("t%d", i), Case: c.ID, Key: fmt.Sprint("k", i), Kind: casework.TaskDay, Due: due}
			if _, err := db.Cases().AddTasks(ctx, task); err != nil {
				t.Fatal(err)
			}
		}
		days := func() map[string]int {
			t.Helper()
			got, err := db.Cases().WaitingDays(ctx, at.Add(-time.Microsecond), at.Add(72*time.Hour), 8*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			named := map[string]int{}
			for day, n := range got {
				named[day.Format(time.RFC3339)] = n
			}
			return named
		}
		// a day of the city begins at 16:00 of the day before, UTC
		if diff := cmp.Diff(map[string]int{"2026-11-22T16:00:00Z": 2, "2026-11-23T16:00:00Z": 1, "2026-11-25T16:00:00Z": 1}, days()); diff != "" {
			t.Errorf("by day (-want +got):\n%s", diff)
		}
		for i := range 2 {
			if err := db.Cases().TryTaskAgain(ctx, "t0", at.Add(time.Duration(i)*time.Hour), at.Add(48*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Cases().Task(ctx, "t0")
		if err != nil || got.Tries != 2 || !got.Tried.Equal(at.Add(time.Hour)) || !got.Due.Equal(at.Add(48*time.Hour)) {
			t.Errorf("after two tries it is %+v (%v)", got, err)
		}
		if diff := cmp.Diff(map[string]int{"2026-11-22T16:00:00Z": 1, "2026-11-23T16:00:00Z": 1, "2026-11-24T16:00:00Z": 1, "2026-11-25T16:00:00Z": 1}, days()); diff != "" {
			t.Errorf("by day, after the tries (-want +got):\n%s", diff)
		}
		waiting, err := db.Cases().WaitingTasks(ctx, at, at.Add(31*time.Minute), 10)
		if err != nil || len(waiting) != 2 || waiting[0].ID != "t1" || waiting[1].ID != "t2" {
			t.Errorf("after one moment and until another wait %+v (%v), want the two between", waiting, err)
		}
		if err := db.Cases().FinishTask(ctx, "t0", at, "示例老师"); err != nil {
			t.Fatal(err)
		}
		if err := db.Cases().TryTaskAgain(ctx, "t0", at.Add(9*time.Hour), at.Add(10*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Cases().Task(ctx, "t0"); err != nil || got.Tries != 2 {
			t.Errorf("one that is done was tried again: %+v (%v)", got, err)
		}
	})
}

func TestConversationsAreCountedByWhoHasThem(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := caseworkOn(db)
		for i, who := range []string{"lan", "lan", "mei", "", "lan"} {
			c, err := s.Raise(t.Context(), sign(somebody(t, db, fmt.Sprint("p", i)), risk.Low, fmt.Sprint("k", i)))
			if err != nil {
				t.Fatal(err)
			}
			if who == "" {
				continue
			}
			if _, err := s.Take(t.Context(), c.ID, casework.Actor{ID: who, Name: who}); err != nil {
				t.Fatal(err)
			}
			if i == 4 {
				done := casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: "示例", Key: "close"}
				if _, err := s.Close(t.Context(), c.ID, casework.Actor{ID: who, Name: who}, done); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, err := s.Holding(t.Context())
		if diff := cmp.Diff(map[string]int{"lan": 2, "mei": 1}, got); err != nil || diff != "" {
			t.Errorf("who has how many: %v (-want +got):\n%s", err, diff)
		}
	})
}
