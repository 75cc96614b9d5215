package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestATokenDoesWhatItsScopeSaysUntilItsEnd(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		now := time.Now()
		c.staff.Clock = citytime.Clock{Now: func() time.Time { return now }}
		made, secret, err := c.staff.CreateToken(t.Context(), staff.NewToken{Name: "大屏", Role: staff.Admin, Scope: []staff.Right{staff.SeeStats}, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		said := func(method, path string, want int, words string) {
			t.Helper()
			status, body := c.call(t, method, path, secret)
			detail, _ := body["detail"].(string)
			if status != want || !strings.Contains(detail, words) {
				t.Errorf("%s %s answers %d %q, want %d and %q", method, path, status, detail, want, words)
			}
		}
		said("GET", "/api/v1/stats", 200, "")
		said("GET", "/api/v1/cases", 403, "scope does not have the right see_cases")
		said("GET", "/api/v1/letters", 403, "see_letters")
		said("POST", "/api/v1/cases/x/ack", 403, "role does not allow")
		now = now.Add(time.Hour)
		said("GET", "/api/v1/stats", 401, "expired on")
		now = now.Add(-time.Minute)
		if err := c.staff.RevokeToken(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		said("GET", "/api/v1/stats", 401, "revoked on")
	})
}
