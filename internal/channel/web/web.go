// Package web is the chat page under /chat: the assistant on any phone or computer, without a platform. The person is a
// cookie that the server made (visitor.go); what was said comes back after a reload; a counsellor's words arrive live over server-sent events. It
// decides nothing: messages go to the bot, and what is shown is the transcript. Start reading at Register.
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/assets"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

//go:embed static page.html left.html
var files embed.FS

// ChannelName and AccountName are what the web chat is called in an Address.
const (
	ChannelName = "web"
	AccountName = "chat"
)

// Options are what the web chat needs. All but Preview, Now and Heartbeat must be set.
type Options struct {
	Handle     func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	People     person.Directory
	Transcript transcript.Store
	Flush      func(ctx context.Context) error // writes what is still to be written behind
	Bus        live.Bus
	Talking    func(ctx context.Context, personID string) (caseID string, err error) // "" while no counsellor has the conversation
	Pictures   Pictures                                                              // what people may send while a case of theirs is open; nil: no pictures
	OpenCase   func(ctx context.Context, personID string) (caseID string, err error) // "" where none is; set with Pictures
	Preview    *Preview                                                              // nil but on an editor's own machine
	Secure     bool                                                                  // served over HTTPS: the cookie says so
	Sealer     Sealer                                                                // of the cookies
	Left       func(ctx context.Context, from channel.Address) error                 // lets nobody be behind an address any more
	Index      func(a channel.Address) string                                        // the keyed hash of an address
	Origin     func(network string) string                                           // the keyed hash of a network address: it is kept in no other form
	Budget     *budget.Purse                                                         // nil: no bounds
	Danger     func(text string) bool                                                // whether a text may tell of danger: no bound stands before it; set with Budget
	Minded     func(ctx context.Context, personID string) (Minded, error)            // how near to help somebody is; set with Budget
	Log        *slog.Logger
	Now        func() time.Time // default time.Now
	Heartbeat  time.Duration    // how often an idle stream says that it lives; default 20 s
}

// Chat serves the page.
type Chat struct {
	o        Options
	visitors Visitors
	page     *template.Template
}

// New returns a chat.
func New(o Options) *Chat {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 20 * time.Second
	}
	return &Chat{o: o, visitors: Visitors{o.Sealer, o.Secure}, page: template.Must(template.ParseFS(files, "page.html", "left.html"))}
}

// Register adds the chat's routes.
func (c *Chat) Register(r gin.IRouter) {
	g := r.Group("/chat", headers)
	static := gin.WrapH(http.StripPrefix("/chat/static", assets.Handler(files, "static")))
	g.GET("/static/*file", static)
	g.HEAD("/static/*file", static)
	g.GET("", c.viewed, c.show)
	g.GET("/messages", c.viewed, c.history)
	g.POST("/messages", c.receive)
	c.pictureRoutes(g)
	g.GET("/events", c.events)
	g.POST("/typing", c.viewed, c.typing)
	g.POST("/leave", c.viewed, c.leave)
	g.GET("/left", c.left)
}

func headers(g *gin.Context) {
	h := g.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if strings.HasPrefix(g.Request.URL.Path, "/chat/static/") {
		h.Set("Cache-Control", "public, max-age=300")
	}
}

func (c *Chat) show(g *gin.Context) {
	if err := c.greet(g); err != nil {
		c.o.Log.Error("a visitor gets no cookie", "error", err)
	}
	g.Header("Content-Type", "text/html; charset=utf-8")
	if err := c.page.ExecuteTemplate(g.Writer, "page.html", gin.H{"Preview": c.o.Preview != nil}); err != nil {
		c.o.Log.Warn("chat page not sent", "error", err)
	}
}

// incoming is what the page sends: words, a tap, a place, or the wish to begin.
type incoming struct {
	ID       string            `json:"id"`
	Text     string            `json:"text"`
	Menu     string            `json:"menu"`
	Begin    bool              `json:"begin"`
	Location *channel.Location `json:"location"`
}

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)
	menuForm = regexp.MustCompile(`^[0-9]{0,20}$`)
)

const (
	maxBody  = 64 << 10
	maxRunes = 4000
)

