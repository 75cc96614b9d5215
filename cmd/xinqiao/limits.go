package main

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
)

// roomFor says whether somebody in danger, whom no human has met, has a place among known people. A new visitor of the web
// chat has none until they show that they are there; everybody else has, for as long as one network or one account does not
// bring more of them than counsellors can look at. The others are cases too, and are called for, together.
func (a *App) roomFor(ctx context.Context, s bot.Stranger) (room bool, origin string) {
	by := budget.By{Account: s.Account}
	if s.Origin != "" {
		by = budget.By{Network: s.Origin, Site: budget.Of(ctx).Site}
	} else {
		s.Origin = a.sealer.Digest("origin", "account", s.Account)
	}
	thing := budget.Regular
	if !s.Long {
		thing = budget.Attention
		if by.Account == "" && !a.presence.Shown(ctx, s.Person) {
			return false, s.Origin
		}
	}
	return a.purse.Take(ctx, thing, by) == nil, s.Origin
}

// calledAlone says whether one more unproved visitor is called for by themselves while many wait: a child whose network is not
// the flood's must not wait for the flood's next call.
func (a *App) calledAlone(ctx context.Context, origin string) bool {
	return a.purse.Take(ctx, budget.Call, budget.By{Network: origin, Site: budget.Of(ctx).Site}) == nil
}

// bookingDoor lets a visitor of the web chat of whom nothing is known book once, and then asks whether somebody is there.
// What one network books, whoever they are, booking bounds itself.
func (a *App) bookingDoor(ctx context.Context, personID, network string) (leave func(), err error) {
	return a.presence.Enter(ctx, budget.FirstBooking, "", personID, network)
}

// letterDoor is the same for letters, of which nobody sends very many.
func (a *App) letterDoor(ctx context.Context, personID, network string) (leave func(), err error) {
	return a.presence.Enter(ctx, budget.FirstLetter, budget.Letter, personID, network)
}

// signupDoor and requestDoor are the same for places at events, and for what a teacher or a school is asked.
func (a *App) signupDoor(ctx context.Context, personID, network string) (leave func(), err error) {
	return a.presence.Enter(ctx, budget.FirstSignup, "", personID, network)
}

func (a *App) requestDoor(ctx context.Context, personID, network string) (leave func(), err error) {
	return a.presence.Enter(ctx, budget.FirstRequest, "", personID, network)
}
