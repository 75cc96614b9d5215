package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// maxBody is the largest delivery that is read. The longest text that a phone sends has some 16,000 characters of 3 bytes, and
// comes twice in compatible mode, once in clear and once in base64.
const maxBody = 256 << 10

// hardLimit ends a handler that hangs; its message is durable by then.
const hardLimit = 30 * time.Second

// verify answers the console's check of the URL.
func (c *Channel) verify(g *gin.Context) {
	a := c.accounts[g.Param("account")]
	if a == nil {
		g.Status(http.StatusNotFound)
		return
	}
	q := g.Request.URL.Query()
	switch {
	case !sameText(q.Get("signature"), tencent.Signature([]byte(a.Token), []byte(q.Get("timestamp")), []byte(q.Get("nonce")))) || q.Get("echostr") == "":
		c.refuse(g, a, refusedSignature)
		return
	case !fresh(q.Get("timestamp"), c.o.Now()):
		c.refuse(g, a, refusedTime)
		return
	}
	g.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(q.Get("echostr")))
}

func (c *Channel) refuse(g *gin.Context, a *account, why reason) {
	c.metrics.refused.WithLabelValues(string(why)).Inc()
	c.o.Log.Warn("WeChat delivery refused", "account", a.Name, "reason", string(why), "status", why.status(), "mend", why.mend())
	g.AbortWithStatus(why.status())
}

// result is what a handler came to.
type result struct {
	replies []channel.Reply
	err     error
}

// receive takes one delivery. An answer inside the budget is given at once; past it the message is made durable,
// acknowledged, and answered when the answer is ready.
func (c *Channel) receive(g *gin.Context) {
	a := c.accounts[g.Param("account")]
	if a == nil {
		g.Status(http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(g.Writer, g.Request.Body, maxBody))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			c.refuse(g, a, refusedOversize)
			return
		}
		c.refuse(g, a, refusedBroken)
		return
	}
	began := c.o.Now()
	w, why := a.decode(g.Request.URL.Query(), body, began)
	if why != "" {
		c.refuse(g, a, why)
		return
	}
	in := a.inbound(w, began)
	c.metrics.messages.WithLabelValues(a.Name, known(w.MsgType)).Inc()
	c.finished(a, w)
	if in.Kind == channel.KindOther && in.Text == "" || in.Kind == channel.KindEvent && !c.heeds(a, w.Event) {
		c.acknowledge(g)
		return
	}
	if more, ok := c.rest(g.Request.Context(), a, in); ok {
		c.answer(g, a, w, passive{text: more})
		return
	}
	done := c.handle(g.Request.Context(), in)
	timer := time.NewTimer(c.o.Budget)
	defer timer.Stop()
	select {
	case r := <-done:
		c.settle(g, a, w, in, r)
	case <-timer.C:
		c.accept(g, a, in, done)
	}
	c.metrics.seconds.Observe(c.o.Now().Sub(began).Seconds())
}

// accept acknowledges a message whose answer is not ready. It is made durable before; where that cannot be, it is still at
// work in this process, and a refusal would show its sender that the account is broken.
func (c *Channel) accept(g *gin.Context, a *account, in channel.Inbound, done <-chan result) {
	if err := c.o.Accept(g.Request.Context(), in); err != nil {
		c.o.Log.Error("late message not made durable: its answer lives in this process alone", "account", a.Name, "error", err)
	}
	c.metrics.late.Inc()
	c.workers.do(func() { c.late(in, <-done) })
	c.acknowledge(g)
}

// handle runs the handler apart from the request, which the platform may break off.
func (c *Channel) handle(ctx context.Context, in channel.Inbound) <-chan result {
	done := make(chan result, 1)
	c.workers.do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardLimit)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				c.o.Log.Error("message handler panicked", "channel", in.Address)
				done <- result{err: errors.New("handler panicked")}
			}
		}()
		replies, err := c.o.Handle(ctx, in)
		done <- result{replies, err}
	})
	return done
}

func (c *Channel) settle(g *gin.Context, a *account, w wire, in channel.Inbound, r result) {
	if r.err != nil {
		failed := make(chan result, 1)
		failed <- r
		c.accept(g, a, in, failed)
		return
	}
	if in.Kind == channel.KindEvent && !in.Event.Type.Spoken() { // nobody would see an answer
		c.acknowledge(g)
		return
	}
	m, rest := c.render(g.Request.Context(), in.Address, r.replies)
	if m.empty() {
		c.acknowledge(g)
		return
	}
	if len(rest) > 0 {
		if err := c.keep(g.Request.Context(), a, in, leftover{Texts: rest}); err != nil {
			c.o.Log.Warn("the rest of a long answer is not kept", "account", a.Name, "error", err)
		}
	}
	c.answer(g, a, w, m)
}

// late delivers an answer that came after its message was acknowledged. What fails here is taken up from the spool.
func (c *Channel) late(in channel.Inbound, r result) {
	if r.err != nil {
		c.o.Log.Error("message not handled; it waits in the spool", "channel", in.Address, "error", r.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), hardLimit)
	defer cancel()
	if err := c.o.Late(ctx, in, r.replies, r.err); err != nil {
		c.o.Log.Error("late answer not delivered; it waits in the spool", "channel", in.Address, "error", err)
	}
}

func (c *Channel) acknowledge(g *gin.Context) {
	g.Data(http.StatusOK, "text/plain; charset=utf-8", []byte("success"))
}

// known keeps a stranger's type out of the metrics' labels.
func known(msgType string) string {
	switch msgType {
	case "text", "image", "voice", "video", "shortvideo", "location", "link", "event":
		return msgType
	}
	return "other"
}
