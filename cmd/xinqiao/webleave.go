package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// visitors knows the web chat's visitors by their cookies.
func (a *App) visitors() web.Visitors { return web.Visitors{Sealer: a.sealer, Secure: a.secure()} }

// leftWeb is what becomes of somebody who leaves the web chat on a computer that others use: a case of theirs says that they
// cannot be reached any more, the session is forgotten, and their cookie leads to nobody, wherever a copy of it lies.
func (a *App) leftWeb(ctx context.Context, from channel.Address) error {
	people := a.db.People()
	p, err := people.Find(ctx, from)
	if errors.Is(err, person.ErrNotFound) { // nothing was said
		return nil
	}
	if err != nil {
		return err
	}
	gone := channel.Inbound{Address: from, ID: uuid.NewString(), Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventUnsubscribe}, At: a.now()}
	if _, err := a.bot.Handle(ctx, gone); err != nil {
		return fmt.Errorf("note that a visitor left: %w", err)
	}
	if err := people.Part(ctx, p.ID, from); err != nil {
		return err
	}
	return errors.Join(a.sessions.Forget(ctx, a.sealer.Index(from)), a.bus.Publish(ctx, live.TopicErased))
}

// leaveChat ends the web chat of whoever leaves on another page.
func (a *App) leaveChat(w http.ResponseWriter, r *http.Request) {
	if a.chat != nil {
		a.chat.Leave(r.Context(), w, r)
	}
}
