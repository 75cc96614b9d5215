package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"), goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// server is a web chat with a real store and a handler that the test writes.
type server struct {
	t       *testing.T
	url     string
	db      *store.DB
	bus     *live.Memory
	who     web.Visitors
	talking string // the case under which a counsellor has the conversation
	mu      sync.Mutex
	got     []channel.Inbound
	answer  []channel.Reply
	fails   error
	minded  web.Minded
	left    []channel.Address
}

func (s *server) handle(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return nil, s.fails
	}
	s.got = append(s.got, in)
	return s.answer, nil
}

func (s *server) inbound() []channel.Inbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func open(t *testing.T, change func(*web.Options)) *server {
	t.Helper()
	s := &server{t: t, db: storetest.SQLite(t).Open(t, nil), bus: live.NewMemory(), answer: []channel.Reply{{Text: "在的"}}}
	counts := session.NewMemory()
	counts.Now = func() time.Time { return time.Unix(1_800_000_000, 0) } // no minute ends while something is counted
	o := web.Options{
		Handle: s.handle, People: s.db.People(), Transcript: s.db.Messages(), Flush: func(context.Context) error { return nil }, Bus: s.bus,
		Talking: func(context.Context, string) (string, error) { return s.talking, nil }, Log: slog.New(slog.DiscardHandler),
		Sealer: s.db.Sealer(), Left: func(ctx context.Context, from channel.Address) error { s.left = append(s.left, from); return nil },
		Index:  func(a channel.Address) string { return "index of " + a.User.Reveal() },
		Origin: func(network string) string { return "hash of " + network },
		Budget: budget.New(budget.Options{Tally: counts, Hash: func(parts ...string) string { return strings.Join(parts, "/") }, Now: counts.Now}),
		Danger: func(text string) bool { return strings.Contains(text, "不想活") },
		Minded: func(context.Context, string) (web.Minded, error) { return s.minded, nil },
	}
	if change != nil {
		change(&o)
	}
	s.who = web.Visitors{Sealer: o.Sealer, Secure: o.Secure}
	r := gin.New()
	web.New(o).Register(r)
	srv := httptest.NewServer(http.NewCrossOriginProtection().Handler(r))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

// visit opens the page and returns its cookie.
func (s *server) visit() *http.Cookie {
	s.t.Helper()
	res := s.do(http.MethodGet, "/chat", nil, nil)
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "xinqiao_chat") {
			return c
		}
	}
	s.t.Fatal("the page gives no cookie")
	return nil
}

// user is the key of whoever has a cookie.
func (s *server) user(ck *http.Cookie) string {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/chat", nil)
	r.AddCookie(ck)
	a, ok := s.who.Of(r)
	if !ok {
		s.t.Fatalf("the cookie %s is none of ours", ck.Name)
	}
	return a.User.Reveal()
}

func (s *server) do(method, path string, ck *http.Cookie, body any) *http.Response {
	s.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	if ck != nil {
		req.AddCookie(ck)
	}
	return s.send(req)
}

func (s *server) send(req *http.Request) *http.Response {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body = io.NopCloser(bytes.NewReader(raw))
	return res
}

func text(res *http.Response) string { raw, _ := io.ReadAll(res.Body); return string(raw) }

type fields = map[string]any

func TestThePageGivesACookieThatOnlyTheServerReads(t *testing.T) {
	for name, secure := range map[string]bool{"over HTTP": false, "over HTTPS": true} {
		t.Run(name, func(t *testing.T) {
			s := open(t, func(o *web.Options) { o.Secure = secure })
			ck := s.visit()
			if !ck.HttpOnly || ck.SameSite != http.SameSiteLaxMode || ck.Path != "/" || ck.Secure != secure || ck.Domain != "" || strings.HasPrefix(ck.Name, "__Host-") != secure {
				t.Errorf("the cookie is %+v", ck)
			}
			res := s.do(http.MethodGet, "/chat", ck, nil)
			for h, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
				if got := res.Header.Get(h); got != want {
					t.Errorf("%s is %q, want %q", h, got, want)
				}
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("the policy is %q", csp)
			}
			if page := text(res); strings.Contains(page, "preview.js") || strings.Contains(page, ck.Value) {
				t.Error("the page holds the cookie's value, or the editors' panel")
			}
		})
	}
}

