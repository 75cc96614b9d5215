package page

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
)

// Every form carries a word that we gave to this person for this page: a form that another site sends is refused, and the
// same form sent twice is done once, for the word is its idempotency key too.

const (
	formField = "form"
	formBytes = 16 << 10
)

var errForm = errors.New("page: a form that we did not give")

// form returns a fresh word for a form of a person on a page.
func (h *Handler) form(personID, page string) string {
	nonce := rand.Text()
	return nonce + "." + h.mark(personID, page, nonce)
}

func (h *Handler) mark(personID, page, nonce string) string {
	return h.Sealer.Digest("page form", personID, page, nonce)[:32]
}

// given returns the idempotency key of a form that was sent, and whose it is.
func (h *Handler) given(c *gin.Context, are []identity, page string) (key string, me identity, err error) {
	nonce, mark, _ := strings.Cut(c.PostForm(formField), ".")
	for _, me := range are {
		if nonce != "" && subtle.ConstantTimeCompare([]byte(mark), []byte(h.mark(me.ID, page, nonce))) == 1 {
			return "page:" + nonce, me, nil
		}
	}
	return "", identity{}, errForm
}

// sends lets a page send its form to us.
func (h *Handler) sends(c *gin.Context) {
	allow(c, "form-action 'none'", "form-action 'self'")
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formBytes)
	if c.Request.Method != http.MethodPost {
		return
	}
	if err := h.Budget.Take(c.Request.Context(), budget.Form, by(c)); err != nil && !h.tellsOfDanger(c) {
		h.fail(c, err)
		c.Abort()
	}
}

// allow loosens one rule of the page's policy.
func allow(c *gin.Context, was, is string) {
	const policy = "Content-Security-Policy"
	c.Header(policy, strings.Replace(c.Writer.Header().Get(policy), was, is, 1))
}
