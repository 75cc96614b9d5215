package bot_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// counsellor is who talks with people in these tests.
var counsellor = casework.Actor{ID: "staff-1", Name: "示例·兰老师"}

// noon is a Monday, 12:00 in Guangzhou.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// room is a bot with a real SQLite store, sessions in the process and the shipped content.
type room struct {
	*bot.Bot
	t        *testing.T
	sessions *session.Memory
	cases    *casework.Service
	media    *media.Service
	bookings *booking.Service
	consents *consent.Service
	spool    *spool.Spool
	spoolDir string
	bundle   *content.Bundle
	log      *log
	worker   *outbox.Worker
	phone    *phone
	now      time.Time
	n        int
	asked    sync.Map // what the database was asked for: an *atomic.Int64 each
}

// phone is the platform's side: what was pushed, and what it says to the next push.
type phone struct {
	mu     sync.Mutex
	pushed []channel.Reply
	verr   error
	takes  int // so many, and no more; 0 for any number

	cannotFetch bool
	sent        map[string][]byte // what people sent, by media ID
}

func (p *phone) Fetches(channel.Kind, channel.Media) bool { return !p.cannotFetch }

func (p *phone) Fetch(_ context.Context, _ channel.Kind, m channel.Media, _ int64) ([]byte, error) {
	if data, ok := p.sent[m.ID]; ok {
		return data, nil
	}
	return nil, channel.ErrMediaGone
}

func (p *phone) Capabilities() channel.Capabilities {
	return channel.Capabilities{CustomerService: true}
}

func (p *phone) Push(_ context.Context, _ channel.UserKey, r channel.Reply) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.verr != nil {
		return p.verr
	}
	if p.takes > 0 && len(p.pushed) >= p.takes {
		return &channel.PushError{Verdict: channel.PushRetry, Code: 45009, Err: errors.New("no more today")}
	}
	p.pushed = append(p.pushed, r)
	return nil
}

func (p *phone) texts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, r := range p.pushed {
		out = append(out, r.Text)
	}
	return out
}

// log keeps what would be written behind.
type log struct{ ms []transcript.Message }

func (l *log) Add(ms ...transcript.Message) { l.ms = append(l.ms, ms...) }

var (
	shippedOnce   sync.Once
	shippedBundle *content.Bundle
	errShipped    error
)

