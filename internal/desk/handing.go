package desk

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// handingRoutes are the ways in which one conversation passes from one counsellor to another, or is shared by two.
func (h *Handler) handingRoutes(work *gin.RouterGroup) {
	for path, do := range map[string]func(*gin.Context, string) error{
		"offer": h.offer, "accept": h.acceptOffer, "decline": h.declineOffer, "withdraw": h.withdrawOffer, "leave": h.leave, "noted": h.noted,
	} {
		work.POST("/cases/:id/"+path, h.need(staff.Talk), h.act(do))
	}
	work.POST("/cases/:id/typing", h.need(staff.Talk), h.typing)
	work.POST("/cases/:id/takeover", h.need(staff.TakeOver), h.act(h.takeOver))
}

func handing(c *gin.Context) casework.Handing {
	return casework.Handing{Note: c.PostForm("note"), Key: c.PostForm("key")}
}

// offer asks a colleague to take the conversation over, or to join it.
func (h *Handler) offer(c *gin.Context, id string) error {
	ctx, by := c.Request.Context(), actor(me(c))
	to, err := h.pick(ctx, me(c), c.PostForm("to"))
	if err != nil {
		return err
	}
	if c.PostForm("how") == "invite" {
		_, err = h.Cases.Invite(ctx, id, by, to, c.PostForm("key"))
	} else {
		_, err = h.Cases.Offer(ctx, id, by, to, handing(c))
	}
	return err
}

// pick finds the colleague that a form names.
func (h *Handler) pick(ctx context.Context, a staff.Account, id string) (casework.Actor, error) {
	all, err := h.others(ctx, a)
	if err != nil {
		return casework.Actor{}, err
	}
	for _, c := range all {
		if c.ID == id {
			return c.actor(), nil
		}
	}
	return casework.Actor{}, casework.ErrColleague
}

func (h *Handler) acceptOffer(c *gin.Context, id string) error {
	_, err := h.Cases.AcceptOffer(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) declineOffer(c *gin.Context, id string) error {
	_, err := h.Cases.DeclineOffer(c.Request.Context(), id, actor(me(c)), handing(c))
	return err
}

func (h *Handler) withdrawOffer(c *gin.Context, id string) error {
	_, err := h.Cases.WithdrawOffer(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) leave(c *gin.Context, id string) error {
	_, err := h.Cases.Leave(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) noted(c *gin.Context, id string) error {
	_, err := h.Cases.Noted(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) takeOver(c *gin.Context, id string) error {
	_, err := h.Cases.TakeOver(c.Request.Context(), id, actor(me(c)), handing(c))
	return err
}

// Escalated says whether a colleague who has the conversation was called in vain: whoever is there may take it.
func (o *openCase) Escalated() bool {
	c := o.Case
	return o.open() && c.Assignee != "" && !o.Mine() && (c.Waits == casework.WaitsAnswer || c.Waits == casework.WaitsTaking) && c.Rung > 0
}

// OfferedMe says whether a colleague wants to hand the conversation over to me.
func (o *openCase) OfferedMe() bool {
	return o.open() && o.Talks && o.Case.Offered.ID != "" && o.Case.Offered.ID == o.Me.ID
}

// OfferNote is what the colleague wants whoever takes over to know.
func (o *openCase) OfferNote() string {
	note := ""
	for _, st := range o.Steps {
		if st.Kind == casework.StepOffered {
			note = strings.TrimPrefix(st.Note, o.Case.Offered.Name+"：")
		}
	}
	return note
}

// TakesOver says whether I may take the conversation from the colleague who has it, with a reason.
func (o *openCase) TakesOver() bool {
	return o.open() && o.Case.Assignee != "" && !o.Mine() && !o.OfferedMe() && !o.Escalated() && o.Me.May(staff.TakeOver)
}

// Waits says whether the person waits for my answer.
func (o *openCase) Waits() bool { return o.Mine() && o.Case.Waits == casework.WaitsAnswer }
