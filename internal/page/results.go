package page

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

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
	h.show(c, http.StatusOK, "results", resultsPage{rs, h.form(are[0].ID, startForm("check"))})
	return nil
}

type resultsPage struct {
	Results []survey.Result
	Form    string // begins another self-check
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

const replyHuman = "回复“人工”"

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
	if strings.Contains(p.Band.Next, replyHuman) { // written for the chat, where one says it; here stands a button
		p.Human, p.Band.Next = true, strings.ReplaceAll(p.Band.Next, replyHuman, "点“找老师聊聊”")
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
	begin, _ := startOf("human")
	begin.Back = "/p/result/" + r.Token
	return h.tap(c, me, key, begin)
}
