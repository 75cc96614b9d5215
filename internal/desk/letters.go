package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) letterRoutes(work *gin.RouterGroup) {
	if h.Letters == nil {
		return
	}
	work.GET("/letters", h.need(staff.SeeLetters), h.showLetters)
	answers := h.need(staff.AnswerLetters)
	work.GET("/letters/:id", answers, h.showLetter)
	work.GET("/letters/:id/state", answers, h.letterState)
	work.POST("/letters/:id/draft", answers, h.saveLetterDraft)
	for path, do := range map[string]func(*gin.Context, string, letter.Actor) error{
		"claim": h.claimLetter, "release": h.releaseLetter, "handin": h.handInLetter, "adopt": h.adoptDraft, "away": h.putAwayDraft,
		"approve": h.approveLetter, "giveback": h.giveBackLetter,
	} {
		work.POST("/letters/:id/"+path, answers, h.onLetter(do))
	}
	work.POST("/letters/:id/alone", h.need(staff.LeadLetters), h.onLetter(h.sendLetterAlone))
	h.pieceRoutes(work, answers)
}

// writer is the signed-in member of staff as letters know them.
func writer(a staff.Account) letter.Actor {
	return letter.Actor{ID: a.ID, Name: a.DisplayName, Leads: a.May(staff.LeadLetters)}
}

// letterTab is one tab of the list, with how many letters stand in it.
type letterTab struct {
	Tab   letter.Tab
	Label string
	Count int
}

// letterLine is one letter of the list: nothing of what it says.
type letterLine struct {
	ID, Number  string
	Level       risk.Level
	State       letter.State
	Turns       int
	SentAt      time.Time
	Since       time.Time
	Claim       letter.Hand
	Mine        bool
	Checker     string // who handed the answer in
	AnsweredBy  string
	AnsweredAt  time.Time
	Rating      letter.Rating
	Piece       letter.PieceState
	Publishable bool
}

// letterList is what the list shows.
type letterList struct {
	Tab     letter.Tab
	Tabs    []letterTab
	Lines   []letterLine
	Next    string
	Opens   bool // the role may read letters
	Ratings []ratingCount
	Rated   int
}

type ratingCount struct {
	Label string
	N     int
}

// ratingsShown is from how many on ratings are shown: fewer would say who said what.
const ratingsShown = 10

func (h *Handler) showLetters(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	list := letterList{Tab: letter.Tab(c.Query("tab")), Opens: a.May(staff.AnswerLetters)}
	counts, err := h.Letters.Store.Counts(ctx, a.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	known := false
	for _, t := range []letterTab{{letter.TabWaiting, "等回信", 0}, {letter.TabMine, "我在写", 0}, {letter.TabChecking, "等同事看", 0}, {letter.TabAnswered, "已回", 0}, {letter.TabColumn, "栏目", 0}} {
		if !list.Opens && t.Tab == letter.TabMine {
			continue
		}
		t.Count = counts[t.Tab]
		known = known || t.Tab == list.Tab
		list.Tabs = append(list.Tabs, t)
	}
	if !known {
		list.Tab = letter.TabWaiting
	}
	ls, next, err := h.Letters.Store.Desk(ctx, letter.Filter{Tab: list.Tab, Staff: a.ID, Cursor: c.Query("cursor"), Limit: listSize})
	if err == nil {
		list.Next = next
		list.Lines, err = h.letterLines(ctx, a, list.Tab, ls)
	}
	if err == nil && list.Tab == letter.TabAnswered {
		list.Ratings, list.Rated, err = h.ratings(ctx)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "letters", page{Title: "来信", Section: "letters", Me: a, Scripts: []string{"letters.js"}, Data: list})
}

const listSize = 50

func (h *Handler) letterLines(ctx context.Context, a staff.Account, tab letter.Tab, ls []letter.Letter) ([]letterLine, error) {
	pieces := map[string]letter.PieceState{}
	if tab == letter.TabColumn {
		all, err := h.Letters.Store.Pieces(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			pieces[p.Letter] = p.State
		}
	}
	out := make([]letterLine, len(ls))
	for i, l := range ls {
		last, _ := l.LastAnswer()
		out[i] = letterLine{
			ID: l.ID, Number: l.Number(), Level: l.Level, State: l.State, Turns: len(l.Turns), SentAt: l.SentAt, Since: l.TurnAt, Claim: l.Claim, Mine: l.Claim.ID == a.ID,
			Checker: l.Pending.Name, AnsweredBy: last.By, AnsweredAt: last.AnsweredAt, Rating: l.Rating, Piece: pieces[l.ID], Publishable: l.Publishable(),
		}
	}
	return out, nil
}

func (h *Handler) ratings(ctx context.Context) (out []ratingCount, total int, err error) {
	counts, err := h.Letters.Store.Ratings(ctx)
	for _, r := range []letter.Rating{letter.Helped, letter.Soso, letter.Useless} {
		out, total = append(out, ratingCount{ratingLabel(r), counts[r]}), total+counts[r]
	}
	if total < ratingsShown {
		out = nil
	}
	return out, total, err
}

func ratingLabel(r letter.Rating) string {
	switch r {
	case letter.Helped:
		return "有帮助"
	case letter.Soso:
		return "一般"
	case letter.Useless:
		return "没帮助"
	}
	return ""
}

// openLetter is one letter as the desk shows it.
type openLetter struct {
	letter.Desk
	Notice string
	Text   string // of the answer, as it stands in the form
	Page   string // the key of this opened page: its texts are told apart from other pages'
	Me     letter.Actor
	Mine   bool
	Free   bool
	ToCase bool // the role may open the case that the letter raised
	Piece  letter.Piece
}

func (h *Handler) showLetter(c *gin.Context) {
	h.letterPage(c, http.StatusOK, "", "")
}

// letterPage shows a letter with a notice; typed is a text that was not taken.
func (h *Handler) letterPage(c *gin.Context, status int, notice, typed string) {
	ctx, a := c.Request.Context(), me(c)
	d, err := h.Letters.Open(ctx, c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	o := openLetter{
		Desk: d, Notice: notice, Text: d.Draft.Text, Page: newKey(), Me: writer(a), Mine: d.Claim.ID == a.ID, Free: d.Free(h.now()),
		ToCase: d.Case != "" && a.May(staff.ReadConversation),
	}
	if typed != "" {
		o.Text = typed
	}
	if d.Consent.Agreed == letter.Yes {
		if o.Piece, err = h.Letters.Piece(ctx, d.ID); err != nil {
			h.fail(c, err)
			return
		}
	}
	h.render(c, status, "letter", page{Title: "来信 " + d.Number(), Section: "letters", Me: a, Scripts: []string{"letters.js"}, Data: o})
}

// Rated is what its writer said of the answer, in words.
func (o openLetter) Rated() string { return ratingLabel(o.Rating) }

// Grave says that the letter reads as one that somebody must look after.
func (o openLetter) Grave() bool { return o.Level.AtLeast(risk.Medium) }

// onLetter does something to a letter and shows it again, with what went wrong.
func (h *Handler) onLetter(do func(*gin.Context, string, letter.Actor) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.Param("id")
		err := do(c, id, writer(me(c)))
		if err == nil {
			redirect(c, "/desk/letters/"+id)
			return
		}
		h.refuseLetter(c, err)
	}
}

func (h *Handler) refuseLetter(c *gin.Context, err error) {
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "letter not changed", "path", c.FullPath(), "err", err)
	}
	typed := ""
	if errors.Is(err, letter.ErrLong) || errors.Is(err, letter.ErrEmpty) || status >= http.StatusInternalServerError {
		typed = c.PostForm("text") // it was kept nowhere
	}
	h.letterPage(c, status, notice, typed)
}

