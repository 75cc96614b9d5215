package desk

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// myPhone is whether, and how, alerts reach a member of staff in their own WeChat.
type myPhone struct {
	Offered bool // alerts go to WeChat here
	staff.Phone
	Code   string // just made, shown once
	Until  time.Time
	Notice string
}

func (h *Handler) showMe(c *gin.Context) {
	p, err := h.Staff.Phone(c.Request.Context(), me(c).ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.renderMe(c, http.StatusOK, myPhone{Phone: p})
}

func (h *Handler) renderMe(c *gin.Context, status int, p myPhone) {
	p.Offered = h.TryPhone != nil && me(c).Role.May(staff.Acknowledge)
	h.render(c, status, "me", page{Title: "我的账号", Section: "me", Me: me(c), Phone: &p, Talks: me(c).Role.May(staff.Talk)})
}

// phone wraps what a member of staff does about their own WeChat, and shows the page again.
func (h *Handler) phone(do func(c *gin.Context, p *myPhone) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		var p myPhone
		if err := do(c, &p); err != nil {
			h.fail(c, err)
			return
		}
		var err error
		if p.Phone, err = h.Staff.Phone(c.Request.Context(), me(c).ID); err != nil {
			h.fail(c, err)
			return
		}
		h.renderMe(c, http.StatusOK, p)
	}
}

func (h *Handler) newPhoneCode(c *gin.Context, p *myPhone) (err error) {
	p.Code, p.Until, err = h.Staff.NewPhoneCode(c.Request.Context(), me(c).ID)
	return err
}

func (h *Handler) tryPhone(c *gin.Context, p *myPhone) error {
	p.Notice = "已经发出一条测试提醒，看看微信收到没有。"
	if err := h.TryPhone(c.Request.Context(), me(c)); err != nil {
		h.Log.WarnContext(c.Request.Context(), "a trial did not reach a member of staff", "staff", me(c).ID, "err", err)
		p.Notice = "没有发成功：请确认您还关注着公众号，或者请管理员看看模板设置。"
	}
	return nil
}

func (h *Handler) dropPhone(c *gin.Context, p *myPhone) error {
	p.Notice = "已经解绑，提醒不会再发到那个微信。"
	return h.Staff.UnbindPhone(c.Request.Context(), me(c).ID)
}