func (c *Chat) receive(g *gin.Context) {
	from, ok := c.visitor(g)
	if !ok {
		return
	}
	g.Request.Body = http.MaxBytesReader(g.Writer, g.Request.Body, maxBody)
	var m incoming
	if err := g.ShouldBindJSON(&m); err != nil || !idForm.MatchString(m.ID) || !menuForm.MatchString(m.Menu) {
		fail(g, http.StatusBadRequest, "这条消息没有发送成功，请再试一次")
		return
	}
	in := channel.Inbound{Address: from, ID: m.ID, Kind: channel.KindText, Text: strings.TrimSpace(m.Text), MenuID: m.Menu, Origin: c.o.Origin(session.Network(g.ClientIP())), At: c.o.Now()}
	switch {
	case m.Begin:
		in.Kind, in.Text = channel.KindEvent, ""
		in.Event = channel.Event{Type: channel.EventSubscribe, Name: "begin"}
	case m.Location != nil:
		in.Kind, in.Text, in.Location = channel.KindLocation, "", m.Location
		in.Location.Datum = "wgs84"
	case in.Text == "":
		fail(g, http.StatusBadRequest, "消息是空的")
		return
	case len([]rune(in.Text)) > maxRunes:
		fail(g, http.StatusRequestEntityTooLarge, fmt.Sprintf("一条消息最多 %d 个字，请分几条发", maxRunes))
		return
	}
	if no := c.mayNotSay(g, in); no != nil {
		c.spent(g, no)
		return
	}
	// A page that is closed while its message is handled must not stop the handling.
	ctx, cancel := context.WithTimeout(budget.With(context.WithoutCancel(g.Request.Context()), c.by(g)), 20*time.Second)
	defer cancel()
	replies, err := c.o.Handle(ctx, in)
	if err != nil {
		c.o.Log.Error("web message not handled", "error", err)
		fail(g, http.StatusServiceUnavailable, "系统这会儿有点忙，正在重试。情况紧急请拨打 12356、120 或 110")
		return
	}
	c.met(ctx, from)
	c.speaks(g)
	answer := gin.H{"replies": nonNil(replies)}
	if t := c.turn(ctx, from); t != nil {
		answer["preview"] = t
	}
	g.JSON(http.StatusOK, answer)
}

func nonNil(rs []channel.Reply) []channel.Reply {
	if rs == nil {
		return []channel.Reply{}
	}
	return rs
}

// shown is a message as the page gets it. Client is the ID that the page gave to its own message.
type shown struct {
	ID      string          `json:"id"`
	Client  string          `json:"client,omitempty"`
	From    string          `json:"from"`
	Text    string          `json:"text,omitempty"`
	Replies []channel.Reply `json:"replies,omitempty"`
	Staff   string          `json:"staff,omitempty"`
	At      time.Time       `json:"at"`
	Picture *shownPicture   `json:"picture,omitempty"` // their own, where it is still kept
}

// pageSize is how many messages the page is told; one that has been open for longer shows more.
const pageSize = 60

func (c *Chat) history(g *gin.Context) {
	ctx := g.Request.Context()
	from, ok := c.visitor(g)
	if !ok {
		return
	}
	p, err := c.o.People.Find(ctx, from)
	if errors.Is(err, person.ErrNotFound) { // a look makes nobody
		g.JSON(http.StatusOK, gin.H{"messages": []shown{}, "whole": true, "talking": false, "pictures": false})
		return
	}
	if err == nil {
		err = c.o.Flush(ctx)
	}
	var (
		ms     []transcript.Message
		caseID string
	)
	if err == nil {
		caseID, err = c.o.Talking(ctx, p.ID)
	}
	if err == nil {
		ms, err = c.o.Transcript.Latest(ctx, p.ID, "", pageSize)
	}
	var mine map[string]media.Item
	if err == nil {
		mine, err = c.mine(ctx, ms)
	}
	pictures := false
	if err == nil && c.o.Pictures != nil {
		var open string
		open, err = c.o.OpenCase(ctx, p.ID)
		pictures = open != ""
	}
	if err != nil {
		c.o.Log.Error("chat history not read", "error", err)
		fail(g, http.StatusServiceUnavailable, "暂时读不到之前的对话，请稍后再试")
		return
	}
	out := make([]shown, 0, len(ms))
	for _, m := range ms {
		out = append(out, shown{ID: m.ID, Client: m.Client, From: string(m.From), Text: m.Text, Replies: m.Replies, Staff: m.Staff, At: m.At, Picture: pictureOf(m, mine)})
	}
	g.JSON(http.StatusOK, gin.H{"messages": out, "whole": len(ms) < pageSize, "talking": caseID != "", "pictures": pictures})
}

