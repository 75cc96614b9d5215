package page

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// Platform tells who a visitor is, where it may.
type Platform interface {
	Knows(account string) bool
	Authorize(account, back, state string) (string, error)
	Visitor(ctx context.Context, account, code string) (channel.Address, error)
}

const (
	enterCookie = "xinqiao_enter"
	enterLife   = 10 * time.Minute
	enterUse    = "page enter"
	enterBack   = "/p/entered"
)

// entering is a visit to the platform that has not come back yet, sealed in a cookie: an answer that somebody else began
// does not open anything here.
type entering struct {
	State   string `json:"s"`
	Account string `json:"a"`
	To      string `json:"t"`
	Until   int64  `json:"u"`
}

// enter sends a browser to the platform, which sends it back with a code.
func (h *Handler) enter(c *gin.Context) {
	account := h.Account
	if via := c.Query(viaKey); via != "" && h.Platform != nil && h.Platform.Knows(via) {
		account = via
	}
	if account == "" {
		h.Missing(c)
		return
	}
	e := entering{State: rand.Text(), Account: account, To: ours(c.Query("to")), Until: h.Now().Add(enterLife).Unix()}
	value, err := h.seal(e, enterUse)
	if err != nil {
		h.fail(c, err)
		return
	}
	where, err := h.Platform.Authorize(account, h.PublicURL+enterBack, e.State)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.cookie(c, enterCookie, value, enterLife)
	c.Redirect(http.StatusFound, where)
}

// entered takes the platform's answer. Its code and state leave the address at once.
func (h *Handler) entered(c *gin.Context) {
	var e entering
	if ck, err := c.Request.Cookie(enterCookie); err == nil {
		h.open(ck.Value, enterUse, &e)
	}
	began := e.State != "" && subtle.ConstantTimeCompare([]byte(e.State), []byte(c.Query("state"))) == 1 && h.Now().Unix() < e.Until
	code := c.Query("code")
	if !began || code == "" || len(code) > longest || !h.pace.Allows(session.Network(c.ClientIP()), h.Now()) {
		h.show(c, http.StatusForbidden, "ask", askPage{Why: "code", Enter: "/p/enter?to=" + ours(e.To)})
		return
	}
	h.cookie(c, enterCookie, "", -time.Second) // a state is good once
	ctx := c.Request.Context()
	who, err := h.Platform.Visitor(ctx, e.Account, code)
	if err != nil {
		h.Log.Warn("a visitor is not recognised by the platform", "account", e.Account, "error", err)
		h.show(c, http.StatusForbidden, "ask", askPage{Why: "code", Enter: "/p/enter?to=" + ours(e.To)})
		return
	}
	p, err := h.People.Resolve(ctx, who)
	if err != nil {
		h.fail(c, err)
		return
	}
	s := h.readPass(c.Request)
	if s.Browser == "" {
		s.Browser = rand.Text()
	}
	if err := h.recognise(c, s, p.ID, whole); err != nil {
		h.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ours(e.To))
}

// ours is a path of these pages, the first page for anything else: nobody is led elsewhere.
func ours(to string) string {
	clean := path.Clean(to)
	if !strings.HasPrefix(clean, "/p/") || strings.ContainsAny(clean, "?#\\%&\r\n") || strings.HasPrefix(clean, "/p/ente") {
		return "/p/"
	}
	return clean
}
