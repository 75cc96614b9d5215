package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/api"
	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/term"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/retention"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/tracing"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
	"github.com/xinqiao-bot/xinqiao/internal/wired"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

// App is one replica, wired. Tests build and run it like the real program.
type App struct {
	cfg       config.Config
	log       *slog.Logger
	now       func() time.Time
	metrics   *prometheus.Registry
	sealer    *seal.Sealer
	keys      *keyWatch
	db        *store.DB
	trail     *audit.Watch
	migrated  chan struct{}         // closed once the database has the form that this version needs
	redis     redis.UniversalClient // nil on the embedded default
	sessions  session.Store
	cache     session.Cache
	tally     session.Tally
	roster    *roster
	purse     *budget.Purse // what is scarce, and who used how much of it
	presence  *presence.Door
	bus       live.Bus
	remote    *live.Redis // what of bus reaches other replicas; nil on the embedded default
	spool     *spool.Spool
	messages  *transcript.Log
	library   *content.Library
	bot       *bot.Bot
	worker    *outbox.Worker // of all that is not a call for help
	callers   *outbox.Worker // of the calls for help, and of the clocks that make them: nothing slow holds them up
	wechat    *wechat.Channel
	wecom     *wecom.Channel
	cases     *casework.Service
	duty      *rota.Book
	rota      *rota.Service
	alarm     *notify.Alarm
	browsers  *notify.Browser // nil where alerts go to no browsers
	staff     *staff.Service
	surveys   *survey.Service
	bookings  *booking.Service
	reception *booking.Reception
	letters   *letter.Service
	media     *media.Service
	courses   *course.Service
	worries   *worry.Service
	families  *family.Service
	consents  *consent.Service
	retention *retention.Service
	events    *event.Service
	habits    *habit.Service
	requests  *request.Service
	campaigns *campaign.Service
	notices   *subscribe.Service
	rights    *rights.Service
	userPages *page.Handler
	chat      *web.Chat // nil where there is no web chat
	content   *editing.Service
	missed    *unanswered.Log
	editing   *editorsPreview // nil but where the editors' preview is on
	terminal  channel.Sender  // to whoever sits at the terminal chat; nil elsewhere
	closers   []func() error

	streams     context.Context // ends when open streams must end for the server to stop
	stopStreams context.CancelFunc
	tracer      *tracing.Tracer // nil where nothing is followed
	onStop      []func()        // before the server waits for requests in hand
	draining    *atomic.Bool
	after       func(time.Duration) <-chan time.Time
}

// appOptions are what tests and the tools of editors set otherwise.
type appOptions struct {
	now   func() time.Time
	trace func(person string, trace []dialog.Trace)

	library *content.Library // opened already, for many apps on the same content; nil: opened anew

	tracer *tracing.Tracer // default as configured

	after func(time.Duration) <-chan time.Time // default time.After; how the wait before the listener closes ends

	patience time.Duration // see bot.Bot; a conversation test waits as long as it takes, or a busy machine fails it
}

