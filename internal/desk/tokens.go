package desk

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) tokenRoutes(work *gin.RouterGroup) {
	keeps := h.need(staff.ManageTokens)
	work.GET("/tokens", keeps, h.showTokens)
	work.POST("/tokens", keeps, h.token(h.createToken))
	work.POST("/tokens/:id/revoke", keeps, h.token(h.revokeToken))
}

// tokensPage is which programs use the API.
type tokensPage struct {
	Lines  []tokenLine
	Rights []staff.Right
	Days   []int

	Notice, Secret string // what was just done; the secret is shown once
	Name           string // as it was typed
}

type tokenLine struct {
	staff.Token
	State string // good, old (without an end), expired, revoked
}

// tokenDays are the lives of a token that the form offers.
var tokenDays = []int{30, 90, 180, 366}

func (h *Handler) showTokens(c *gin.Context) { h.renderTokens(c, http.StatusOK, tokensPage{}, "") }

func (h *Handler) renderTokens(c *gin.Context, status int, p tokensPage, problem string) {
	all, err := h.Staff.Tokens(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	for _, t := range all {
		p.Lines = append(p.Lines, tokenLine{t, tokenState(t, h.now())})
	}
	p.Rights, p.Days = staff.TokenRights(), tokenDays
	h.render(c, status, "tokens", page{Title: "接口令牌", Section: "accounts", Me: me(c), Data: p, Problem: problem})
}

func tokenState(t staff.Token, now time.Time) string {
	err := t.Good(now)
	switch {
	case errors.Is(err, staff.ErrTokenRevoked):
		return "revoked"
	case err != nil:
		return "expired"
	case t.ExpiresAt.IsZero():
		return "old"
	}
	return "good"
}

func (h *Handler) token(do func(c *gin.Context, p *tokensPage) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		h.byMe(c)
		var p tokensPage
		err := do(c, &p)
		status, text := http.StatusOK, ""
		if err != nil {
			if status, text = explain(err); status >= http.StatusInternalServerError {
				h.fail(c, err)
				return
			}
		}
		h.renderTokens(c, status, p, text)
	}
}

// createToken makes a token of the narrowest role that has all the rights that were ticked.
func (h *Handler) createToken(c *gin.Context, p *tokensPage) error {
	p.Name = c.PostForm("name")
	days, err := strconv.Atoi(c.PostForm("days"))
	if err != nil || !slices.Contains(tokenDays, days) {
		return staff.ErrInvalid
	}
	n := staff.NewToken{Name: p.Name, Life: time.Duration(days) * 24 * time.Hour, MadeBy: me(c).DisplayName}
	for _, r := range c.PostFormArray("rights") {
		n.Scope = append(n.Scope, staff.Right(r))
	}
	if n.Role = narrowest(n.Scope); n.Role == "" {
		return staff.ErrInvalid
	}
	if _, p.Secret, err = h.Staff.CreateToken(c.Request.Context(), n); err != nil {
		return err
	}
	p.Name, p.Notice = "", "令牌建好了。下面这一串只显示这一次，请现在就交给用它的程序。"
	return nil
}

// narrowest is the role with the least beside some rights; "" for no right, or where no role has them all.
func narrowest(scope []staff.Right) staff.Role {
	if len(scope) == 0 {
		return ""
	}
	for _, role := range []staff.Role{staff.Reader, staff.Admin, staff.Counsellor} {
		if !slices.ContainsFunc(scope, func(r staff.Right) bool { return !role.May(r) }) {
			return role
		}
	}
	return ""
}

func (h *Handler) revokeToken(c *gin.Context, p *tokensPage) error {
	p.Notice = "令牌收回了，用它的程序马上就读不到数据了。"
	return h.Staff.RevokeToken(c.Request.Context(), c.Param("id"))
}
