package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// typing tells the counsellor who has the conversation that the person is writing. Nothing of what is written is sent, and
// nobody is told while no human is there.
func (c *Chat) typing(g *gin.Context) {
	from, ok := c.visitor(g)
	if !ok {
		return
	}
	ctx := g.Request.Context()
	p, err := c.o.People.Find(ctx, from)
	if errors.Is(err, person.ErrNotFound) {
		g.Status(http.StatusNoContent)
		return
	}
	if err == nil {
		var with string
		if with, err = c.o.Talking(ctx, p.ID); err == nil && with != "" {
			err = c.o.Bus.Publish(ctx, live.TopicTyping(p.ID))
		}
	}
	if err != nil { // a sign of life that is lost is missed by nobody
		c.o.Log.Warn("typing not told", "error", err)
	}
	g.Status(http.StatusNoContent)
}
