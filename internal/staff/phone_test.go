package staff_test

import (
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestACodeBindsOnceAndNotForLong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
		db := p.Open(t, nil)
		s := &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: func() time.Time { return now }}}
		chen, _, err := s.Add(t.Context(), "chen", "示例·陈老师", staff.Counsellor)
		if err != nil {
			t.Fatal(err)
		}
		code := func() string {
			t.Helper()
			c, _, err := s.NewPhoneCode(t.Context(), chen.ID)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		bind := func(person, code string, want error) {
			t.Helper()
			if _, err := s.BindPhone(t.Context(), person, code); !errors.Is(err, want) {
				t.Errorf("%s with a code: %v, want %v", person, err, want)
			}
		}
		phones := func(names []string, want int) {
			t.Helper()
			if got, err := s.PhonesOf(t.Context(), names); err != nil || len(got) != want {
				t.Errorf("phones of %v: %v (%v), want %d", names, got, err, want)
			}
		}
		first := code()
		second := code()
		bind("person-1", first, staff.ErrCode) // a later one took its place
		bind("person-1", second[:7], staff.ErrCode)
		phones(nil, 0)
		now = now.Add(10 * time.Minute)
		bind("person-1", second, staff.ErrCode) // too old
		third := code()
		bind("person-1", third[:4]+" "+third[4:], nil)
		bind("person-2", third, staff.ErrCode) // used
		phones(nil, 1)
		phones([]string{"Chen"}, 1)
		phones([]string{"wang"}, 0)
		code() // asking for another leaves the phone bound until it is said
		phones(nil, 1)
		if err := s.Disable(t.Context(), "chen"); err != nil {
			t.Fatal(err)
		}
		phones(nil, 0)
		bind("person-2", code(), staff.ErrCode) // who no longer works here
		if err := s.UnbindPhone(t.Context(), chen.ID); err != nil {
			t.Fatal(err)
		}
		if p, err := s.Phone(t.Context(), chen.ID); err != nil || p.Person != "" || p.CodeHash != "" {
			t.Errorf("after unbinding: %+v (%v)", p, err)
		}
	})
}
