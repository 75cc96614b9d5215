package main

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// openPages makes the pages of users; channels sign links by them when they send.
func (a *App) openPages() {
	o := page.Options{
		Courses:   a.courses.Catalogue,
		Directory: func() *booking.Directory { return a.library.Current().Stations },
		Calendar:  func() *event.Calendar { return a.library.Current().Events },
		Learning:  a.courses, ChildStage: a.families.Stage, Bookings: a.bookings, Events: a.events, Results: a.surveys, Letters: a.letters, Rights: a.rights, Consents: a.consents,
		Picture: func(name string) (string, []byte, bool) {
			p, ok := a.library.Picture(name)
			return p.Type, p.Data, ok
		},
		Agenda: a.agenda(), Notices: pageNotices{a}, Presence: a.presence,
		Habit:  a.habits.Picture,
		Danger: func(text string) bool { return a.bot.Read(text).Level.AtLeast(risk.Medium) },
		Hears:  a.hears,
		Say:    a.sayOnPage,
		People: a.db.People(), Sealer: a.sealer, Cache: a.cache, Budget: a.purse, Platform: a.wechat, Account: a.knowingAccount(),
		PublicURL: a.cfg.HTTP.PublicURL, Secure: a.secure(), Now: a.now, Chat: a.cfg.Web.Chat, Log: a.log,
	}
	if a.cfg.Web.Chat {
		o.WebVisitor, o.LeaveChat = a.visitors().Of, a.leaveChat
	}
	a.userPages = page.New(o)
}

// hears says whether the assistant must hear a text before anything else is done or refused.
func (a *App) hears(text string) bool {
	r := a.bot.Read(text)
	return r.Level.AtLeast(risk.Low) || r.Ask
}

// agenda is what people have to come, for the calendars of their phones.
func (a *App) agenda() *agenda.Service {
	return &agenda.Service{
		Maker: agenda.Maker{PublicURL: a.cfg.HTTP.PublicURL, Now: a.now}, Feeds: a.db.Feeds(), Appointments: a.bookings, Signups: a.events,
		Directory: a.bookings.Directory, Calendar: a.events.Calendar,
	}
}

// knowingAccount is the first account that may learn who opens a page, "" where none may.
func (a *App) knowingAccount() string {
	for _, acc := range a.cfg.WeChat.Accounts {
		if a.wechat.Knows(acc.Name) {
			return acc.Name
		}
	}
	return ""
}

// signLink lets the one whom a link is sent to be known by it.
func (a *App) signLink(ctx context.Context, to channel.Address, path string) string {
	return a.userPages.Sign(ctx, to, path)
}

// sayOnPage brings what a person did on a page into their conversation, on their own channel.
func (a *App) sayOnPage(ctx context.Context, personID, network string, in channel.Inbound) ([]channel.Reply, error) {
	to, err := a.db.People().Address(ctx, personID)
	if err != nil {
		return nil, err
	}
	in.Address, in.At = to, a.now()
	if !platformed(to.Channel) { // nobody stands behind an address there: see channel.Inbound.Origin
		in.Origin = a.sealer.Digest("origin", network)
	}
	replies, err := a.bot.Handle(ctx, in)
	if err != nil || !platformed(to.Channel) { // the web chat reads what was said from the transcript
		return replies, err
	}
	// What was answered to a page stands in no chat yet: there it goes on.
	return replies, a.bot.Late(ctx, in, replies, nil)
}

// servePages registers the pages and returns what answers for an address that leads nowhere.
func (a *App) servePages(r gin.IRouter) (missing gin.HandlerFunc) {
	a.userPages.Register(r)
	return a.userPages.Missing
}
