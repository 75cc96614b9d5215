package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// askedShown is how many asked talks stand below the queue.
const askedShown = 5

// askedTalks is what stands of asked talks below the queue: nothing of what was said.
type askedTalks struct {
	Today   int
	Waiting int
	Latest  []casework.Asked
}

// askedLine is one talk of the list, with what was said where the role may read it.
type askedLine struct {
	casework.Asked
	Said  string
	Reply string
}

// askedTalks reads what stands below the queue. The queue is worth more than it: a failure leaves it out.
func (h *Handler) askedTalks(ctx context.Context) *askedTalks {
	now := h.Now().In(citytime.Zone)
	n, err := h.Cases.CountAsked(ctx, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, citytime.Zone))
	if err == nil {
		var latest []casework.Asked
		if latest, _, err = h.Cases.Asked(ctx, casework.Filter{Limit: askedShown}); err == nil {
			return &askedTalks{Today: n.Since, Waiting: n.Waiting, Latest: latest}
		}
	}
	h.Log.WarnContext(ctx, "desk cannot read the asked talks", "err", err)
	return nil
}

// showAsked lists the asked talks.
func (h *Handler) showAsked(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	list, next, err := h.Cases.Asked(ctx, casework.Filter{Limit: listSize, Cursor: c.Query("cursor")})
	if err != nil {
		h.fail(c, err)
		return
	}
	p := page{Title: "问过的谈话", Section: "asked", Me: a, Next: next, Reads: a.May(staff.ReadConversation), Talks: a.May(staff.Talk)}
	if p.Asked, err = h.askedLines(ctx, list, p.Reads); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "asked", p)
}

func (h *Handler) askedLines(ctx context.Context, list []casework.Asked, reads bool) ([]askedLine, error) {
	lines := make([]askedLine, len(list))
	var ids []string
	for i, a := range list {
		lines[i].Asked = a
		if reads {
			ids = append(ids, a.Message, a.Answer)
		}
	}
	about := audit.Event{Kind: audit.OpenAsked} // the list never changes its order, so that its newest talk names all of it
	if len(list) > 0 {
		about.Object = list[0].ID
	}
	said, err := h.Cases.Words(ctx, about, ids...)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		lines[i].Said, lines[i].Reply = said[lines[i].Message].Text, said[lines[i].Answer].Text
	}
	return lines, nil
}

// followAsked makes a case of an asked talk and opens it.
func (h *Handler) followAsked(c *gin.Context) {
	k, err := h.Cases.FollowAsked(c.Request.Context(), c.Param("id"), actor(me(c)))
	if err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/cases/"+k.ID)
}
