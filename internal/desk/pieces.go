package desk

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) pieceRoutes(work *gin.RouterGroup, answers gin.HandlerFunc) {
	work.GET("/letters/:id/piece", answers, h.showPiece)
	work.POST("/letters/:id/piece", answers, h.editPiece)
	work.POST("/letters/:id/publish", h.need(staff.LeadLetters), h.publishPiece)
	work.POST("/letters/:id/unpublish", h.need(staff.LeadLetters), h.unpublishPiece)
}

// openPiece is a letter on its way into the public column.
type openPiece struct {
	letter.Letter
	Piece  letter.Piece
	Words  letter.Words  // as they stand in the form
	Saved  *letter.Words // what a colleague saved meanwhile, where the form has other words
	Notice string
	Traces []string // what in the words may lead to the writer, as far as a machine sees
	Leads  bool
	Second bool // another than its editor must publish it
	Own    bool // I wrote it last
}

// Topics are what a piece may stand under.
func (openPiece) Topics() []string { return letter.Topics() }

// Ticks is the checklist.
func (openPiece) Ticks() []string { return letter.Ticks() }

func (h *Handler) showPiece(c *gin.Context) {
	h.piecePage(c, http.StatusOK, "", nil)
}

// piecePage shows a piece with a notice; typed are words that were not taken.
func (h *Handler) piecePage(c *gin.Context, status int, notice string, typed *letter.Words) {
	ctx, a := c.Request.Context(), me(c)
	d, err := h.Letters.Open(ctx, c.Param("id"))
	if err == nil && d.Consent.Agreed != letter.Yes {
		err = letter.ErrConsent
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	p, err := h.Letters.Piece(ctx, d.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	o := openPiece{Letter: d.Letter, Piece: p, Words: p.Words, Notice: notice, Leads: a.May(staff.LeadLetters), Second: d.Second, Own: p.Edited.ID == a.ID}
	if p.Version == 0 { // what is to be rewritten, to begin with
		last, _ := d.LastAnswer()
		o.Words = letter.Words{Letter: d.Turns[0].Text, Answer: last.Answer}
	}
	if typed != nil {
		o.Words = *typed
		if p.Version > 0 && p.Words != *typed {
			o.Saved = &p.Words
		}
	}
	o.Traces = letter.Traces(o.Words)
	h.render(c, status, "piece", page{Title: "栏目 · 来信 " + d.Number(), Section: "letters", Me: a, Data: o})
}

func (h *Handler) editPiece(c *gin.Context) {
	id := c.Param("id")
	words := letter.Words{Title: c.PostForm("title"), Topic: c.PostForm("topic"), Letter: c.PostForm("letter"), Answer: c.PostForm("answer")}
	edit := letter.Edit{Words: words, Version: seenVersion(c), Propose: c.PostForm("do") == "propose", Ticked: len(c.PostFormArray("tick"))}
	if err := h.Letters.EditPiece(c.Request.Context(), id, writer(me(c)), edit); err != nil {
		h.refusePiece(c, err, &words)
		return
	}
	redirect(c, "/desk/letters/"+id+"/piece")
}

func (h *Handler) refusePiece(c *gin.Context, err error, typed *letter.Words) {
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "piece not changed", "path", c.FullPath(), "err", err)
	}
	h.piecePage(c, status, notice, typed)
}

func (h *Handler) publishPiece(c *gin.Context) {
	h.columnStep(c, audit.PublishLetter, func(id string, by letter.Actor) error {
		return h.Letters.Publish(c.Request.Context(), id, by, seenVersion(c))
	})
}

func (h *Handler) unpublishPiece(c *gin.Context) {
	h.columnStep(c, audit.UnpublishLetter, func(id string, by letter.Actor) error {
		return h.Letters.Unpublish(c.Request.Context(), id, by)
	})
}

func (h *Handler) columnStep(c *gin.Context, action audit.Kind, do func(id string, by letter.Actor) error) {
	id := c.Param("id")
	err := do(id, writer(me(c)))
	if err == nil {
		err = h.Trail.Record(c.Request.Context(), audit.Event{Kind: action, Object: id})
	}
	if err != nil {
		h.refusePiece(c, err, nil)
		return
	}
	redirect(c, "/desk/letters/"+id+"/piece")
}
