package desk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// The errors of letters as the desk shows them; whoever satisfies Letters returns ErrNoLetter and ErrAnswered.
var (
	ErrNoLetter = errNoLetter
	ErrAnswered = errAnswered

	errNoLetter    = errors.New("desk: no such letter")
	errAnswered    = errors.New("desk: the letter has an answer")
	errEmptyAnswer = errors.New("desk: the answer is empty")
	errLongAnswer  = errors.New("desk: the answer is too long")
)

// maxAnswer is how many characters an answer may have.
const maxAnswer = 4000

// Letter is an anonymous letter as the desk may see it: a number and what it says, never who wrote it. A list leaves
// Text and Answer empty.
type Letter struct {
	ID         string
	Number     string
	Level      risk.Level
	At         time.Time
	Text       string
	Answer     string
	AnsweredBy string
	AnsweredAt time.Time // zero while it waits
}

// Waits says that the letter has no answer yet.
func (l Letter) Waits() bool { return l.AnsweredAt.IsZero() }

// Letters is what the desk needs of anonymous letters.
type Letters interface {
	// Letters returns a page: waiting ones first, the more dangerous before, then the oldest.
	Letters(ctx context.Context, cursor string, limit int) ([]Letter, string, error)
	Letter(ctx context.Context, id string) (Letter, error)
	AnswerLetter(ctx context.Context, id string, by staff.Account, text string) error
}

type letterLine = Letter

// openLetter is one letter with its answer form.
type openLetter struct {
	Letter
	Notice string
	Draft  string // what was typed, where it could not be sent
}

const listSize = 50

func (h *Handler) showLetters(c *gin.Context) {
	ls, next, err := h.Letters.Letters(c.Request.Context(), c.Query("cursor"), listSize)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "letters", page{Title: "来信", Section: "letters", Me: me(c), Letters: ls, Next: next})
}

func (h *Handler) showLetter(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	l, err := h.Letters.Letter(ctx, id)
	if err != nil {
		h.fail(c, err)
		return
	}
	if err := h.Staff.Log(ctx, me(c), staff.ActionOpenLetter, id); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "letter", page{Title: "来信 " + l.Number, Section: "letters", Me: me(c), Letter: &openLetter{Letter: l}})
}

func (h *Handler) answerLetter(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	text := strings.TrimSpace(strings.ReplaceAll(c.PostForm("text"), "\r\n", "\n"))
	err := h.answer(ctx, id, me(c), text)
	if err == nil {
		redirect(c, "/desk/letters/"+id)
		return
	}
	l, getErr := h.Letters.Letter(ctx, id)
	if getErr != nil {
		h.fail(c, getErr)
		return
	}
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(ctx, "letter not answered", "err", err)
	}
	h.render(c, status, "letter", page{Title: "来信 " + l.Number, Section: "letters", Me: me(c), Letter: &openLetter{Letter: l, Notice: notice, Draft: text}})
}

func (h *Handler) answer(ctx context.Context, id string, by staff.Account, text string) error {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return errEmptyAnswer
	case n > maxAnswer:
		return errLongAnswer
	}
	return h.Letters.AnswerLetter(ctx, id, by, text)
}
