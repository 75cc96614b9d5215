package desk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// The keys of a session: who, and the time of the password it was made with, so that a reset ends it.
const (
	sessionStaff    = "staff"
	sessionPassword = "password_at"
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

func (h *Handler) saveSession(c *gin.Context, a staff.Account) error {
	ctx := c.Request.Context()
	token, expiry, err := h.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	id := sessionID(token)
	if err := h.Staff.Begin(ctx, id, a.ID); err != nil {
		return err
	}
	s, err := h.Staff.Session(ctx, id)
	if err != nil {
		return err
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

// passwordChosen sends whoever still has a one-time password to choose their own.
func (h *Handler) passwordChosen(c *gin.Context) {
	if me(c).MustChange {
		redirect(c, with("/desk/password", wanted(c)))
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

func (h *Handler) login(c *gin.Context) {
	ctx := c.Request.Context()
	name := c.PostForm("name")
	a, err := h.Staff.Authenticate(ctx, name, c.PostForm("password"), c.ClientIP())
	if err != nil {
		status, text := explain(err)
		if status >= http.StatusInternalServerError {
			h.Log.ErrorContext(ctx, "sign-in failed", "err", err)
		}
		h.render(c, status, "login", page{Title: "登录", Problem: text, Name: name, After: localNext(c.PostForm("next"))})
		return
	}
	if err := h.begin(c, a); err != nil {
		h.fail(c, err)
		return
	}
	if a.MustChange {
		redirect(c, with("/desk/password", localNext(c.PostForm("next"))))
		return
	}
	redirect(c, onward(c.PostForm("next")))
}

// begin starts a session for the account under a new token, so that a token planted before sign-in is worth nothing.
func (h *Handler) begin(c *gin.Context, a staff.Account) error {
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Put(ctx, sessionStaff, a.ID)
	h.sessions.Put(ctx, sessionPassword, a.PasswordAt.UnixMicro())
	_, longest := h.Staff.Limits()
	h.sessions.SetDeadline(ctx, h.now().Add(longest))
	return h.saveSession(c, a)
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
	if err := h.begin(c, a); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, onward(after))
}
