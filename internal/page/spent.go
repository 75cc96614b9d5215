package page

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
)

// by says whom a request is counted for: where it comes from. A cookie of a page is given to whoever asks.
func by(c *gin.Context) budget.By { return budget.From(c.ClientIP()) }

// viewed counts what is looked at and searched, and says to the domains where it comes from.
func (h *Handler) viewed(c *gin.Context) {
	c.Request = c.Request.WithContext(budget.With(c.Request.Context(), by(c)))
	if err := h.Budget.Take(c.Request.Context(), budget.View, by(c)); err != nil && !h.tellsOfDanger(c) {
		h.fail(c, err)
		c.Abort()
	}
}

// tellsOfDanger says whether somebody wrote or searches for something that the assistant must hear: no bound stands before it.
func (h *Handler) tellsOfDanger(c *gin.Context) bool {
	for _, vs := range c.Request.URL.Query() {
		for _, v := range vs {
			if len(v) <= formBytes && h.Hears(v) {
				return true
			}
		}
	}
	if c.Request.Method != http.MethodPost {
		return false
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formBytes)
	if c.Request.ParseForm() != nil {
		return false
	}
	for name, vs := range c.Request.PostForm {
		for _, v := range vs {
			if name != formField && h.Hears(v) {
				return true
			}
		}
	}
	return false
}

// guessed stands before addresses that whoever holds them may open: a network from which many wrong ones came gets none
// for a while.
func (h *Handler) guessed(c *gin.Context) {
	if err := h.Budget.Spent(c.Request.Context(), budget.Look, by(c)); err != nil {
		h.fail(c, err)
		c.Abort()
	}
}

// wrong counts an address that leads nowhere.
func (h *Handler) wrong(c *gin.Context) { h.Budget.Note(c.Request.Context(), budget.Look, by(c)) }

// spentPage says when it works again, and where there is help meanwhile.
type spentPage struct{ When string }

func (h *Handler) spent(c *gin.Context, e *budget.RefusedError) {
	now := h.Now()
	c.Header("Retry-After", strconv.Itoa(max(1, int(e.Again.Sub(now)/time.Second)+1)))
	h.show(c, http.StatusTooManyRequests, "spent", spentPage{e.When(now)})
}
