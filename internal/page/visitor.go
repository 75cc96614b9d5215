package page

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// level is how much of a person's own a visitor may see and do. It follows from how they were recognised: whoever passes on
// the link of a lesson gives away no more than which lessons they heard.
type level int

const (
	stranger level = iota
	learner        // lessons heard and liked
	guest          // appointments and sign-ups
	self           // results of self-checks
	whole          // everything that is held, and erasing it
)

// needs is the level that a path of ours asks for; links to it are signed with that level.
func needs(path string) level {
	for _, a := range []struct {
		prefix string
		level  level
	}{
		{"/p/data/leave", learner}, // whoever shares a phone leaves without being asked anything
		{"/p/lesson", learner}, {"/p/booking", guest}, {"/p/station", guest}, {"/p/event", guest}, {"/p/result", self}, {"/p/start", self}, {"/p/data", whole},
	} {
		if strings.HasPrefix(path, a.prefix) {
			return a.level
		}
	}
	return stranger
}

// public says that a path shows something to everybody, and more to whom it knows.
func public(path string) bool {
	return needs(path) == learner || strings.HasPrefix(path, "/p/station") || strings.HasPrefix(path, "/p/event")
}

// People is what the pages need of the directory of people.
type People interface {
	Resolve(ctx context.Context, a channel.Address) (person.Person, error)
	Find(ctx context.Context, a channel.Address) (person.Person, error)
	Get(ctx context.Context, id string) (person.Person, error)
}

// Sealer seals what a browser keeps for us, so that it can be neither read nor made up there.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
	Digest(parts ...string) string
}

// identity is a person that a visitor was recognised as.
type identity struct {
	person.Person
	level level
	web   bool // their chat is in this browser
}

// visitor is whoever sent a request: nobody we know, one person, or two where the browser came by a link and has a web
// chat of its own. The first is the one that pages speak to.
type visitor struct {
	pass pass
	are  []identity
}

// atLeast are the people that the visitor is known as well enough for a level.
func (v visitor) atLeast(l level) []identity {
	var out []identity
	for _, i := range v.are {
		if i.level >= l {
			out = append(out, i)
		}
	}
	return out
}

// pass is what the cookie says, sealed: which browser it is, and whom it was recognised as, for how long.
type pass struct {
	Browser string `json:"b"`
	Person  string `json:"p,omitempty"`
	Level   level  `json:"l,omitempty"`
	Until   int64  `json:"u,omitempty"` // Unix seconds
	Proved  int64  `json:"f,omitempty"` // when they last proved who they are
}

const (
	passCookie  = "xinqiao_page"
	passLife    = 12 * time.Hour
	proofLife   = 30 * time.Minute    // how long a proof opens all that is held of somebody: later they are asked again
	browserLife = 90 * 24 * time.Hour // of the cookie; whom it names ends earlier
	passUse     = "page pass"
)

// seal writes what only we can read again, fit for a cookie or a link.
func (h *Handler) seal(v any, use string) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sealed, err := h.Sealer.Seal(raw, use)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// longest bounds what is tried to be opened.
const longest = 1024

func (h *Handler) open(text, use string, v any) bool {
	if text == "" || len(text) > longest {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	raw, err := h.Sealer.Open(sealed, use)
	return err == nil && json.Unmarshal(raw, v) == nil
}

func (h *Handler) readPass(r *http.Request) (s pass) {
	ck, err := r.Cookie(passCookie)
	if err != nil || !h.open(ck.Value, passUse, &s) {
		return pass{}
	}
	switch now := h.Now().Unix(); {
	case s.Until <= now:
		s.Person, s.Level = "", stranger
	case s.Level == whole && s.Proved+int64(proofLife/time.Second) <= now:
		s.Level = self
	}
	return s
}

func (h *Handler) writePass(c *gin.Context, s pass) error {
	value, err := h.seal(s, passUse)
	if err != nil {
		return err
	}
	h.cookie(c, passCookie, value, browserLife)
	return nil
}

// recognise remembers in the browser who somebody is.
func (h *Handler) recognise(c *gin.Context, s pass, personID string, l level) error {
	if s.Person == personID && s.Level < whole { // what was proved long ago is not proved now
		l = max(l, s.Level)
	}
	s.Person, s.Level, s.Until, s.Proved = personID, l, h.Now().Add(passLife).Unix(), h.Now().Unix()
	return h.writePass(c, s)
}

func (h *Handler) cookie(c *gin.Context, name, value string, life time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: value, Path: "/p", MaxAge: int(life / time.Second), HttpOnly: true, Secure: h.Secure, SameSite: http.SameSiteLaxMode}) //nolint:gosec // Secure wherever the page is reached over https
}

// meet finds out who a request comes from.
func (h *Handler) meet(c *gin.Context) (visitor, error) {
	if v, ok := c.Get("visitor"); ok {
		return v.(visitor), nil //nolint:forcetypeassert // set below alone
	}
	ctx := c.Request.Context()
	v := visitor{pass: h.readPass(c.Request)}
	if v.pass.Person != "" {
		p, err := h.People.Get(ctx, v.pass.Person)
		switch {
		case err == nil:
			v.are = append(v.are, identity{Person: p, level: v.pass.Level})
		case !errors.Is(err, person.ErrNotFound): // erased since: nobody
			return v, err
		}
	}
	if h.WebVisitor != nil {
		if a, ok := h.WebVisitor(c.Request); ok {
			p, err := h.People.Find(ctx, a)
			switch {
			case errors.Is(err, person.ErrNotFound): // a cookie that never said anything is nobody, and anybody can make one up
			case err != nil:
				return v, err
			default:
				me := identity{p, self, true} // a cookie is in the browser for a year: it opens no more than a day's work
				if len(v.are) > 0 && v.are[0].ID == p.ID {
					me.level = max(me.level, v.are[0].level)
					v.are = nil
				}
				v.are = append(v.are, me)
			}
		}
	}
	c.Set("visitor", v)
	return v, nil
}

// known serves what belongs to somebody. Who is not known well enough is asked who they are, and sees nothing.
func (h *Handler) known(serve func(c *gin.Context, are []identity) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Query(linkKey) != "" {
			h.follow(c)
			return
		}
		v, err := h.meet(c)
		if err != nil {
			h.fail(c, err)
			return
		}
		need := needs(c.Request.URL.Path)
		are := v.atLeast(need)
		if len(are) == 0 {
			h.ask(c, need, len(v.are) > 0)
			return
		}
		if err := serve(c, are); err != nil {
			h.fail(c, err)
		}
	}
}

// greeted serves what everybody may see; me is the zero identity where nobody is known.
func (h *Handler) greeted(serve func(c *gin.Context, me identity) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Query(linkKey) != "" {
			h.follow(c)
			return
		}
		var me identity
		v, err := h.meet(c)
		if err != nil { // what everybody may see is shown without the database, too
			h.Log.Warn("a visitor is not recognised", "error", err)
		} else if are := v.atLeast(max(needs(c.Request.URL.Path), learner)); len(are) > 0 {
			me = are[0]
		}
		if err := serve(c, me); err != nil {
			h.fail(c, err)
		}
	}
}

// ofAny looks for something under each of the people that a visitor is known as.
func ofAny[T any](are []identity, missing error, find func(personID string) (T, error)) (found T, me identity, err error) {
	err = missing
	for _, me = range are {
		if found, err = find(me.ID); !errors.Is(err, missing) {
			return found, me, err
		}
	}
	return found, me, err
}
