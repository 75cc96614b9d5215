package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func letterService(db *store.DB) *letter.Service {
	return &letter.Service{Store: db.Letters(), Outbox: db.Outbox(), Now: time.Now, Risk: func(text string) risk.Level {
		if strings.Contains(text, "危险") {
			return risk.High
		}
		return risk.None
	}}
}

func readLetter(t *testing.T, s *letter.Service, code string) dialog.Result {
	t.Helper()
	for _, c := range s.Commands() {
		if c.Name == "letter.read" {
			r, err := c.Run(t.Context(), dialog.Call{Args: map[string]any{"code": code}})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	t.Fatal("no letter.read")
	return dialog.Result{}
}

func TestALetterIsSentOnceReadByItsCodeAndAnsweredOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		l, err := s.Send(ctx, "k1", p, "  我和同桌闹别扭了 ")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Send(ctx, "k1", p, "我和同桌闹别扭了"); err != nil || again.Code != l.Code {
			t.Errorf("a repeated key: %+v, %v", again, err)
		}
		if r := readLetter(t, s, l.Code); r.Outcome != "waiting" {
			t.Errorf("before the answer: %+v", r)
		}
		if r := readLetter(t, s, "AAA-AAA-AAA"); r.Outcome != "missing" {
			t.Errorf("a wrong code: %+v", r)
		}
		var wg sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			wg.Go(func() { results[i] = s.Answer(context.WithoutCancel(ctx), l.ID, "陈老师", "谢谢你写信来。") })
		}
		wg.Wait()
		answered := 0
		for _, err := range results {
			switch {
			case err == nil:
				answered++
			case !errors.Is(err, letter.ErrAnswered):
				t.Error(err)
			}
		}
		if answered != 1 {
			t.Errorf("%d answers were taken", answered)
		}
		for _, typed := range []string{l.Code, strings.ToLower(l.Code), strings.ReplaceAll(l.Code, "-", " ")} {
			if r := readLetter(t, s, typed); r.Outcome != "answered" || r.Vars["answer"] != "谢谢你写信来。" {
				t.Errorf("typed as %q: %+v", typed, r)
			}
		}
		rows, err := db.Outbox().Claim(ctx, "w", time.Now().Add(time.Second), time.Minute, 10)
		if err != nil || len(rows) != 1 || rows[0].Kind != "deliver" || rows[0].Person != p || strings.Contains(string(rows[0].Payload), "谢谢你写信来") {
			t.Errorf("the writer must be told once, without the words: %d rows, %v", len(rows), err)
		}
	})
}

func TestLettersThatAreEmptyOrTooLongAreRefused(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := letterService(db), writer(t, db, 1)
		if _, err := s.Send(t.Context(), "k1", p, " \n "); !errors.Is(err, letter.ErrEmpty) {
			t.Errorf("empty: %v", err)
		}
		if _, err := s.Send(t.Context(), "k2", p, strings.Repeat("长", letter.MaxRunes+1)); !errors.Is(err, letter.ErrLong) {
			t.Errorf("long: %v", err)
		}
		if _, err := s.Send(t.Context(), "k3", p, strings.Repeat("长", letter.MaxRunes)); err != nil {
			t.Errorf("just long enough: %v", err)
		}
	})
}

func TestTheDeskSeesWaitingAndDangerousLettersFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		ids := map[string]string{}
		for _, text := range []string{"一", "二 危险", "三"} {
			l, err := s.Send(ctx, text, p, text)
			if err != nil {
				t.Fatal(err)
			}
			ids[l.ID] = text
		}
		first, _, err := s.Store.Desk(ctx, "", 1)
		if err != nil || ids[first[0].ID] != "二 危险" {
			t.Fatalf("first: %v, %v", first, err)
		}
		if err := s.Answer(ctx, first[0].ID, "陈老师", "好"); err != nil {
			t.Fatal(err)
		}
		var order []string
		for cursor := ""; ; {
			ls, next, err := s.Store.Desk(ctx, cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range ls {
				order = append(order, ids[l.ID])
			}
			if next == "" {
				break
			}
			cursor = next
		}
		if diff := cmp.Diff([]string{"一", "三", "二 危险"}, order); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Store.CountWaiting(ctx); err != nil || n != 2 {
			t.Errorf("waiting: %d, %v", n, err)
		}
	})
}
