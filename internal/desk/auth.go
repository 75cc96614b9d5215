package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

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

func (h *Handler) saveSession(c *gin.Context) error {
	ctx := c.Request.Context()
	token, expiry, err := h.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	h.sessions.WriteSessionCookie(ctx, c.Writer, token, expiry)
	return nil
}

// current returns the account of the session; false where nobody is signed in, or no longer may be.
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
	ok := a.Active() && h.sessions.GetInt64(ctx, sessionPassword) == a.PasswordAt.UnixMicro()
	return a, ok, nil
}

func (h *Handler) signedIn(c *gin.Context) {
	a, ok, err := h.current(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !ok {
		redirect(c, "/desk/login")
		c.Abort()
		return
	}
	c.Request = c.Request.WithContext(withAccount(c.Request.Context(), a))
	c.Next()
}

// passwordChosen sends whoever still has a one-time password to choose their own.
func (h *Handler) passwordChosen(c *gin.Context) {
	if me(c).MustChange {
		redirect(c, "/desk/password")
		c.Abort()
		return
	}
	c.Next()
}

// need lets only roles with a right through.
func (h *Handler) need(right staff.Right) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !me(c).Role.May(right) {
			h.fail(c, errForbidden)
			return
		}
		c.Next()
	}
}

func (h *Handler) showLogin(c *gin.Context) {
	if _, ok, err := h.current(c); err == nil && ok {
		redirect(c, "/desk")
		return
	}
	h.render(c, http.StatusOK, "login", page{Title: "登录"})
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
		h.render(c, status, "login", page{Title: "登录", Problem: text, Name: name})
		return
	}
	if err := h.begin(c, a); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk")
}

// begin starts a session for the account under a new token, so that a token planted before sign-in is worth nothing.
func (h *Handler) begin(c *gin.Context, a staff.Account) error {
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Put(ctx, sessionStaff, a.ID)
	h.sessions.Put(ctx, sessionPassword, a.PasswordAt.UnixMicro())
	return h.saveSession(c)
}

func (h *Handler) logout(c *gin.Context) {
	ctx := c.Request.Context()
	if err := h.sessions.Destroy(ctx); err != nil {
		h.fail(c, err)
		return
	}
	h.sessions.WriteSessionCookie(ctx, c.Writer, "", time.Time{})
	redirect(c, "/desk/login")
}

func (h *Handler) showPassword(c *gin.Context) {
	h.render(c, http.StatusOK, "password", page{Title: "设置密码", Me: me(c)})
}

func (h *Handler) changePassword(c *gin.Context) {
	chosen := c.PostForm("chosen")
	if chosen != c.PostForm("again") {
		h.render(c, http.StatusUnprocessableEntity, "password", page{Title: "设置密码", Me: me(c), Problem: "两次输入的新密码不一样，请再输一次。"})
		return
	}
	a, err := h.Staff.ChangePassword(c.Request.Context(), me(c).ID, c.PostForm("old"), chosen)
	if err != nil {
		status, text := explain(err)
		if errors.Is(err, staff.ErrWrong) {
			text = "现在的密码不对，请再看一眼。"
		}
		h.render(c, status, "password", page{Title: "设置密码", Me: me(c), Problem: text})
		return
	}
	if err := h.begin(c, a); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk")
}
