package staff_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// openHouse is a house whose sessions can be begun, on both dialects.
func openHouse(t *testing.T, f func(t *testing.T, h *house, db *store.DB)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		h := &house{clock: time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)}
		now := func() time.Time { return h.clock }
		db := p.Open(t, now)
		h.Service = &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: now}}
		f(t, h, db)
	})
}

// signsIn begins a session of an account that it makes where there is none.
func (h *house) signsIn(t *testing.T, db *store.DB, name, token string, role staff.Role) staff.Account {
	t.Helper()
	a, err := h.Store.ByName(t.Context(), name)
	if errors.Is(err, staff.ErrNotFound) {
		a, _, err = h.Add(t.Context(), name, "示例·"+name, role)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, longest := h.Limits()
	if err := db.StaffSessions().CommitCtx(t.Context(), id(token), []byte("x"), h.clock.Add(longest)); err != nil {
		t.Fatal(err)
	}
	a.MustChange = false // it is not about one-time passwords
	if _, err := h.Enter(t.Context(), a, staff.Session{ID: id(token)}, "a browser"); err != nil {
		t.Fatal(err)
	}
	return a
}

func id(token string) string { return (token + strings.Repeat("-", 43))[:43] }

func (h *house) there(t *testing.T, a staff.Account) bool {
	t.Helper()
	there, err := h.Present(t.Context(), []string{a.ID, "a program"})
	if _, known := there["a program"]; err != nil || known {
		t.Fatalf("who is there: %v (%v), want nothing said of who is no member of staff", there, err)
	}
	return there[a.ID]
}

func TestASessionLastsAsLongAsItsOwnerGivesASign(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		a := h.signsIn(t, db, "lan", "one", staff.Counsellor)
		for range 13 { // a sign every hour but one minute, through the night
			h.clock = h.clock.Add(59 * time.Minute)
			s, err := h.Session(t.Context(), id("one"))
			if err != nil || !h.there(t, a) {
				t.Fatalf("at %s the session is over (%v)", h.clock, err)
			}
			if _, err := h.Stay(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		h.clock = h.clock.Add(60 * time.Minute)
		if _, err := h.Session(t.Context(), id("one")); !errors.Is(err, staff.ErrOver) || h.there(t, a) {
			t.Errorf("an hour without a sign: %v, want ErrOver and nobody there", err)
		}
	})
}

func TestASessionEndsWithItsLongestTimeWhateverItsOwnerDoes(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		h.Idle, h.Longest = 2*time.Hour, 10*time.Hour
		a := h.signsIn(t, db, "lan", "one", staff.Counsellor)
		for range 9 {
			h.clock = h.clock.Add(time.Hour)
			s, err := h.Session(t.Context(), id("one"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Stay(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		h.clock = h.clock.Add(time.Hour)
		if _, err := h.Session(t.Context(), id("one")); !errors.Is(err, staff.ErrOver) || h.there(t, a) {
			t.Errorf("after ten hours: %v, want ErrOver and nobody there", err)
		}
	})
}

func TestASignIsWrittenOnceAMinute(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		h.signsIn(t, db, "lan", "one", staff.Counsellor)
		begun := h.clock
		for _, tt := range []struct {
			after time.Duration
			want  time.Time
		}{{59 * time.Second, begun}, {time.Second, begun.Add(time.Minute)}, {30 * time.Second, begun.Add(time.Minute)}} {
			h.clock = h.clock.Add(tt.after)
			s, err := h.Session(t.Context(), id("one"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Stay(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if s, _ = h.Session(t.Context(), id("one")); !s.Seen.Equal(tt.want) {
				t.Errorf("at %s it was last written at %s, want %s", h.clock, s.Seen, tt.want)
			}
		}
		if err := h.Store.TouchSession(t.Context(), id("one"), begun); err != nil {
			t.Fatal(err)
		}
		if s, _ := h.Session(t.Context(), id("one")); !s.Seen.Equal(begun.Add(time.Minute)) {
			t.Errorf("a sign that came late set it back to %s", s.Seen)
		}
	})
}

func TestWhoeverIsDisabledOrResetOrChoosesAPasswordHasNoSession(t *testing.T) {
	for name, end := range map[string]func(h *house, a staff.Account, password string) error{
		"disabled": func(h *house, a staff.Account, _ string) error { return h.Disable(t.Context(), a.Name) },
		"reset":    func(h *house, a staff.Account, _ string) error { _, err := h.Reset(t.Context(), a.Name); return err },
		"password": func(h *house, a staff.Account, password string) error {
			_, err := h.ChangePassword(t.Context(), a.ID, password, "kapok-river-2046")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			openHouse(t, func(t *testing.T, h *house, db *store.DB) {
				_, password, err := h.Add(t.Context(), "lan", "示例·兰老师", staff.Counsellor)
				if err != nil {
					t.Fatal(err)
				}
				a := h.signsIn(t, db, "lan", "one", staff.Counsellor)
				h.signsIn(t, db, "lan", "two", staff.Counsellor)
				other := h.signsIn(t, db, "mei", "three", staff.Counsellor)
				if err := end(h, a, password); err != nil {
					t.Fatal(err)
				}
				for _, token := range []string{"one", "two"} {
					if _, ok, err := db.StaffSessions().FindCtx(t.Context(), id(token)); ok || err != nil {
						t.Errorf("the session %s is still kept (%v)", token, err)
					}
				}
				if h.there(t, a) || !h.there(t, other) {
					t.Error("they are still there, or a colleague is gone too")
				}
			})
		})
	}
}

func TestColleaguesAreThoseWhoMayTalkWhoeverIsThereFirst(t *testing.T) {
	openHouse(t, func(t *testing.T, h *house, db *store.DB) {
		h.signsIn(t, db, "zhou", "one", staff.Supervisor)
		h.signsIn(t, db, "root", "two", staff.Admin)
		h.signsIn(t, db, "gone", "three", staff.Counsellor)
		if err := h.Disable(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.Add(t.Context(), "an", "示例·an", staff.Counsellor); err != nil {
			t.Fatal(err)
		}
		cs, err := h.Colleagues(t.Context())
		var got []string
		for _, c := range cs {
			line := c.Name
			if c.Present {
				line += " is there"
			}
			got = append(got, line)
		}
		if diff := cmp.Diff([]string{"zhou is there", "an"}, got); err != nil || diff != "" {
			t.Errorf("colleagues: %v (-want +got):\n%s", err, diff)
		}
	})
}
