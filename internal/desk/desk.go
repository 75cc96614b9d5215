// Package desk is the staff's pages under /desk: sign-in, the live queue of cases, the talks in which the program
// asked first, the conversation with a person, letters and appointments. It shows what the domains decide and decides nothing itself; what a role may see stands in
// package staff. Pages are plain HTML that works without scripts; htmx swaps fragments of the same templates, and a
// stream of topics (live.go) says when to fetch them again. Start reading at Register.
package desk

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

// Options are what the desk is made of. Letters and Appointments may be nil: their pages are left out then.
type Options struct {
	Cases        *casework.Service
	Staff        *staff.Service
	Trail        *audit.Log // who did what; services that open data write into it themselves
	Watch        TrailWatch // the verification of the trail; nil: the auditor's page is left out
	Sessions     scs.CtxStore
	Letters      *letter.Service
	Appointments *booking.Reception
	Requests     *request.Service                                                // nil: its pages are left out
	Consents     Consents                                                        // nil: its page is left out
	Quizzes      Quizzes                                                         // nil: its page is left out
	Campaigns    *Campaigns                                                      // nil: its page is left out
	Media        Media                                                           // pictures, voices and videos of people; may be nil
	SelfChecks   func(ctx context.Context, personID string) ([]SelfCheck, error) // what a person shared; may be nil
	Board        *board.Service                                                  // the work in figures; nil: its page is left out
	Places       func() []string                                                 // stations that a referral may go to, offered while typing; may be nil
	Push         *Push                                                           // nil: alerts go to no browsers
	Content      *editing.Service                                                // nil: its pages are left out
	Unanswered   unanswered.Store                                                // beside Content
	Rota         *rota.Service                                                   // nil: its pages are left out
	Bus          live.Bus
	PublicURL    string // https makes the cookie Secure
	Log          *slog.Logger
	TryPhone     func(ctx context.Context, a staff.Account) error // sends a trial to a bound WeChat; nil: alerts do not go there
	Now          func() time.Time
	PollEvery    time.Duration // how often an open stream reads the queue in case a topic was lost; 4 s by default

	Map        staff.Map                                                                           // what districts are made of; nil: nobody is bound to any
	TellOwner  func(ctx context.Context, a staff.Account, s staff.Session) error                   // calls somebody by their own phone: their account was used on a new device; may be nil
	ServedBy   func() []string                                                                     // the accounts of the service that somebody may work for alone; may be nil
	Colleagues func(ctx context.Context) ([]Colleague, error)                                      // to whom a conversation can be given; nil: to nobody
	SignedOut  func(ctx context.Context, staffID string)                                           // somebody left, and is signed in nowhere else; may be nil
	AliasOf    func(ctx context.Context, personID string) (string, error)                          // what staff call a person; may be nil
	KnownOf    func(ctx context.Context, personID string) ([]Fact, error)                          // what is known of a person, for the police alone; may be nil
	OnDuty     func(ctx context.Context, c casework.Case) []Duty                                   // who is on duty for a case, for the police alone; may be nil
	Windows    func(channel string) *Windows                                                       // when and how often a person can be written to unasked; nil, or nil for a channel: always
	Reach      func(ctx context.Context, personID string) (Reach, error)                           // what their platform has told of reaching them; nil: nothing
	Ready      func(ctx context.Context, personID string, by staff.Account) ([]ReadyAnswer, error) // sentences to find in the reply box; nil: none
	Typing     func(ctx context.Context, personID string) error                                    // shows a person that a counsellor writes, where their platform can; may be nil
}

// SelfCheck is a result that a person chose to show the counsellors.
type SelfCheck struct {
	Title   string
	Summary string
	At      time.Time
}

// Handler serves the desk.
type Handler struct {
	Options
	sessions *scs.SessionManager
	pages    *template.Template
	origin   *http.CrossOriginProtection
	stop     chan struct{}
	stopOnce sync.Once
}

// New makes the desk.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PollEvery == 0 {
		o.PollEvery = 4 * time.Second
	}
	sm := scs.New()
	sm.Store = o.Sessions
	sm.HashTokenInStore = true
	sm.Cookie.Name = "xinqiao_desk"
	sm.Cookie.Path = "/desk"
	sm.Cookie.HttpOnly = true
	sm.Cookie.SameSite = http.SameSiteLaxMode
	sm.Cookie.Secure = strings.HasPrefix(o.PublicURL, "https://")
	h := &Handler{Options: o, sessions: sm, origin: http.NewCrossOriginProtection(), stop: make(chan struct{})}
	h.pages = parsePages(h.now)
	return h
}