func TestWhatThePageSendsArrives(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	id := uuid.NewString()
	for name, c := range map[string]struct {
		body fields
		want func(in channel.Inbound) bool
	}{
		"words": {fields{"id": id + "1", "text": "  你好 "}, func(in channel.Inbound) bool { return in.Kind == channel.KindText && in.Text == "你好" }},
		"a tap": {fields{"id": id + "2", "text": "听课", "menu": "4021"}, func(in channel.Inbound) bool { return in.MenuID == "4021" && in.Text == "听课" }},
		"the wish to begin": {fields{"id": id + "3", "begin": true}, func(in channel.Inbound) bool {
			return in.Kind == channel.KindEvent && in.Event.Type == channel.EventSubscribe
		}},
		"a place": {fields{"id": id + "4", "location": fields{"lat": 23.1, "lng": 113.2}}, func(in channel.Inbound) bool { return in.Location != nil && in.Location.Datum == "wgs84" }},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			if res := s.do(http.MethodPost, "/chat/messages", ck, c.body); res.StatusCode != http.StatusOK || !strings.Contains(text(res), "在的") {
				t.Fatalf("%d", res.StatusCode)
			}
			got := s.inbound()
			in := got[len(got)-1]
			if !c.want(in) || in.ID != c.body["id"] || in.Channel != web.ChannelName || in.User.Reveal() != s.user(ck) {
				t.Errorf("arrived as %+v", in)
			}
		})
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	id := uuid.NewString()
	for name, c := range map[string]struct {
		body   any
		cookie string
		origin string
		want   int
	}{
		"bad JSON":                    {body: `{"id":`, want: 400},
		"an empty body":               {body: ``, want: 400},
		"no ID":                       {body: fields{"text": "你好"}, want: 400},
		"an ID of another form":       {body: fields{"id": "../../etc", "text": "你好"}, want: 400},
		"a menu ID that is no number": {body: fields{"id": id, "text": "你好", "menu": "1;"}, want: 400},
		"nothing said":                {body: fields{"id": id, "text": " \n "}, want: 400},
		"too many characters":         {body: fields{"id": id, "text": strings.Repeat("长", 4001)}, want: 413},
		"an oversize body":            {body: fields{"id": id, "text": strings.Repeat("长", 40_000)}, want: 400},
		"no cookie":                   {body: fields{"id": id, "text": "你好"}, cookie: "none", want: 401},
		"a cookie that is not ours":   {body: fields{"id": id, "text": "你好"}, cookie: "'; DROP TABLE persons;", want: 401},
		"another site's page":         {body: fields{"id": id, "text": "你好"}, origin: "https://evil.example", want: 403},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, nil)
			raw, isText := c.body.(string)
			if !isText {
				b, err := json.Marshal(c.body)
				if err != nil {
					t.Fatal(err)
				}
				raw = string(b)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/chat/messages", strings.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			switch c.cookie {
			case "":
				req.AddCookie(s.visit())
			case "none":
			default:
				req.Header.Set("Cookie", "xinqiao_chat="+c.cookie)
			}
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
				req.Header.Set("Sec-Fetch-Site", "cross-site")
			}
			if res := s.send(req); res.StatusCode != c.want {
				t.Errorf("%d, want %d: %s", res.StatusCode, c.want, text(res))
			}
			if len(s.inbound()) != 0 {
				t.Error("it reached the bot")
			}
		})
	}
}

func TestAFailureTellsWhomToCall(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	s.fails = io.ErrUnexpectedEOF
	res := s.do(http.MethodPost, "/chat/messages", ck, fields{"id": uuid.NewString(), "text": "你好"})
	if body := text(res); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "12356") || strings.Contains(body, "EOF") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// history is what the page reads after a reload.
type history struct {
	Messages []struct {
		Client, From, Text, Staff string
		Replies                   []channel.Reply
		Picture                   *struct {
			URL           string
			Width, Height int
		}
	}
	Talking, Pictures bool
}

func (s *server) history(ck *http.Cookie) history {
	s.t.Helper()
	res := s.do(http.MethodGet, "/chat/messages", ck, nil)
	var h history
	if err := json.Unmarshal([]byte(text(res)), &h); err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("history: %d %v", res.StatusCode, err)
	}
	return h
}

