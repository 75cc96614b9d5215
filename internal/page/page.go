// Package page is what people open on their phones under /p/: lessons, stations and appointments, the results of
// self-checks, the public letters, all that is held of them. A page of somebody's own shows nothing to anybody else,
// however they came by its address; it is never kept by a browser, and loads nothing from elsewhere. One page for everybody loads
// the platform's own script, which alone can ask for agreement to notices (notices.go). Start reading at
// Register; visitor.go says who looks at a page, link.go and enter.go how they are recognised, form.go what a form must carry.
package page

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

//go:embed templates/*.html templates/page.css templates/near.js templates/notices.js templates/present.js
var files embed.FS

// Options are what the pages show, and how they know who looks at them.
type Options struct {
	Courses   func() *course.Catalogue
	Directory func() *booking.Directory
	Calendar  func() *event.Calendar
	Learning  Learning
	Bookings  Bookings
	Events    Events
	Results   Results
	Letters   Letters
	Rights    Rights
	Consents  Consents
	Agenda    Agenda
	Presence  Presence                                                        // asks new visitors whether somebody is there
	Notices   Notices                                                         // asks people whether they want notices of their platform; nil: nobody is asked
	Habit     func(ctx context.Context, token string) (png []byte, err error) // the picture of 21 days
	Picture   func(name string) (kind string, data []byte, ok bool)           // a picture that flows show
	Danger    func(text string) bool                                          // what somebody searches for tells of danger
	Hears     func(text string) bool                                          // what somebody writes is to be heard by the assistant before anything else
	// ChildStage is how old the only child is that a parent agreed to have remembered; "" for none or several.
	ChildStage func(ctx context.Context, personID string) (string, error)
	// Say brings what somebody did or wrote on a page to the assistant, as if in their chat, and returns its answer. network is
	// where they are, in the form that a channel without accounts hashes.
	Say func(ctx context.Context, personID, network string, in channel.Inbound) ([]channel.Reply, error)

	People     People
	Sealer     Sealer
	Cache      session.Cache                                 // which browser holds a link
	WebVisitor func(r *http.Request) (channel.Address, bool) // whose web chat this browser has; nil where there is none
	LeaveChat  func(w http.ResponseWriter, r *http.Request)  // ends that web chat; set with WebVisitor
	Platform   Platform                                      // tells who opens a page in WeChat
	Account    string                                        // the account that is asked unless a link names another; "" where none may
	Budget     *budget.Purse                                 // how much one network may look at and send; nil: no bounds
	PublicURL  string
	Secure     bool // served over HTTPS: the cookies say so

	Now  func() time.Time
	Chat bool // the web chat is on: the first page leads there
	Log  *slog.Logger
}

// Handler serves the pages.
type Handler struct {
	Options
	pages  *template.Template
	css    []byte
	js     []byte
	asking []byte // the script of the page on which people agree to notices
	there  []byte // and of the one on which they show that they are there
}

// New returns the pages.
func New(o Options) *Handler {
	css, err1 := files.ReadFile("templates/page.css")
	js, err2 := files.ReadFile("templates/near.js")
	asks, err3 := files.ReadFile("templates/notices.js")
	there, err4 := files.ReadFile("templates/present.js")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		panic(err) // compiled in
	}
	funcs := template.FuncMap{
		"when":   func(t time.Time) string { return t.In(citytime.Zone).Format("2006年1月2日 15:04") },
		"day":    func(t time.Time) string { return t.In(citytime.Zone).Format("1月2日") },
		"month":  func(t time.Time) int { return int(t.In(citytime.Zone).Month()) },
		"dayOf":  booking.DayLabel,
		"clock":  func(t time.Time) string { return t.In(citytime.Zone).Format("15:04") },
		"slot":   func(s booking.Slot) string { _, at, _ := strings.Cut(s.ID(), "@"); return at },
		"tel":    func(phone string) template.URL { return template.URL("tel:" + digits(phone)) }, //nolint:gosec // digits alone
		"chart":  chart,
		"bands":  bandRows,
		"trend":  trend,
		"begins": begins,
		"short":  short,
		"week":   func() []string { return []string{"一", "二", "三", "四", "五", "六", "日"} },
		"inc":    func(n int) int { return n + 1 },
		"latest": latest,
		"qr":     signInQR,
	}
	return &Handler{Options: o, css: css, js: js, asking: asks, there: there, pages: template.Must(template.New("").Funcs(funcs).ParseFS(files, "templates/*.html"))}
}

