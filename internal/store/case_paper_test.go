package store_test

import (
	"errors"
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
		must(db.Cases().Insert(ctx, c))
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
		for _, task := range []casework.Task{late, soon} {
			if fresh, err := db.Cases().AddTask(ctx, task); err != nil || !fresh {
				t.Fatalf("a follow-up is known already: %v", err)
			}
		}
		if fresh, err := db.Cases().AddTask(ctx, casework.Task{ID: "other", Case: c.ID, Key: "week"}); err != nil || fresh {
			t.Errorf("a known follow-up was added again (%v)", err)
		}
		waiting, err := db.Cases().WaitingTasks(ctx, at.Add(24*time.Hour), 10)
		if diff := cmp.Diff([]casework.DueTask{{Task: soon, Alias: p.Alias, Level: risk.High, Status: casework.StatusOpen}}, waiting); err != nil || diff != "" {
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
