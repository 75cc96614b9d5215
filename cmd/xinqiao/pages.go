package main

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/api"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

func (a *App) deskPages(r gin.IRouter) (missing gin.HandlerFunc) {
	h := desk.New(desk.Options{
		Cases: a.cases, Staff: a.staff, Trail: a.db.Trail(), Watch: a.trail, Sessions: a.db.StaffSessions(), Letters: a.letters, Appointments: a.reception, Media: a.media, Requests: a.requests, Consents: a.consents, Campaigns: &desk.Campaigns{Service: a.campaigns, Find: a.db.Rights().Find}, Quizzes: a.surveys.QuizTables,
		SelfChecks: a.sharedChecks, Places: a.stationNames, Board: a.board(), Bus: a.bus, PublicURL: a.cfg.HTTP.PublicURL, TryPhone: a.tryWay("wechat"), Rota: a.rota, Content: a.content, Unanswered: unanswered.Reading{Store: a.db.Missed(), Trail: a.db.Trail()}, Push: a.deskPush(), Log: a.log, Now: a.now,
		Map: a.placesOf, Colleagues: a.colleagues, SignedOut: a.signedOut, KnownOf: a.knownOf, AliasOf: a.aliasOf, OnDuty: a.dutyOf,
		TellOwner: a.tellOwner, ServedBy: func() []string { return accountNames(a.cfg) },
		Windows: a.deskWindows, Reach: a.reachOf, Ready: a.readyAnswers, Typing: a.showTyping,
	})
	a.onStop = append(a.onStop, h.Stop)
	h.Register(r)
	return h.Missing
}

// board counts the work of the whole city, by the districts of its stations.
func (a *App) board() *board.Service {
	return &board.Service{
		Figures: a.db.Figures(), Letters: a.db.Letters().CountWaiting, Within: a.cases.Ladder.Within, City: citytime.Zone, Now: a.now,
		Districts: func() []string { return a.library.Current().Stations.Districts },
	}
}

func (a *App) apiRoutes(r *gin.Engine) {
	api.New(api.Options{
		Cases: a.cases, Staff: a.staff, Trail: a.db.Trail(), Letters: apiLetters{a.letters}, Appointments: apiAppointments{a}, Stations: apiStations{a},
		SelfChecks: a.surveys.Aggregates, Map: a.placesOf, Budget: a.purse, Version: version, Log: a.log,
	}).Register(r)
}

// showTyping lets a person's platform show that a counsellor writes, where it can.
func (a *App) showTyping(ctx context.Context, personID string) error {
	to, err := a.db.People().Address(ctx, personID)
	if err != nil {
		return err
	}
	if t, ok := a.sender(to.Channel, to.Account).(channel.Typist); ok {
		return t.Typing(ctx, to.User)
	}
	return nil
}

// readyAnswers are the editors' sentences as they fit a person: 你 to a pupil, 您 to everybody else.
func (a *App) readyAnswers(ctx context.Context, personID string, by staff.Account) ([]desk.ReadyAnswer, error) {
	p, err := a.db.People().Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	you := "您"
	if p.Audience == person.Student {
		you = "你"
	}
	all := a.library.Current().Replies.Ready
	out := make([]desk.ReadyAnswer, len(all))
	for i, r := range all {
		out[i] = desk.ReadyAnswer{Title: r.Title, Group: r.Group, Text: r.Words(you, by.DisplayName)}
	}
	return out, nil
}

// deskWindows says when and how often a person of a channel can be written to unasked: only WeChat bounds it, and lets an
// account without customer-service messages do it never.
func (a *App) deskWindows(channel string) *desk.Windows {
	if channel == wecom.ChannelName {
		return kfWindows()
	}
	if channel != "wechat" {
		return nil
	}
	for _, acc := range a.cfg.WeChat.Accounts {
		if slices.Contains(acc.Capabilities, "customer_service") {
			return &desk.Windows{Written: desk.Window{For: wechat.WrittenFor, Count: wechat.WrittenCount}, Tapped: desk.Window{For: wechat.TappedFor, Count: wechat.TappedCount}}
		}
	}
	return &desk.Windows{}
}

// stationNames are the stations that a referral may go to.
func (a *App) stationNames() []string {
	all := a.library.Current().Stations.All()
	names := make([]string, len(all))
	for i, st := range all {
		names[i] = st.Name
	}
	return names
}