// events tells the page to read the history again. The first word is said at once, so that a page that comes back
// after a lost connection catches up.
func (c *Chat) events(g *gin.Context) {
	from, ok := c.visitor(g)
	if !ok {
		return
	}
	release, err := c.o.Budget.Hold(budget.Stream, c.by(g))
	if err != nil {
		c.spent(g, err)
		return
	}
	defer release()
	ctx := g.Request.Context()
	who, touched, err := c.follow(ctx, from)
	if err != nil {
		fail(g, http.StatusServiceUnavailable, "暂时连不上，请稍后再试")
		return
	}
	word := "retry: 2000\nevent: changed\ndata: 1\n\n"
	if c.o.Preview != nil {
		word += c.edited()
	}
	h := g.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(g.Writer)
	_ = rc.SetWriteDeadline(time.Time{}) // a stream outlives the server's write timeout
	beat := time.NewTicker(c.o.Heartbeat)
	defer beat.Stop()
	for {
		if _, err := g.Writer.WriteString(word); err != nil {
			return
		}
		g.Writer.Flush()
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			word = ": here\n\n"
			if who != "" {
				continue
			}
			if _, err := c.o.People.Find(ctx, from); err != nil {
				continue
			}
			if who, touched, err = c.follow(ctx, from); err != nil { // the word of it was lost
				return
			}
			word = "event: changed\ndata: 1\n\n"
		case topic, ok := <-touched:
			if !ok || topic == live.TopicErased { // the page comes back as whoever it is now
				return
			}
			word = "event: changed\ndata: 1\n\n"
			switch topic {
			case TopicContent:
				word = c.edited()
			case live.TopicStaffTyping(who):
				word = "event: typing\ndata: 1\n\n"
			case live.TopicVisitor(c.o.Index(from)): // somebody now
				if who, touched, err = c.follow(ctx, from); err != nil {
					return
				}
			}
		}
	}
}

// metWithin bounds how long an answer waits for the word that somebody is somebody now.
const metWithin = 300 * time.Millisecond

// met tells a page that is open and follows nobody yet that its visitor has said something.
func (c *Chat) met(ctx context.Context, from channel.Address) {
	ctx, cancel := context.WithTimeout(ctx, metWithin)
	defer cancel()
	if err := c.o.Bus.Publish(ctx, live.TopicVisitor(c.o.Index(from))); err != nil {
		c.o.Log.Warn("open pages hear of it late", "error", err)
	}
}

// follow listens to what is new for whoever is at an address. Who has said nothing yet is nobody, whom a look does not make:
// then it listens to whether they become somebody.
func (c *Chat) follow(ctx context.Context, from channel.Address) (personID string, touched <-chan string, err error) {
	topics := []string{live.TopicErased}
	if c.o.Preview != nil {
		topics = append(topics, TopicContent)
	}
	p, err := c.o.People.Find(ctx, from)
	if errors.Is(err, person.ErrNotFound) {
		touched = c.o.Bus.Subscribe(ctx, append(topics, live.TopicVisitor(c.o.Index(from)))...)
		if p, err = c.o.People.Find(ctx, from); errors.Is(err, person.ErrNotFound) { // not in the meantime either
			return "", touched, nil
		}
	}
	if err != nil {
		return "", nil, err
	}
	return p.ID, c.o.Bus.Subscribe(ctx, append(topics, live.TopicPerson(p.ID), live.TopicStaffTyping(p.ID))...), nil
}

func fail(g *gin.Context, status int, text string) {
	g.AbortWithStatusJSON(status, gin.H{"error": text})
}

// Sender is how the outbox reaches people of the web chat: their message stands in the transcript already, and their
// page, open now or later, reads it there.
type Sender struct{}

// Capabilities implements channel.Sender.
func (Sender) Capabilities() channel.Capabilities {
	return channel.Capabilities{CustomerService: true, Cards: true, Places: true}
}

// Push implements channel.Sender.
func (Sender) Push(context.Context, channel.UserKey, channel.Reply) error { return nil }