// shipped loads the content of this repository once; it needs the commands for their signatures alone, and never changes.
func shipped(commands []dialog.Command) (*content.Bundle, error) {
	shippedOnce.Do(func() {
		shippedBundle, errShipped = content.Load(os.DirFS("../../dialogs"), dialog.Signatures{Commands: commands, Facts: bot.Facts()})
	})
	return shippedBundle, errShipped
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, now: noon, log: &log{}, phone: &phone{}}
	now := func() time.Time { return r.now }
	place := storetest.SQLite(t)
	place.Asked = func(what string) {
		n, _ := r.asked.LoadOrStore(what, new(atomic.Int64))
		n.(*atomic.Int64).Add(1) //nolint:forcetypeassert // nothing else is in it
	}
	db := place.Open(t, now)
	r.sessions = session.NewMemory()
	r.sessions.Now = now
	bus := live.NewMemory()
	r.cases = &casework.Service{Store: db.Cases(), Trail: db.Trail(), Outbox: db.Outbox(), Transcript: db.Messages(), Bus: bus, Clock: citytime.Clock{Now: now}}
	current := func() *content.Bundle { return r.bundle }
	families := &family.Service{Store: db.Families(), Clock: citytime.Clock{Now: now}}
	r.consents = &consent.Service{Store: db.Consents(), Texts: func() *consent.Texts { return current().Consents }, People: db.People(), Outbox: db.Outbox(), Proves: func(string) bool { return true }, Clock: citytime.Clock{Now: now}}
	r.bookings = &booking.Service{Directory: func() *booking.Directory { return current().Stations }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}
	domains := [][]dialog.Command{
		bot.Commands(), families.Commands(),
		(&course.Service{Catalogue: func() *course.Catalogue { return current().Courses }}).Commands(),
		(&worry.Service{Book: func() *worry.Book { return current().Worries }, Catalogue: func() *course.Catalogue { return current().Courses }}).Commands(),
		(&survey.Service{Library: func() *survey.Library { return current().Surveys }, Store: db.Results(), Clock: citytime.Clock{Now: now}}).Commands(),
		r.bookings.Commands(),
		(&event.Service{Calendar: func() *event.Calendar { return current().Events }, Store: db.Signups(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}).Commands(),
		(&habit.Service{Catalogue: func() *habit.Catalogue { return current().Habits }, Store: db.Challenges(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}).Commands(),
		(&campaign.Service{Calendar: func() *campaign.Calendar { return current().Season }, Store: db.Campaigns(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}).Commands(),
		(&request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}).Commands(),
		(&letter.Service{Store: db.Letters(), Trail: db.Trail(), Outbox: db.Outbox(), Bus: bus, Clock: citytime.Clock{Now: now}}).Commands(),
		(&rights.Service{Store: db.Rights(), Trail: db.Trail()}).Commands(),
		r.consents.Commands(),
		(&staff.Service{Store: db.Staff(), Trail: db.Trail(), Clock: citytime.Clock{Now: now}}).Commands(),
	}
	commands := map[string]dialog.Command{}
	var all []dialog.Command
	for _, cs := range domains {
		for _, c := range cs {
			commands[c.Name] = c
			all = append(all, c)
		}
	}
	var err error
	if r.bundle, err = shipped(all); err != nil {
		t.Fatal(err)
	}
	r.media = media.New(media.Service{Store: db.Media(), Trail: db.Trail(), Outbox: db.Outbox(), Fetcher: func(string, string) channel.Fetcher { return r.phone }, Now: now,
		Lost: func(ctx context.Context, it media.Item) error { return r.MediaLost(ctx, it) }})
	r.spoolDir = filepath.Join(t.TempDir(), "spool")
	if r.spool, err = spool.Open(r.spoolDir, db.Sealer(), nil, nil); err != nil {
		t.Fatal(err)
	}
	r.Bot, err = bot.New(bot.Options{
		Content: current, Commands: commands, Sessions: r.sessions, People: db.People(), Cases: r.cases, Transcript: db.Messages(), Log: r.log,
		Outbox: db.Outbox(), Media: r.media, Bus: bus, Spool: r.spool, Sealer: db.Sealer(), InTx: db.InTx, Once: db.Once, Met: db.People().Met, Children: families.Children, Now: now, Patience: time.Minute, // a busy machine is no outage
		Senders: func(string, string) channel.Sender { return r.phone }, Unrated: r.bookings.Unrated,
		Consented: func(ctx context.Context, personID, audience, purpose, shown string) (bool, error) {
			return r.consents.Allow(ctx, personID, audience, consent.Purpose(purpose), shown)
		},
		Erase: func(ctx context.Context, personID, by string) error {
			forget := func(ctx context.Context, a channel.Address) error {
				return r.sessions.Forget(ctx, db.Sealer().Index(a))
			}
			_, err := (&rights.Service{Store: db.Rights(), Trail: db.Trail(), Forget: forget}).Erase(ctx, personID, by)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	handlers := r.Handlers()
	handlers[media.KindFetch] = r.media.Fetch
	handlers[booking.KindFeedback] = r.asksOf(r.bookings)
	r.worker = &outbox.Worker{Store: db.Outbox(), Handlers: handlers, Now: now, Name: "test"}
	return r
}

var someone = channel.Address{Channel: "wechat", Account: "main", User: "o-somebody"}

// text is a message with an ID of its own.
func (r *room) text(s string) channel.Inbound {
	r.n++
	return channel.Inbound{Address: someone, ID: fmt.Sprintf("m%d", r.n), Kind: channel.KindText, Text: s, At: r.now}
}

func (r *room) says(s string) string { return r.sends(r.text(s)) }

func (r *room) sends(in channel.Inbound) string {
	r.t.Helper()
	replies, err := r.Handle(r.t.Context(), in)
	if err != nil {
		r.t.Fatalf("%q: %v", in.Text, err)
	}
	return joined(replies)
}

func joined(replies []channel.Reply) string {
	var b strings.Builder
	for _, reply := range replies {
		b.WriteString(reply.Text + "\n")
		for _, c := range reply.Choices {
			b.WriteString("［" + c.Label + "］")
		}
	}
	return b.String()
}

// work lets the outbox do all that is due.
func (r *room) work() {
	r.t.Helper()
	for range 20 {
		n, err := r.worker.RunDue(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	r.t.Fatal("the outbox has no end")
}

// file is the person's open case.
func (r *room) file() casework.File {
	r.t.Helper()
	p, err := r.People.Resolve(r.t.Context(), someone)
	if err != nil {
		r.t.Fatal(err)
	}
	id, err := r.cases.OpenCase(r.t.Context(), p.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	if id == "" {
		return casework.File{}
	}
	f, err := r.cases.File(storetest.Acts(r.t.Context()), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("the answer lacks %q:\n%s", p, text)
		}
	}
}

var errGone = errors.New("the backend is gone")