// newApp opens everything that the configuration names. Close it.
func newApp(ctx context.Context, cfg config.Config, log *slog.Logger, o appOptions) (_ *App, err error) {
	if o.now == nil {
		o.now = time.Now
	}
	if o.after == nil {
		o.after = time.After
	}
	a := &App{cfg: cfg, log: log, now: o.now, after: o.after, draining: new(atomic.Bool), metrics: prometheus.NewRegistry(), migrated: make(chan struct{}), roster: new(roster)}
	a.streams, a.stopStreams = context.WithCancel(context.WithoutCancel(ctx))
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			_ = a.Close()
		}
	}()
	if a.tracer = o.tracer; a.tracer == nil {
		if err := a.openTracing(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.openStores(ctx); err != nil {
		return nil, err
	}
	a.domains()
	if err := a.readySignIn(); err != nil {
		return nil, err
	}
	if err := a.openAlerts(ctx); err != nil {
		return nil, err
	}
	signatures := a.signatures()
	if a.library = o.library; a.library == nil {
		if a.library, err = content.Open(cfg.Dialogs.Dir, signatures); err != nil {
			return nil, err
		}
	}
	a.duty.Keep(func() *calendar.Days { return a.library.Current().Days })
	o = a.startPreview(o)
	if err := a.wire(signatures.Commands, o); err != nil {
		return nil, err
	}
	a.content = a.contentEditing()
	if err := a.openWeChat(); err != nil {
		return nil, err
	}
	if err := a.openWeCom(); err != nil {
		return nil, err
	}
	a.openPages()
	a.gauges()
	return a, a.wired()
}

// wired looks that no service was left half built: what one of them was not given, it would do without and say nothing.
func (a *App) wired() error {
	var errs []error
	for _, s := range []any{
		a.cases, a.staff, a.courses, a.worries, a.families, a.surveys, a.bookings, a.reception, a.events, a.rights, a.letters,
		a.habits, a.requests, a.campaigns, a.consents, a.rota, a.content,
	} {
		errs = append(errs, wired.Check(s))
	}
	return errors.Join(errs...)
}

func (a *App) openStores(ctx context.Context) (err error) {
	if err := closeFolders(a.cfg, a.log); err != nil {
		return err
	}
	if a.sealer, err = openKeys(ctx, a.cfg); err != nil {
		return err
	}
	a.keys = newKeyWatch(a, uuid.NewString())
	a.db, err = store.Open(ctx, store.Options{URL: a.cfg.Database.URL, DataDir: a.cfg.DataDir, Now: a.now, Sealer: a.sealer,
		Failed:     a.failures("xinqiao_database_errors_total", "Errors of the database, by its own number or by what became of the way to it. A unique key that is there already is none."),
		Unreadable: a.keys.saw,
		Asked:      a.counts("xinqiao_database_asked_total", "what", "What the database was asked for: statements, and commits of transactions, each of which may answer several people on SQLite.")})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	a.watchTrail()
	if err := a.migrate(ctx); err != nil && !store.Away(err) {
		return err
	} else if err != nil {
		a.log.Error("the database cannot be reached: starting without it, danger is answered and kept until it is back", "error", err)
	}
	if a.cfg.Redis.URL == "" {
		m, err := session.OpenMemory(a.cfg.Path("sessions"), a.now, a.log)
		if err != nil {
			return err
		}
		a.closers = append(a.closers, m.Close)
		a.sessions, a.cache, a.tally, a.bus = m, m, m, live.NewMemory()
	} else {
		if a.redis, err = openRedis(a.cfg.Redis); err != nil {
			return err
		}
		a.redis.AddHook(redisErrors{a.failures("xinqiao_redis_errors_total", "Errors of Redis, by the word that they begin with or by what became of the way to it.")})
		a.closers = append(a.closers, a.redis.Close)
		s, err := session.NewRedis(a.redis, "xq:")
		if err != nil {
			return err
		}
		a.remote = live.NewRedis(a.redis, "xq:")
		a.sessions, a.cache, a.tally, a.bus = s, session.Sealed{Cache: s, Sealer: a.sealer}, s, a.remote
	}
	a.purse = budget.New(budget.Options{Tally: a.tally, Hash: a.sealer.Digest, Networks: a.cfg.Limits.Networks, Metrics: a.metrics, Log: a.log, Now: a.now})
	a.presence = &presence.Door{Cache: a.cache, Purse: a.purse, Sealer: a.sealer, Now: a.now}
	a.bus = committedBus{a.bus, a.db, a.log}
	var shelf spool.Shelf
	if a.redis != nil {
		shelf = spool.NewRedis(a.redis, "xq:")
	}
	if a.spool, err = spool.Open(a.cfg.Path("spool"), a.sealer, shelf, a.log); err != nil {
		return err
	}
	if others, there := a.sessions.(spool.Herald); there {
		a.spool.Tell(others)
	}
	return a.beginKeys(ctx)
}

// domains builds the services; they read the running content through the library.
func (a *App) domains() {
	current := func() *content.Bundle { return a.library.Current() }
	box := a.db.Outbox()
	a.cases = &casework.Service{Store: a.db.Cases(), Outbox: box, Transcript: a.db.Messages(), Trail: a.db.Trail(), Bus: a.bus, Address: a.db.People().Address, Metrics: casework.NewMetrics(a.metrics), Second: a.casePair, Clock: citytime.Clock{Now: a.now}, Alone: a.calledAlone, Vouched: follows}
	a.staff = &staff.Service{Store: a.db.Staff(), Trail: a.db.Trail(), Clock: citytime.Clock{Now: a.now}, Idle: a.cfg.Desk.Idle, Longest: a.cfg.Desk.Session, Bound: a.bound, Codes: a.purse}
	a.courses = &course.Service{Catalogue: func() *course.Catalogue { return current().Courses }, Store: a.db.Lessons(), Outbox: box, Clock: citytime.Clock{Now: a.now}, Audience: a.audienceOf}
	a.worries = &worry.Service{Book: func() *worry.Book { return current().Worries }, Catalogue: a.courses.Catalogue}
	a.families = &family.Service{Store: a.db.Families(), Clock: citytime.Clock{Now: a.now}}
	a.courses.Grown = a.families.Grown
	a.surveys = &survey.Service{Library: func() *survey.Library { return current().Surveys }, Store: a.db.Results(), Trail: a.db.Trail(), Clock: citytime.Clock{Now: a.now}}
	a.bookings = &booking.Service{Directory: func() *booking.Directory { return current().Stations }, Store: a.db.Appointments(), Outbox: box, Tally: a.tally, Door: a.bookingDoor, Clock: citytime.Clock{Now: a.now}}
	a.reception = &booking.Reception{Booking: a.bookings, Store: a.db.Appointments(), Trail: a.db.Trail()}
	a.events = &event.Service{Calendar: func() *event.Calendar { return current().Events }, Store: a.db.Signups(), Outbox: box, Door: a.signupDoor, Clock: citytime.Clock{Now: a.now}}
	a.programmes()
	a.rights = &rights.Service{
		Store: a.db.Rights(), Trail: a.db.Trail(), Title: a.titleOf, Flush: func(ctx context.Context) error { return a.messages.Flush(ctx) },
		Forget: func(ctx context.Context, to channel.Address) error { return a.sessions.Forget(ctx, a.sealer.Index(to)) },
		Erased: func(ctx context.Context) error { return a.bus.Publish(ctx, live.TopicErased) },
	}
	a.media = media.New(media.Service{
		Store: a.db.Media(), Outbox: box, Trail: a.db.Trail(), Bus: a.bus, Fetcher: a.fetcher, AfterClose: a.cfg.Media.AfterClose, AtMost: a.cfg.Media.AtMost,
		Lost:    func(ctx context.Context, it media.Item) error { return a.bot.MediaLost(ctx, it) },
		Metrics: media.NewMetrics(a.metrics), Log: a.log, Now: a.now,
	})
	a.letters = &letter.Service{
		Store: a.db.Letters(), Outbox: box, Trail: a.db.Trail(), Bus: a.bus, Clock: citytime.Clock{Now: a.now}, Risk: func(text string) risk.Reading { return current().Judge.Read(text) },
		OpenCase: a.cases.OpenCase, Address: a.db.People().Address, Eyes: a.letterEyes, Apart: a.lettersApart, Door: a.letterDoor,
	}
	a.openConsents()
	a.retention = openRetention(a.cfg, a.db, a.log, a.now)
	a.retention.Metrics = retention.NewMetrics(a.metrics)
}

// audienceOf is whom a person speaks as, for what is sent to them unasked.
func (a *App) audienceOf(ctx context.Context, personID string) (string, error) {
	p, err := a.db.People().Get(ctx, personID)
	return string(p.Audience), err
}

// signatures are all commands that flows may call, and the facts that they are told. On an App without stores they serve for checking alone.
func (a *App) signatures() dialog.Signatures {
	if a.courses == nil {
		a.courses, a.surveys, a.bookings, a.letters = &course.Service{}, &survey.Service{}, &booking.Service{}, &letter.Service{}
		a.worries, a.families = &worry.Service{}, &family.Service{}
	}
	if a.events == nil {
		a.events, a.rights = &event.Service{}, &rights.Service{}
	}
	if a.habits == nil {
		a.habits, a.requests, a.campaigns = &habit.Service{}, &request.Service{}, &campaign.Service{}
	}
	if a.staff == nil {
		a.staff = &staff.Service{}
	}
	if a.consents == nil {
		a.consents = &consent.Service{}
	}
	var all []dialog.Command
	for _, cs := range [][]dialog.Command{bot.Commands(), a.courses.Commands(), a.worries.Commands(), a.families.Commands(), a.events.Commands(), a.habits.Commands(), a.requests.Commands(), a.campaigns.Commands(), a.surveys.Commands(), a.bookings.Commands(), a.letters.Commands(), a.rights.Commands(), a.consents.Commands(), a.staff.Commands()} {
		all = append(all, cs...)
	}
	return dialog.Signatures{Commands: all, Facts: bot.Facts()}
}

func (a *App) wire(commands []dialog.Command, o appOptions) (err error) {
	byName := map[string]dialog.Command{}
	for _, c := range commands {
		byName[c.Name] = c
	}
	a.messages = transcript.NewLog(transcript.LogOptions{Store: a.db.Messages(), Log: a.log, Metrics: a.metrics})
	a.closers = append(a.closers, a.messages.Close)
	a.missed = unanswered.NewLog(a.db.Missed(), a.log)
	a.closers = append(a.closers, a.missed.Close)
	a.bot, err = bot.New(bot.Options{
		Content: a.library.Current, ContentOf: a.library.Of, Commands: byName, Sessions: a.sessions, People: a.db.People(), Cases: a.cases,
		Transcript: a.db.Messages(), Log: a.messages, Outbox: a.db.Outbox(), Media: a.media, Bus: a.bus, Spool: a.spool, Sealer: a.sealer,
		Senders: a.sender, InTx: a.db.InTx, Once: a.db.Once, Slog: a.log, Metrics: bot.NewMetrics(a.metrics), Trace: o.trace, Now: a.now, Patience: o.patience,
		Alarm: a.callForHelp, Flows: a.earlierFlows(), Duty: a.onDuty, Met: a.db.People().Met, Room: a.roomFor, Children: a.families.Children, Missed: a.missed.Add, Unrated: a.bookings.Unrated, Agreed: a.notices.Hear, Knock: a.notices.Knock, Known: a.tagLater, Consented: a.consented,
		Erase: func(ctx context.Context, personID, by string) error {
			_, err := a.rights.Erase(ctx, personID, by)
			return err
		},
	})
	if err != nil {
		return err
	}
	handlers := a.bot.Handlers()
	handlers[casework.KindDeadline] = a.cases.Overdue
	handlers[casework.KindAlert] = a.cases.Alert
	handlers[casework.KindCall] = a.cases.Called
	handlers[casework.KindFlood] = a.cases.Flooded
	handlers[casework.KindHeld] = a.cases.Held
	handlers[casework.KindOutcome] = a.cases.Arrived
	handlers[casework.KindSent] = a.cases.Unknown
	handlers[casework.KindOffer] = a.cases.OfferLapses
	handlers[casework.KindFollowUp] = a.cases.Remind
	handlers[booking.KindReminder] = a.remind
	handlers[booking.KindFeedback] = a.askOfVisit
	handlers[booking.KindOffers] = a.bookings.Offers
	handlers[booking.KindPromises] = a.bookings.Promises
	handlers[event.KindPromises] = a.events.Promises
	handlers[course.KindWeekly] = a.courses.Suggest
	handlers[event.KindReminder] = a.remindOfEvent
	a.programmeHandlers(handlers)
	handlers[letter.KindStale] = a.letters.Stale
	handlers[media.KindFetch] = a.media.Fetch
	handlers[media.KindPurge] = a.purge
	handlers[retention.KindPurge] = a.retention.Purge
	handlers[KindNewDevice] = a.callOwner
	handlers = a.tracedWork(handlers)
	replica := uuid.NewString()
	a.worker = &outbox.Worker{Store: a.db.Outbox().Others(), Handlers: handlers, Now: a.now, Log: a.log, Metrics: a.metrics, Name: replica, Poll: 300 * time.Millisecond}
	a.callers = &outbox.Worker{
		Store: a.db.Outbox().Calls(), Handlers: handlers, Now: a.now, Log: a.log, Metrics: a.metrics, Name: replica, Poll: 200 * time.Millisecond,
		Blind: a.cases.Blind(), Concurrency: 24, Lease: 5 * time.Second, Backoff: casework.CallAgain, MaxAttempts: casework.CallTries,
	}
	return nil
}

// work does what the outbox asks for until ctx ends, and what is in hand then to its end.
func (a *App) work(ctx context.Context) error {
	var calling sync.WaitGroup
	var called error
	calling.Go(func() { called = a.callers.Run(ctx) })
	err := a.worker.Run(ctx)
	calling.Wait()
	return errors.Join(err, called)
}

// onDuty asks the rota who is there; without one the editors' hours hold.
func (a *App) onDuty(at time.Time) (bot.Duty, bool) {
	on, next, known := a.duty.Current().OnDuty(at)
	return bot.Duty{On: on, From: spoken(at, next)}, known
}

// spoken is a coming hour as one says it: "8:00", "明天 8:00", "3月2日 8:00"; "" for none.
func spoken(now, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	day := func(t time.Time) string { return t.In(at.Location()).Format(time.DateOnly) }
	clock := at.Format("15:04")
	switch day(at) {
	case day(now):
		return clock
	case day(now.AddDate(0, 0, 1)):
		return "明天 " + clock
	}
	return at.Format("1月2日 15:04")
}

// earlierFlows lets a conversation go on under the flows that it began with; an editor who previews wants to see what they just wrote.
func (a *App) earlierFlows() func(version string) *dialog.Set {
	if a.editing != nil {
		return nil
	}
	return a.library.Flows
}

// sender finds the way to a user. The terminal's is there only while somebody sits at it.
func (a *App) sender(channelName, account string) channel.Sender {
	switch channelName {
	case web.ChannelName:
		return web.Sender{}
	case "wechat":
		return a.wechat.Sender(account)
	case wecom.ChannelName:
		return a.wecom.Sender(account)
	case term.ChannelName:
		return a.terminal
	}
	return nil
}

// fetcher finds the way to what a user sent, nil where there is none.
func (a *App) fetcher(channelName, account string) channel.Fetcher {
	f, _ := a.sender(channelName, account).(channel.Fetcher)
	return f
}

func (a *App) openWeChat() error {
	accounts := a.wechatAccounts()
	for _, acc := range accounts {
		if acc.AESKey == "" {
			a.log.Warn("WeChat account in plain mode: anyone who sees one request can forge messages; set aes_key", "account", acc.Name)
		}
	}
	var err error
	a.wechat, err = wechat.New(wechat.Options{
		Accounts: accounts, Handle: a.traced(a.bot.Handle), HTTP: a.tracedClient(), Accept: a.bot.Accept, Late: a.bot.Late, PublicURL: a.cfg.HTTP.PublicURL, Sign: a.signLink, Budget: a.cfg.WeChat.Budget,
		Now: a.now, Cache: a.cache, Log: a.log, Metrics: a.metrics,
	})
	return err
}

func (a *App) wechatAccounts() []wechat.Account {
	var out []wechat.Account
	for _, c := range a.cfg.WeChat.Accounts {
		has := func(name string) bool { return slices.Contains(c.Capabilities, name) }
		out = append(out, wechat.Account{
			Name: c.Name, AppID: c.AppID, AppSecret: c.AppSecret.Reveal(), Token: c.Token.Reveal(), AESKey: c.AESKey.Reveal(), APIURL: c.APIURL,
			Capabilities: channel.Capabilities{CustomerService: has("customer_service"), Template: has("template"), OAuth: has("oauth")},
		})
	}
	return out
}

// Run serves until ctx ends, then finishes what is in hand.
func (a *App) Run(ctx context.Context, ready func(addr string)) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.HTTP.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (another server runs there? set XINQIAO_HTTP_ADDR)", a.cfg.HTTP.Addr, err)
	}
	a.warnOfFolders()
	defer a.serveMetrics(ctx)() // last of all, so that an end can be watched
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { a.spool.Replay(background, 2*time.Second, a.bot.Replay) })
	wg.Go(func() {
		if err := a.work(background); err != nil {
			a.log.Error("outbox workers ended", "error", err)
		}
	})
	wg.Go(func() { a.wechat.WatchQuotas(background) })
	wg.Go(func() { a.wecom.Run(background) })
	wg.Go(func() { a.hearOfErased(background) })
	wg.Go(func() { a.keys.run(background) })
	wg.Go(func() { a.releaseAbsent(background) })
	wg.Go(func() { a.trail.Run(background) })
	wg.Go(func() { a.duty.Follow(background, a.bus.Subscribe(background, live.TopicRota)) })
	if a.browsers != nil {
		wg.Go(func() { a.browsers.Follow(background) })
	}
	if a.remote != nil {
		wg.Go(func() { _ = a.remote.Run(background) })
	}
	wg.Go(func() { a.content.Follow(background) })
	if a.cfg.Dialogs.Reload {
		wg.Go(func() {
			if err := a.library.Watch(background, a.log); err != nil {
				a.log.Warn("content is not reloaded when it changes", "error", err)
			}
		})
	}
	wg.Go(func() { a.prepare(background) })
	a.warnOfDuty()
	srv := &http.Server{
		Handler: a.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: max(30*time.Second, a.bot.Patience), // no line is cut while its answer is still waited for
		IdleTimeout:  2 * time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	if ready != nil {
		ready(ln.Addr().String())
	}
	select {
	case err = <-served:
	case <-ctx.Done():
		err = a.finish(context.WithoutCancel(ctx), srv, served)
	}
	stopBackground()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// maxHeader bounds what stands before a request's body: an address holds what people search for, not a book.
const maxHeader = 32 << 10

// Close gives back what newApp opened.
func (a *App) Close() error {
	a.stopStreams()
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	return errors.Join(errs...)
}

// routes are what the public address serves.
func (a *App) routes() http.Handler {
	protected := http.NewCrossOriginProtection()
	protected.AddInsecureBypassPattern("/wechat/") // signed by the platform, sent by no browser
	protected.AddInsecureBypassPattern("/wecom/")
	return a.guarded(protected.Handler(a.router()))
}

func (a *App) router() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.ContextWithFallback = true
	r.RemoteIPHeaders = []string{"X-Forwarded-For"}    // a front adds to it; other headers pass it as they came
	_ = r.SetTrustedProxies(a.cfg.HTTP.TrustedProxies) // they were read when the configuration was; see Config.validate
	r.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, err any) {
		a.log.Error("handler panicked", "path", c.FullPath(), "panic", fmt.Sprintf("%T", err))
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	r.Use(a.sendElsewhere, a.endStreams)
	if a.tracer != nil {
		r.Use(a.traceRequest)
	}
	a.wechat.Register(r)
	a.wecom.Register(r)
	a.health(r)
	missing := a.pages(r)
	r.NoRoute(func(g *gin.Context) {
		if strings.HasPrefix(g.Request.URL.Path, "/api/") {
			api.NotFound(g)
			return
		}
		missing(g)
	})
	return r
}

// endStreams lets server-sent events end when the server stops; other requests keep their context.
func (a *App) endStreams(g *gin.Context) {
	if !strings.Contains(g.GetHeader("Accept"), "text/event-stream") {
		return
	}
	ctx, cancel := context.WithCancel(g.Request.Context())
	defer cancel()
	defer context.AfterFunc(a.streams, cancel)()
	g.Request = g.Request.WithContext(ctx)
	g.Next()
}

func (a *App) secure() bool { return strings.HasPrefix(a.cfg.HTTP.PublicURL, "https://") }