func (s *server) person(ck *http.Cookie) person.Person {
	s.t.Helper()
	p, err := s.db.People().Resolve(s.t.Context(), channel.Address{Channel: web.ChannelName, Account: web.AccountName, User: channel.UserKey(s.user(ck))})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func TestAfterAReloadThePageReadsTheConversation(t *testing.T) {
	s := open(t, nil)
	ck, other := s.visit(), s.visit()
	p := s.person(ck)
	err := s.db.Messages().Append(t.Context(),
		transcript.Message{ID: "1", Person: p.ID, From: transcript.FromPerson, Text: "在吗", At: time.Now()},
		transcript.Message{ID: "2", Person: p.ID, From: transcript.FromStaff, Staff: "示例·林老师", Replies: []channel.Reply{{Text: "在的"}}, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s.talking = "case-1"
	h := s.history(ck)
	if len(h.Messages) != 2 || h.Messages[0].Text != "在吗" || h.Messages[1].Staff != "示例·林老师" || !h.Talking {
		t.Errorf("%+v", h)
	}
	if h := s.history(other); len(h.Messages) != 0 {
		t.Errorf("another visitor reads %+v", h)
	}
	if res := s.do(http.MethodGet, "/chat/messages", nil, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a cookie: %d", res.StatusCode)
	}
}

// stream opens the events and returns a reader of their names.
func (s *server) stream(ck *http.Cookie) (next func() string, stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/chat/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.AddCookie(ck)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("events: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(res.Body)
	return func() string {
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				return name
			}
			if strings.HasPrefix(lines.Text(), ": ") {
				return "heartbeat"
			}
		}
		return "end"
	}, func() { cancel(); _ = res.Body.Close() }
}

func TestTheStreamTellsOfACounsellorsMessageAndEnds(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	p := s.person(ck)
	next, stop := s.stream(ck)
	if got := next(); got != "changed" { // whoever comes back catches up at once
		t.Fatalf("first came %q", got)
	}
	if err := s.bus.Publish(t.Context(), live.TopicPerson("somebody-else")); err != nil {
		t.Fatal(err)
	}
	if err := s.bus.Publish(t.Context(), live.TopicPerson(p.ID)); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "changed" {
		t.Errorf("then came %q", got)
	}
	stop()
	if got := next(); got != "end" {
		t.Errorf("at last came %q", got)
	}
}

func TestTheStreamEndsWhenSomebodyIsErased(t *testing.T) {
	s := open(t, nil)
	next, stop := s.stream(s.visit())
	defer stop()
	_ = next()
	if err := s.bus.Publish(t.Context(), live.TopicErased); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "end" {
		t.Errorf("came %q; the page would go on listening for who is no more", got)
	}
}

func TestAnIdleStreamSaysThatItLives(t *testing.T) {
	s := open(t, func(o *web.Options) { o.Heartbeat = 5 * time.Millisecond })
	next, stop := s.stream(s.visit())
	defer stop()
	_ = next()
	if got := next(); got != "heartbeat" {
		t.Errorf("came %q", got)
	}
}

func TestEditorsSeeWhereAnAnswerIsWritten(t *testing.T) {
	s := open(t, func(o *web.Options) {
		o.Preview = &web.Preview{
			Turn: func(context.Context, channel.Address) (web.Turn, error) {
				return web.Turn{Steps: []web.Place{{Step: "menu.start", At: "dialogs/flows/menu.yaml:9"}}}, nil
			},
			Edit: func() web.Edit { return web.Edit{Version: "v2", Problems: []string{}} },
		}
	})
	ck := s.visit()
	if page := text(s.do(http.MethodGet, "/chat", ck, nil)); !strings.Contains(page, "preview.js") {
		t.Error("the page lacks the panel")
	}
	if body := text(s.do(http.MethodPost, "/chat/messages", ck, fields{"id": uuid.NewString(), "text": "你好"})); !strings.Contains(body, "dialogs/flows/menu.yaml:9") {
		t.Errorf("the answer lacks its place: %s", body)
	}
	next, stop := s.stream(ck)
	defer stop()
	_ = next()
	if got := next(); got != "content" { // how the content stands now
		t.Errorf("came %q", got)
	}
	if err := s.bus.Publish(t.Context(), web.TopicContent); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "content" {
		t.Errorf("after an edit came %q", got)
	}
}

func TestAMessageNamesTheNetworkThatItCameFromByAHashAlone(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	for address, want := range map[string]string{
		"203.0.113.7": "hash of 203.0.113.7", "::ffff:203.0.113.7": "hash of 203.0.113.7",
		"2001:db8:1:2:aaaa::1": "hash of 2001:db8:1:2::/64", "2001:db8:1:2:bbbb::9": "hash of 2001:db8:1:2::/64",
	} {
		raw, err := json.Marshal(map[string]any{"id": uuid.NewString(), "text": "你好"})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/chat/messages", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(ck)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", address)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		in := s.inbound()
		if got := in[len(in)-1].Origin; res.StatusCode != http.StatusOK || got != want {
			t.Errorf("from %s (%d) the message says %q, want %q", address, res.StatusCode, got, want)
		}
	}
}
