package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/api"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func most(thing budget.Thing, per budget.Per) int {
	for _, l := range budget.Table() {
		if l.Thing == thing && l.Per == per {
			return l.Most
		}
	}
	return 0
}

// TestGuessingTokensAndAskingTooMuchEnd has one network guess: its own right token is refused too, or the guesser would
// learn of it; and one program ask all the time: another's requests go on.
func TestGuessingTokensAndAskingTooMuchEnd(t *testing.T) {
	c := newCity(t, storetest.SQLite(t).Open(t, nil))
	c.engine = gin.New()
	counts := session.NewMemory()
	counts.Now = func() time.Time { return time.Unix(1_800_000_000, 0) } // no minute ends while something is counted
	purse := budget.New(budget.Options{Tally: counts, Hash: func(parts ...string) string { return parts[len(parts)-1] }, Now: counts.Now})
	api.New(api.Options{Trail: c.db.Trail(), Cases: c.cases, Staff: c.staff, Stations: lists{}, Budget: purse, Version: "test"}).Register(c.engine)
	busy, quiet := c.token(t, staff.Counsellor), c.token(t, staff.Supervisor)
	for n := range most(budget.Program, budget.PerPerson) {
		if status, _ := c.call(t, http.MethodGet, "/api/v1/stations", busy); status != http.StatusOK {
			t.Fatalf("request %d: %d", n, status)
		}
	}
	if status, _ := c.call(t, http.MethodGet, "/api/v1/stations", busy); status != http.StatusTooManyRequests {
		t.Errorf("one more of the busy program: %d", status)
	}
	if status, _ := c.call(t, http.MethodGet, "/api/v1/stations", quiet); status != http.StatusOK {
		t.Errorf("another program: %d", status)
	}
	for n := range most(budget.Token, budget.PerNetwork) {
		if status, _ := c.call(t, http.MethodGet, "/api/v1/stations", "guess"); status != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", n, status)
		}
	}
	for _, token := range []string{"guess", quiet} {
		if status, _ := c.call(t, http.MethodGet, "/api/v1/stations", token); status != http.StatusTooManyRequests {
			t.Errorf("after many guesses of the network: %d", status)
		}
	}
}
