package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAnAccountIsReadAsItWasWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 11, 23, 1, 2, 3, 456789000, time.UTC)
		a := staff.Account{ID: "00000000-0000-7000-8000-000000000001", Name: "lan", DisplayName: "示例·兰老师", Role: staff.Counsellor,
			PasswordHash: "$argon2id$x", PasswordAt: at, MustChange: true, CreatedAt: at}
		if err := db.Staff().Insert(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		twin := a
		twin.ID = "00000000-0000-7000-8000-000000000002"
		if err := db.Staff().Insert(t.Context(), twin); !errors.Is(err, staff.ErrTaken) {
			t.Errorf("a second account of the name: %v, want ErrTaken", err)
		}
		a.DisabledAt, a.MustChange, a.Role = at.Add(time.Hour), false, staff.Supervisor
		if err := db.Staff().Update(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		got, err := db.Staff().ByName(t.Context(), "lan")
		if diff := cmp.Diff(a, got); err != nil || diff != "" {
			t.Errorf("account read back: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Staff().ByID(t.Context(), "nobody"); !errors.Is(err, staff.ErrNotFound) {
			t.Errorf("an unknown ID: %v, want ErrNotFound", err)
		}
	})
}

func TestEveryTryIsCountedAndAnOldWindowEnds(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		key := strings.Repeat("a", 64)
		const n = 16
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				if _, err := db.Staff().CountTry(t.Context(), key, now, now.Add(-time.Minute)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := db.Staff().CountTry(t.Context(), key, now, now.Add(-time.Minute)); err != nil || got != n+1 {
			t.Errorf("after %d tries at once the next is number %d (%v), want %d", n, got, err, n+1)
		}
		later := now.Add(2 * time.Minute)
		if got, err := db.Staff().CountTry(t.Context(), key, later, later.Add(-time.Minute)); err != nil || got != 1 {
			t.Errorf("in a new window the first try is number %d (%v), want 1", got, err)
		}
		if err := db.Staff().ForgiveTry(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Staff().CountTry(t.Context(), key, later, later.Add(-time.Minute)); err != nil || got != 1 {
			t.Errorf("after one that was right the next try is number %d (%v), want 1", got, err)
		}
		if err := db.Staff().DropTries(t.Context(), later.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Staff().CountTry(t.Context(), key, later, later.Add(-time.Minute)); err != nil || got != 1 {
			t.Errorf("what is over is counted still: %d (%v), want 1", got, err)
		}
	})
}

func TestASessionEndsWithItsTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		db := p.Open(t, func() time.Time { return now })
		s, token := db.StaffSessions(), strings.Repeat("b", 43)
		if err := s.CommitCtx(t.Context(), token, []byte("one"), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.CommitCtx(t.Context(), token, []byte("two"), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if data, ok, err := s.FindCtx(t.Context(), token); err != nil || !ok || string(data) != "two" {
			t.Errorf("session holds %q, %v (%v), want the last commit", data, ok, err)
		}
		now = now.Add(61 * time.Minute)
		if _, ok, err := s.FindCtx(t.Context(), token); err != nil || ok {
			t.Errorf("an expired session is found (%v)", err)
		}
	})
}
