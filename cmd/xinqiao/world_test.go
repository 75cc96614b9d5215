package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// account is the official account of the tests, in safe mode.
var account = wxsim.Account{
	Name: "main", AppID: "wx0123456789abcdef", AppSecret: "app-secret-0001", Token: "xinqiao-token",
	AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", GhID: "gh_school",
}

// world is one replica, run like the real program, and the WeChat platform that talks to it.
type world struct {
	t        *testing.T
	app      *App
	cfg      config.Config
	url      string
	platform *wxsim.Server
	client   *wxsim.Client
	logs     *syncBuffer
	stop     func()
	danger   wxsim.Reply // the answer to a self-check's last item, which may be one of danger
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const shippedDir = "../../dialogs"

var openShipped = sync.OnceValues(func() (*content.Library, error) { return openContent(shippedDir) })

// shipped is the content of this repository, read once: it never changes, and there are many replicas.
func shipped(t testing.TB) *content.Library {
	t.Helper()
	lib, err := openShipped()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// eachBackend runs a test with the embedded default, and with the real database and Redis.
func eachBackend(t *testing.T, f func(t *testing.T, cfg config.Config)) {
	t.Run("SQLite and in process", func(t *testing.T) { f(t, embedded(t)) })
	t.Run("MariaDB and Redis", func(t *testing.T) { f(t, shared(t)) })
}

func embedded(t testing.TB) config.Config {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir, cfg.Dialogs.Dir, cfg.HTTP.Addr, cfg.HTTP.PublicURL = t.TempDir(), shippedDir, "127.0.0.1:0", "http://127.0.0.1:8080"
	cfg.Dialogs.Reload, cfg.Desk.Demo = false, true     // how staff sign in is tested at the desk
	cfg.HTTP.Drain, cfg.Metrics.Addr = 0, cfg.HTTP.Addr // no test waits for a load balancer; the metrics stand beside the rest
	if err := store.WriteFresh(cfg.Path("xinqiao.db")); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// databases counts the databases of Redis that tests took.
var databases atomic.Int64

// shared is what several replicas may have in common, and no other test that runs beside: it has a database in MariaDB, and
// one of those that every Redis has, in turn.
func shared(t testing.TB) config.Config {
	t.Helper()
	cfg := embedded(t)
	place := storetest.MySQL(t)
	place.Fill(t)
	cfg.Database.URL = place.URL
	if at := os.Getenv("XINQIAO_TEST_REDIS_URL"); at != "" {
		cache, err := url.Parse(at)
		if err != nil {
			t.Fatal("XINQIAO_TEST_REDIS_URL cannot be read: want redis://host:port/db")
		}
		cache.Path = fmt.Sprintf("/%d", 1+databases.Add(1)%15)
		cfg.Redis.URL = config.Secret(cache.String())
	}
	keys := cfg.Path("shared-keys.json")
	if code, _, errs := command(t.Context(), t, []string{"XINQIAO_KEYS_FILE=" + keys}, "", "keys", "init"); code != exitFine {
		t.Fatalf("keys init: %d %s", code, errs)
	}
	cfg.Keys.File = keys
	return cfg
}

// start runs a replica. Several may run on one configuration of shared backends.
func start(t *testing.T, cfg config.Config, o appOptions) *world {
	t.Helper()
	platform := wxsim.NewServer(account)
	return startWith(t, cfg, o, platform)
}

func startWith(t *testing.T, cfg config.Config, o appOptions, platform *wxsim.Server) *world {
	t.Helper()
	api := httptest.NewServer(platform)
	t.Cleanup(api.Close)
	if o.now != nil {
		platform.Now = o.now
	}
	var patience time.Duration // the platform's own
	if o.patience == 0 {       // a busy machine is no outage: where a test does not ask how long, it takes as long as it takes
		o.patience, cfg.WeChat.Budget, patience = time.Minute, 25*time.Second, 28*time.Second
	}
	if len(cfg.WeChat.Accounts) == 0 {
		cfg.WeChat.Accounts = []config.Account{{Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token),
			AESKey: config.Secret(account.AESKey), Capabilities: []string{"customer_service", "template", "oauth"}}}
	}
	for i := range cfg.WeChat.Accounts {
		cfg.WeChat.Accounts[i].APIURL = api.URL
	}
	w := &world{t: t, cfg: cfg, platform: platform, logs: &syncBuffer{}}
	log := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if cfg.Dialogs.Dir == shippedDir && !cfg.Dialogs.Reload {
		o.library = shipped(t)
	}
	app, err := newApp(t.Context(), cfg, log, o)
	if err != nil {
		t.Fatal(err)
	}
	w.app = app
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- app.Run(ctx, func(addr string) { ready <- addr }) }()
	select {
	case addr := <-ready:
		w.url = "http://" + addr
	case err := <-done:
		t.Fatalf("the server did not start: %v", err)
	}
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("the server stopped with %v", err)
			}
			if err := app.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
	}
	t.Cleanup(w.stop)
	w.client = &wxsim.Client{URL: w.url + "/wechat/main", Account: account, Platform: platform, Now: o.now, Patience: patience}
	return w
}

