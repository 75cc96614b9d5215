package desk

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// warnBefore is how long before the end of a session a page says so; half of it where a session is as short as that.
const warnBefore = 10 * time.Minute

// sessionID is the ID of a token's session in the store: the hash that scs makes with HashTokenInStore.
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ending is when a session ends, as a page counts it down: in milliseconds from now, since its clock is not ours.
type ending struct {
	IdleLeft int64  `json:"idle_left"` // without a sign of its owner
	Left     int64  `json:"left"`      // whatever they do
	WarnIdle int64  `json:"warn_idle"` // how long before the one end, and before the other, a page says so
	Warn     int64  `json:"warn"`
	Holds    int    `json:"holds"` // conversations that they have
	Offered  int    `json:"offered"`
	By       string `json:"by,omitempty"` // who offers
	Code     bool   `json:"-"`            // signing in again asks for a code too
}

type sessionKey struct{}

// mySession is the session of a request whose sender is signed in.
func mySession(ctx context.Context) (staff.Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(staff.Session)
	return s, ok
}

// ending says when the session of a request ends, nil where nobody is signed in.
func (h *Handler) ending(ctx context.Context) *ending {
	s, ok := mySession(ctx)
	if !ok {
		return nil
	}
	now := h.now()
	idle, longest := h.Staff.Limits()
	return &ending{
		Code: s.Second, IdleLeft: h.Staff.IdleAt(s).Sub(now).Milliseconds(), Left: s.Ends.Sub(now).Milliseconds(),
		WarnIdle: min(warnBefore, idle/2).Milliseconds(), Warn: min(warnBefore, longest/2).Milliseconds(),
	}
}

// present writes that whoever sent the request is there.
func (h *Handler) present(c *gin.Context) error {
	s, ok := mySession(c.Request.Context())
	if !ok {
		return nil
	}
	s, err := h.Staff.Stay(c.Request.Context(), s)
	if err != nil {
		return err
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), sessionKey{}, s))
	return nil
}

// showSession tells an open page when its session ends, and is no sign of whoever sits before it.
func (h *Handler) showSession(c *gin.Context) {
	a, ok, err := h.current(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !ok {
		c.JSON(http.StatusUnauthorized, gin.H{"problem": "登录已经结束。"})
		return
	}
	h.writeEnding(c, a)
}

func (h *Handler) writeEnding(c *gin.Context, a staff.Account) {
	ctx := c.Request.Context()
	e := h.ending(ctx)
	if a.May(staff.Talk) {
		mine, err := h.Cases.HeldBy(ctx, a.ID)
		if err != nil {
			h.fail(c, err)
			return
		}
		offered, by, err := h.offered(ctx, a)
		if err != nil {
			h.fail(c, err)
			return
		}
		e.Holds, e.Offered, e.By = len(mine), len(offered), by
	}
	c.JSON(http.StatusOK, e)
}

// stay is the press on '继续', and the sign that a page gives of somebody who types.
func (h *Handler) stay(c *gin.Context) { // signedIn has written it
	h.writeEnding(c, me(c))
}

// again signs the same person in from a page that stays open, so that nothing half written is lost. Whoever has a second factor
// gives its code in the same form.
func (h *Handler) again(c *gin.Context) {
	ctx, try := c.Request.Context(), h.attempt(c)
	in, err := h.Staff.Authenticate(ctx, try)
	if err == nil && in.NeedsCode {
		_, err = h.Staff.CheckCode(ctx, in.Account, c.PostForm("code"), try)
	}
	if err == nil {
		if err = h.begin(c, in.Account, in.NeedsCode); err == nil {
			err = h.recordSignIn(c, in.Account)
		}
	}
	if err != nil {
		status, text := explain(err)
		if errors.Is(err, staff.ErrWrong) {
			text = "密码不对，请再试一次。"
		}
		if status >= http.StatusInternalServerError && !errors.Is(err, staff.ErrBusy) {
			h.Log.ErrorContext(ctx, "sign-in failed", "err", err)
		}
		c.JSON(status, gin.H{"problem": text})
		return
	}
	h.writeEnding(c, in.Account)
}
