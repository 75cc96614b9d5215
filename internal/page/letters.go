package page

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/session"
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
	Form   string // begins a letter of one's own; "" for who is not known
}

// lettersShown is how many letters stand on a page.
const lettersShown = 20

// letters lists what is published. What somebody searches for is posted: their words stand in no address and no log.
func (h *Handler) letters(c *gin.Context, me identity) error {
	p := lettersPage{Topics: letter.Topics(), Topic: c.Query("topic"), Words: strings.TrimSpace(c.PostForm("words"))}
	if !slices.Contains(p.Topics, p.Topic) {
		p.Topic = ""
	}
	all, err := h.Letters.Column(c.Request.Context(), p.Topic, p.Words)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 || (n-1)*lettersShown >= len(all) {
		n = 1
	}
	from := (n - 1) * lettersShown
	p.Found, p.Before, p.Danger = len(all), n-1, h.sought(c, me, p.Words)
	p.Pieces = all[from:min(from+lettersShown, len(all))]
	if from+lettersShown < len(all) && p.Words == "" { // a search shows its closest, and asks for other words beyond
		p.After = n + 1
	}
	if me.level >= self {
		p.Form = h.form(me.ID, startForm("letter"))
	}
	h.show(c, http.StatusOK, "letters", p)
	return nil
}

// sought says whether what somebody searches for tells of danger: then the page gives the hotlines. Whoever surely looks at it
// is heard by the assistant too, once a day for the same words, so that a human gets to know.
func (h *Handler) sought(c *gin.Context, me identity, words string) bool {
	if words == "" || !h.Danger(words) {
		return false
	}
	if me.level < self { // a link may be in other hands
		return true
	}
	key := h.Sealer.Digest("sought", me.ID, words, h.Now().In(citytime.Zone).Format(time.DateOnly))
	if _, err := h.Say(c.Request.Context(), me.ID, session.Network(c.ClientIP()), channel.Inbound{ID: key, Kind: channel.KindText, Text: words}); err != nil {
		h.Log.Error("words of danger in a search are not heard", "error", err)
	}
	return true
}

func (h *Handler) letterPiece(c *gin.Context) {
	p, err := h.Letters.Shown(c.Request.Context(), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.show(c, http.StatusOK, "letter", p)
}

// begins is the beginning of a text, on one line.
func begins(text string) string { return short(56, strings.Join(strings.Fields(text), " ")) }

// short is a text of at most so many characters.
func short(most int, text string) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most]) + "……"
}
