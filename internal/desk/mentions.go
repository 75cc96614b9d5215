package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// mentionsShown is how many notes the list of a member of staff holds.
const mentionsShown = 100

func (h *Handler) mentionRoutes(work *gin.RouterGroup) {
	work.GET("/mentions", h.need(staff.Talk), h.showMentions)
	work.GET("/mentions/count", h.need(staff.Talk), h.countMentions)
}

// showMentions lists the notes in which colleagues named me and that I have not read. A note is read by opening its case.
func (h *Handler) showMentions(c *gin.Context) {
	ms, err := h.Cases.Mentions(c.Request.Context(), me(c).ID, mentionsShown)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "mentions", page{Title: "提到我的", Section: "mentions", Me: me(c), Data: ms})
}

func (h *Handler) countMentions(c *gin.Context) {
	n, err := h.Cases.CountMentions(c.Request.Context(), me(c).ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"count": n})
}

// named lists who may be named in a note: everybody who may read the case, but for who writes.
func (h *Handler) named(ctx context.Context, a staff.Account) ([]casework.Actor, error) {
	all, err := h.Staff.List(ctx)
	if err != nil {
		return nil, err
	}
	var who []casework.Actor
	for _, x := range all {
		if x.ID != a.ID && x.Active() && x.May(staff.Talk) {
			who = append(who, actor(x))
		}
	}
	return who, nil
}

// mentioned finds who is named in a note by @ and their name. A longer name is found before one that it begins with.
func mentioned(note string, who []casework.Actor) []casework.Actor {
	who = slices.SortedFunc(slices.Values(who), func(x, y casework.Actor) int { return cmp.Compare(len(y.Name), len(x.Name)) })
	var found []casework.Actor
	for _, a := range who {
		mark := "@" + a.Name
		if a.Name != "" && strings.Contains(note, mark) {
			note = strings.ReplaceAll(note, mark, "")
			found = append(found, a)
		}
	}
	return found
}
