package staff_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// house is staff on a real store, with a clock that a test moves.
type house struct {
	*staff.Service
	db    *store.DB
	clock time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{clock: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	db := storetest.SQLite(t).Open(t, func() time.Time { return h.clock })
	h.db = db
	h.Service = &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: func() time.Time { return h.clock }}}
	return h
}

func TestTheDemoAccountIsMadeOnceAndOnlyInAnEmptyHouse(t *testing.T) {
	h := newHouse(t)
	password, created, err := h.EnsureDemo(t.Context())
	if err != nil || !created || len(password) != 14 {
		t.Fatalf("first start: %q, %v, %v, want a one-time password", password, created, err)
	}
	if again, created, err := h.EnsureDemo(t.Context()); err != nil || created || again != "" {
		t.Errorf("second start: %q, %v, %v, want nothing made", again, created, err)
	}
	a, err := h.Authenticate(t.Context(), staff.Attempt{Name: "demo", Password: password, Address: "192.0.2.1"})
	if err != nil || !a.MustChange {
		t.Errorf("demo signs in: %+v, %v, want it to have to change the password", a, err)
	}
}

func TestAPasswordIsChosenAndReset(t *testing.T) {
	h := newHouse(t)
	a, oneTime, err := h.Add(t.Context(), "Lan", "示例·兰老师", staff.Counsellor)
	if err != nil || a.Name != "lan" {
		t.Fatalf("add: %+v, %v", a, err)
	}
	for _, weak := range []string{"short", "aaaaaaaaaaaa", "password2026", "my-lan-secret-1", oneTime} { // short, dull, known, holds the name, not new
		if _, err := h.ChangePassword(t.Context(), a.ID, oneTime, weak); !errors.Is(err, staff.ErrWeak) {
			t.Errorf("choose %q: %v, want ErrWeak", weak, err)
		}
	}
	if _, err := h.ChangePassword(t.Context(), a.ID, "not it", "kapok-river-2046"); !errors.Is(err, staff.ErrWrong) {
		t.Errorf("with a wrong old password: %v, want ErrWrong", err)
	}
	if _, err := h.ChangePassword(t.Context(), a.ID, oneTime, "kapok-river-2046"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), staff.Attempt{Name: "lan", Password: oneTime, Address: "192.0.2.1"}); !errors.Is(err, staff.ErrWrong) {
		t.Errorf("the one-time password still works: %v", err)
	}
	if b, err := h.Authenticate(t.Context(), staff.Attempt{Name: " LAN ", Password: "kapok-river-2046", Address: "192.0.2.1"}); err != nil || b.MustChange {
		t.Errorf("the chosen password: %+v, %v", b, err)
	}
	if err := h.Disable(t.Context(), "lan"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), staff.Attempt{Name: "lan", Password: "kapok-river-2046", Address: "192.0.2.1"}); !errors.Is(err, staff.ErrDisabled) {
		t.Errorf("a disabled account: %v, want ErrDisabled", err)
	}
	fresh, err := h.Reset(t.Context(), "lan")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := h.Authenticate(t.Context(), staff.Attempt{Name: "lan", Password: fresh, Address: "192.0.2.1"}); err != nil || !b.MustChange {
		t.Errorf("after a reset: %+v, %v, want a one-time password that works", b, err)
	}
}

func TestWhatIsNoAccount(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct {
		name string
		role staff.Role
	}{{"", staff.Counsellor}, {"a b", staff.Counsellor}, {"<b>", staff.Counsellor}, {strings.Repeat("a", 33), staff.Counsellor}, {"ok", "king"}, {"ok", staff.Reader}} {
		if _, _, err := h.Add(t.Context(), tt.name, "", tt.role); !errors.Is(err, staff.ErrInvalid) {
			t.Errorf("add %q as %q: %v, want ErrInvalid", tt.name, tt.role, err)
		}
	}
	if _, _, err := h.Add(t.Context(), "lan", "", staff.Admin); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Add(t.Context(), "LAN", "", staff.Admin); !errors.Is(err, staff.ErrTaken) {
		t.Errorf("the name again: %v, want ErrTaken", err)
	}
	if err := h.Disable(t.Context(), "nobody"); !errors.Is(err, staff.ErrNotFound) {
		t.Errorf("disable nobody: %v, want ErrNotFound", err)
	}
}

