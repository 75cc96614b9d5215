package page

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Rights is what the pages need of package rights.
type Rights interface {
	Export(ctx context.Context, personID string) (rights.Record, error)
	Erase(ctx context.Context, personID, by string) (rights.Erased, error)
}

// Letters is what the pages need of a person's own letters.
type Letters interface {
	Column
	Sent(ctx context.Context, personID string) ([]letter.Letter, error)
	Agree(ctx context.Context, personID, code string, yes bool) error
}

// agreed is something that a person agreed to, and can take back.
type agreed struct {
	What  string
	At    time.Time
	Kind  string // purpose, guardian, letter, result, weekly
	ID    string
	Back  bool   // taken back since
	Means string // what taking it back means, where that is more than that it stops
}

type dataPage struct {
	rights.Record
	Consents []agreed
	Form     string
	Feed     feedLinks
	Open     bool // a counsellor is at work for them: nothing was erased
}

// dataForm is what the forms of this page are for.
const dataForm = "data"

// data shows a person all that is held of them and what they agreed to; ?as=file is the record as JSON to keep.
func (h *Handler) data(c *gin.Context, are []identity) error {
	me := are[0]
	if c.Query("as") != "file" {
		return h.dataPage(c, me, http.StatusOK, false)
	}
	r, err := h.Rights.Export(ownHand(c, me), me.ID)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="xinqiao.json"; filename*=UTF-8''%E6%88%91%E7%9A%84%E8%B5%84%E6%96%99.json`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", raw)
	return nil
}

// ownHand says to the trail that a person sees to their own data.
func ownHand(c *gin.Context, me identity) context.Context {
	by := audit.Person(me.ID)
	by.From = c.ClientIP()
	return audit.With(c.Request.Context(), by)
}

func (h *Handler) dataPage(c *gin.Context, me identity, status int, open bool) error {
	ctx := c.Request.Context()
	r, err := h.Rights.Export(ownHand(c, me), me.ID)
	if err != nil {
		return err
	}
	p := dataPage{Record: shortened(r), Form: h.form(me.ID, dataForm), Open: open}
	if p.Consents, err = h.consents(ctx, me.ID); err != nil {
		return err
	}
	if p.Feed, err = h.feedLinks(ctx, me.ID); err != nil {
		return err
	}
	h.show(c, status, "data", p)
	return nil
}

// entriesShown is what a section shows: a year of talking is a file to keep, not a page to scroll.
const entriesShown = 40

// shortened leaves of a record what fits a page; the file has all of it.
func shortened(r rights.Record) rights.Record {
	sections := make([]rights.Section, 0, len(r.Sections))
	for _, s := range r.Sections {
		sections = append(sections, rights.Section{Title: s.Title, Entries: s.Entries[max(len(s.Entries)-entriesShown, 0):]})
	}
	r.Sections = sections
	return r
}

func (h *Handler) consents(ctx context.Context, personID string) ([]agreed, error) {
	out, err := h.purposes(ctx, personID)
	if err != nil {
		return nil, err
	}
	letters, err := h.Letters.Sent(ctx, personID)
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		if a := l.Consent.Agreed; a == letter.Yes || a == letter.Withdrawn {
			out = append(out, agreed{What: "把取信码 " + l.Code + " 的信改写后放进“树洞信箱”", At: l.Consent.At, Kind: "letter", ID: l.Code, Back: a == letter.Withdrawn})
		}
	}
	results, err := h.Results.Mine(ctx, personID)
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		if !r.Shared.IsZero() {
			out = append(out, agreed{What: "把“" + r.View.Title + "”的结果给老师看", At: r.Shared, Kind: "result", ID: r.ID})
		}
	}
	weekly, err := h.Learning.Weekly(ctx, personID)
	if err != nil {
		return nil, err
	}
	if weekly.Active {
		out = append(out, agreed{What: "每周六上午收到一课", Kind: "weekly", ID: "weekly"})
	}
	return out, nil
}

// withdraw takes a consent back, at once.
func (h *Handler) withdraw(c *gin.Context, are []identity) error {
	_, me, err := h.given(c, are, dataForm)
	if err != nil {
		return err
	}
	ctx, id := c.Request.Context(), c.PostForm("id")
	switch c.PostForm("kind") {
	case "purpose", "guardian":
		err = h.endConsent(c, me, consent.Purpose(id))
	case "letter":
		err = h.Letters.Agree(ctx, me.ID, id, false)
	case "result":
		err = h.Results.Show(ctx, me.ID, id, false)
	case "weekly":
		_, err = h.Learning.EndWeekly(ctx, me.ID)
	default:
		err = errForm
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, rights.Page)
	return nil
}

// endConsent takes back a consent to what is kept, once the person has read what that means.
func (h *Handler) endConsent(c *gin.Context, me identity, p consent.Purpose) error {
	if !p.Valid() {
		return errForm
	}
	if c.PostForm("kind") == "guardian" {
		return h.Consents.EndAsGuardian(c.Request.Context(), me.ID, p)
	}
	return h.Consents.Withdraw(c.Request.Context(), me.ID, p)
}

// erase removes all that is held of a person, by the code that the chat's way goes too.
func (h *Handler) erase(c *gin.Context, are []identity) error {
	_, me, err := h.given(c, are, dataForm)
	if err != nil {
		return err
	}
	if c.PostForm("sure") == "" {
		return h.dataPage(c, me, http.StatusOK, false)
	}
	_, err = h.Rights.Erase(ownHand(c, me), me.ID, rights.BySelf)
	if errors.Is(err, rights.ErrOpenCase) {
		return h.dataPage(c, me, http.StatusConflict, true)
	}
	if err != nil {
		return err
	}
	h.cookie(c, passCookie, "", -time.Second)
	c.Set("visitor", visitor{})
	h.show(c, http.StatusOK, "erased", nil)
	return nil
}

// leave forgets in this browser who somebody is, on a phone that others use too.
func (h *Handler) leave(c *gin.Context, are []identity) error {
	if _, _, err := h.given(c, are, dataForm); err != nil {
		return err
	}
	h.cookie(c, passCookie, "", -time.Second)
	h.cookie(c, enterCookie, "", -time.Second) // or the button for back would recognise them again
	if h.LeaveChat != nil {
		h.LeaveChat(c.Writer, c.Request)
	}
	c.Redirect(http.StatusSeeOther, "/p/")
	return nil
}