// seenVersion is the version that stood on the page whose form was sent.
func seenVersion(c *gin.Context) int {
	n, err := strconv.Atoi(c.PostForm("version"))
	if err != nil {
		return -1 // no version that there is
	}
	return n
}

func answerText(c *gin.Context) letter.Text {
	return letter.Text{Text: c.PostForm("text"), Version: seenVersion(c), Page: c.PostForm("key")}
}

// saveLetterDraft saves what is being written, for the script that does so every few words, and for the button where there
// are no scripts.
func (h *Handler) saveLetterDraft(c *gin.Context) {
	id := c.Param("id")
	version, err := h.Letters.SaveDraft(c.Request.Context(), id, writer(me(c)), answerText(c))
	if c.GetHeader("Accept") != "application/json" {
		if err != nil {
			h.refuseLetter(c, err)
			return
		}
		redirect(c, "/desk/letters/"+id)
		return
	}
	if err != nil {
		status, notice := explain(err)
		if status >= http.StatusInternalServerError {
			h.Log.ErrorContext(c.Request.Context(), "draft not saved", "err", err)
		}
		c.JSON(status, gin.H{"version": version, "notice": notice})
		return
	}
	c.JSON(http.StatusOK, gin.H{"version": version, "at": clock(h.now(), h.now())})
}

// letterState tells an open page whether a colleague did something meanwhile. It says nothing of the letter.
func (h *Handler) letterState(c *gin.Context) {
	state, version, err := h.Letters.Stands(c.Request.Context(), c.Param("id"))
	if err != nil {
		status, notice := explain(err)
		c.JSON(status, gin.H{"notice": notice})
		return
	}
	c.JSON(http.StatusOK, gin.H{"version": version, "state": state})
}

func (h *Handler) claimLetter(c *gin.Context, id string, by letter.Actor) error {
	return h.Letters.Take(c.Request.Context(), id, by)
}

func (h *Handler) releaseLetter(c *gin.Context, id string, by letter.Actor) error {
	return h.Letters.Release(c.Request.Context(), id, by)
}

func (h *Handler) handInLetter(c *gin.Context, id string, by letter.Actor) error {
	_, err := h.Letters.HandIn(c.Request.Context(), id, by, answerText(c))
	return err
}

func (h *Handler) adoptDraft(c *gin.Context, id string, by letter.Actor) error {
	return h.Letters.Adopt(c.Request.Context(), id, c.PostForm("draft"), by, seenVersion(c))
}

func (h *Handler) putAwayDraft(c *gin.Context, id string, _ letter.Actor) error {
	return h.Letters.PutAway(c.Request.Context(), id, c.PostForm("draft"))
}

func (h *Handler) approveLetter(c *gin.Context, id string, by letter.Actor) error {
	return h.Letters.Approve(c.Request.Context(), id, by, seenVersion(c))
}

func (h *Handler) giveBackLetter(c *gin.Context, id string, by letter.Actor) error {
	return h.Letters.GiveBack(c.Request.Context(), id, by, c.PostForm("note"))
}

func (h *Handler) sendLetterAlone(c *gin.Context, id string, by letter.Actor) error {
	if err := h.Letters.SendAlone(c.Request.Context(), id, by, c.PostForm("note")); err != nil {
		return err
	}
	return h.Trail.Record(c.Request.Context(), audit.Event{Kind: audit.SendLetterAlone, Object: id})
}
