package desk_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// office is a desk on a real store, with a server in front.
type office struct {
	db        *store.DB
	cases     *casework.Service
	staff     *staff.Service
	bus       live.Bus
	letters   *letter.Service
	districts []string // beside the three of the city
	booking   *booking.Service
	front     *booking.Reception
	clock     func() time.Time // of the appointments
	media     *media.Service
	url       string
	hangUp    func() // the server is gone
	routes    []string
	line      line // between the browser and the server

	later skew     // how far the office's clock is ahead: a test moves it
	gone  []string // the staff IDs of those who left

	tried      []string // the accounts whose WeChat a trial was sent to
	trialFails error
}

// skew is a length of time that a test sets while a server reads it.
type skew struct{ ns atomic.Int64 }

func (s *skew) get() time.Duration  { return time.Duration(s.ns.Load()) }
func (s *skew) set(d time.Duration) { s.ns.Store(int64(d)) }
func (s *skew) add(d time.Duration) { s.ns.Add(int64(d)) }

func init() { gin.SetMode(gin.TestMode) } // once: it is global

func openOffice(t testing.TB, db *store.DB, changes ...func(*desk.Options)) *office {
	t.Helper()
	bus := live.NewMemory()
	o := &office{
		db:      db,
		bus:     bus,
		letters: &letter.Service{Store: db.Letters(), Trail: db.Trail(), Outbox: db.Outbox(), Bus: bus},
		clock:   time.Now,
		media:   media.New(media.Service{Store: db.Media(), Trail: db.Trail(), Outbox: db.Outbox()}),
	}
	now := func() time.Time { return time.Now().Add(o.later.get()) }
	o.cases = &casework.Service{Store: db.Cases(), Trail: db.Trail(), Outbox: db.Outbox(), Transcript: db.Messages(), Bus: bus, Clock: citytime.Clock{Now: now}}
	o.staff = &staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: now}, Demo: true} // code_test.go signs in with codes
	o.cases.Second = o.pair
	o.letters.Apart = func(ctx context.Context, first, second string) error { return o.staff.Apart(ctx, first, second) }
	stations, err := shippedStations()
	if err != nil {
		t.Fatal(err)
	}
	o.booking = &booking.Service{Directory: func() *booking.Directory { return stations }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return o.clock() }}}
	o.front = &booking.Reception{Booking: o.booking, Store: db.Appointments(), Trail: db.Trail()}
	o.demo(t)
	o.readLetters()
	opts := desk.Options{
		Cases: o.cases, Staff: o.staff, Sessions: db.StaffSessions(), Bus: bus, PublicURL: "http://127.0.0.1", Now: now,
		Colleagues: o.colleagues, SignedOut: func(_ context.Context, id string) { o.gone = append(o.gone, id) },
		KnownOf: func(context.Context, string) ([]desk.Fact, error) {
			return []desk.Fact{{Label: "自称", Value: "学生"}}, nil
		},
		OnDuty: func(context.Context, casework.Case) []desk.Duty {
			return []desk.Duty{{As: "值班", Name: "示例·周老师", Phone: "13800000003"}}
		},
		Trail: db.Trail(), Watch: &audit.Watch{Trail: db.Trail(), Now: now, Log: slog.New(slog.DiscardHandler)}, PollEvery: 300 * time.Millisecond, Letters: o.letters, Appointments: o.front, Media: o.media, Campaigns: o.campaigns(t), Quizzes: o.quizzes,
		Consents: deskConsents(t, db, now),
		Requests: &request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}},
		Board: &board.Service{
			Figures: db.Figures(), Letters: db.Letters().CountWaiting, Within: casework.DefaultWithin(), City: shanghai, Now: time.Now,
			Districts: func() []string { return append([]string{"天河区", "越秀区", "海珠区"}, o.districts...) },
		},
		Places: func() []string { return []string{"示例·天河社工站"} },
		Ready: func(_ context.Context, _ string, by staff.Account) ([]desk.ReadyAnswer, error) {
			return []desk.ReadyAnswer{
				{Title: "我来了", Group: "开头", Text: "我是" + by.DisplayName + "，刚看完你前面说的话。"}, {Title: "夜里来了", Group: "开头", Text: "这么晚还醒着，一定很难熬。我陪着你。"},
				{Title: "听见了", Group: "陪着", Text: "听起来，你已经撑了很久。谢谢你愿意告诉我。"}, {Title: "打 110 这样说", Group: "打电话", Text: "现在请打 110。电话通了，可以照着说：\n“这里有人有生命危险。”"},
			}, nil
		},
		Windows: func(channel string) *desk.Windows {
			return &desk.Windows{Written: desk.Window{For: 48 * time.Hour, Count: 5}, Tapped: desk.Window{For: time.Minute, Count: 3}}
		},
		TryPhone: func(_ context.Context, a staff.Account) error {
			o.tried = append(o.tried, a.Name)
			return o.trialFails
		},
	}
	for _, change := range changes {
		change(&opts)
	}
	h := desk.New(opts)
	engine := gin.New()
	engine.Use(o.line.pass)
	h.Register(engine)
	for _, r := range engine.Routes() {
		o.routes = append(o.routes, r.Method+" "+r.Path)
	}
	engine.NoRoute(h.Missing)
	server := httptest.NewServer(engine)
	o.line.hangUp = server.CloseClientConnections
	o.hangUp = sync.OnceFunc(func() {
		h.Stop()
		server.CloseClientConnections()
		server.Close()
	})
	t.Cleanup(o.hangUp)
	o.url = server.URL
	return o
}

