package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestOneCodeLetsOnePhoneJoinAndBothTickAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 20, 0, 0, 0, citytime.Zone)
		ctx, s, mum := t.Context(), habitsOn(t, db, &now), writer(t, db, 1)
		_, err := s.Start(ctx, "k", mum, "reading", "")
		need(t, err)
		code, err := s.Invite(ctx, mum)
		need(t, err)
		var (
			wg     sync.WaitGroup
			mu     sync.Mutex
			joined []string
		)
		for i := range 6 {
			kid := writer(t, db, 10+i)
			wg.Go(func() {
				_, err := s.Join(ctx, kid, code.Code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					joined = append(joined, kid)
				} else if !errors.Is(err, habit.ErrAlready) && !errors.Is(err, habit.ErrNotFound) {
					t.Errorf("join: %v", err)
				}
			})
		}
		wg.Wait()
		if len(joined) != 1 {
			t.Fatalf("%d joined by one code", len(joined))
		}
		kid := joined[0]
		for range 5 {
			wg.Go(func() {
				_, _, err := s.Tick(ctx, mum, habit.Parent)
				if err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				_, _, err := s.Tick(ctx, kid, habit.Child)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, who := range []string{mum, kid} {
			if c, p, err := s.Current(ctx, who); err != nil || p.Done != 1 || p.Together != 1 || c.Partner != kid {
				t.Errorf("%s sees %+v, %+v, %v", who, c, p, err)
			}
		}
		if err := s.Remind(ctx, kid, "21:00"); !errors.Is(err, habit.ErrNotFound) {
			t.Errorf("the child changes the parent's reminder: %v", err)
		}
		if _, err := db.Rights().Erase(ctx, mum, "示例"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Current(ctx, kid); !errors.Is(err, habit.ErrNotFound) {
			t.Errorf("after the parent's erasure the child sees: %v", err)
		}
		if _, err := s.Start(ctx, fmt.Sprint("own", kid), kid, "reading", ""); err != nil {
			t.Errorf("the child begins one of their own: %v", err)
		}
	})
}
