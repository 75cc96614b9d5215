package page

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
)

// Column is what the pages need of published letters.
type Column interface {
	// Column lists pieces of a topic that answer to some words, the closest first; all of them, the newest first, for "".
	Column(ctx context.Context, topic, words string) ([]letter.Piece, error)
	Shown(ctx context.Context, id string) (letter.Piece, error)
}

type lettersPage struct {
	Pieces []letter.Piece
	Topics []string
	Topic  string
	Words  string
	Found  int
	Before int // the page before and after this one, 0 for none
	After  int
	Danger bool
}

// lettersShown is how many letters stand on a page.
const lettersShown = 20

// searches lets a page send its form to us.
func searches(c *gin.Context) {
	c.Header("Content-Security-Policy", strings.Replace(c.Writer.Header().Get("Content-Security-Policy"), "form-action 'none'", "form-action 'self'", 1))
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4<<10)
}

// letters lists what is published. What somebody searches for is posted: their words stand in no address and no log.
func (h *Handler) letters(c *gin.Context) {
	p := lettersPage{Topics: letter.Topics(), Topic: c.Query("topic"), Words: strings.TrimSpace(c.PostForm("words"))}
	if !slices.Contains(p.Topics, p.Topic) {
		p.Topic = ""
	}
	all, err := h.Column.Column(c.Request.Context(), p.Topic, p.Words)
	if err != nil {
		h.fail(c, err)
		return
	}
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 || (n-1)*lettersShown >= len(all) {
		n = 1
	}
	from := (n - 1) * lettersShown
	p.Found, p.Before, p.Danger = len(all), n-1, p.Words != "" && h.Danger(p.Words)
	p.Pieces = all[from:min(from+lettersShown, len(all))]
	if from+lettersShown < len(all) && p.Words == "" { // a search shows its closest, and asks for other words beyond
		p.After = n + 1
	}
	h.show(c, http.StatusOK, "letters", p)
}

func (h *Handler) letterPiece(c *gin.Context) {
	p, err := h.Column.Shown(c.Request.Context(), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.show(c, http.StatusOK, "letter", p)
}

// begins is the beginning of a text, on one line.
func begins(text string) string {
	const most = 56
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most]) + "……"
}
