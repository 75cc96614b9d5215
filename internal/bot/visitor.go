package bot

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// provedAfter is how long somebody who came without an account of any platform is a new visitor. Making a thousand of them
// takes a minute; waiting a day with each does not pay.
const provedAfter = 24 * time.Hour

// placed says in a signal whether its person is an unproved visitor, and from where. The rule, here alone: whoever comes by
// a channel that names where they came from, for less than a day, with whom no human has spoken and who holds no
// appointment. It costs them nothing but their place among equals (see casework/flood.go): so a person of whom that cannot
// be said just now ranks as anybody.
func (b *Bot) placed(ctx context.Context, s casework.Signal, origin string) casework.Signal {
	if origin == "" {
		return s
	}
	p, err := b.People.Get(ctx, s.Person)
	if err != nil || b.Now().Sub(p.CreatedAt) >= provedAfter {
		return s
	}
	if b.Met != nil {
		if met, err := b.Met(ctx, s.Person); err != nil || met {
			return s
		}
	}
	s.Unproved, s.Origin = true, origin
	return s
}
