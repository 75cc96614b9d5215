package page

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// habit shows the picture of 21 days. It says whose it is to nobody, and changes when a late tick is added.
func (h *Handler) habit(c *gin.Context) {
	png, err := h.Habit(c.Request.Context(), c.Param("token"))
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, max-age=3600")
	c.Data(http.StatusOK, "image/png", png)
}
