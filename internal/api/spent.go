package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
)

// spent answers a program that asks too much, or an address from which too many wrong tokens came, and says when it works again.
func (h *Handler) spent(a huma.API, ctx huma.Context, err error) {
	var e *budget.RefusedError
	if errors.As(err, &e) {
		ctx.SetHeader("Retry-After", strconv.Itoa(max(1, int(time.Until(e.Again)/time.Second)+1)))
	}
	_ = huma.WriteErr(a, ctx, http.StatusTooManyRequests, "too many requests; Retry-After says in how many seconds it works again")
}