// digits is a phone number as it is dialled.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}

// latest turns a list round: of what grows, the newest is looked for first.
func latest(es []rights.Entry) []rights.Entry {
	es = slices.Clone(es)
	slices.Reverse(es)
	return es
}

// Register adds the routes.
func (h *Handler) Register(r gin.IRouter) {
	r.GET("/", headers, h.viewed, h.sends, h.greeted(h.home))
	g := r.Group("/p", headers, h.viewed)
	g.GET("/page.css", h.asset("text/css; charset=utf-8", h.css))
	g.GET("/near.js", h.asset("text/javascript; charset=utf-8", h.js))
	g.GET("/notices.js", h.asset("text/javascript; charset=utf-8", h.asking))
	g.GET("/present.js", h.asset("text/javascript; charset=utf-8", h.there))
	g.GET("/notices", h.greeted(h.notices))
	g.GET("/media/:name", h.picture)
	g.GET("/habit/:token", h.guessed, h.habit)
	g.GET("/enter", h.enter)
	g.GET("/entered", h.entered)
	g.GET("/", h.sends, h.greeted(h.home))
	for _, name := range []string{"hotlines", "privacy"} {
		g.GET("/"+name, h.greeted(func(c *gin.Context, _ identity) error { h.show(c, http.StatusOK, name, nil); return nil }))
	}

	f := g.Group("", h.sends)
	both := func(path string, serve gin.HandlerFunc) { f.GET(path, serve); f.POST(path, serve) }
	both("/stations", h.greeted(h.stations))
	f.GET("/station/:id", h.greeted(h.station))
	f.GET("/station/:id/book", h.greeted(h.book))
	both("/station/:id/book/at/:slot", h.known(h.at))
	f.GET("/bookings", h.known(h.bookings))
	f.GET("/booking/:token", h.known(h.booking))
	f.GET("/booking/:token/calendar.ics", h.known(h.bookingFile))
	f.POST("/booking/:token/cancel", h.known(h.cancelBooking))
	f.POST("/booking/:token/rate", h.known(h.rate))
	f.GET("/booking/:token/move", h.known(h.move))
	both("/booking/:token/move/at/:slot", h.known(h.move))

	both("/lessons", h.greeted(h.lessons))
	f.GET("/lesson/:id", h.greeted(h.lesson))
	f.POST("/lesson/:id", h.greeted(h.check))
	f.POST("/lesson/:id/like", h.known(h.like))
	f.GET("/events", h.greeted(h.events))
	f.GET("/event/:id", h.greeted(h.event))
	f.POST("/event/:id", h.known(h.signUp))

	f.GET("/event/:id/calendar.ics", h.known(h.eventFile))
	g.GET("/calendar/:name", h.guessed, h.feed)

	f.GET("/results", h.known(h.results))
	f.GET("/result/:token", h.known(h.result))
	f.POST("/result/:token/share", h.known(h.share))
	f.POST("/result/:token/human", h.known(h.human))

	both("/present", h.known(h.present))

	both("/start/:what", h.known(h.start))

	both("/letters", h.greeted(h.letters))
	g.GET("/letters/:id", h.letterPiece)

	f.GET("/data", h.known(h.data))
	f.POST("/data/withdraw", h.known(h.withdraw))
	f.POST("/data/calendar", h.known(h.subscribe))
	f.POST("/data/erase", h.known(h.erase))
	f.POST("/data/leave", h.known(h.leave))
}

