package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Where a platform cannot tell who opened a page, the links that the bot sends say so themselves: ?k= holds, sealed, whom
// the link was sent to and how much of their own it opens. It works for half an hour; the first browser that opens it
// keeps it, and it opens nothing in another.

// LinkLife is how long a link works after it was sent.
const LinkLife = 30 * time.Minute

const (
	linkKey = "k"
	secondQ = "again" // the second of the two steps of following a link
	viaKey  = "via"   // which account a visitor came from
)

// link is what a link says, sealed for one path.
type link struct {
	Person string `json:"p"`
	Level  level  `json:"l"`
	Until  int64  `json:"u"` // Unix seconds
}

func linkUse(path string) string { return "page link:" + path }

// Sign completes a path of ours for the person that it is sent to. It is the one place where links are signed: channels
// call it when they send, so that the half hour begins then. A path that shows nothing of anybody, or an account whose
// platform tells who opens a page, needs no signature.
func (h *Handler) Sign(ctx context.Context, to channel.Address, path string) string {
	l := needs(path)
	if l == stranger || strings.ContainsAny(path, "?#") {
		return path
	}
	if h.Platform != nil && h.Platform.Knows(to.Account) {
		if to.Account != h.Account { // another than the one that pages ask unless told
			return path + "?" + viaKey + "=" + url.QueryEscape(to.Account)
		}
		return path
	}
	p, err := h.People.Resolve(ctx, to)
	var key string
	if err == nil {
		key, err = h.seal(link{p.ID, l, h.Now().Add(LinkLife).Unix()}, linkUse(path))
	}
	if err != nil { // the page asks who they are
		h.Log.Warn("a link is sent unsigned", "error", err)
		return path
	}
	return path + "?" + linkKey + "=" + key
}

// follow opens a link: it binds it to the browser, remembers whose it is, and goes on to the page without the key.
func (h *Handler) follow(c *gin.Context) {
	path := c.Request.URL.Path
	plain := func() { c.Redirect(http.StatusSeeOther, path) }
	v, err := h.meet(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	var l link
	if !h.open(c.Query(linkKey), linkUse(path), &l) {
		plain() // never ours: as if nobody had signed it
		return
	}
	for _, me := range v.atLeast(l.Level) {
		if me.ID == l.Person || public(path) { // known already, or at home as somebody else who wants to read this
			plain()
			return
		}
	}
	switch {
	case l.Until <= h.Now().Unix():
		h.refuse(c, l.Level, http.StatusGone, "late")
	case v.pass.Browser == "" && c.Query(secondQ) != "":
		h.refuse(c, l.Level, http.StatusForbidden, "cookies")
	case v.pass.Browser == "":
		// Whoever looks at links to see whether they are safe keeps no cookie and does not come back: the link stays
		// unopened for its person.
		if err := h.writePass(c, pass{Browser: rand.Text()}); err != nil {
			h.fail(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, path+"?"+linkKey+"="+c.Query(linkKey)+"&"+secondQ+"=1")
	default:
		mine, err := h.bind(c.Request.Context(), c.Query(linkKey), v.pass.Browser)
		if err == nil && mine {
			err = h.recognise(c, v.pass, l.Person, l.Level)
		}
		if err != nil {
			h.fail(c, err)
			return
		}
		if !mine {
			h.refuse(c, l.Level, http.StatusForbidden, "elsewhere")
			return
		}
		plain()
	}
}

// bindTime is how long a replica may take to bind.
const bindTime = 5 * time.Second

// bind says whether a link is a browser's: the first to open it.
func (h *Handler) bind(ctx context.Context, key, browser string) (bool, error) {
	name := "page-link:" + h.Sealer.Digest("page link", key)
	unlock, err := h.Cache.Lock(ctx, name, bindTime)
	if err != nil {
		return false, err
	}
	defer unlock()
	holder, bound, err := h.Cache.Get(ctx, name)
	if err != nil {
		return false, err
	}
	if bound {
		return holder == h.Sealer.Digest("page browser", browser), nil
	}
	return true, h.Cache.Set(ctx, name, h.Sealer.Digest("page browser", browser), LinkLife+time.Minute)
}

// refuse shows nothing of anybody, and says how to get a link that opens. On a page for everybody the link is left off.
func (h *Handler) refuse(c *gin.Context, l level, status int, why string) {
	if public(c.Request.URL.Path) {
		c.Redirect(http.StatusSeeOther, c.Request.URL.Path)
		return
	}
	h.show(c, status, "ask", askPage{Why: why, Say: wayIn[l]})
}

// wayIn is what to say in the chat for a link to a part of one's own.
var wayIn = map[level]string{learner: "听课", guest: "网页预约", self: "我的结果", whole: "导出我的资料"}

type askPage struct {
	Why    string // "" where nobody is known, prove, late, elsewhere, cookies, code
	Say    string // what brings a new link
	Begins string // what those words begin instead, "" for a link
	Enter  string // where WeChat can tell who it is, "" where it cannot
}

// ask asks a visitor who is not known: in WeChat by itself, elsewhere by where to come from. It says nothing of whether
// what they look for exists.
// Somebody who is known, but did not prove it lately, is told that they are asked again.
func (h *Handler) ask(c *gin.Context, need level, known bool) {
	to := c.Request.URL.Path
	if c.Request.Method != http.MethodGet {
		to = "/p/"
	}
	p := askPage{Say: wayIn[need]}
	if known && need == whole {
		p.Why = "prove"
	}
	if s, ok := startOf(c.Param("what")); ok {
		p.Say, p.Begins = s.Words, s.Title
	}
	if h.Account != "" {
		q := url.Values{"to": {to}}
		if via := c.Query(viaKey); via != "" {
			q.Set(viaKey, via)
		}
		p.Enter = "/p/enter?" + q.Encode()
		if inWeChat(c) && c.Request.Method == http.MethodGet {
			c.Redirect(http.StatusFound, p.Enter)
			return
		}
	}
	h.show(c, http.StatusForbidden, "ask", p)
}

func inWeChat(c *gin.Context) bool { return strings.Contains(c.Request.UserAgent(), "MicroMessenger") }
