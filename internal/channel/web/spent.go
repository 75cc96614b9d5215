package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// by says whom a request is counted for.
func (c *Chat) by(g *gin.Context) budget.By {
	by := budget.From(g.ClientIP())
	if from, ok := c.visitors.Of(g.Request); ok {
		by = by.As(from.User.Reveal())
	}
	return by
}

// Minded is how near to help somebody is.
type Minded int

// A person of whom nothing is open; one who has a case; one who was asked whether they are in danger, and whose next word,
// however short, may say so.
const (
	NotMinded Minded = iota
	HasCase
	WasAsked
)

// mayNotSay is why a message is not handled: somebody writes faster than anybody can, or one network makes more visitors than
// it has people. Words that may tell of danger are always handled, so is the answer to whether there is any, and whoever has
// a case is held up by their own haste alone, never by their neighbours'.
func (c *Chat) mayNotSay(g *gin.Context, in channel.Inbound) error {
	if c.o.Budget == nil || in.Kind == channel.KindText && c.o.Danger(in.Text) {
		return nil
	}
	ctx, by := g.Request.Context(), c.by(g)
	p, err := c.o.People.Find(ctx, in.Address)
	known := err == nil
	if no := c.o.Budget.Take(ctx, budget.Message, by); no != nil {
		if !known {
			return no
		}
		minded, failed := c.o.Minded(ctx, p.ID)
		var e *budget.RefusedError
		if failed != nil || minded == WasAsked || minded == HasCase && errors.As(no, &e) && e.Per != budget.PerPerson {
			return nil //nolint:nilerr // whoever was asked about danger, or may have been, is heard whatever is spent
		}
		return no
	}
	if errors.Is(err, person.ErrNotFound) {
		return c.o.Budget.Take(ctx, budget.Visitor, by)
	}
	return nil
}

// viewed counts what is looked at.
func (c *Chat) viewed(g *gin.Context) {
	if err := c.o.Budget.Take(g.Request.Context(), budget.View, c.by(g)); err != nil {
		c.spent(g, err)
	}
}

// Whoever is refused may need help: each refusal says where there is some at once.
const helpAtOnce = "情况紧急、心里很难受，请直接拨打 12356、120 或 110，不用等"

// spent says what is spent, and when it works again.
func (c *Chat) spent(g *gin.Context, err error) {
	var e *budget.RefusedError
	if !errors.As(err, &e) {
		c.o.Log.Error("a budget was not read", "error", err)
		fail(g, http.StatusServiceUnavailable, "系统这会儿有点忙，请稍后再试。"+helpAtOnce)
		return
	}
	now := c.o.Now()
	g.Header("Retry-After", strconv.Itoa(max(1, int(e.Again.Sub(now)/time.Second)+1)))
	when := e.When(now)
	var words string
	switch {
	case e.Thing == budget.Picture:
		words = "图片发得太快了，" + when + "再发，或者打字告诉老师"
	case e.Thing == budget.Stream:
		words = "开着的聊天页面太多了，关掉几个就能连上；不关也能聊，只是回话要刷新才看得到"
	case e.Per == budget.PerPerson:
		words = "发得太快了，这一句没有收到，" + when + "再发"
	default:
		words = "这个网络上（比如学校的无线网）用的人太多了，这一句没有收到，" + when + "再发，或者换手机流量试试"
	}
	fail(g, http.StatusTooManyRequests, words+"。"+helpAtOnce)
}
