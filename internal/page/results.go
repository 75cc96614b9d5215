package page

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// Results is what the pages need of self-checks.
type Results interface {
	Own(ctx context.Context, personID, token string) (survey.Result, error)
	Mine(ctx context.Context, personID string) ([]survey.Result, error)
	Show(ctx context.Context, personID, id string, shown bool) error
}

func (h *Handler) results(c *gin.Context, are []identity) error {
	rs, err := h.Results.Mine(c.Request.Context(), are[0].ID)
	if err != nil {
		return err
	}
	h.show(c, http.StatusOK, "results", rs)
	return nil
}

type resultPage struct {
	survey.View
	Token string
	Form  string
	Human bool // what may come next, as its band says
	Visit bool
	Learn bool
}

func (h *Handler) ownResult(c *gin.Context, are []identity) (survey.Result, identity, error) {
	return ofAny(are, survey.ErrNotFound, func(id string) (survey.Result, error) {
		return h.Results.Own(c.Request.Context(), id, c.Param("token"))
	})
}

func (h *Handler) result(c *gin.Context, are []identity) error {
	r, me, err := h.ownResult(c, are)
	if err != nil {
		return err
	}
	p := resultPage{View: r.View, Token: r.Token, Form: h.form(me.ID, r.ID)}
	for _, step := range r.View.Band.Then {
		p.Human, p.Visit, p.Learn = p.Human || step == "human", p.Visit || step == "booking", p.Learn || step == "courses"
	}
	if !p.Human && !p.Visit && !p.Learn {
		p.Human, p.Visit, p.Learn = true, true, true
	}
	h.show(c, http.StatusOK, "result", p)
	return nil
}

// share shows a result to the counsellors, or hides it from them again.
func (h *Handler) share(c *gin.Context, are []identity) error {
	r, _, err := h.ownResult(c, are)
	if err != nil {
		return err
	}
	_, me, err := h.given(c, are, r.ID)
	if err != nil {
		return err
	}
	if err := h.Results.Show(c.Request.Context(), me.ID, r.ID, c.PostForm("show") != ""); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/p/result/"+r.Token)
	return nil
}

// humanKey is the menu's key for somebody who wants to talk with a person.
const humanKey = "HUMAN"

// human asks for a counsellor, as the button of the menu does, and shows what the assistant answers.
func (h *Handler) human(c *gin.Context, are []identity) error {
	r, _, err := h.ownResult(c, are)
	if err != nil {
		return err
	}
	key, me, err := h.given(c, are, r.ID)
	if err != nil {
		return err
	}
	replies, err := h.Say(c.Request.Context(), me.ID, session.Network(c.ClientIP()), channel.Inbound{ID: key, Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventClick, Name: "CLICK", Key: humanKey}})
	if err != nil {
		return err
	}
	h.show(c, http.StatusOK, "heard", heardPage{Replies: replies, Back: "/p/result/" + r.Token, Human: true})
	return nil
}
