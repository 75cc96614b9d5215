package staff_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const chosen = "kapok-river-2046"

// employs adds somebody with a password of their own, who has signed in on a device.
func (h *house) employs(t *testing.T, db *store.DB, name, device string) staff.Account {
	t.Helper()
	a, oneTime, err := h.Add(t.Context(), name, "示例·老师", staff.Counsellor)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = h.ChangePassword(t.Context(), a.ID, oneTime, chosen); err != nil {
		t.Fatal(err)
	}
	if device != "" {
		h.enters(t, db, a, name+device, device, false)
	}
	return a
}

// enters begins a session of somebody.
func (h *house) enters(t *testing.T, db *store.DB, a staff.Account, token, device string, second bool) (staff.Session, bool) {
	t.Helper()
	_, longest := h.Limits()
	if err := db.StaffSessions().CommitCtx(t.Context(), id(token), []byte("x"), h.clock.Add(longest)); err != nil {
		t.Fatal(err)
	}
	news, err := h.Enter(t.Context(), a, staff.Session{ID: id(token), Second: second, Label: "Windows 电脑 · Edge", Network: "10.1.2.*"}, device)
	if err != nil {
		t.Fatal(err)
	}
	x, err := h.Session(t.Context(), id(token))
	if err != nil {
		t.Fatal(err)
	}
	return x, news
}

func (h *house) tries(t *testing.T, name, password, address, device string) error {
	t.Helper()
	_, err := h.Authenticate(t.Context(), staff.Attempt{Name: name, Password: password, Address: address, Device: device})
	return err
}

func TestGuessesFromElsewhereShutNobodyOut(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		h.Wait = func(context.Context, time.Duration) error { return nil }
		h.employs(t, db, "lan", "her laptop")
		for i := range 8 {
			if err := h.tries(t, "lan", "wrong", "192.0.2.1", ""); !errors.Is(err, staff.ErrWrong) {
				t.Fatalf("try %d: %v, want ErrWrong", i+1, err)
			}
		}
		if err := h.tries(t, "lan", chosen, "192.0.2.1", ""); !errors.Is(err, staff.ErrThrottled) {
			t.Errorf("the ninth try from the guesser's network: %v, want ErrThrottled", err)
		}
		if err := h.tries(t, "lan", chosen, "198.51.100.7", ""); err != nil {
			t.Errorf("she signs in from another network: %v", err)
		}
		if err := h.tries(t, "lan", chosen, "192.0.2.1", "her laptop"); err != nil {
			t.Errorf("she signs in behind the same address, on a device of hers: %v", err)
		}
		if err := h.tries(t, "lan", chosen, "192.0.2.1", "a made-up device"); !errors.Is(err, staff.ErrThrottled) {
			t.Errorf("a device that nobody has used: %v, want ErrThrottled", err)
		}
		if err := h.tries(t, "nobody", "wrong", "192.0.2.1", ""); !errors.Is(err, staff.ErrWrong) {
			t.Errorf("another account is held up too: %v", err)
		}
		h.clock = h.clock.Add(16 * time.Minute)
		if err := h.tries(t, "lan", chosen, "192.0.2.1", ""); err != nil {
			t.Errorf("a quarter of an hour later: %v", err)
		}
	})
}

