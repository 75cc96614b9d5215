package staff_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// enrols sets up the second factor of somebody, and returns its key and the recovery codes.
func (h *house) enrols(t *testing.T, a staff.Account, x staff.Session) (key string, codes []string) {
	t.Helper()
	o, err := h.OfferFactor(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.OfferFactor(t.Context(), a); err != nil || again != o {
		t.Fatalf("the page read again offers another key: %v", err)
	}
	if !strings.HasPrefix(o.URI, "otpauth://totp/") || !strings.Contains(o.URI, "secret="+o.Key) {
		t.Fatalf("what an authenticator scans: %q", o.URI)
	}
	if _, err := h.EnrolFactor(t.Context(), a, x, "000000"); !errors.Is(err, staff.ErrWrongCode) {
		t.Errorf("a code that proves nothing: %v, want ErrWrongCode", err)
	}
	if has, err := h.HasFactor(t.Context(), a.ID); err != nil || has {
		t.Errorf("it counts before a code proves it: %t, %v", has, err)
	}
	codes, err = h.EnrolFactor(t.Context(), a, x, h.code(t, o.Key, 0))
	if err != nil || len(codes) != 10 {
		t.Fatalf("enrol: %d codes, %v", len(codes), err)
	}
	return o.Key, codes
}

// code is what an authenticator shows whose clock is off by some steps.
func (h *house) code(t *testing.T, key string, off int) string {
	t.Helper()
	code, err := totp.GenerateCode(key, h.clock.Add(time.Duration(off)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestACodeIsAskedForAndCountsOnce(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		a := h.employs(t, db, "lan", "")
		x, _ := h.enters(t, db, a, "one", "her laptop", false)
		other, _ := h.enters(t, db, a, "two", "elsewhere", false)
		key, codes := h.enrols(t, a, x)
		if now, err := h.Session(t.Context(), x.ID); err != nil || !now.Second {
			t.Errorf("the session that enrolled: %+v, %v, want one with the second factor", now, err)
		}
		if _, err := h.Session(t.Context(), other.ID); !errors.Is(err, staff.ErrOver) {
			t.Errorf("a session from before the second factor goes on: %v", err)
		}
		from := staff.Attempt{Name: "lan", Password: chosen, Address: "192.0.2.1"}
		in, err := h.Authenticate(t.Context(), from)
		if err != nil || !in.NeedsCode {
			t.Fatalf("the password alone: %+v, %v, want a code to be asked for", in, err)
		}
		check := func(code string) error {
			_, err := h.CheckCode(t.Context(), a, code, from)
			return err
		}
		if err := check(h.code(t, key, 0)); !errors.Is(err, staff.ErrCodeUsed) {
			t.Errorf("the code that enrolled, again: %v, want ErrCodeUsed", err)
		}
		h.clock = h.clock.Add(5 * time.Minute)
		for _, off := range []int{-2, 2} {
			if err := check(h.code(t, key, off)); !errors.Is(err, staff.ErrWrongCode) {
				t.Errorf("a clock off by %d steps: %v, want ErrWrongCode", off, err)
			}
		}
		if err := check(h.code(t, key, -1)); err != nil {
			t.Errorf("a clock that is half a minute late: %v", err)
		}
		if err := check(" " + strings.Map(func(r rune) rune { return r - '0' + '０' }, h.code(t, key, 0)[:3]) + " " + h.code(t, key, 0)[3:]); err != nil {
			t.Errorf("typed with full-width figures and a space: %v", err)
		}
		if err := check(h.code(t, key, -1)); !errors.Is(err, staff.ErrCodeUsed) {
			t.Errorf("an earlier code after a later one: %v, want ErrCodeUsed", err)
		}
		if err := check(strings.ToUpper(codes[3][:5]) + " - " + codes[3][5:]); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		if err := check(codes[3]); !errors.Is(err, staff.ErrWrongCode) {
			t.Errorf("the recovery code again: %v, want ErrWrongCode", err)
		}
		if n, err := h.RecoveryLeft(t.Context(), a); err != nil || n != 9 {
			t.Errorf("%d recovery codes are left (%v), want 9", n, err)
		}
		fresh, err := h.NewRecovery(t.Context(), a)
		if err != nil || slices.Contains(fresh, codes[4]) {
			t.Fatal(err)
		}
		if err := check(codes[4]); !errors.Is(err, staff.ErrWrongCode) {
			t.Errorf("a recovery code of the old ones: %v, want ErrWrongCode", err)
		}
	})
}

// A code that somebody read over a shoulder is tried on two replicas at the moment that its owner uses it.
func TestOfManyWhoUseACodeAtOnceOneGetsIn(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		a := h.employs(t, db, "lan", "")
		x, _ := h.enters(t, db, a, "one", "her laptop", false)
		key, codes := h.enrols(t, a, x)
		h.clock = h.clock.Add(time.Minute)
		for name, code := range map[string]string{"a code": h.code(t, key, 0), "a recovery code": codes[0]} {
			var wg sync.WaitGroup
			errs := make(chan error, 4)
			for range cap(errs) {
				replica := &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: func() time.Time { return h.clock }}}
				wg.Go(func() {
					_, err := replica.CheckCode(t.Context(), a, code, staff.Attempt{Address: "192.0.2.1"})
					errs <- err
				})
			}
			wg.Wait()
			in := 0
			for range cap(errs) {
				if err := <-errs; err == nil {
					in++
				} else if !errors.Is(err, staff.ErrCodeUsed) && !errors.Is(err, staff.ErrWrongCode) {
					t.Error(err)
				}
			}
			if in != 1 {
				t.Errorf("%s let %d in, want 1", name, in)
			}
		}
	})
}

