package desk

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) feedbackRoutes(work *gin.RouterGroup) {
	if h.Appointments == nil {
		return
	}
	work.GET("/feedback", h.need(staff.SeeFeedback), h.showFeedback)
	work.GET("/feedback/words/:station", h.need(staff.ReadFeedback), h.showWords)
}

type feedbackPage struct {
	Stations []booking.StationFeedback
	Reads    bool // the role may read what people wrote
}

// showFeedback shows how visits were: numbers alone, and those alone that tell of nobody.
func (h *Handler) showFeedback(c *gin.Context) {
	all, err := h.Appointments.Feedback(c.Request.Context(), clerkOfFeedback(c.Request.Context(), me(c)))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "feedback", page{Title: "去过以后", Section: "feedback", Me: me(c), Data: feedbackPage{all, me(c).May(staff.ReadFeedback)}})
}

// clerkOfFeedback sees the station that they work at; whoever works at none sees all.
func clerkOfFeedback(ctx context.Context, a staff.Account) booking.Clerk {
	by := clerk(ctx, a)
	if a.Role != staff.Station {
		by.Station = ""
	}
	return by
}

type wordsPage struct {
	booking.StationFeedback
	Said []saidWords
}

type saidWords struct {
	booking.SaidWords
	Alias string // "" where they bear no name
}

// showWords shows what people wrote of a station.
func (h *Handler) showWords(c *gin.Context) {
	p, err := h.wordsOf(c.Request.Context(), me(c), c.Param("station"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "feedbackwords", page{Title: "写的话", Section: "feedback", Me: me(c), Data: p})
}

func (h *Handler) wordsOf(ctx context.Context, who staff.Account, stationID string) (p wordsPage, err error) {
	all, err := h.Appointments.Feedback(ctx, clerkOfFeedback(ctx, who))
	if err != nil {
		return p, err
	}
	for _, f := range all {
		if f.Station.ID != stationID {
			continue
		}
		p.StationFeedback = f
		said, err := h.Appointments.Words(ctx, f)
		if err != nil {
			return p, err
		}
		for _, s := range said {
			w := saidWords{SaidWords: s}
			if s.Person != "" && h.AliasOf != nil {
				if w.Alias, err = h.AliasOf(ctx, s.Person); err != nil {
					return p, err
				}
			}
			p.Said = append(p.Said, w)
		}
		return p, nil
	}
	return p, booking.ErrNoStation
}
