package desk

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// ReadyAnswer is a sentence of the editors that fits the person of a case, said by whoever asks for it.
type ReadyAnswer struct {
	Title string `json:"title"`
	Group string `json:"group"`
	Text  string `json:"text"`
}

func (h *Handler) readyRoutes(work *gin.RouterGroup) {
	if h.Ready != nil {
		work.GET("/cases/:id/ready", h.need(staff.Talk), h.readyAnswers)
	}
}

// readyAnswers gives the reply box its list. Nothing is sent by choosing one.
func (h *Handler) readyAnswers(c *gin.Context) {
	k, err := h.Cases.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	all, err := h.Ready(c.Request.Context(), k.Person, me(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"ready": all})
}
