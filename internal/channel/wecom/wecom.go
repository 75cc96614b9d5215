// Package wecom is the channel of WeCom's customer service (微信客服): people write from WeChat without following anything. The
// platform's call only hints that something came; what came is pulled by a cursor, which moves when it is handled or safely
// kept. Nothing can be answered inside the call: every answer is a message of its own, five of them after each word of the
// person, for 48 hours. It decides nothing about a conversation: messages go to Options.Handle. Start reading at pull.
package wecom

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// ChannelName is what WeCom customer service is called in an Address.
const ChannelName = "wecom"

// platformAPI is where the platform answers.
const platformAPI = "https://qyapi.weixin.qq.com"

// Account is one customer-service account (客服账号) of a company.
type Account struct {
	Name     string
	CorpID   string
	Secret   string
	Token    string
	AESKey   string // 43 characters: there is no plain mode
	OpenKfID string
	APIURL   string // empty: https://qyapi.weixin.qq.com
}

// Options are what the channel needs. Handle, Accept, Late, Ledger and Cache must be set.
type Options struct {
	Accounts []Account
	// Handle answers a message. Its error means that it came to no answer: the message is accepted, and answered later.
	Handle func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	// Accept makes a message durable whose answer will come after the budget.
	Accept func(ctx context.Context, in channel.Inbound) error
	// Late says later what the platform would not take at once. Without replies it ends Accept: nothing is owed any more,
	// or, where failed says so, the answer is.
	Late      func(ctx context.Context, in channel.Inbound, rs []channel.Reply, failed error) error
	Ledger    Ledger
	PublicURL string // completes relative links
	// Sign lets the one whom a link is sent to be known by it on pages of their own; nil leaves links as they are.
	Sign    func(ctx context.Context, to channel.Address, path string) string
	Budget  time.Duration // how long a page of messages is waited for before the next; default 1.5 s, of the 5 that danger has
	Every   time.Duration // how often it is pulled without a call; default 30 s
	Cache   session.Cache // access tokens, locks and the rests of long answers, shared by replicas
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Metrics prometheus.Registerer
	HTTP    *http.Client // for the API; default with timeouts
}

// account is an Account with what is prepared once for it.
type account struct {
	Account
	codec *tencent.Codec
	wake  chan struct{} // something came

	mu      sync.Mutex
	hint    hint                 // of the last call
	local   channel.Progress     // as far as this process knows
	inHand  map[string]struct{}  // messages that are being handled
	recent  *recent              // messages that were
	spoke   map[string]time.Time // when people wrote last, in the order in which the platform took it
	trouble *Trouble
}

// Channel serves the accounts.
type Channel struct {
	o        Options
	accounts map[string]*account
	metrics  metrics
	working  sync.WaitGroup // people whose messages are in hand
}

// New returns a channel for the accounts.
func New(o Options) (*Channel, error) {
	if o.Budget == 0 {
		o.Budget = 1500 * time.Millisecond
	}
	if o.Every == 0 {
		o.Every = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	c := &Channel{o: o, accounts: map[string]*account{}, metrics: newMetrics(o.Metrics)}
	for i := range o.Accounts {
		a := &account{Account: o.Accounts[i], wake: make(chan struct{}, 1), inHand: map[string]struct{}{}, recent: newRecent(), spoke: map[string]time.Time{}}
		if a.APIURL == "" {
			a.APIURL = platformAPI
		}
		a.APIURL = strings.TrimRight(a.APIURL, "/")
		if a.Name == "" || a.CorpID == "" || a.Token == "" || a.OpenKfID == "" {
			return nil, fmt.Errorf("wecom account %d: name, corp ID, token and open_kfid are needed", i)
		}
		var err error
		if a.codec, err = tencent.NewCodec(a.CorpID, a.AESKey); err != nil {
			return nil, fmt.Errorf("wecom account %s: %w", a.Name, err)
		}
		if c.accounts[a.Name] != nil {
			return nil, fmt.Errorf("wecom account %s is there twice", a.Name)
		}
		c.accounts[a.Name] = a
	}
	if o.Metrics != nil {
		o.Metrics.MustRegister(troubleGauge{c})
	}
	return c, nil
}

// Register adds the routes of the platform's calls.
func (c *Channel) Register(r gin.IRouter) {
	for _, path := range []string{"/wecom/:account", "/wecom/:account/"} { // a redirect from one to the other would lose the call
		r.GET(path, c.verify)
		r.POST(path, c.receive)
	}
}

// Run pulls what people write until ctx ends, and then finishes what is in hand. What takes too long for that is durable.
func (c *Channel) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, name := range c.names() {
		wg.Go(func() { c.follow(ctx, c.accounts[name]) })
	}
	wg.Wait()
	done := make(chan struct{})
	go func() {
		c.working.Wait()
		close(done)
	}()
	timer := time.NewTimer(lastMessages)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.o.Log.Warn("stopping with messages in hand: they wait in the spool")
	}
}

// lastMessages is how long messages in hand may take once the program is to stop.
const lastMessages = 20 * time.Second

// names are the accounts in the order of their names.
func (c *Channel) names() []string {
	names := make([]string, 0, len(c.accounts))
	for name := range c.accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type metrics struct {
	messages *prometheus.CounterVec
	refused  *prometheus.CounterVec
	late     prometheus.Counter
	calls    *prometheus.CounterVec
	pushes   *prometheus.CounterVec
	failed   *prometheus.CounterVec
	pulled   *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wecom_messages_total", Help: "Messages and events pulled from WeCom customer service, by account and type."}, []string{"account", "type"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wecom_refused_total", Help: "Calls of WeCom refused, by reason."}, []string{"reason"}),
		late:     prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_wecom_late_total", Help: "Messages that were kept since their answer was not ready in time."}),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wecom_api_calls_total", Help: "Calls of WeCom's API, by path and error code (0: fine, http: none came)."}, []string{"path", "code"}),
		pushes:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wecom_sent_total", Help: "Messages sent to people, by account and by what became of them: taken, unknown (no answer came), or the platform's error code."}, []string{"account", "outcome"}),
		failed:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wecom_not_arrived_total", Help: "Messages that the platform took and says afterwards that did not arrive, by account and its reason."}, []string{"account", "reason"}),
		pulled:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_wecom_pulled_timestamp_seconds", Help: "When an account's messages were last pulled by this replica."}, []string{"account"}),
	}
	if r != nil {
		r.MustRegister(m.messages, m.refused, m.late, m.calls, m.pushes, m.failed, m.pulled)
	}
	return m
}
