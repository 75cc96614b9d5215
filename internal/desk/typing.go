package desk

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/live"
)

// typing tells the person that the counsellor who has the conversation is writing: nothing of what is written, and only
// while they have it. Where the person is on a platform that can show it, the platform is asked to.
func (h *Handler) typing(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	k, err := h.Cases.Get(ctx, c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	if k.Status == casework.StatusTalking && (k.Assignee == a.ID || k.Second.ID == a.ID) {
		if h.Bus != nil {
			err = h.Bus.Publish(ctx, live.TopicStaffTyping(k.Person))
		}
		if err == nil && h.Typing != nil {
			err = h.Typing(ctx, k.Person)
		}
		if err != nil { // a sign of life that is lost is missed by nobody
			h.Log.WarnContext(ctx, "typing not told", "err", err)
		}
	}
	c.Status(http.StatusNoContent)
}
