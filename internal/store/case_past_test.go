package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestThePastOfAPersonIsTheirClosedCasesTheNewestFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s := caseworkOn(db)
		now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
		s.Now = func() time.Time { return now }
		who, other := somebody(t, db, "one"), somebody(t, db, "two")
		by := casework.Actor{ID: "lan", Name: "示例·兰老师"}
		outcomes := []casework.Outcome{casework.OutcomeSafe, casework.OutcomeCared}
		for i, outcome := range outcomes {
			k, err := s.Raise(ctx, sign(who, risk.Low, fmt.Sprintf("past-%d", i)))
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			if _, err := s.Close(ctx, k.ID, by, casework.Closing{Outcome: outcome, Report: casework.ReportNotAsked, Reason: "示例", Key: fmt.Sprintf("close-%d", i)}); err != nil {
				t.Fatal(err)
			}
			now = now.Add(24 * time.Hour)
		}
		if _, err := s.Raise(ctx, sign(other, risk.Low, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		k, err := s.Raise(ctx, sign(who, risk.High, "now"))
		if err != nil {
			t.Fatal(err)
		}
		past, err := s.PastCases(ctx, k)
		if err != nil || len(past) != 2 || past[0].Outcome != casework.OutcomeCared || past[1].Outcome != casework.OutcomeSafe || past[0].Number != 2 || past[0].ClosedAt.IsZero() {
			t.Fatalf("the past is %+v (%v), want the two closed cases, the newest first", past, err)
		}
		if again, err := s.PastCases(ctx, past[0].Case); err != nil || len(again) != 1 || again[0].ID != past[1].ID {
			t.Errorf("beside a past case stand %+v (%v), want the other one", again, err)
		}
	})
}

func TestAMentionWaitsUntilItIsRead(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s := caseworkOn(db)
		k, err := s.Raise(ctx, sign(somebody(t, db, "one"), risk.Low, "k"))
		if err != nil {
			t.Fatal(err)
		}
		lan, mei, qiu := casework.Actor{ID: "lan", Name: "示例·兰"}, casework.Actor{ID: "mei", Name: "示例·梅"}, casework.Actor{ID: "qiu", Name: "示例·秋"}
		for range 2 { // a double click
			if _, err := s.Record(ctx, k.ID, lan, casework.Entry{Kind: casework.StepNote, Note: "@示例·梅 @示例·秋 请看", Key: "note", Mentions: []casework.Actor{mei, qiu, lan}}); err != nil {
				t.Fatal(err)
			}
		}
		ms, err := s.Mentions(storetest.Acts(ctx), mei.ID, 10)
		if err != nil || len(ms) != 1 || ms[0].Case != k.ID || ms[0].Number != k.Number || ms[0].Alias != k.Alias || ms[0].By != lan.Name || ms[0].Note != "@示例·梅 @示例·秋 请看" {
			t.Fatalf("mei is told of %+v (%v), want the note once", ms, err)
		}
		if n, err := s.CountMentions(ctx, lan.ID); err != nil || n != 0 {
			t.Errorf("who wrote it is told %d times (%v)", n, err)
		}
		if err := s.MentionsRead(ctx, k.ID, mei.ID); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]int{mei.ID: 0, qiu.ID: 1} {
			if n, err := s.CountMentions(ctx, who); err != nil || n != want {
				t.Errorf("%s is told of %d (%v), want %d: each reads for themselves", who, n, err, want)
			}
		}
	})
}
