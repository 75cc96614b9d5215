package desk

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

var errForbidden = errors.New("desk: not for this role")

// explanations is the one table from errors to what staff read.
var explanations = []struct {
	err    error
	status int
	text   string
}{
	{errForbidden, http.StatusForbidden, "您的角色不能做这一步。需要的话，请联系管理员。"},
	{casework.ErrNotFound, http.StatusNotFound, "没有找到这个个案，它可能已被移走。"},
	{casework.ErrTaken, http.StatusConflict, "另一位同事刚刚接手了这段对话。"},
	{casework.ErrClosed, http.StatusConflict, "这个个案已经结案了。"},
	{casework.ErrNotYours, http.StatusConflict, "请先接手对话，再回复。"},
	{casework.ErrEmpty, http.StatusUnprocessableEntity, "还没有写内容。"},
	{casework.ErrTooLong, http.StatusUnprocessableEntity, "内容太长了，请分成几条发送（每条不超过 2000 字）。"},
	{errEmptyAnswer, http.StatusUnprocessableEntity, "回信还没有写内容。"},
	{errLongAnswer, http.StatusUnprocessableEntity, "回信太长了，请控制在 4000 字以内。"},
	{errNoLetter, http.StatusNotFound, "没有找到这封信。"},
	{errAnswered, http.StatusConflict, "这封信刚刚已由同事回复。"},
	{staff.ErrWrong, http.StatusUnauthorized, "账号或密码不对，请再试一次。"},
	{staff.ErrDisabled, http.StatusForbidden, "这个账号已停用，请联系管理员。"},
	{staff.ErrThrottled, http.StatusTooManyRequests, "尝试次数太多，请 15 分钟后再试，或请管理员重置密码。"},
	{staff.ErrWeak, http.StatusUnprocessableEntity, "新密码至少 10 个字符，不含账号名，也别太常见。几个不相干的词连起来就很好。"},
}

// explain maps an error to a status and to what staff read.
func explain(err error) (int, string) {
	for _, e := range explanations {
		if errors.Is(err, e.err) {
			return e.status, e.text
		}
	}
	return http.StatusInternalServerError, "系统暂时没能完成这一步，请稍后再试。如有人正处于危险中，请直接拨打 110 或 120。"
}

// fail ends a request with the error's page, or its fragment for htmx.
func (h *Handler) fail(c *gin.Context, err error) {
	status, text := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "desk request failed", "path", c.FullPath(), "err", err)
	}
	p := page{Title: "出了点问题", Me: me(c), Problem: text}
	if fragment(c) {
		h.render(c, status, "problem", p)
	} else {
		h.render(c, status, "error", p)
	}
	c.Abort()
}

// fragment says whether htmx asks for a part of a page.
func fragment(c *gin.Context) bool { return c.GetHeader("HX-Request") == "true" }

// redirect sends the browser elsewhere; htmx needs its own header, since a fetch would follow a plain one silently.
func redirect(c *gin.Context, to string) {
	if fragment(c) {
		c.Header("HX-Redirect", to)
		c.Status(http.StatusNoContent)
		return
	}
	c.Redirect(http.StatusSeeOther, to)
}