// Register puts the desk's pages on a router.
func (h *Handler) Register(r gin.IRouter) {
	d := r.Group("/desk", h.secure)
	d.GET("/static/*file", serveStatic)
	d.GET("/push.js", serveWorker)
	d.GET("/manifest.webmanifest", serveManifest)
	d.Use(h.loadSession)
	d.GET("/login", h.showLogin)
	d.POST("/login", h.login)
	d.GET("/code", h.showCode)
	d.POST("/code", h.checkCode)
	d.GET("/session", h.showSession)
	d.POST("/session/again", h.again)

	in := d.Group("", h.signedIn)
	in.POST("/leave", h.endShift)
	in.POST("/logout", h.logout)
	in.POST("/session", h.stay)
	in.GET("/password", h.showPassword)
	in.POST("/password", h.changePassword)
	in.Use(h.confirm)
	in.POST("/confirm", h.confirmed)
	in.GET("/factor", h.showFactor)
	in.POST("/factor", h.enrolFactor)
	in.POST("/factor/recovery", h.newRecovery)

	work := in.Group("", h.prepared)
	h.meRoutes(work)
	h.safetyRoutes(work)
	h.accountRoutes(work)
	h.tokenRoutes(work)
	h.caseRoutes(work)
	h.shiftRoutes(work)
	h.taskRoutes(work)
	h.secondRoutes(work)
	h.oversightRoutes(work)
	h.handingRoutes(work)
	h.mentionRoutes(work)
	h.readyRoutes(work)
	h.letterRoutes(work)
	h.appointmentRoutes(work)
	h.feedbackRoutes(work)
	h.boardRoutes(work)
	h.rotaRoutes(work)
	h.pushRoutes(work)
	h.mediaRoutes(work)
	h.requestRoutes(work)
	h.consentRoutes(work)
	h.campaignRoutes(work)
	h.quizRoutes(work)
	h.contentRoutes(work)
	h.auditRoutes(work)
}

func (h *Handler) meRoutes(work *gin.RouterGroup) {
	work.GET("/me", h.showMe)
	if h.TryPhone != nil {
		called := h.need(staff.Acknowledge) // nobody else is called there
		work.POST("/me/phone", called, h.phone(h.newPhoneCode))
		work.POST("/me/phone/try", called, h.phone(h.tryPhone))
		work.POST("/me/phone/drop", called, h.phone(h.dropPhone))
	}
}

func (h *Handler) caseRoutes(work *gin.RouterGroup) {
	work.GET("/live", h.need(staff.SeeCases), h.stream)
	h.queueRoutes(work)
	work.GET("/asked", h.need(staff.SeeCases), h.showAsked)
	work.POST("/asked/:id/follow", h.need(staff.Talk), h.followAsked)
	work.GET("/cases/:id", h.need(staff.SeeCases), h.showCase)
	work.POST("/cases/:id/ack", h.need(staff.Acknowledge), h.act(h.acknowledge))
	for path, do := range map[string]func(*gin.Context, string) error{
		"take": h.take, "say": h.say, "handback": h.handBack, "close": h.closeCase,
		"steps": h.record, "triage": h.assess, "level": h.setLevel, "review": h.review, "referrals": h.refer, "referrals/:ref": h.moveReferral,
		"visits": h.planVisit, "tasks/:task": h.followUp, "review/ask": h.askReview,
	} {
		work.POST("/cases/:id/"+path, h.need(staff.Talk), h.act(do))
	}
	work.GET("/cases/:id/report", h.need(staff.ReadConversation), h.showReport)
	work.GET("/cases/:id/referrals/:ref", h.need(staff.ReadConversation), h.showReferral)
}

// Stop ends the open streams, so that a graceful stop of the server need not wait for them.
func (h *Handler) Stop() { h.stopOnce.Do(func() { close(h.stop) }) }

func (h *Handler) now() time.Time { return h.Now().UTC() }

// newKey makes the key of a reply form: one send, however often it is clicked.
func newKey() string { return uuid.NewString() }

// secure sets the headers that every answer of the desk carries and refuses cross-site posts.
func (h *Handler) secure(c *gin.Context) {
	hd := c.Writer.Header()
	hd.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "+
		"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	hd.Set("X-Content-Type-Options", "nosniff")
	hd.Set("X-Frame-Options", "DENY")
	hd.Set("Referrer-Policy", "no-referrer")
	hd.Set("Cross-Origin-Opener-Policy", "same-origin")
	hd.Set("Cache-Control", "no-store")
	c.Request = c.Request.WithContext(audit.With(c.Request.Context(), audit.Actor{From: c.ClientIP()}))
	if err := h.origin.Check(c.Request); err != nil {
		h.fail(c, errForbidden)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 64<<10)
	c.Next()
}

// actor is the signed-in member of staff as casework knows them.
func actor(a staff.Account) casework.Actor { return casework.Actor{ID: a.ID, Name: a.DisplayName} }

type accountKey struct{}

// withAccount says who is signed in, to the desk and to the trail.
func withAccount(ctx context.Context, a staff.Account) context.Context {
	return a.Acts(context.WithValue(ctx, accountKey{}, a))
}

// me returns the signed-in member of staff.
func me(c *gin.Context) staff.Account {
	a, _ := c.Request.Context().Value(accountKey{}).(staff.Account)
	return a
}
