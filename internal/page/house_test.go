package page_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

func init() { gin.SetMode(gin.TestMode) } // once: it is global

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) // a Monday

// house is the pages over a real store and the shipped content, with a server in front.
type house struct {
	presence *presence.Door
	t        *testing.T
	db       *store.DB
	pages    *page.Handler
	url      string
	ahead    atomic.Int64 // how far the clock is ahead of noon
	bookings *booking.Service
	agenda   *agenda.Service
	consents *consent.Service
	surveys  *survey.Service
	courses  *course.Service
	letters  *letter.Service
	logs     *strings.Builder
	said     []string // what pages brought to the assistant
	broken   atomic.Bool
}

func (h *house) now() time.Time        { return noon.Add(time.Duration(h.ahead.Load())) }
func (h *house) later(d time.Duration) { h.ahead.Add(int64(d)) }

// openHouse has no account that may tell who a visitor is; change gives it one.
func openHouse(t *testing.T, change func(h *house, o *page.Options)) *house {
	t.Helper()
	place := storetest.SQLite(t)
	h := &house{t: t, logs: &strings.Builder{}}
	h.db = place.Open(t, h.now)
	lessons, err1 := course.Load(os.DirFS("../../dialogs/courses"))
	stations, err2 := booking.LoadStations(os.DirFS("../../dialogs/stations"))
	events, err3 := event.Load(os.DirFS("../../dialogs/events"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	box := h.db.Outbox()
	h.courses = &course.Service{Catalogue: func() *course.Catalogue { return lessons }, Store: h.db.Lessons(), Outbox: box, Clock: citytime.Clock{Now: h.now}}
	h.bookings = &booking.Service{Directory: func() *booking.Directory { return stations }, Store: h.db.Appointments(), Outbox: box, Clock: citytime.Clock{Now: h.now}}
	h.surveys = &survey.Service{Store: h.db.Results(), Trail: h.db.Trail(), Clock: citytime.Clock{Now: h.now}}
	h.letters = &letter.Service{Store: h.db.Letters(), Trail: h.db.Trail(), Outbox: box, Clock: citytime.Clock{Now: h.now}}
	cache := session.NewMemory()
	cache.Now = h.now
	happenings := &event.Service{Calendar: func() *event.Calendar { return events }, Store: h.db.Signups(), Outbox: box, Clock: citytime.Clock{Now: h.now}}
	h.agenda = &agenda.Service{Maker: agenda.Maker{Now: h.now}, Feeds: h.db.Feeds(), Appointments: h.bookings, Signups: happenings, Directory: h.bookings.Directory, Calendar: happenings.Calendar}
	purse := budget.New(budget.Options{Tally: cache, Hash: place.Sealer.Digest, Now: h.now})
	h.presence = &presence.Door{Cache: cache, Purse: purse, Sealer: place.Sealer, Now: h.now}
	words, err4 := consent.Load(os.DirFS("../../dialogs"))
	if err4 != nil {
		t.Fatal(err4)
	}
	h.consents = &consent.Service{Store: h.db.Consents(), Texts: func() *consent.Texts { return words }, People: h.db.People(), Outbox: box, Clock: citytime.Clock{Now: h.now}}
	o := page.Options{
		Consents: h.consents,
		Courses:  h.courses.Catalogue, Directory: h.bookings.Directory, Calendar: func() *event.Calendar { return events },
		Learning: h.courses, ChildStage: (&family.Service{Store: h.db.Families(), Clock: citytime.Clock{Now: h.now}}).Stage, Bookings: h.bookings, Events: happenings,
		Results: h.surveys, Letters: h.letters, Rights: &rights.Service{Store: h.db.Rights(), Trail: h.db.Trail()},
		Agenda:  h.agenda,
		Picture: func(name string) (string, []byte, bool) { return "image/png", []byte("a picture"), name == "a.png" },
		Danger:  func(text string) bool { return strings.Contains(text, "不想活") },
		Hears:   func(text string) bool { return strings.Contains(text, "不想活") },
		Say: func(_ context.Context, personID, network string, in channel.Inbound) ([]channel.Reply, error) {
			h.said = append(h.said, personID+"|"+in.Text+in.Event.Key)
			return []channel.Reply{{Text: "我在，谢谢你说出来。"}}, nil
		},
		People: people{h.db.People(), &h.broken}, Sealer: place.Sealer, Cache: cache, Budget: purse, Presence: h.presence, WebVisitor: webVisitor, Now: h.now, Chat: true,
		Log: slog.New(slog.NewTextHandler(h.logs, nil)),
	}
	r := gin.New()
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	h.url, o.PublicURL, h.agenda.PublicURL = srv.URL, srv.URL, srv.URL
	if change != nil {
		change(h, &o)
	}
	h.pages = page.New(o)
	h.pages.Register(r)
	return h
}

// people are the store's, until they are broken.
type people struct {
	store.People
	broken *atomic.Bool
}

func (p people) Get(ctx context.Context, id string) (person.Person, error) {
	if p.broken.Load() {
		return person.Person{}, errors.New("示例：the database says too much")
	}
	return p.People.Get(ctx, id)
}

// webVisitor is the web chat's way to know a browser, by a cookie in clear.
func webVisitor(r *http.Request) (channel.Address, bool) {
	ck, err := r.Cookie("chat")
	if err != nil {
		return channel.Address{}, false
	}
	return channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(ck.Value)}, true
}

// person makes somebody who talks with us by WeChat.
func (h *house) person(openid string, a person.Audience) (person.Person, channel.Address) {
	h.t.Helper()
	to := channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(openid)}
	p, err := h.db.People().Resolve(h.t.Context(), to)
	if err == nil && a != person.Unknown {
		p, err = h.db.People().SetAudience(h.t.Context(), p.ID, a)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return p, to
}

// result keeps a result of a person and returns its path.
func (h *house) result(personID string) string {
	h.t.Helper()
	bands := []survey.Band{{ID: "low", Name: "状态平稳", From: 0, To: 9, Text: "最近还不错。"}, {ID: "high", Name: "需要留意", From: 10, To: 27, Text: "<b>别</b>一个人扛。", Next: "和老师聊聊"}}
	id := uuid.NewString()
	token := strings.ReplaceAll(id, "-", "")[:22]
	_, err := h.db.Results().Save(h.t.Context(), survey.Result{
		ID: id, Person: personID, Survey: "phq9", Key: id, Token: token, At: h.now(), Run: survey.Run{Survey: "phq9", Version: "1"},
		View: survey.View{Title: "情绪自测", Score: 12, High: 27, Band: bands[1], Bands: bands, Source: "示例来源"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return "/p/result/" + token
}

// browser is one browser with its cookies.
type browser struct {
	h     *house
	jar   http.CookieJar
	agent string
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h: h, jar: jar}
}

// chatting is a browser that has a web chat of its own; it returns whose.
func (h *house) chatting(key string, a person.Audience) (*browser, person.Person) {
	h.t.Helper()
	b := h.browser()
	u, _ := url.Parse(h.url)
	b.jar.SetCookies(u, []*http.Cookie{{Name: "chat", Value: key, Path: "/"}})
	p, err := h.db.People().Resolve(h.t.Context(), channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(key)})
	if err == nil && a != person.Unknown {
		p, err = h.db.People().SetAudience(h.t.Context(), p.ID, a)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return b, p
}

// proves lets a browser that has a web chat show once more whose it is: by a link that the chat gives.
func (b *browser) proves(key string) {
	b.h.t.Helper()
	b.get(b.h.pages.Sign(b.h.t.Context(), channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(key)}, rights.Page)).want(b.h.t, http.StatusOK)
}

// shown is what a browser ends up with.
type shown struct {
	status int
	path   string // with the query
	body   string
	header http.Header
}

func (b *browser) do(method, path string, form url.Values) shown {
	b.h.t.Helper()
	req, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.agent != "" {
		req.Header.Set("User-Agent", b.agent)
	}
	client := http.Client{Jar: b.jar, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if !strings.HasPrefix(next.URL.String(), b.h.url) || len(via) > 8 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return shown{res.StatusCode, res.Request.URL.RequestURI(), string(raw), res.Header}
}

func (b *browser) get(path string) shown { b.h.t.Helper(); return b.do(http.MethodGet, path, nil) }

var formWord = regexp.MustCompile(`name="form" value="([^"]+)"`)

var agreeWord = regexp.MustCompile(`name="agree" value="([^"]+)"`)

// send posts a form as the page before it gave it.
func (b *browser) send(from shown, path string, fields ...string) shown {
	b.h.t.Helper()
	word := formWord.FindStringSubmatch(from.body)
	if word == nil {
		b.h.t.Fatalf("%s has no form:\n%s", from.path, from.body)
	}
	form := url.Values{"form": {word[1]}}
	if words := agreeWord.FindStringSubmatch(from.body); words != nil { // what the page asks to agree to goes with the button
		form.Set("agree", words[1])
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

func (s shown) want(t *testing.T, status int, parts ...string) shown {
	t.Helper()
	if s.status != status {
		t.Fatalf("%s: %d, want %d\n%s", s.path, s.status, status, s.body)
	}
	for _, p := range parts {
		if !strings.Contains(s.body, p) {
			t.Fatalf("%s lacks %q:\n%s", s.path, p, s.body)
		}
	}
	return s
}

func (s shown) lacks(t *testing.T, parts ...string) shown {
	t.Helper()
	if i := slices.IndexFunc(parts, func(p string) bool { return strings.Contains(s.body, p) }); i >= 0 {
		t.Fatalf("%s shows %q:\n%s", s.path, parts[i], s.body)
	}
	return s
}