func TestCodesCannotBeGuessedAndGuessersShutNobodyOut(t *testing.T) {
	h := newHouse(t)
	a := h.employs(t, h.db, "lan", "")
	x, _ := h.enters(t, h.db, a, "one", "her laptop", false)
	key, _ := h.enrols(t, a, x)
	h.clock = h.clock.Add(time.Minute)
	check := func(code, address, device string) error {
		_, err := h.CheckCode(t.Context(), a, code, staff.Attempt{Address: address, Device: device})
		return err
	}
	wrong := "000000"
	if h.code(t, key, 0) == wrong || h.code(t, key, 1) == wrong || h.code(t, key, -1) == wrong {
		wrong = "000001"
	}
	tried := 0
	for i := range 60 {
		err := check(wrong, "192.0.2."+string(rune('0'+i%10)), "")
		if errors.Is(err, staff.ErrWrongCode) {
			tried++
		} else if !errors.Is(err, staff.ErrThrottled) {
			t.Fatal(err)
		}
	}
	if tried > 30 {
		t.Errorf("%d wrong codes were looked at in a day, from ten networks, want 30 at most", tried)
	}
	if err := check(h.code(t, key, 0), "192.0.2.1", "her laptop"); err != nil {
		t.Errorf("she gives her code on a device of hers: %v", err)
	}
}

func TestALostSecondFactorIsReset(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		a := h.employs(t, db, "lan", "")
		x, _ := h.enters(t, db, a, "one", "her laptop", false)
		_, codes := h.enrols(t, a, x)
		if _, err := h.ResetFactor(t.Context(), "LAN"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Session(t.Context(), x.ID); !errors.Is(err, staff.ErrOver) {
			t.Errorf("a session goes on after the reset: %v", err)
		}
		if with, err := h.WithFactor(t.Context()); err != nil || len(with) != 0 {
			t.Errorf("who has one: %v, %v", with, err)
		}
		if in, err := h.Authenticate(t.Context(), staff.Attempt{Name: "lan", Password: chosen, Address: "192.0.2.1"}); err != nil || in.NeedsCode {
			t.Errorf("after the reset: %+v, %v, want the password alone, to set up a new one", in, err)
		}
		if _, err := h.CheckCode(t.Context(), a, codes[0], staff.Attempt{Address: "192.0.2.1"}); !errors.Is(err, staff.ErrWrongCode) {
			t.Errorf("a recovery code of before: %v, want ErrWrongCode", err)
		}
	})
}

func TestWhoIsSignedInConfirmsWithPasswordOrCode(t *testing.T) {
	h := newHouse(t)
	a := h.employs(t, h.db, "lan", "")
	x, _ := h.enters(t, h.db, a, "one", "her laptop", false)
	key, _ := h.enrols(t, a, x)
	h.clock = h.clock.Add(10 * time.Minute)
	for _, answer := range []string{chosen, h.code(t, key, 0)} {
		if err := h.Confirm(t.Context(), a, x.ID, answer); err != nil {
			t.Fatalf("confirm: %v", err)
		}
		if now, err := h.Session(t.Context(), x.ID); err != nil || !now.Confirmed.Equal(h.clock) {
			t.Errorf("confirmed at %s (%v), want now", now.Confirmed, err)
		}
		h.clock = h.clock.Add(time.Second)
	}
	for range 8 {
		if err := h.Confirm(t.Context(), a, x.ID, "wrong"); !errors.Is(err, staff.ErrWrong) {
			t.Fatal(err)
		}
	}
	if err := h.Confirm(t.Context(), a, x.ID, chosen); !errors.Is(err, staff.ErrThrottled) {
		t.Errorf("the ninth try: %v, want ErrThrottled", err)
	}
}
