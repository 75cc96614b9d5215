package page

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
)

// Presence asks a new visitor of the web chat to show that somebody is there.
type Presence interface {
	Ask(personID string) (presence.Question, error)
	Take(ctx context.Context, personID string, by budget.By, a presence.Answer) error
	Shown(ctx context.Context, personID string) bool
}

// presencePath is where one tap, or an easy question, shows that somebody is there.
const presencePath = "/p/present"

type presentPage struct {
	presence.Question
	Form  string
	To    string // where they were; "" where it was the chat
	Wrong bool
	Done  bool
}

// present asks, and takes the answer. Where it leads back to, everything still stands as it was.
func (h *Handler) present(c *gin.Context, are []identity) error {
	me, ctx := are[0], c.Request.Context()
	p := presentPage{To: ours(c.Query("to"))}
	if p.To == "/p/" {
		p.To = ""
	}
	if c.Request.Method == http.MethodPost {
		var err error
		if _, me, err = h.given(c, are, presencePath); err != nil {
			return err
		}
		err = h.Presence.Take(ctx, me.ID, by(c), presence.Answer{Token: c.PostForm("token"), Work: c.PostForm("work"), Choice: c.PostForm("choice")})
		if err != nil && !errors.Is(err, presence.ErrWrong) {
			return err
		}
		p.Wrong, p.Done = err != nil, err == nil
	} else {
		p.Done = h.Presence.Shown(ctx, me.ID)
	}
	if p.Done && p.To != "" {
		c.Redirect(http.StatusSeeOther, p.To)
		return nil
	}
	status := http.StatusOK
	if !p.Done {
		var err error
		if p.Question, err = h.Presence.Ask(me.ID); err != nil {
			return err
		}
		p.Form = h.form(me.ID, presencePath)
		allow(c, "style-src", "script-src 'self'; style-src")
		if p.Wrong {
			status = http.StatusUnprocessableEntity
		}
	}
	h.show(c, status, "present", p)
	return nil
}