// A front that hides addresses, or a school behind one: whoever floods it with names shuts nobody out who has been here before.
func TestAFloodFromOneAddressShutsOutOnlyStrangers(t *testing.T) {
	h := newHouse(t)
	h.employs(t, h.db, "lan", "her laptop")
	for i := range 12 { // who knows their password uses no budget up: a school that begins to work at eight
		if err := h.tries(t, "lan", chosen, "192.0.2.1", ""); err != nil {
			t.Fatalf("right sign-in %d from one address: %v", i+1, err)
		}
	}
	sum := sha256.Sum256([]byte("address:192.0.2.1"))
	for range 200 { // as so many wrong names leave it
		if _, err := h.Store.CountTry(t.Context(), hex.EncodeToString(sum[:]), h.clock, h.clock.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.tries(t, "mei", "wrong", "192.0.2.1", ""); !errors.Is(err, staff.ErrThrottled) {
		t.Errorf("a stranger behind a flooded address: %v, want ErrThrottled", err)
	}
	if err := h.tries(t, "lan", chosen, "192.0.2.1", "her laptop"); err != nil {
		t.Errorf("she signs in behind it, on a device of hers: %v", err)
	}
}

func TestGuessesAtOneAccountFromEverywhereOnlySlow(t *testing.T) {
	h := newHouse(t)
	waited := 0
	h.Wait = func(_ context.Context, d time.Duration) error {
		if d <= 0 || d > 5*time.Second {
			t.Errorf("somebody waits for %s", d)
		}
		waited++
		return nil
	}
	h.employs(t, h.db, "lan", "her laptop")
	for i := range 25 {
		if err := h.tries(t, "lan", "wrong", fmt.Sprintf("203.0.113.%d", i), ""); !errors.Is(err, staff.ErrWrong) {
			t.Fatalf("from network %d: %v, want ErrWrong", i, err)
		}
	}
	if waited != 5 {
		t.Errorf("%d of 25 tries had to wait, want those past 20", waited)
	}
	if err := h.tries(t, "lan", chosen, "198.51.100.7", ""); err != nil || waited != 6 {
		t.Errorf("she signs in on a new device: %v, having waited: %t", err, waited == 6)
	}
	if err := h.tries(t, "lan", chosen, "198.51.100.7", "her laptop"); err != nil || waited != 6 {
		t.Errorf("she signs in on a device of hers: %v, waited: %t", err, waited > 6)
	}
	if err := h.tries(t, "lan", "wrong", "2001:db8:1:1::1", ""); !errors.Is(err, staff.ErrWrong) {
		t.Fatal(err)
	}
	for i := range 7 {
		_ = h.tries(t, "lan", "wrong", fmt.Sprintf("2001:db8:1:1::%d", i+2), "")
	}
	if err := h.tries(t, "lan", chosen, "2001:db8:1:1:ffff::9", ""); !errors.Is(err, staff.ErrThrottled) {
		t.Errorf("the ninth address of one IPv6 network: %v, want ErrThrottled: who has one has all", err)
	}
}

func TestAOneTimePasswordOpensOnceAndNotForLong(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		_, late, err := h.Add(t.Context(), "mei", "示例·梅老师", staff.Counsellor)
		if err != nil {
			t.Fatal(err)
		}
		h.clock = h.clock.Add(24 * time.Hour)
		if err := h.tries(t, "mei", late, "192.0.2.1", ""); !errors.Is(err, staff.ErrExpired) {
			t.Errorf("after a day: %v, want ErrExpired", err)
		}
		a, oneTime, err := h.Add(t.Context(), "lan", "示例·兰老师", staff.Counsellor)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.tries(t, "lan", oneTime, "192.0.2.1", ""); err != nil {
			t.Fatal(err)
		}
		h.enters(t, db, a, "one", "a browser", false)
		if _, err := h.Enter(t.Context(), a, staff.Session{ID: id("two")}, "another"); !errors.Is(err, staff.ErrUsed) {
			t.Errorf("a second session with it: %v, want ErrUsed", err)
		}
		if err := h.tries(t, "lan", oneTime, "192.0.2.1", ""); !errors.Is(err, staff.ErrUsed) {
			t.Errorf("again: %v, want ErrUsed", err)
		}
		if again, err := h.Reset(t.Context(), "lan"); err != nil || h.tries(t, "lan", again, "192.0.2.1", "") != nil {
			t.Errorf("a new one after a reset does not work: %v", err)
		}
	})
}

func openRedis(t *testing.T) *redis.Client {
	t.Helper()
	at := os.Getenv("XINQIAO_TEST_REDIS_URL")
	if at == "" {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("XINQIAO_TEST_REDIS_URL is not set: run the tests with `make test`, which starts a Redis")
		}
		t.Skip("XINQIAO_TEST_REDIS_URL is not set: run `make test`")
	}
	opts, err := redis.ParseURL(at)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opts)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestTriesAreCountedInRedisForAllReplicas(t *testing.T) {
	h := newHouse(t)
	client := openRedis(t)
	prefix := staff.NewDevice() + ":"
	one, two := staff.NewRedisTries(client, prefix, h.Store), staff.NewRedisTries(client, prefix, h.Store)
	now := time.Now()
	for i := range 4 {
		tries := []staff.Tries{one, two}[i%2]
		if n, err := tries.Count(t.Context(), "k", now, time.Hour); err != nil || n != i+1 {
			t.Fatalf("try %d is number %d: %v", i+1, n, err)
		}
	}
	if err := one.Forgive(t.Context(), "k", now, time.Hour); err != nil {
		t.Fatal(err)
	}
	if n, err := two.Count(t.Context(), "k", now, time.Hour); err != nil || n != 4 {
		t.Errorf("after one was forgiven the next is number %d (%v), want 4", n, err)
	}
	if n, err := two.Count(t.Context(), "k", now.Add(time.Hour), time.Hour); err != nil || n != 1 {
		t.Errorf("in the next window the first is number %d (%v), want 1", n, err)
	}
	_ = client.Close() // Redis is away: the database counts
	if n, err := one.Count(t.Context(), "k", now, time.Hour); err != nil || n != 1 {
		t.Errorf("without Redis the first is number %d (%v), want 1", n, err)
	}
}

