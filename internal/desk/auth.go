package desk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// The keys of a session: who, and the time of the password it was made with, so that a reset ends it. Between the password and
// the code there is a session of nobody yet, which knows whose password was right.
const (
	sessionStaff    = "staff"
	sessionPassword = "password_at"
	sessionPending  = "pending"
)

// loadSession reads the session of the cookie, if any. Only signing in and out change it, and they save it themselves.
func (h *Handler) loadSession(c *gin.Context) {
	token := ""
	if ck, err := c.Request.Cookie(h.sessions.Cookie.Name); err == nil {
		token = ck.Value
	}
	ctx, err := h.sessions.Load(c.Request.Context(), token)
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// saveSession keeps a session that was just begun, and tells the account's owner where it is on a device that they never used.
func (h *Handler) saveSession(c *gin.Context, a staff.Account, second bool) error {
	ctx := c.Request.Context()
	token, expiry, err := h.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	id, device := sessionID(token), h.keepDevice(c)
	news, err := h.Staff.Enter(ctx, a, staff.Session{ID: id, Second: second, Label: deviceLabel(c.Request.UserAgent()), Network: staff.NetworkLabel(c.ClientIP())}, device)
	if err != nil {
		return err
	}
	s, err := h.Staff.Session(ctx, id)
	if err != nil {
		return err
	}
	if news && h.TellOwner != nil {
		if err := h.TellOwner(ctx, a, s); err != nil { // the desk tells them all the same
			h.Log.WarnContext(ctx, "a member of staff is not called about a new device", "staff", a.ID, "err", err)
		}
	}
	c.Request = c.Request.WithContext(context.WithValue(ctx, sessionKey{}, s))
	h.sessions.WriteSessionCookie(ctx, c.Writer, token, expiry)
	return nil
}

// current returns the account of the session; false where nobody is signed in, or no longer may be. The session itself is
// in the request's context then.
func (h *Handler) current(c *gin.Context) (staff.Account, bool, error) {
	ctx := c.Request.Context()
	id := h.sessions.GetString(ctx, sessionStaff)
	if id == "" {
		return staff.Account{}, false, nil
	}
	a, err := h.Staff.ByID(ctx, id)
	if errors.Is(err, staff.ErrNotFound) {
		return staff.Account{}, false, nil
	}
	if err != nil {
		return staff.Account{}, false, err
	}
	if !a.Active() || h.sessions.GetInt64(ctx, sessionPassword) != a.PasswordAt.UnixMicro() {
		return a, false, nil
	}
	s, err := h.Staff.Session(ctx, sessionID(h.sessions.Token(ctx)))
	if errors.Is(err, staff.ErrOver) {
		return a, false, nil
	}
	if err != nil {
		return staff.Account{}, false, err
	}
	c.Request = c.Request.WithContext(context.WithValue(ctx, sessionKey{}, s))
	return a, true, nil
}

func (h *Handler) signedIn(c *gin.Context) {
	a, ok, err := h.current(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !ok {
		redirect(c, with("/desk/login", wanted(c)))
		c.Abort()
		return
	}
	if err := h.present(c); err != nil {
		h.fail(c, err)
		return
	}
	c.Request = c.Request.WithContext(reach.With(withAccount(c.Request.Context(), a), a.Reaches(h.Map)))
	c.Next()
}

// prepared sends whoever still has a one-time password to choose their own, and whoever has no second factor to set one up.
func (h *Handler) prepared(c *gin.Context) {
	to := ""
	if s, _ := mySession(c.Request.Context()); me(c).MustChange {
		to = "/desk/password"
	} else if !s.Second && !h.Staff.Demo && !s.Began.IsZero() { // one of before there were codes goes on: somebody may be talking in it
		to = "/desk/factor"
	}
	if to != "" {
		redirect(c, with(to, wanted(c)))
		c.Abort()
		return
	}
	c.Next()
}

// need lets only roles with a right through.
func (h *Handler) need(right staff.Right) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !me(c).May(right) {
			h.fail(c, errForbidden)
			return
		}
		c.Next()
	}
}

func (h *Handler) showLogin(c *gin.Context) {
	if _, ok, err := h.current(c); err == nil && ok {
		redirect(c, onward(c.Query("next")))
		return
	}
	h.render(c, http.StatusOK, "login", page{Title: "登录", After: localNext(c.Query("next"))})
}

func (h *Handler) attempt(c *gin.Context) staff.Attempt {
	return staff.Attempt{Name: c.PostForm("name"), Password: c.PostForm("password"), Address: c.ClientIP(), Device: deviceOf(c)}
}

func (h *Handler) login(c *gin.Context) {
	ctx, next := c.Request.Context(), localNext(c.PostForm("next"))
	in, err := h.Staff.Authenticate(ctx, h.attempt(c))
	if err != nil {
		h.refuseLogin(c, err, "login", page{Title: "登录", Name: c.PostForm("name"), After: next})
		return
	}
	if in.NeedsCode {
		if err := h.pend(c, in.Account); err != nil {
			h.fail(c, err)
			return
		}
		redirect(c, with("/desk/code", next))
		return
	}
	h.letIn(c, in.Account, false, next)
}