func TestATokenIsKnownByItsSecretAlone(t *testing.T) {
	h := newHouse(t)
	made, secret, err := h.CreateToken(t.Context(), staff.NewToken{Name: "市平台", Role: staff.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(secret, made.Hash) || len(secret) < 40 {
		t.Errorf("the secret %d characters long, hash kept %q", len(secret), made.Hash)
	}
	got, err := h.CheckToken(t.Context(), secret)
	if err != nil || got.ID != made.ID || got.Role != staff.Reader {
		t.Errorf("check: %+v, %v", got, err)
	}
	for _, s := range []string{"", "xq_", secret + "x", made.Hash, "xq_" + made.Hash} {
		if _, err := h.CheckToken(t.Context(), s); !errors.Is(err, staff.ErrToken) {
			t.Errorf("a wrong secret: %v, want ErrToken", err)
		}
	}
}

func TestTheTableOfRights(t *testing.T) {
	may := map[staff.Role][]staff.Right{
		staff.Counsellor: {staff.Talk, staff.ReadConversation, staff.AnswerLetters, staff.SeeCases, staff.SeeRota},
		staff.Supervisor: {staff.Sweep, staff.Talk, staff.ReadConversation, staff.SeeStats, staff.SeeBoard, staff.SeeRota, staff.ManageRota},
		staff.Manager:    {staff.SeeBoard, staff.SeeStats},
		staff.Admin:      {staff.SeeCases, staff.SeeStats, staff.SeeRota, staff.ManageRota},
		staff.Reader:     {staff.SeeStations, staff.SeeStats},
		staff.Station:    {staff.SeeAppointments, staff.KeepAppointments, staff.ReadNotes},
	}
	mayNot := map[staff.Role][]staff.Right{
		staff.Admin: {staff.ReadConversation, staff.Acknowledge, staff.Talk, staff.AnswerLetters, staff.ReadNotes, staff.KeepAppointments},
		staff.Station: {
			staff.SeeCases, staff.Acknowledge, staff.ReadConversation, staff.Talk, staff.SeeLetters, staff.AnswerLetters, staff.EveryStation, staff.SeeStats, staff.SeeRota,
		},
		staff.Reader:     {staff.SeeCases, staff.SeeLetters, staff.SeeAppointments, staff.ReadConversation, staff.SeeRota},
		staff.Counsellor: {staff.Sweep, staff.ManageRota, staff.SeeBoard},
		staff.Manager:    {staff.SeeCases, staff.SeeLetters, staff.SeeAppointments, staff.ReadConversation, staff.Talk, staff.Acknowledge},
		"king":           {staff.SeeStats},
	}
	for role, rights := range may {
		for _, r := range rights {
			if !role.May(r) {
				t.Errorf("%s may not %s", role, r)
			}
		}
	}
	for role, rights := range mayNot {
		for _, r := range rights {
			if role.May(r) {
				t.Errorf("%s may %s", role, r)
			}
		}
	}
}

func TestAClerkBelongsToOneStation(t *testing.T) {
	h := newHouse(t)
	if _, _, err := h.Add(t.Context(), "desk", "示例前台", staff.Station); !errors.Is(err, staff.ErrInvalid) {
		t.Errorf("a clerk of no station: %v, want ErrInvalid", err)
	}
	if _, _, err := h.AddAtStation(t.Context(), "desk", "示例前台", "tianhe-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Reset(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	as, err := h.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range as {
		if want := map[bool]string{true: "tianhe-1"}[a.Name == "desk"]; a.Station != want {
			t.Errorf("%s works at %q, want %q", a.Name, a.Station, want)
		}
	}
}
