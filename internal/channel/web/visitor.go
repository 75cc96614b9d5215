package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// Who sits before the page is told by a cookie alone, so nobody else may choose it: whoever planted one in a browser would
// read there what its next user says. The server makes every cookie and seals it; one that it did not make is dropped. One
// that was only looked at names nobody, and the next opening of the page replaces it; at their first word a visitor gets
// another, made from it, so that a word that is sent twice is still one person's. Over HTTPS no other host can set one
// (__Host-). Whoever leaves ends it on the server too.

// Sealer is what Visitors need of package seal.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
	Digest(parts ...string) string
}

// Visitors knows visitors by their cookies.
type Visitors struct {
	Sealer Sealer
	Secure bool // served over HTTPS: the cookie says so
}

// visit is what a cookie says.
type visit struct {
	User  string `json:"u"`
	Spoke bool   `json:"s,omitempty"` // User has said something; else User is good for a first word alone
}

const (
	plainName   = "xinqiao_chat"
	hostName    = "__Host-" + plainName
	visitUse    = "web visit"
	visitLife   = 365 * 24 * 3600 // seconds
	longestCook = 1024
)

// earlierForm is what cookies looked like before they were sealed. They count for those who have spoken under one.
var earlierForm = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// earlierPaths are where those stood.
var earlierPaths = []string{"/chat", "/p"}

func (v Visitors) name() string {
	if v.Secure {
		return hostName
	}
	return plainName
}

// read opens the cookie of a request. Of several, one by which somebody has spoken is theirs.
func (v Visitors) read(r *http.Request) (found visit, ok bool) {
	for _, ck := range r.CookiesNamed(v.name()) {
		if one, opens := v.open(ck.Value); opens && (!ok || one.Spoke) {
			found, ok = one, true
		}
	}
	return found, ok
}

func (v Visitors) open(value string) (visit, bool) {
	if value == "" || len(value) > longestCook {
		return visit{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return visit{}, false
	}
	raw, err := v.Sealer.Open(sealed, visitUse)
	if err != nil {
		return visit{}, false
	}
	var one visit
	return one, json.Unmarshal(raw, &one) == nil && one.User != ""
}

// spoken is a visit from its first word on.
func (v Visitors) spoken(one visit) visit {
	if one.Spoke {
		return one
	}
	return visit{User: v.Sealer.Digest("web visitor", one.User)[:32], Spoke: true}
}

func addressOf(one visit) channel.Address {
	return channel.Address{Channel: ChannelName, Account: AccountName, User: channel.UserKey(one.User)}
}

// Of returns the address of whoever sent a request; a request without a cookie of ours has none.
func (v Visitors) Of(r *http.Request) (channel.Address, bool) {
	one, ok := v.read(r)
	if !ok {
		return channel.Address{}, false
	}
	return addressOf(v.spoken(one)), true
}

// give sets the cookie, sealed anew each time.
func (v Visitors) give(w http.ResponseWriter, one visit) error {
	raw, err := json.Marshal(one)
	if err != nil {
		return err
	}
	sealed, err := v.Sealer.Seal(raw, visitUse)
	if err != nil {
		return err
	}
	v.set(w, v.name(), "/", base64.RawURLEncoding.EncodeToString(sealed), visitLife)
	return nil
}

// take takes every cookie of ours back, of whatever form.
func (v Visitors) take(w http.ResponseWriter) {
	v.set(w, v.name(), "/", "", -1)
	for _, path := range earlierPaths {
		v.set(w, plainName, path, "", -1)
	}
}

func (v Visitors) set(w http.ResponseWriter, name, path, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode}) //nolint:gosec // Secure wherever the chat is reached over https
}

// visitor returns who sent a request, or answers it.
func (c *Chat) visitor(g *gin.Context) (channel.Address, bool) {
	from, ok := c.visitors.Of(g.Request)
	if !ok {
		fail(g, http.StatusUnauthorized, "页面已过期，请刷新后再试")
	}
	return from, ok
}

// greet gives whoever opens the page the cookie that they go on with.
func (c *Chat) greet(g *gin.Context) error {
	one, known, err := c.returns(g)
	if err != nil { // without the database everybody keeps the cookie that the server made them
		c.o.Log.Warn("a visitor is not looked up", "error", err)
	}
	if !known {
		one = visit{User: rand.Text()}
	}
	return c.visitors.give(g.Writer, one)
}

// returns says who opens the page again: somebody who has spoken.
func (c *Chat) returns(g *gin.Context) (one visit, known bool, err error) {
	if one, known = c.visitors.read(g.Request); known {
		one = c.visitors.spoken(one)
		_, err = c.o.People.Find(g.Request.Context(), addressOf(one))
		return one, !errors.Is(err, person.ErrNotFound), unlessNobody(err)
	}
	for _, ck := range g.Request.CookiesNamed(plainName) {
		if !earlierForm.MatchString(ck.Value) {
			continue
		}
		one = visit{User: ck.Value, Spoke: true}
		if _, err = c.o.People.Find(g.Request.Context(), addressOf(one)); err == nil {
			c.visitors.take(g.Writer) // so that the new one alone is sent from now on
			return one, true, nil
		}
	}
	return visit{}, false, unlessNobody(err)
}

func unlessNobody(err error) error {
	if errors.Is(err, person.ErrNotFound) {
		return nil
	}
	return err
}

// speaks gives a visitor at their first word the cookie that names them.
func (c *Chat) speaks(g *gin.Context) {
	one, ok := c.visitors.read(g.Request)
	if !ok || one.Spoke {
		return
	}
	if err := c.visitors.give(g.Writer, c.visitors.spoken(one)); err != nil {
		c.o.Log.Warn("a visitor keeps their first cookie", "error", err)
	}
}

// leave ends the visit of whoever shares a computer: here, and on the server, where nobody is behind the cookie any more. What
// was said stays with us as it is; a case that is open goes on, and says that they have left.
func (c *Chat) leave(g *gin.Context) {
	c.Leave(g.Request.Context(), g.Writer, g.Request)
	g.Status(http.StatusNoContent)
}

// Leave is what the page's button does, for other pages of the same person.
func (c *Chat) Leave(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	from, ok := c.visitors.Of(r)
	c.visitors.take(w)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	if !ok {
		return
	}
	if err := c.o.Left(ctx, from); err != nil { // this browser shows nothing of them any more, whatever became of the rest
		c.o.Log.Error("a visitor left, and their cookie is not ended on the server", "error", err)
	}
}

func (c *Chat) left(g *gin.Context) {
	g.Header("Content-Type", "text/html; charset=utf-8")
	if err := c.page.ExecuteTemplate(g.Writer, "left.html", nil); err != nil {
		c.o.Log.Warn("page not sent", "error", err)
	}
}
