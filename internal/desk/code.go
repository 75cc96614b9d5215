package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// pendingFor is how long somebody whose password was right may take to give their code.
const pendingFor = 10 * time.Minute

// pend keeps whose password was right until their code is given. The token is a new one: one planted before is worth nothing.
func (h *Handler) pend(c *gin.Context, a staff.Account) error {
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Remove(ctx, sessionStaff)
	h.sessions.Put(ctx, sessionPending, a.ID+" "+strconv.FormatInt(a.PasswordAt.UnixMicro(), 10))
	h.sessions.SetDeadline(ctx, h.now().Add(pendingFor))
	token, expiry, err := h.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	h.sessions.WriteSessionCookie(ctx, c.Writer, token, expiry)
	return nil
}

// pending is whose password was right a moment ago; false where nobody's was, or it was changed meanwhile.
func (h *Handler) pending(c *gin.Context) (staff.Account, bool, error) {
	ctx := c.Request.Context()
	id, since, _ := strings.Cut(h.sessions.GetString(ctx, sessionPending), " ")
	if id == "" {
		return staff.Account{}, false, nil
	}
	a, err := h.Staff.ByID(ctx, id)
	if errors.Is(err, staff.ErrNotFound) {
		return staff.Account{}, false, nil
	}
	return a, err == nil && a.Active() && since == strconv.FormatInt(a.PasswordAt.UnixMicro(), 10), err
}

func (h *Handler) showCode(c *gin.Context) {
	if _, ok, err := h.pending(c); err != nil {
		h.fail(c, err)
		return
	} else if !ok {
		redirect(c, with("/desk/login", localNext(c.Query("next"))))
		return
	}
	h.render(c, http.StatusOK, "code", page{Title: "输入验证码", After: localNext(c.Query("next"))})
}

func (h *Handler) checkCode(c *gin.Context) {
	ctx, next := c.Request.Context(), localNext(c.PostForm("next"))
	a, ok, err := h.pending(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !ok {
		redirect(c, with("/desk/login", next))
		return
	}
	recovery, err := h.Staff.CheckCode(ctx, a, c.PostForm("code"), h.attempt(c))
	if err != nil {
		h.refuseLogin(c, err, "code", page{Title: "输入验证码", After: next})
		return
	}
	if recovery { // they see how many are left before they go on
		next = "/desk/me"
	}
	h.letIn(c, a, true, next)
}
