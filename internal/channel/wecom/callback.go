package wecom

import (
	"crypto/subtle"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const (
	maxBody = 64 << 10        // the largest call that is read
	window  = 5 * time.Minute // how far a timestamp may be from now
	hintFor = 10 * time.Minute
)

// hint is the token that a call brings; with it pulling is bounded by nothing, without it the platform allows it rarely.
type hint struct {
	token string
	at    time.Time
}

// reason says why a call was refused; it is a metric's label and a log line's word.
type reason string

const (
	refusedSignature reason = "signature"
	refusedTime      reason = "timestamp"
	refusedBody      reason = "body"
	refusedDecrypt   reason = "decrypt"
	refusedCorp      reason = "corpid"
)

func (r reason) mend() string {
	switch r {
	case refusedSignature:
		return "token in the configuration and in the console must be the same"
	case refusedTime:
		return "set the server's clock (NTP): it is more than 5 minutes from the platform's"
	case refusedDecrypt:
		return "aes_key in the configuration and EncodingAESKey in the console must be the same"
	case refusedCorp:
		return "corp_id in the configuration must be the company's own: the call was sealed for another"
	case refusedBody:
	}
	return "nothing, unless the platform sent it: then keep the time and the reason"
}

func (c *Channel) refuse(g *gin.Context, a *account, why reason) {
	c.metrics.refused.WithLabelValues(string(why)).Inc()
	c.o.Log.Warn("WeCom call refused", "account", a.Name, "reason", string(why), "mend", why.mend())
	status := http.StatusForbidden
	if why == refusedBody {
		status = http.StatusBadRequest
	}
	g.AbortWithStatus(status)
}

// open checks and opens what a call carries: the echo of a verification, or the envelope of an event.
func (c *Channel) open(g *gin.Context, a *account, candidates [][]byte) ([]byte, reason) {
	q := g.Request.URL.Query()
	ts, nonce := q.Get("timestamp"), q.Get("nonce")
	for _, sealed := range candidates {
		want := tencent.Signature([]byte(a.Token), []byte(ts), []byte(nonce), sealed)
		if subtle.ConstantTimeCompare([]byte(q.Get("msg_signature")), []byte(want)) != 1 {
			continue
		}
		n, err := strconv.ParseInt(ts, 10, 64)
		if err != nil || c.o.Now().Sub(time.Unix(n, 0)).Abs() > window {
			return nil, refusedTime
		}
		clear, err := a.codec.Open(sealed)
		switch {
		case errors.Is(err, tencent.ErrOwner):
			return nil, refusedCorp
		case err != nil:
			return nil, refusedDecrypt
		}
		return clear, ""
	}
	return nil, refusedSignature
}

// verify answers the console's check of the URL.
func (c *Channel) verify(g *gin.Context) {
	a := c.accounts[g.Param("account")]
	if a == nil {
		g.Status(http.StatusNotFound)
		return
	}
	clear, why := c.open(g, a, [][]byte{[]byte(g.Query("echostr"))})
	if why != "" {
		c.refuse(g, a, why)
		return
	}
	g.Data(http.StatusOK, "text/plain; charset=utf-8", clear)
}

// receive takes a call. It is answered at once: it carries nothing that could be lost, and what it hints at stays with the
// platform until the cursor has passed it.
func (c *Channel) receive(g *gin.Context) {
	a := c.accounts[g.Param("account")]
	if a == nil {
		g.Status(http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(g.Writer, g.Request.Body, maxBody))
	if err != nil {
		c.refuse(g, a, refusedBody)
		return
	}
	all := tencent.SealedIn(body)
	if len(all) == 0 {
		c.refuse(g, a, refusedBody)
		return
	}
	clear, why := c.open(g, a, all)
	if why != "" {
		c.refuse(g, a, why)
		return
	}
	var event struct {
		Event    string `xml:"Event"`
		Token    string `xml:"Token"`
		OpenKfID string `xml:"OpenKfId"`
	}
	if err := xml.Unmarshal(clear, &event); err != nil {
		c.refuse(g, a, refusedBody)
		return
	}
	if event.Event == "kf_msg_or_event" && (event.OpenKfID == "" || event.OpenKfID == a.OpenKfID) {
		a.mu.Lock()
		a.hint = hint{token: event.Token, at: c.o.Now()}
		a.mu.Unlock()
		a.rouse()
	}
	g.Data(http.StatusOK, "text/plain; charset=utf-8", []byte("success"))
}

// rouse lets the account be pulled soon.
func (a *account) rouse() {
	select {
	case a.wake <- struct{}{}:
	default: // it is going to be
	}
}

// token is what the last call brought, while it is good.
func (a *account) token(now time.Time) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.hint.at) > hintFor {
		return ""
	}
	return a.hint.token
}
