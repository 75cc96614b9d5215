package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// Where an account has subscription notices, a page of WeChat's own browser shows the platform's button by which a person
// agrees to get them. What they agreed to the platform tells us itself, as an event: the page reports nothing.

// Notices asks people whether they want to get notices.
type Notices interface {
	// Templates are those that an account asks for, at most three; none where it has no notices.
	Templates(account string) []string
	// Prove lets the platform's button stand on the page of an address.
	Prove(ctx context.Context, account, address, nonce string) (Proof, error)
}

// Proof is what the platform's script is told of a page.
type Proof struct {
	AppID     string
	Timestamp int64
	Nonce     string
	Signature string
}

// noticesPolicy lets in the platform's script and the frames in which it draws its button, on this page alone. The words in
// the last item are the platform's own demand for pages with a policy.
const noticesPolicy = "default-src 'none'; script-src 'self' https://res.wx.qq.com; style-src 'self'; img-src 'self' https: data:; connect-src https://*.qq.com; frame-src https://*.qq.com webcompt:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type noticesPage struct {
	Templates string // with commas between them
	Proof     *Proof
	Busy      bool
}

// notices is where somebody agrees to be reminded.
func (h *Handler) notices(c *gin.Context, _ identity) error {
	account := h.Account
	if via := c.Query(viaKey); via != "" && h.Platform != nil && h.Platform.Knows(via) {
		account = via
	}
	var ids []string
	if h.Notices != nil {
		ids = h.Notices.Templates(account)
	}
	if len(ids) == 0 {
		h.Missing(c)
		return nil
	}
	p := noticesPage{Templates: strings.Join(ids, ",")}
	if inWeChat(c) {
		proof, err := h.Notices.Prove(c.Request.Context(), account, h.PublicURL+c.Request.URL.RequestURI(), rand.Text())
		if err != nil {
			h.Log.Warn("the button for notices cannot be shown", "account", account, "error", err)
			p.Busy = true
		} else {
			p.Proof = &proof
			c.Header("Content-Security-Policy", noticesPolicy)
		}
	}
	h.show(c, http.StatusOK, "notices", p)
	return nil
}

// offers is where a visitor may agree to be reminded, "" where they cannot.
func (h *Handler) offers(c *gin.Context) string {
	account := h.Account
	if via := c.Query(viaKey); via != "" {
		account = via
	}
	if h.Notices == nil || !inWeChat(c) || len(h.Notices.Templates(account)) == 0 {
		return ""
	}
	if account != h.Account {
		return "/p/notices?" + url.Values{viaKey: {account}}.Encode()
	}
	return "/p/notices"
}