// sharedChecks shows the desk what a person chose to show.
func (a *App) sharedChecks(ctx context.Context, personID string) ([]desk.SelfCheck, error) {
	views, err := a.surveys.SharedBy(ctx, personID)
	out := make([]desk.SelfCheck, len(views))
	for i, v := range views {
		out[i] = desk.SelfCheck{Title: v.Title, Summary: v.Summary, At: v.At}
	}
	return out, err
}

// remind says what a reminder says, if it still holds.
func (a *App) remind(ctx context.Context, r outbox.Row) error {
	replies, err := a.bookings.Remind(ctx, r)
	if err != nil || len(replies) == 0 {
		return err
	}
	start, err := a.bookings.RemindsOf(r)
	if err != nil {
		return err
	}
	return a.bot.Remind(ctx, r.Person, "reminded:"+r.Key, channel.Knock{For: channel.KnockAppointment, At: start, Until: start}, replies)
}

// aliasOf is what staff call a person.
func (a *App) aliasOf(ctx context.Context, personID string) (string, error) {
	p, err := a.db.People().Get(ctx, personID)
	return p.Alias, err
}

// askOfVisit asks how an appointment was, if it is still to be asked.
func (a *App) askOfVisit(ctx context.Context, r outbox.Row) error {
	q, err := a.bookings.Ask(ctx, r)
	if err != nil || len(q.Replies) == 0 {
		return err
	}
	return a.bot.AskOfVisit(ctx, r.Person, "asked:"+r.Key, q.Appointment, q.Until, q.Replies)
}

// remindOfEvent says what a reminder of an event says, if it still holds.
func (a *App) remindOfEvent(ctx context.Context, r outbox.Row) error {
	replies, err := a.events.Remind(ctx, r)
	if err != nil || len(replies) == 0 {
		return err
	}
	start, err := a.events.RemindsOf(r)
	if err != nil {
		return err
	}
	return a.bot.Remind(ctx, r.Person, "reminded:"+r.Key, channel.Knock{For: channel.KnockEvent, At: start, Until: start}, replies)
}

func (a *App) stationName(id string) string {
	if st, ok := a.library.Current().Stations.Station(id); ok {
		return st.Name
	}
	return id
}

type apiAppointments struct{ a *App }

func (d apiAppointments) Appointments(ctx context.Context, cursor string, limit int) ([]api.Appointment, string, error) {
	as, next, err := d.a.db.Appointments().List(ctx, cursor, limit)
	out := make([]api.Appointment, 0, len(as))
	for _, x := range as {
		out = append(out, api.Appointment{ID: x.ID, Code: x.Code, Station: d.a.stationName(x.Station), Start: x.Start, Status: string(x.Status), BookedAt: x.BookedAt})
	}
	return out, next, err
}

func (d apiAppointments) Upcoming(ctx context.Context) (int, error) {
	return d.a.db.Appointments().CountUpcoming(ctx, d.a.now())
}

type apiStations struct{ a *App }

func (d apiStations) Stations(_ context.Context, cursor string, limit int) ([]api.Station, string, error) {
	all := d.a.library.Current().Stations.All()
	from := 0
	if cursor != "" {
		from = -1
		for i, st := range all {
			if st.ID == cursor {
				from = i + 1
			}
		}
		if from < 0 {
			return nil, "", api.ErrCursor
		}
	}
	to := min(from+limit, len(all))
	out := make([]api.Station, 0, to-from)
	for _, st := range all[from:to] {
		out = append(out, api.Station{ID: st.ID, Name: st.Name, District: st.District, Kind: st.Kind, Address: st.Address, Phone: st.Phone, Lat: st.Lat, Lng: st.Lng})
	}
	if to == len(all) {
		return out, "", nil
	}
	return out, all[to-1].ID, nil
}

type apiLetters struct{ *letter.Service }

func (d apiLetters) Letters(ctx context.Context, cursor string, limit int) ([]api.Letter, string, error) {
	ls, next, err := d.Store.Newest(ctx, cursor, limit)
	out := make([]api.Letter, 0, len(ls))
	for _, l := range ls {
		x := api.Letter{ID: l.ID, Level: string(l.Level), Status: "waiting", SentAt: l.SentAt}
		if !l.AnsweredAt.IsZero() {
			at := l.AnsweredAt
			x.Status, x.AnsweredAt = "answered", &at
		}
		out = append(out, x)
	}
	return out, next, err
}

func (d apiLetters) Waiting(ctx context.Context) (int, error) { return d.Store.CountWaiting(ctx) }
