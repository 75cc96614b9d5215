package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// toldWords does the deliveries that are due and returns what they say.
func toldWords(t *testing.T, db *store.DB) (said []string) {
	t.Helper()
	w := &outbox.Worker{Store: db.Outbox(), Handlers: map[string]outbox.Handler{"deliver": func(_ context.Context, r outbox.Row) error {
		said = append(said, string(r.Payload))
		return nil
	}}}
	if _, err := w.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	return said
}

func TestARequestIsMadeOnceMovedByOneAndItsPersonIsToldOfEachStep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, who, mei := &request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox()}, writer(t, db, 1), request.Actor{ID: "m", Name: "示例·梅老师"}
		form := request.Form{School: "示例小学", Grade: "五年级", About: "最近总说累", Reach: "周末", Phone: "13800000001"}
		r, err := s.Make(t.Context(), "k", who, request.Visit, form)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Make(t.Context(), "k", who, request.Visit, form)
		if err != nil || again.ID != r.ID || again.Form != form || !strings.HasPrefix(r.Number, "JX") {
			t.Errorf("a second tap made %+v (%v), the first %+v", again, err, r)
		}
		if n, err := db.Requests().CountNew(t.Context(), ""); err != nil || n != 1 {
			t.Errorf("%d new, %v", n, err)
		}
		if err := s.Move(t.Context(), r.ID, mei, request.New, request.Declined, " "); !errors.Is(err, request.ErrReason) {
			t.Errorf("declined without a reason: %v", err)
		}
		if err := s.Move(t.Context(), r.ID, mei, request.New, request.Passed, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.Move(t.Context(), r.ID, mei, request.New, request.Done, ""); !errors.Is(err, request.ErrState) {
			t.Errorf("a colleague with an old page moves it too: %v", err)
		}
		if err := s.Move(t.Context(), r.ID, mei, request.Passed, request.Agreed, "周六上午十点，王老师来"); err != nil {
			t.Fatal(err)
		}
		said := toldWords(t, db)
		if len(said) != 2 || !strings.Contains(said[0], "已经转给学校") || !strings.Contains(said[1], "周六上午十点") {
			t.Errorf("the person is told %q", said)
		}
		if _, err := s.Withdraw(t.Context(), writer(t, db, 2), r.ID); !errors.Is(err, request.ErrNotFound) {
			t.Errorf("somebody else withdraws it: %v", err)
		}
		for range 2 {
			if r, err = s.Withdraw(t.Context(), who, r.ID); err != nil || r.State != request.Withdrawn {
				t.Errorf("withdrawn: %+v, %v", r, err)
			}
		}
		steps, err := db.Requests().Steps(t.Context(), r.ID)
		if err != nil || len(steps) != 3 || steps[1].Name != mei.Name || steps[1].Note != "周六上午十点，王老师来" || steps[2].Staff != "" {
			t.Errorf("the steps are %+v, %v", steps, err)
		}
		if err := s.Move(t.Context(), r.ID, mei, request.Withdrawn, request.Done, ""); !errors.Is(err, request.ErrState) {
			t.Errorf("a withdrawn one is moved: %v", err)
		}
		record, err := db.Rights().Export(t.Context(), who)
		if told := fmt.Sprint(record.Sections); err != nil || !strings.Contains(told, r.Number) || !strings.Contains(told, "最近总说累") || strings.Contains(told, "周六上午十点") {
			t.Errorf("the record lacks it, or holds a note of staff (what they were told stands in the conversation): %v\n%s", err, told)
		}
		if _, err := db.Rights().Erase(t.Context(), who, "test"); err != nil {
			t.Fatal(err)
		}
		if steps, err := db.Requests().Steps(t.Context(), r.ID); err != nil || len(steps) != 0 {
			t.Errorf("after erasure: %+v, %v", steps, err)
		}
	})
}

func TestTheListOfRequestsIsPagedOldestFirstAndTheEndedOnesLatestFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		s := &request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return now }}}
		var all []request.Request
		for i := range 7 {
			now = now.Add(time.Duration(i%2) * time.Minute) // two have one moment
			r, err := s.Make(t.Context(), fmt.Sprint("k", i), writer(t, db, i), request.Concern, request.Form{Relation: "同学"})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		walk := func(open bool) (ids []string) {
			for cursor := ""; ; {
				rs, next, err := db.Requests().List(t.Context(), request.Filter{Open: open, Cursor: cursor, Limit: 2})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rs {
					ids = append(ids, r.ID)
				}
				if cursor = next; next == "" {
					return ids
				}
			}
		}
		if ids := walk(true); len(ids) != 7 || ids[0] != all[0].ID || ids[6] != all[6].ID {
			t.Errorf("open: %v", ids)
		}
		for _, r := range all[:3] {
			if err := s.Move(t.Context(), r.ID, request.Actor{ID: "m"}, request.New, request.Done, ""); err != nil {
				t.Fatal(err)
			}
		}
		if ids := walk(false); len(ids) != 3 || ids[2] != all[0].ID {
			t.Errorf("ended: %v", ids)
		}
		if ids := walk(true); len(ids) != 4 {
			t.Errorf("still open: %v", ids)
		}
	})
}

func TestWhatAFormTellsOfDangerOpensACaseAboutAnotherAndIsNeverRefused(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	s := &request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox()}
	var report dialog.Command
	for _, c := range s.Commands() {
		if c.Name == "request.report" {
			report = c
		}
	}
	who := writer(t, db, 1)
	for i, c := range []struct {
		seen, danger, outcome, category string
		level                           risk.Level
	}{
		{"bullied", "no", "ok", "", ""}, {"low", "unsure", "ok", "", ""}, {"other", "now", "danger", "suicide", risk.High}, {"death", "no", "danger", "suicide", risk.Medium},
		{"death", "now", "danger", "suicide", risk.High}, {"wounds", "unsure", "danger", "abuse", risk.Medium}, {"school", "no", "many", "", ""}, {"wounds", "now", "danger", "abuse", risk.High},
	} {
		res, err := report.Run(t.Context(), dialog.Call{Key: fmt.Sprint("k", i), Person: who, Args: map[string]any{"relation": "同学", "seen": c.seen, "danger": c.danger, "about": "悄悄话"}})
		if err != nil || res.Outcome != c.outcome {
			t.Errorf("%s, %s: %q, %v; want %q", c.seen, c.danger, res.Outcome, err, c.outcome)
			continue
		}
		if d := res.Danger; (d != nil) != (c.outcome == "danger") || d != nil && (d.Level != c.level || d.Subject != risk.Other || d.Category != c.category || strings.Contains(d.Reason, "悄悄话")) {
			t.Errorf("%s, %s raises %+v, want %s of another, without their words", c.seen, c.danger, d, c.level)
		}
	}
}
