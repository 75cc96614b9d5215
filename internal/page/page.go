// Package page is what people open on their phones under /p/: a lesson, a self-check's result, an appointment, the
// hotlines, the public letters, all that is held of them. Personal pages are found by an unguessable token alone, are never kept by a browser, and load nothing from
// elsewhere. Start reading at Register.
package page

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

//go:embed templates/*.html templates/page.css
var files embed.FS

// Options are what the pages show.
type Options struct {
	Courses     func() *course.Catalogue
	Result      func(ctx context.Context, token string) (survey.View, error)
	Appointment func(ctx context.Context, token string) (booking.Appointment, error)
	Station     func(id string) (booking.Station, bool)
	Event       func(id string) (event.Date, bool)
	Picture     func(name string) (kind string, data []byte, ok bool)           // a picture that flows show
	Habit       func(ctx context.Context, token string) (png []byte, err error) // the picture of 21 days
	Now         func() time.Time
	Record      func(ctx context.Context, token string) (rights.Record, error)
	Column      Column                 // the letters that are published
	Danger      func(text string) bool // what somebody searches for tells of danger
	Chat        bool                   // the web chat is on: the first page leads there
	Log         *slog.Logger
}

// Handler serves the pages.
type Handler struct {
	Options
	pages *template.Template
	css   []byte
}

// New returns the pages.
func New(o Options) *Handler {
	css, err := files.ReadFile("templates/page.css")
	if err != nil {
		panic(err) // compiled in
	}
	funcs := template.FuncMap{
		"when":   func(t time.Time) string { return t.In(booking.Guangzhou).Format("2006年1月2日 15:04") },
		"chart":  chart,
		"bands":  bandRows,
		"trend":  trend,
		"before": func(n int) int { return n - 1 }, // people count from one
		"begins": begins,
	}
	return &Handler{Options: o, css: css, pages: template.Must(template.New("").Funcs(funcs).ParseFS(files, "templates/*.html"))}
}

// Register adds the routes.
func (h *Handler) Register(r gin.IRouter) {
	r.GET("/", headers, func(c *gin.Context) { h.show(c, http.StatusOK, "home", gin.H{"Chat": h.Chat}) })
	g := r.Group("/p", headers)
	g.GET("/page.css", func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		c.Data(http.StatusOK, "text/css; charset=utf-8", h.css)
	})
	g.GET("/hotlines", func(c *gin.Context) { h.show(c, http.StatusOK, "hotlines", nil) })
	g.GET("/media/:name", h.picture)
	g.GET("/habit/:token", h.habit)
	g.GET("/lesson/:id", h.lesson)
	g.GET("/event/:id", h.event)
	g.GET("/result/:token", h.result)
	g.GET("/booking/:token", h.booking)
	g.GET("/data/:token", h.data)
	g.GET("/letters", searches, h.letters)
	g.POST("/letters", searches, h.letters)
	g.GET("/letters/:id", h.letterPiece)
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

func (h *Handler) show(c *gin.Context, status int, name string, data any) {
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, name+".html", data); err != nil {
		h.Log.Error("page not rendered", "page", name, "error", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// Missing answers for an address that leads nowhere.
func (h *Handler) Missing(c *gin.Context) {
	headers(c)
	h.show(c, http.StatusNotFound, "missing", nil)
}

// fail is the one place that says what a person sees of an error.
func (h *Handler) fail(c *gin.Context, err error) {
	if errors.Is(err, survey.ErrNotFound) || errors.Is(err, booking.ErrNotFound) || errors.Is(err, rights.ErrNoLink) || errors.Is(err, letter.ErrNotFound) || errors.Is(err, habit.ErrNotFound) || errors.Is(err, errNoLesson) || errors.Is(err, errNoEvent) {
		h.show(c, http.StatusNotFound, "missing", nil)
		return
	}
	h.Log.Error("page failed", "path", c.FullPath(), "error", err)
	h.show(c, http.StatusServiceUnavailable, "busy", nil)
}

var (
	errNoLesson = errors.New("page: no such lesson")
	errNoEvent  = errors.New("page: no such event")
)

type lessonPage struct {
	course.Lesson
	Stages  []string
	Related []course.Lesson
	Tone    int // the colour of its cover
}

// tones is how many colours of covers page.css has; a theme keeps its colour.
const tones = 6

func tone(cat *course.Catalogue, l course.Lesson) int {
	if len(l.Themes) == 0 {
		return 0
	}
	return max(slices.Index(cat.Themes, l.Themes[0]), 0) % tones
}

func (h *Handler) lesson(c *gin.Context) {
	cat := h.Courses()
	l, ok := cat.Lesson(c.Param("id"))
	if !ok {
		h.fail(c, errNoLesson)
		return
	}
	p := lessonPage{Lesson: l, Tone: tone(cat, l)}
	for _, s := range l.Stages {
		p.Stages = append(p.Stages, cat.StageName(s))
	}
	for _, id := range l.Related {
		if r, ok := cat.Lesson(id); ok {
			p.Related = append(p.Related, r)
		}
	}
	h.show(c, http.StatusOK, "lesson", p)
}

type eventPage struct {
	event.Date
	Past bool
}

// event shows one date of an event, for who signed up and for who got the address from a neighbour.
func (h *Handler) event(c *gin.Context) {
	d, ok := h.Event(c.Param("id"))
	if !ok {
		h.fail(c, errNoEvent)
		return
	}
	over := d.At.Add(time.Duration(d.Minutes) * time.Minute)
	h.show(c, http.StatusOK, "event", eventPage{d, over.Before(h.Now())})
}

func (h *Handler) result(c *gin.Context) {
	v, err := h.Result(c.Request.Context(), c.Param("token"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.show(c, http.StatusOK, "result", v)
}

type bookingPage struct {
	booking.Appointment
	Place booking.Station
	When  string
}

func (h *Handler) booking(c *gin.Context) {
	a, err := h.Appointment(c.Request.Context(), c.Param("token"))
	if err != nil {
		h.fail(c, err)
		return
	}
	st, _ := h.Station(a.Station)
	h.show(c, http.StatusOK, "booking", bookingPage{a, st, a.Start.In(booking.Guangzhou).Format("1月2日 15:04")})
}