// refuseLogin shows a page of the sign-in again, with why it was refused.
func (h *Handler) refuseLogin(c *gin.Context, err error, name string, p page) {
	var status int
	status, p.Problem = explain(err)
	if status >= http.StatusInternalServerError && !errors.Is(err, staff.ErrBusy) {
		h.Log.ErrorContext(c.Request.Context(), "sign-in failed", "err", err)
	}
	h.render(c, status, name, p)
}

// letIn begins the session of somebody who has given all that is asked of them, and leads on.
func (h *Handler) letIn(c *gin.Context, a staff.Account, second bool, next string) {
	if err := h.begin(c, a, second); err != nil {
		h.fail(c, err)
		return
	}
	if err := h.recordSignIn(c, a); err != nil {
		h.fail(c, err)
		return
	}
	if a.MustChange {
		redirect(c, with("/desk/password", next))
		return
	}
	redirect(c, onward(next))
}

// recordSignIn writes who signed in, and from where, into the trail.
func (h *Handler) recordSignIn(c *gin.Context, a staff.Account) error {
	ctx := audit.With(c.Request.Context(), audit.Actor{From: c.ClientIP()})
	return h.Staff.Record(ctx, a, audit.Event{Kind: audit.SignIn, Object: a.ID})
}

// begin starts a session for the account under a new token, so that a token planted before sign-in is worth nothing.
func (h *Handler) begin(c *gin.Context, a staff.Account, second bool) error {
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Remove(ctx, sessionPending)
	h.sessions.Put(ctx, sessionStaff, a.ID)
	h.sessions.Put(ctx, sessionPassword, a.PasswordAt.UnixMicro())
	_, longest := h.Staff.Limits()
	h.sessions.SetDeadline(ctx, h.now().Add(longest))
	return h.saveSession(c, a, second)
}

// endShift is the end of a shift: whoever still has conversations sees first to whom they can be given.
func (h *Handler) endShift(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	if a.May(staff.Talk) {
		mine, err := h.Cases.HeldBy(ctx, a.ID)
		if err != nil { // a database that is away must keep nobody signed in
			h.Log.WarnContext(ctx, "desk cannot look for conversations at sign-out", "err", err)
		}
		if len(mine) > 0 {
			redirect(c, "/desk/handover?leaving=1")
			return
		}
	}
	h.logout(c)
}

// logout ends the session, whatever its owner still has.
func (h *Handler) logout(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	if err := h.sessions.Destroy(ctx); err != nil {
		h.fail(c, err)
		return
	}
	h.sessions.WriteSessionCookie(ctx, c.Writer, "", time.Time{})
	if err := h.Staff.Record(ctx, a, audit.Event{Kind: audit.SignOut, Object: a.ID}); err != nil { // they are out, whatever is noted
		h.Log.ErrorContext(ctx, "a sign-out is not in the trail", "staff", a.ID, "err", err)
	}
	h.gone(ctx, a)
	redirect(c, "/desk/login")
}

// gone tells that somebody has left the desk, unless they are signed in elsewhere too.
func (h *Handler) gone(ctx context.Context, a staff.Account) {
	if h.SignedOut == nil {
		return
	}
	there, err := h.Staff.Present(ctx, []string{a.ID})
	if err != nil { // whoever looks for those who are away finds it out a little later
		h.Log.WarnContext(ctx, "desk cannot tell who has left", "staff", a.ID, "err", err)
		return
	}
	if !there[a.ID] {
		h.SignedOut(ctx, a.ID)
	}
}

func (h *Handler) showPassword(c *gin.Context) {
	h.render(c, http.StatusOK, "password", page{Title: "设置密码", Me: me(c), After: localNext(c.Query("next"))})
}

func (h *Handler) changePassword(c *gin.Context) {
	chosen, after := c.PostForm("chosen"), localNext(c.PostForm("next"))
	if chosen != c.PostForm("again") {
		h.render(c, http.StatusUnprocessableEntity, "password", page{Title: "设置密码", Me: me(c), After: after, Problem: "两次输入的新密码不一样，请再输一次。"})
		return
	}
	a, err := h.Staff.ChangePassword(c.Request.Context(), me(c).ID, c.PostForm("old"), chosen)
	if err != nil {
		status, text := explain(err)
		if errors.Is(err, staff.ErrWrong) {
			text = "现在的密码不对，请再看一眼。"
		}
		h.render(c, status, "password", page{Title: "设置密码", Me: me(c), After: after, Problem: text})
		return
	}
	was, _ := mySession(c.Request.Context())
	if err := h.begin(c, a, was.Second); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, onward(after))
}
