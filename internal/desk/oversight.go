package desk

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// oversightLately is how far back the page of those who oversee shows what was agreed to.
const oversightLately = 30 * 24 * time.Hour

// oversight is what two people do together, for those who agree: wishes to learn who somebody is, openings by one person alone
// that nobody has looked at, and colleagues who are to oversee too.
type oversight struct {
	Waiting []casework.Wish // they can be granted now
	Alone   []casework.Wish
	Roles   []staff.Account
	Lately  []casework.Wish
	Notice  string
	Key     string
}

func (h *Handler) oversightRoutes(work *gin.RouterGroup) {
	work.GET("/oversight", h.need(staff.GrantIdentity), h.showOversight)
	work.POST("/oversight/roles/:staff", h.need(staff.GrantIdentity), h.answerRole)
}

func (h *Handler) showOversight(c *gin.Context) { h.oversightPage(c, http.StatusOK, "") }

func (h *Handler) oversightPage(c *gin.Context, status int, notice string) {
	ctx := c.Request.Context()
	o := &oversight{Notice: notice, Key: newKey()}
	err := h.oversee(ctx, o)
	for _, state := range []casework.WishState{casework.WishGranted, casework.WishRefused, casework.WishSigned} {
		var ws []casework.Wish
		if err == nil {
			ws, err = h.Cases.Wishes(ctx, state, h.now().Add(-oversightLately))
		}
		o.Lately = append(o.Lately, ws...)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "oversight", page{Title: "两人同意", Section: "oversight", Me: me(c), Data: o})
}

// oversee reads what waits.
func (h *Handler) oversee(ctx context.Context, o *oversight) (err error) {
	if o.Waiting, err = h.Cases.Wishes(ctx, casework.WishAsked, time.Time{}); err != nil {
		return err
	}
	if o.Alone, err = h.Cases.Wishes(ctx, casework.WishAlone, time.Time{}); err != nil {
		return err
	}
	o.Roles, err = h.Staff.Risen(ctx)
	return err
}

// overseen counts what waits for those who oversee. The page is worth more than its number.
func (h *Handler) overseen(ctx context.Context) int {
	var o oversight
	if err := h.oversee(ctx, &o); err != nil {
		h.Log.WarnContext(ctx, "desk cannot count what waits for a second person", "err", err)
	}
	return len(o.Waiting) + len(o.Alone) + len(o.Roles)
}

// rising are the colleagues whose role takes effect by itself, since nobody is left who could agree. The page is worth more than
// the notice.
func (h *Handler) rising(ctx context.Context) []staff.Account {
	all, err := h.Staff.Risen(ctx)
	if err != nil {
		h.Log.WarnContext(ctx, "desk cannot look whose role waits", "err", err)
	}
	return slices.DeleteFunc(all, func(a staff.Account) bool { return a.WantsAt.IsZero() })
}

func (h *Handler) answerRole(c *gin.Context) {
	err := h.Staff.AnswerRole(c.Request.Context(), me(c), c.Param("staff"), c.PostForm("agree") == "yes")
	if err == nil {
		redirect(c, "/desk/oversight")
		return
	}
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "a role is not answered", "path", c.FullPath(), "err", err)
	}
	h.oversightPage(c, status, notice)
}

// WishResult says what came of a wish.
func (o *oversight) WishResult(w casework.Wish) string {
	switch w.State {
	case casework.WishGranted:
		return w.Second + "同意了"
	case casework.WishRefused:
		return w.Second + "没有同意"
	case casework.WishAlone:
		return "独自打开，还没有人复核"
	case casework.WishSigned:
		return "独自打开，" + w.Second + "复核了"
	case casework.WishAsked:
	}
	return "在等"
}
