package page

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
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
//
// A code is good once, and phones ask twice: by a double tap, by the button for back, or by loading a page again that lay in
// the background. So who it was stays known for as long as the state does, for the browser that holds the state, and for the
// same code alone: the second answer is the first.
func (h *Handler) entered(c *gin.Context) {
	var e entering
	if ck, err := c.Request.Cookie(enterCookie); err == nil {
		h.open(ck.Value, enterUse, &e)
	}
	began := e.State != "" && subtle.ConstantTimeCompare([]byte(e.State), []byte(c.Query("state"))) == 1 && h.Now().Unix() < e.Until
	code := c.Query("code")
	if !began || code == "" || len(code) > longest || h.Budget.Take(c.Request.Context(), budget.Form, by(c)) != nil {
		h.notEntered(c, e, "code")
		return
	}
	personID, err := h.redeem(c.Request.Context(), e, code)
	switch {
	case errors.Is(err, channel.ErrVisitorCode):
		h.Log.Info("the code of a visitor was used, or is over", "account", e.Account)
		h.notEntered(c, e, "code")
		return
	case errors.Is(err, errPlatform):
		h.Log.Warn("a visitor is not recognised by the platform", "account", e.Account, "error", err)
		h.notEntered(c, e, "platform")
		return
	case err != nil:
		h.fail(c, err)
		return
	}
	s := h.readPass(c.Request)
	if s.Browser == "" {
		s.Browser = rand.Text()
	}
	if err := h.recognise(c, s, personID, whole); err != nil {
		h.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ours(e.To))
}

// notEntered says why somebody was not recognised, and how to go on.
func (h *Handler) notEntered(c *gin.Context, e entering, why string) {
	h.cookie(c, enterCookie, "", -time.Second)
	q := url.Values{"to": {ours(e.To)}}
	if e.Account != "" && e.Account != h.Account {
		q.Set(viaKey, e.Account)
	}
	status := http.StatusForbidden
	if why == "platform" {
		status = http.StatusServiceUnavailable
	}
	h.show(c, status, "ask", askPage{Why: why, Enter: "/p/enter?" + q.Encode()})
}

var errPlatform = errors.New("the platform says nothing of a visitor")

// redeemTime is how long a replica may take to ask.
const redeemTime = 15 * time.Second

// redeem asks the platform whose code it is, once for each state.
func (h *Handler) redeem(ctx context.Context, e entering, code string) (personID string, err error) {
	name, mine := "page-enter:"+h.Sealer.Digest("page enter", e.State), h.Sealer.Digest("page code", code)
	unlock, err := h.Cache.Lock(ctx, name, redeemTime)
	if err != nil {
		return "", err
	}
	defer unlock()
	known, there, err := h.Cache.Get(ctx, name)
	if err != nil {
		return "", err
	}
	if there {
		of, personID, _ := strings.Cut(known, " ")
		if of != mine {
			return "", channel.ErrVisitorCode
		}
		return personID, nil
	}
	who, err := h.Platform.Visitor(ctx, e.Account, code)
	switch {
	case errors.Is(err, channel.ErrVisitorCode):
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w: %w", errPlatform, err)
	}
	p, err := h.People.Resolve(ctx, who)
	if err != nil {
		return "", err
	}
	return p.ID, h.Cache.Set(ctx, name, mine+" "+p.ID, enterLife)
}

// ours is a path of these pages, the first page for anything else: nobody is led elsewhere.
func ours(to string) string {
	clean := path.Clean(to)
	if !strings.HasPrefix(clean, "/p/") || strings.ContainsAny(clean, "?#\\%&\r\n") || strings.HasPrefix(clean, "/p/ente") {
		return "/p/"
	}
	return clean
}