// pair says what staff say of two people, as the program wires it.
func (o *office) pair(ctx context.Context, p casework.Pair) error {
	if p.For == casework.SecondEye {
		return onePerson(o.staff.Apart(ctx, p.First, p.Second))
	}
	return onePerson(o.staff.Second(ctx, staff.Pair{First: p.First, Second: p.Second, Right: staff.GrantIdentity, Keeps: staff.Talk, Since: p.Since}))
}

func onePerson(err error) error {
	if errors.Is(err, staff.ErrSamePerson) || errors.Is(err, staff.ErrNotSecond) {
		return casework.ErrSecondPerson
	}
	return err
}

// colleagues are whoever has an account, as the program wires it.
func (o *office) colleagues(ctx context.Context) ([]desk.Colleague, error) {
	all, err := o.staff.Colleagues(ctx)
	if err != nil {
		return nil, err
	}
	holds, err := o.cases.Holding(ctx)
	out := make([]desk.Colleague, len(all))
	for i, c := range all {
		out[i] = desk.Colleague{ID: c.ID, Name: c.DisplayName, Present: c.Present, Holds: holds[c.ID], Supervises: c.May(staff.GrantIdentity), Sees: c.Reach(staff.SeeCases, nil)}
	}
	return out, err
}

// signal is a person who wrote something that opened, or joined, a case.
func (o *office) signal(t *testing.T, who person.Person, level risk.Level, text, reason, key string) casework.Case {
	t.Helper()
	m := transcript.Message{ID: o.newID(), Person: who.ID, From: transcript.FromPerson, Text: text, Inbound: "in-" + key, At: time.Now()}
	if err := o.db.Messages().Append(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c, err := o.cases.Raise(t.Context(), casework.Signal{
		Person: who.ID, Level: level, Subject: risk.Self, Rule: "intent.self", Reason: reason, Message: m.ID, Key: key,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (o *office) botSays(t *testing.T, who person.Person, replies ...channel.Reply) {
	t.Helper()
	m := transcript.Message{ID: o.newID(), Person: who.ID, From: transcript.FromBot, Replies: replies, At: time.Now()}
	if err := o.db.Messages().Append(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func (o *office) person(t *testing.T, key string, a person.Audience) person.Person {
	t.Helper()
	p, err := o.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(key)})
	if err != nil {
		t.Fatal(err)
	}
	if a != person.Unknown {
		if p, err = o.db.People().SetAudience(t.Context(), p.ID, a); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// noRedirects shows a redirect instead of following it.
func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