func TestAnUnknownDeviceIsToldToItsOwnerAlone(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		a := h.employs(t, db, "lan", "")
		first, news := h.enters(t, db, a, "one", "her laptop", false)
		if news {
			t.Error("the first device of an account is told as news")
		}
		h.clock = h.clock.Add(time.Minute)
		if _, news = h.enters(t, db, a, "two", "her laptop", false); news {
			t.Error("a known device is told as news")
		}
		thief, news := h.enters(t, db, a, "three", "a stranger's", false)
		if !news {
			t.Error("a new device is no news")
		}
		if told, err := h.NewDevices(t.Context(), thief); err != nil || len(told) != 0 {
			t.Errorf("the new device is told of itself: %v, %v", told, err)
		}
		if err := h.Mine(t.Context(), thief); err != nil { // a thief who presses '是我'
			t.Fatal(err)
		}
		told, err := h.NewDevices(t.Context(), first)
		if err != nil || len(told) != 1 || told[0].Label == "" {
			t.Fatalf("her laptop is told %+v (%v), want the new device", told, err)
		}
		if err := h.NotMine(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Session(t.Context(), thief.ID); !errors.Is(err, staff.ErrOver) {
			t.Errorf("the stranger's session goes on: %v", err)
		}
		if all, err := h.SessionsOf(t.Context(), a.ID); err != nil || len(all) != 1 || all[0].ID != first.ID {
			t.Errorf("the sessions are %+v (%v), want hers alone", all, err)
		}
		if told, err := h.NewDevices(t.Context(), first); err != nil || len(told) != 0 {
			t.Errorf("she is told again: %v, %v", told, err)
		}
	})
}

func TestATokenHasAScopeAndAnEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		h := &house{clock: time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)}
		db := p.Open(t, nil)
		h.Service = &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: func() time.Time { return h.clock }}}
		for name, n := range map[string]staff.NewToken{
			"a right that the role has not": {Name: "x", Role: staff.Reader, Scope: []staff.Right{staff.SeeCases}},
			"a right of no operation":       {Name: "x", Role: staff.Supervisor, Scope: []staff.Right{staff.Talk}},
			"too long a life":               {Name: "x", Role: staff.Reader, Life: 367 * 24 * time.Hour},
		} {
			if _, _, err := h.CreateToken(t.Context(), n); !errors.Is(err, staff.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
		made, secret, err := h.CreateToken(t.Context(), staff.NewToken{Name: "市平台", Role: staff.Admin, Scope: []staff.Right{staff.SeeStats}, Life: 24 * time.Hour, MadeBy: "示例·管理员"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.CheckToken(t.Context(), secret)
		if err != nil || !got.May(staff.SeeStats) || got.May(staff.SeeCases) || got.MadeBy != "示例·管理员" || !got.LastUsedAt.Equal(h.clock) {
			t.Errorf("the token: %+v, %v, want one that sees figures alone", got, err)
		}
		old := staff.Token{ID: "old", Name: "from before", Role: staff.Reader, Hash: "h", CreatedAt: h.clock.Add(-time.Hour)}
		if err := db.Staff().InsertToken(t.Context(), old); err != nil || !old.May(staff.SeeStats) || old.Good(h.clock.AddDate(9, 0, 0)) != nil {
			t.Errorf("a token of before scopes is good no more: %v", err)
		}
		if all, err := h.Tokens(t.Context()); err != nil || len(all) != 2 || all[0].ID != made.ID {
			t.Errorf("the list: %+v, %v, want the newest first", all, err)
		}
		h.clock = h.clock.Add(24 * time.Hour)
		if got, err := h.CheckToken(t.Context(), secret); !errors.Is(err, staff.ErrTokenExpired) || got.ID != made.ID {
			t.Errorf("after its end: %v, want ErrTokenExpired", err)
		}
		h.clock = h.clock.Add(-time.Hour)
		if err := h.RevokeToken(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.CheckToken(t.Context(), secret); !errors.Is(err, staff.ErrTokenRevoked) {
			t.Errorf("after it was revoked: %v, want ErrTokenRevoked", err)
		}
		if err := h.RevokeToken(t.Context(), made.ID); !errors.Is(err, staff.ErrToken) {
			t.Errorf("again: %v, want ErrToken", err)
		}
	})
}
