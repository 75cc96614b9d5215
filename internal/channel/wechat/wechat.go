// Package wechat is the WeChat official-account channel: it verifies, decrypts and reads what the platform delivers,
// answers within its five seconds, and pushes messages through its customer-service API. It decides nothing about a
// conversation: messages go to Options.Handle. Cryptography and wire types come from the SDK; the handler and the sends
// are our own, because the SDK's trust the request and hide error codes. Start reading at receive in webhook.go.
package wechat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// ChannelName is what WeChat is called in an Address.
const ChannelName = "wechat"

// Account is one official account. An empty AESKey means plain mode.
type Account struct {
	Name         string
	AppID        string
	AppSecret    string
	Token        string
	AESKey       string // 43 characters
	APIURL       string // empty: https://api.weixin.qq.com
	Capabilities channel.Capabilities
}

// Options are what the channel needs. Handle, Accept, Late and Cache must be set.
type Options struct {
	Accounts []Account
	// Handle answers a message. Its error means that it came to no answer: the message is accepted, and answered later.
	Handle func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	// Accept makes a message durable whose answer will come after the budget.
	Accept func(ctx context.Context, in channel.Inbound) error
	// Late delivers the answer to a message that was accepted; failed says that no answer came.
	Late      func(ctx context.Context, in channel.Inbound, rs []channel.Reply, failed error) error
	PublicURL string // completes relative links
	// Sign lets the one whom a link is sent to be known by it on pages of their own; nil leaves links as they are.
	Sign    func(ctx context.Context, to channel.Address, path string) string
	Budget  time.Duration // default 4.2 s; the platform gives up after 5 s
	Cache   session.Cache // access tokens and the rests of long answers, shared by replicas
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Metrics prometheus.Registerer
	HTTP    *http.Client // for the API; default with timeouts
}

// account is an Account with what is prepared once for it.
type account struct {
	Account
	codec   *tencent.Codec         // nil in plain mode
	self    atomic.Pointer[string] // what the platform calls it (gh_…), once a message has said so
	ahead   atomic.Int64           // how far our clock was ahead of the platform's at the last call, a time.Duration
	breaker *breaker
}

// Channel serves the accounts.
type Channel struct {
	o        Options
	accounts map[string]*account
	metrics  metrics
	workers  *workers // handlers, also past their budget
	strange  strange  // events that nobody knows
}

// New returns a channel for the accounts.
func New(o Options) (*Channel, error) {
	if o.Budget == 0 {
		o.Budget = 4200 * time.Millisecond
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
	muteSDK()
	c := &Channel{o: o, accounts: map[string]*account{}, metrics: newMetrics(o.Metrics), workers: newWorkers()}
	for i := range o.Accounts {
		a := &account{Account: o.Accounts[i]}
		if a.APIURL == "" {
			a.APIURL = platformAPI
		}
		a.APIURL = strings.TrimRight(a.APIURL, "/")
		if a.Name == "" || a.AppID == "" || a.Token == "" {
			return nil, fmt.Errorf("wechat account %d: name, app ID and token are needed", i)
		}
		if a.AESKey != "" {
			var err error
			if a.codec, err = tencent.NewCodec(a.AppID, a.AESKey); err != nil {
				return nil, fmt.Errorf("wechat account %s: %w", a.Name, err)
			}
		}
		a.breaker = newBreaker(a.Name)
		if c.accounts[a.Name] != nil {
			return nil, fmt.Errorf("wechat account %s is there twice", a.Name)
		}
		c.accounts[a.Name] = a
	}
	if o.Metrics != nil {
		o.Metrics.MustRegister(troubleGauge{c})
	}
	return c, nil
}

// muteSDK keeps the SDK's logger, which prints whole messages at debug level, from printing anything.
var muteSDK = sync.OnceFunc(mute)

func mute() {
	logrus.SetOutput(io.Discard)
	logrus.SetLevel(logrus.PanicLevel)
}

// Register adds the webhook's routes.
func (c *Channel) Register(r gin.IRouter) {
	for _, path := range []string{"/wechat/:account", "/wechat/:account/"} { // a redirect from one to the other would lose the message
		r.GET(path, c.verify)
		r.POST(path, c.receive)
	}
}

// Close waits for handlers at work, until ctx ends.
func (c *Channel) Close(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		c.workers.wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("wechat: messages are still in hand")
	}
}

type metrics struct {
	messages *prometheus.CounterVec
	refused  *prometheus.CounterVec
	late     prometheus.Counter
	seconds  prometheus.Histogram
	calls    *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	left     *prometheus.GaugeVec
	limit    *prometheus.GaugeVec
	pushes   *prometheus.CounterVec
	outcomes *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_messages_total", Help: "Messages that WeChat delivered, by account and type."}, []string{"account", "type"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_refused_total", Help: "Deliveries refused, by reason."}, []string{"reason"}),
		late:     prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_wechat_late_total", Help: "Messages acknowledged before their answer was ready."}),
		seconds:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "xinqiao_wechat_reply_seconds", Help: "Time to the answer of a delivery.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 4, 5}}),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_api_calls_total", Help: "Calls of WeChat's API, by path and error code (0: fine, http: none came)."}, []string{"path", "code"}),
		tokens:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_tokens_total", Help: "Access tokens, by account and how: fetched plainly, fetched by force, taken away by another program, or refused with the day's tries by force used up (spent)."}, []string{"account", "how"}),
		left:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_wechat_quota_left", Help: "How often an interface of WeChat may still be called today, as the platform says every few minutes."}, []string{"account", "path"}),
		limit:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "xinqiao_wechat_quota_limit", Help: "How often it may be called in a day."}, []string{"account", "path"}),
	}
	m.pushes = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_pushes_total", Help: "Messages that an account sent unasked, by interface and by what became of them: taken, shut (not tried), unknown (no answer came), or the platform's error code."}, []string{"account", "path", "outcome"})
	m.outcomes = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_wechat_outcomes_total", Help: "What the platform says afterwards about messages that it took, by account, kind (template, mass, subscribe) and outcome."}, []string{"account", "kind", "outcome"})
	if r != nil {
		r.MustRegister(m.messages, m.refused, m.late, m.seconds, m.calls, m.tokens, m.left, m.limit, m.pushes, m.outcomes)
	}
	return m
}
