package wecom_test

import (
	"context"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/channeltest"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// kf is the customer-service account of the tests.
var kf = wxsim.Account{
	Name: "kf", AppID: "ww0123456789abcdef", AppSecret: "kf-secret-0001", Token: "kf-token",
	AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", OpenKfID: "wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw",
}

// ledger is the durable memory of a test; it outlives a Channel.
type ledger struct {
	mu      sync.Mutex
	kept    channel.Progress
	err     error
	changed chan struct{}
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

func (l *ledger) Progress(context.Context, string) (channel.Progress, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept, l.err
}

func (l *ledger) Advance(_ context.Context, _ string, p channel.Progress) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && p.Version > l.kept.Version {
		l.kept = p
		close(l.changed)
		l.changed = make(chan struct{})
	}
	return l.err
}

// reach waits until everything up to the n-th message was taken.
func (l *ledger) reach(t *testing.T, n int) {
	t.Helper()
	end := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		now, changed := l.kept, l.changed
		l.mu.Unlock()
		if now.Cursor == "cursor-"+strconv.Itoa(n) {
			return
		}
		select {
		case <-changed:
		case <-end:
			t.Fatalf("the cursor stands at %+v, want the %d. message", now, n)
		}
	}
}

func TestWeComDoesWhatEveryChannelDoes(t *testing.T) {
	channeltest.Run(t, channeltest.Limits{NoEvents: true}, func(t *testing.T, w channeltest.Wiring) channeltest.Driver { return openPhone(t, w) })
}

// phone is one person's phone, with the platform around it.
type phone struct {
	client   *wxsim.KfClient
	platform *wxsim.Server
	sender   channel.Sender
	ledger   *ledger
	sent     int                  // messages laid down
	shown    int                  // of ours that were read
	clicks   map[string][2]string // by a choice's ID: what the platform sends back
}

func openPhone(t *testing.T, w channeltest.Wiring) *phone {
	t.Helper()
	p := &phone{platform: wxsim.NewServer(kf), ledger: newLedger(), clicks: map[string][2]string{}}
	p.platform.Now = w.Now
	api := httptest.NewServer(p.platform)
	t.Cleanup(api.Close)
	c, err := wecom.New(wecom.Options{
		Handle: w.Handle, PublicURL: w.PublicURL, Log: w.Log, Now: w.Now, Cache: session.NewMemory(), Ledger: p.ledger,
		Accept:   func(context.Context, channel.Inbound) error { return nil },
		Late:     func(context.Context, channel.Inbound, []channel.Reply, error) error { return nil },
		Accounts: []wecom.Account{{Name: kf.Name, CorpID: kf.AppID, Secret: kf.AppSecret, Token: kf.Token, AESKey: kf.AESKey, OpenKfID: kf.OpenKfID, APIURL: api.URL}},
		Budget:   20 * time.Second, // nothing here is slow but the machine
	})
	if err != nil {
		t.Fatal(err)
	}
	e := gin.New()
	c.Register(e)
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	p.sender = c.Sender(kf.Name)
	p.client = &wxsim.KfClient{URL: srv.URL + "/wecom/" + kf.Name, Account: kf, Platform: p.platform, Now: w.Now}
	return p
}

func (*phone) User() string { return "wmConformanceUser-0001" }

func (p *phone) fields(m channeltest.Message) map[string]any {
	switch {
	case m.Location != nil:
		return map[string]any{"msgtype": "location", "location": map[string]any{"latitude": m.Location.Latitude, "longitude": m.Location.Longitude, "name": m.Location.Label}}
	case m.MenuID != "":
		back, there := p.clicks[m.MenuID]
		if !there {
			back = [2]string{m.MenuID, m.Text}
		}
		return map[string]any{"msgtype": "text", "text": map[string]any{"content": back[1], "menu_id": back[0]}}
	}
	return map[string]any{"msgtype": "text", "text": map[string]any{"content": m.Text}}
}

// Send reads the answer, and asks for the rest of a long one as a person would.
func (p *phone) Send(t *testing.T, m channeltest.Message) channeltest.Seen {
	t.Helper()
	var seen channeltest.Seen
	id := "msgid-" + strconv.FormatInt(m.ID, 10)
	for range 50 {
		p.platform.KfPut(kf.OpenKfID, p.User(), id, m.At, p.fields(m))
		p.sent++
		if err := p.client.Hint(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.ledger.reach(t, p.sent)
		if !p.read(&seen) {
			return seen
		}
		id, m = "", channeltest.Message{Text: "继续", MenuID: "1", At: m.At}
	}
	t.Fatal("a long answer never ends")
	return seen
}

// read adds what is new on the screen, and says whether it leads on.
func (p *phone) read(seen *channeltest.Seen) (more bool) {
	all := p.platform.KfShown(p.User())
	for _, m := range all[p.shown:] {
		text := m.Text.Content + m.Menu.Head
		for _, i := range m.Menu.List {
			switch {
			case i.Type == "view":
				seen.Cards = append(seen.Cards, channel.Card{Title: i.View.Content, URL: i.View.URL})
			case i.Click.Content == "继续" && i.Click.ID == "1":
				more = true
			default:
				cid, say := wecom.MeantForTest(i.Click.ID, i.Click.Content)
				p.clicks[cid] = [2]string{i.Click.ID, i.Click.Content}
				seen.Choices = append(seen.Choices, channel.Choice{ID: cid, Label: i.Click.Content, Say: say})
			}
		}
		if text != "" {
			seen.Texts = append(seen.Texts, text)
		}
	}
	p.shown = len(all)
	return more
}

// Push reads what was sent unasked.
func (p *phone) Push(t *testing.T, r channel.Reply) (channeltest.Seen, bool) {
	t.Helper()
	if err := p.sender.Push(t.Context(), channel.UserKey(p.User()), r); err != nil {
		t.Fatal(err)
	}
	var seen channeltest.Seen
	p.read(&seen)
	return seen, true
}