// says delivers a text as the platform does, and returns what the person sees.
func (w *world) says(openid, text string) wxsim.Reply {
	w.t.Helper()
	return w.sends(wxsim.Text(openid, text))
}

func (w *world) sends(m wxsim.Message) wxsim.Reply {
	w.t.Helper()
	r, _, err := w.client.Deliver(w.t.Context(), m)
	if err != nil {
		w.t.Fatalf("%s %q: %v", m.Type, m.Content, err)
	}
	return r
}

// taps taps the choice whose label contains label, in the reply r.
func (w *world) taps(openid string, r wxsim.Reply, label string) wxsim.Reply {
	w.t.Helper()
	for _, l := range r.MenuLinks {
		if strings.Contains(l.Label, label) {
			return w.sends(l.Tap(openid))
		}
	}
	w.t.Fatalf("no choice %q in: %s", label, r.Content)
	return wxsim.Reply{}
}

func (w *world) wantIn(r wxsim.Reply, parts ...string) {
	w.t.Helper()
	text := r.Content
	for _, a := range r.Articles {
		text += "\n" + a.Title + "\n" + a.Description
	}
	for _, p := range parts {
		if !strings.Contains(text, p) {
			w.t.Fatalf("the reply lacks %q:\n%s", p, text)
		}
	}
}

// token makes an API token of a role.
func (w *world) token(role string) string {
	w.t.Helper()
	code, out, errs := command(w.t.Context(), w.t, w.environ(), "", "token", "create", "--role", role, "--name", "test "+uuid.NewString())
	if code != exitFine {
		w.t.Fatalf("token create: %d %s", code, errs)
	}
	return strings.TrimSpace(out)
}

// environ is the environment in which a command works on the world's data.
func (w *world) environ() []string {
	return []string{
		"XINQIAO_DATA_DIR=" + w.cfg.DataDir, "XINQIAO_DATABASE_URL=" + w.cfg.Database.URL, "XINQIAO_KEYS_FILE=" + w.cfg.Keys.File,
		"XINQIAO_REDIS_URL=" + w.cfg.Redis.URL.Reveal(), "XINQIAO_DIALOGS_DIR=" + w.cfg.Dialogs.Dir,
	}
}

// api calls the JSON API and decodes into v.
func (w *world) api(method, path, token string, v any) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if v != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(raw, v); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return res.StatusCode
}

// caseItem is a case as the contract shows it.
type caseItem struct {
	ID             string     `json:"id"`
	Level          string     `json:"level"`
	Subject        string     `json:"subject"`
	Status         string     `json:"status"`
	Channel        string     `json:"channel"`
	Alias          string     `json:"alias"`
	OpenedAt       time.Time  `json:"opened_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
	Assignee       string     `json:"assignee"`
	Reason         string     `json:"reason"`
}

func (w *world) cases(token string) []caseItem {
	w.t.Helper()
	var page struct {
		Items []caseItem `json:"items"`
		Next  string     `json:"next"`
	}
	if status := w.api("GET", "/api/v1/cases", token, &page); status != http.StatusOK {
		w.t.Fatalf("GET cases: %d", status)
	}
	return page.Items
}

// get fetches a page of the server.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	res, err := http.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(raw)
}

func openid(t *testing.T, n int) string {
	return fmt.Sprintf("o%s-%d", url.PathEscape(strings.ReplaceAll(uuid.NewString(), "-", ""))[:20], n)
}

func address(openid string) channel.Address {
	return channel.Address{Channel: "wechat", Account: account.Name, User: channel.UserKey(openid)}
}

func replyText(text string) []channel.Reply { return []channel.Reply{{Text: text}} }

// eventually waits for something that workers bring about; it fails after 2 minutes, which even a busy machine needs not.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("waited in vain for %s; the server's last complaints:\n%s", what, w.complaints(20))
		}
	}
}

// complaints are the last n warnings and errors that the server logged.
func (w *world) complaints(n int) string {
	var lines []string
	for line := range strings.Lines(w.logs.String()) {
		if strings.Contains(line, "WARN") || strings.Contains(line, "ERROR") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

// breakBackends makes the database and the sessions fail, until restore is called.
func (w *world) breakBackends() (restore func()) {
	broken := &brokenSessions{Store: w.app.bot.Sessions}
	broken.down.Store(true)
	w.app.bot.Sessions = broken
	inTx := w.app.bot.InTx
	w.app.bot.InTx = func(ctx context.Context, f func(context.Context) error) error {
		if broken.down.Load() {
			return errors.New("database is gone")
		}
		return inTx(ctx, f)
	}
	return func() { broken.down.Store(false) }
}

// brokenSessions hangs until the caller's patience ends, as a server behind a dead line does.
type brokenSessions struct {
	session.Store
	down atomic.Bool
}

func (b *brokenSessions) Begin(ctx context.Context, at *session.Place, message string) (session.Turn, error) {
	if b.down.Load() {
		<-ctx.Done()
		at.Leave()
		return session.Turn{}, ctx.Err()
	}
	return b.Store.Begin(ctx, at, message)
}

// in is the world as a subtest sees it: what fails, fails there.
func (w *world) in(t *testing.T) *world {
	sub := *w
	sub.t = t
	return &sub
}
