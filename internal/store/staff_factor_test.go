package store_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// Whoever reads the database must not be able to make codes, or to use recovery codes.
func TestNothingOfASecondFactorIsReadInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db, now := p.Open(t, nil), time.Now().UTC().Truncate(time.Microsecond)
		s := db.Staff()
		const secret, code = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "abcde23456"
		if err := s.KeepFactor(t.Context(), "lan", secret, 7, []string{code}, now); !errors.Is(err, staff.ErrWrongCode) {
			t.Errorf("one that nobody offered is kept: %v", err)
		}
		for range 2 {
			if err := s.OfferFactor(t.Context(), "lan", secret, now); err != nil {
				t.Fatal(err)
			}
		}
		read := func() {
			t.Helper()
			for _, q := range []string{"SELECT secret, next_secret, staff_id FROM staff_factors", "SELECT id, staff_id FROM staff_recovery"} {
				for _, row := range strs(t, raw(t, p), q) {
					for _, cell := range row {
						if bytes.Contains([]byte(cell), []byte(secret)) || bytes.Contains([]byte(cell), []byte(code)) {
							t.Errorf("%s shows a secret in clear", q)
						}
					}
				}
			}
		}
		read()
		if err := s.KeepFactor(t.Context(), "lan", secret, 7, []string{code}, now); err != nil {
			t.Fatal(err)
		}
		read()
		if f, err := s.Factor(t.Context(), "lan"); err != nil || f.Secret != secret || f.Next != "" || !f.Since.Equal(now) {
			t.Errorf("it reads %+v (%v)", f, err)
		}
		if err := s.KeepFactor(t.Context(), "lan", "another", 7, nil, now); !errors.Is(err, staff.ErrWrongCode) {
			t.Errorf("kept twice: %v", err)
		}
		for _, step := range []int64{6, 7} {
			if ok, err := s.UseStep(t.Context(), "lan", step); err != nil || ok {
				t.Errorf("step %d after step 7: %t, %v", step, ok, err)
			}
		}
		if ok, err := s.UseRecovery(t.Context(), "mei", code, now); err != nil || ok {
			t.Errorf("a colleague uses her recovery code: %t, %v", ok, err)
		}
		if _, err := raw(t, p).ExecContext(t.Context(), "UPDATE staff_factors SET secret = 'torn'"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Factor(t.Context(), "lan"); !errors.Is(err, staff.ErrUnreadable) {
			t.Errorf("one that cannot be opened: %v, want ErrUnreadable", err)
		}
		if ok, err := s.UseRecovery(t.Context(), "lan", code, now); err != nil || !ok {
			t.Errorf("her recovery code, while the secret cannot be read: %t, %v", ok, err)
		}
		if err := s.DropFactor(t.Context(), "lan"); err != nil {
			t.Fatal(err)
		}
		if with, err := s.WithFactor(t.Context()); err != nil || slices.Contains(with, "lan") {
			t.Errorf("after it was taken away: %v, %v", with, err)
		}
	})
}

func TestOnlySoManyDevicesAreRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db, now := p.Open(t, nil), time.Now()
		for i := range 6 {
			if _, err := db.Staff().PutDevice(t.Context(), staff.Device{ID: string(rune('a' + i)), StaffID: "lan", At: now.Add(time.Duration(i) * time.Second)}, 4); err != nil {
				t.Fatal(err)
			}
		}
		var known []string
		for _, row := range strs(t, raw(t, p), "SELECT device FROM staff_devices ORDER BY device") {
			known = append(known, row[0])
		}
		if want := []string{"c", "d", "e", "f"}; !slices.Equal(known, want) {
			t.Errorf("remembered are %v, want the last four", known)
		}
	})
}