func (h *Handler) asset(kind string, data []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		c.Data(http.StatusOK, kind, data)
	}
}

// home is the way to everything: 学 · 测 · 约 · 说.
func (h *Handler) home(c *gin.Context, me identity) error {
	leave := ""
	if me.ID != "" {
		leave = h.form(me.ID, dataForm)
	}
	h.show(c, http.StatusOK, "home", gin.H{"Leave": leave, "Desk": c.FullPath() == "/"})
	return nil
}

func (h *Handler) picture(c *gin.Context) {
	kind, data, ok := h.Picture(c.Param("name"))
	if !ok {
		h.Missing(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=3600")
	c.Data(http.StatusOK, kind, data)
}

func headers(c *gin.Context) {
	w := c.Writer.Header()
	w.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Set("Referrer-Policy", "no-referrer")
	w.Set("X-Content-Type-Options", "nosniff")
	w.Set("X-Robots-Tag", "noindex")
	w.Set("Cache-Control", "no-store")
}

// view is what every template gets.
type view struct {
	You  string // 你 for a pupil, 您 for everybody else
	Chat bool   // the web chat is where the talk goes on
	In   bool   // inside WeChat
	// Enter is where WeChat says who a visitor is that nobody knows yet, and back to this page; "" where it cannot.
	Enter string
	Asks  string // where they may agree to be reminded by their platform; "" where they cannot
	D     any
}

func (h *Handler) show(c *gin.Context, status int, name string, data any) {
	v := view{You: h.addressed(c, name), In: inWeChat(c), D: data}
	v.Chat, v.Asks = h.Chat && !v.In, h.offers(c)
	if who, met := c.Get("visitor"); v.In && h.Account != "" && met && len(who.(visitor).are) == 0 { //nolint:forcetypeassert // set by meet alone
		v.Enter = "/p/enter?to=" + url.QueryEscape(ours(c.Request.URL.Path))
	}
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, name+".html", v); err != nil {
		h.Log.Error("page not rendered", "page", name, "error", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// ofPupils are the pages that pupils come to before we know that they are pupils.
var ofPupils = map[string]bool{"letters": true, "letter": true}

// pupilsKey marks a request for something that is written to pupils.
const pupilsKey = "pupils"

// addressed is how a page speaks to who looks at it: as somebody of their age, or as whom the page is for.
func (h *Handler) addressed(c *gin.Context, name string) string {
	if who, ok := c.Get("visitor"); ok {
		if are := who.(visitor).are; len(are) > 0 && are[0].Audience.Known() { //nolint:forcetypeassert // set by meet alone
			if are[0].Audience == person.Student {
				return "你"
			}
			return "您"
		}
	}
	if ofPupils[name] || c.GetBool(pupilsKey) {
		return "你"
	}
	return "您"
}

// Missing answers for an address that leads nowhere.
func (h *Handler) Missing(c *gin.Context) {
	headers(c)
	h.wrong(c)
	h.show(c, http.StatusNotFound, "missing", nil)
}

// fail is the one place that says what a person sees of an error.
func (h *Handler) fail(c *gin.Context, err error) {
	for _, e := range []error{survey.ErrNotFound, booking.ErrNotFound, booking.ErrGone, letter.ErrNotFound, event.ErrGone, event.ErrNotFound, person.ErrNotFound, errNoLesson, errNoEvent, errNoStart, habit.ErrNotFound, agenda.ErrNoFeed} {
		if errors.Is(err, e) {
			h.Missing(c)
			return
		}
	}
	var spent *budget.RefusedError
	switch {
	case errors.Is(err, errForm):
		h.show(c, http.StatusForbidden, "again", nil)
	case errors.As(err, &spent):
		h.spent(c, spent)
	default:
		h.Log.Error("page failed", "path", c.FullPath(), "error", err)
		h.show(c, http.StatusServiceUnavailable, "busy", nil)
	}
}
