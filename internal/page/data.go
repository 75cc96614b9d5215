package page

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
)

// data shows all that is held of a person, by a link that works for half an hour; ?as=file is the same as JSON to keep.
func (h *Handler) data(c *gin.Context) {
	r, err := h.Record(c.Request.Context(), c.Param("token"))
	if err != nil {
		h.fail(c, err)
		return
	}
	if c.Query("as") != "file" {
		h.show(c, http.StatusOK, "data", r)
		return
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="xinqiao.json"; filename*=UTF-8''%E6%88%91%E7%9A%84%E8%B5%84%E6%96%99.json`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", raw)
}
