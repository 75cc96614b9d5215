package main

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
)

// roomFor says whether somebody in danger, whom no human has met, has a place among known people. A new visitor of the web
// chat has none until they show that they are there; everybody else has, for as long as one network or one account does not
// bring more of them than counsellors can look at. The others are cases too, and are called for, together.
func (a *App) roomFor(ctx context.Context, s bot.Stranger) (room bool, origin string) {
	if s.Origin == "" { // who follows an account
		thing := budget.Follower
		if s.Long {
			thing = budget.OldFollower
		}
		return a.purse.Take(ctx, thing, budget.By{Account: s.Account}) == nil, a.sealer.Digest("origin", "account", s.Account)
	}
	thing := budget.Regular
	if !s.Long {
		thing = budget.Attention
		if !a.presence.Shown(ctx, s.Person) {
			return false, s.Origin
		}
	}
	return a.purse.Take(ctx, thing, budget.By{Network: s.Origin, Site: budget.Of(ctx).Site}) == nil, s.Origin
}

// calledAlone says whether one more unproved person is called for by themselves while many wait: a child whose network is not
// the flood's must not wait for the flood's next call, and of followers each may be one.
func (a *App) calledAlone(ctx context.Context, c casework.Case) bool {
	if follows(c) {
		return a.purse.Take(ctx, budget.FollowerCall, budget.By{Account: c.Channel + ":" + c.Account}) == nil
	}
	return a.purse.Take(ctx, budget.Call, budget.By{Network: c.Origin, Site: budget.Of(ctx).Site}) == nil
}

// follows says whether a case is of somebody who follows an account of a platform: there people have a telephone number each.
func follows(c casework.Case) bool { return c.Channel != web.ChannelName }

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
