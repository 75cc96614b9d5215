package main

import (
	"context"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// rosterAge is how old the list of colleagues may be that calls for help go by: on an evening of hundreds of them a second it is
// not read for each. Who may see a case is asked by account each time, so nobody sees more by an old list.
const rosterAge = 2 * time.Second

// roster remembers who works here for a moment.
type roster struct {
	mu  sync.Mutex
	all []staff.Account
	at  time.Time
}

// list reads anew what is too old. It is not held meanwhile: nobody waits for another's database.
func (r *roster) list(now time.Time, read func() ([]staff.Account, error)) ([]staff.Account, error) {
	r.mu.Lock()
	all, age := r.all, now.Sub(r.at)
	r.mu.Unlock()
	if age >= 0 && age < rosterAge {
		return all, nil
	}
	all, err := read()
	if err == nil {
		r.mu.Lock()
		r.all, r.at = all, now
		r.mu.Unlock()
	}
	return all, err
}

// near are the members of staff whose work a case is by its district and account, where anybody is bound to any: they are called
// before everybody is.
func (a *App) near(ctx context.Context, c casework.Case) (out []notify.Contact) {
	all, err := a.roster.list(a.now(), func() ([]staff.Account, error) { return a.staff.List(ctx) })
	if err != nil { // then everybody is called
		a.log.Warn("who works for a case's district cannot be found", "error", err)
		return nil
	}
	bound := false
	for _, m := range all {
		if !m.Active() || !m.May(staff.Acknowledge) {
			continue
		}
		bound = bound || m.Bound()
		if m.Reach(staff.SeeCases, nil).Has(c.District, c.Account) {
			out = append(out, notify.Contact{Name: m.DisplayName, Account: m.Name})
		}
	}
	if !bound {
		return nil
	}
	return out
}
