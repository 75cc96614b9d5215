package bot

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// provedAfter is how long somebody is new. Making a thousand visitors of a web page takes a minute, a thousand followers of
// an account an evening; waiting a day with each costs something, but not enough to be let in by it without bound.
const provedAfter = 24 * time.Hour

// Stranger is somebody in danger whom no human has spoken with, and who holds no appointment.
type Stranger struct {
	Person  string
	Origin  string // as channel.Inbound has it; "" behind an account of a platform
	Account string // by which they come: channel and name
	Long    bool   // they first came a day ago, or before
}

// placed says in a signal whether its person is an unproved visitor, and from where. The rule, here alone: whom a human has
// met is known. Of all others, who is new and comes by a channel that names where they came from is unproved until they show
// that they are there; the rest have a place among known people for as long as there are not too many of them from one
// network or account, which Room says. It costs them nothing but their place among equals (see casework/flood.go): so a
// person of whom that cannot be said just now ranks as anybody. An open case keeps the place that it has: of whoever has one
// this need not be asked.
func (b *Bot) placed(ctx context.Context, s casework.Signal, origin string) casework.Signal {
	if b.Room == nil && origin == "" {
		return s
	}
	p, err := b.People.Get(ctx, s.Person)
	if err != nil {
		return s
	}
	who := Stranger{Person: s.Person, Origin: origin, Account: p.Channel + ":" + p.Account, Long: b.Now().Sub(p.CreatedAt) >= provedAfter}
	if b.Room == nil && who.Long {
		return s
	}
	if b.Met != nil {
		if met, err := b.Met(ctx, s.Person); err != nil || met {
			return s
		}
	}
	if b.Room != nil {
		var room bool
		if room, origin = b.Room(ctx, who); room {
			return s
		}
	}
	s.Unproved, s.Origin = true, origin
	return s
}
