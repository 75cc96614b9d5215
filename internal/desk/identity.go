package desk

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) identityRoutes(work *gin.RouterGroup) {
	work.POST("/cases/:id/identity/open", h.need(staff.GrantIdentity), h.act(h.answerIdentity))
	work.POST("/cases/:id/identity/sign", h.need(staff.GrantIdentity), h.act(h.plead(h.Cases.SignIdentity, audit.Event{Kind: audit.IdentityGranted, Note: "复核了独自打开"})))
	work.POST("/cases/:id/identity/ask", h.need(staff.Talk), h.act(h.plead(h.Cases.AskIdentity, audit.Event{Kind: audit.IdentityAsked})))
	work.POST("/cases/:id/identity/alone", h.need(staff.Talk), h.act(h.plead(h.Cases.OpenIdentityAlone, audit.Event{Kind: audit.IdentityGranted, Note: "独自打开，没有督导答复"})))
	work.GET("/cases/:id/identity", h.need(staff.Talk), h.showIdentity)
}

// answerIdentity agrees to a wish, or refuses it: one form with two buttons.
func (h *Handler) answerIdentity(c *gin.Context, id string) error {
	if c.PostForm("refuse") != "" {
		return h.plead(h.Cases.RefuseIdentity, audit.Event{Kind: audit.IdentityRefused})(c, id)
	}
	return h.plead(h.Cases.OpenIdentity, audit.Event{Kind: audit.IdentityGranted})(c, id)
}

// plead reads a form with a reason. Whoever may agree to such a wish, but for who sends it, is called or told.
func (h *Handler) plead(do func(context.Context, string, casework.Actor, casework.Plea) (casework.Case, error), e audit.Event) func(*gin.Context, string) error {
	return func(c *gin.Context, id string) error {
		ctx, a := c.Request.Context(), me(c)
		who, err := h.whoSupervises(ctx, a, id)
		if err != nil {
			return err
		}
		if _, err = do(ctx, id, actor(a), casework.Plea{Reason: c.PostForm("note"), Key: c.PostForm("key"), Call: who}); err != nil {
			return err
		}
		e := e
		e.Object = id
		return h.Staff.Record(ctx, a, e)
	}
}

// identity is what the platform knows a person by.
type identity struct {
	Case, Channel, Account, User string
	Until                        time.Time // the page is gone then
}

// reveal opens an identity that is open to the account, and lets the page ask again, and be refused, once the time is over.
func (h *Handler) reveal(c *gin.Context, as audit.Kind) (*identity, error) {
	id := c.Param("id")
	to, until, err := h.Cases.Identity(c.Request.Context(), id, actor(me(c)), as)
	if err != nil {
		return nil, err
	}
	c.Header("Refresh", strconv.Itoa(int(until.Sub(h.now()).Seconds())+1))
	return identified(id, to, until), nil
}

func identified(id string, to channel.Address, until time.Time) *identity {
	return &identity{Case: id, Channel: to.Channel, Account: to.Account, User: string(to.User), Until: until}
}

// showIdentity shows who a person is, to whoever asked for it and while it is open.
func (h *Handler) showIdentity(c *gin.Context) {
	who, err := h.reveal(c, audit.OpenIdentity)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "identity", page{Title: "身份信息", Section: "cases", Me: me(c), Identity: who})
}
