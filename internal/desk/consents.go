package desk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Consents is what the desk needs of package consent.
type Consents interface {
	// Record writes down a consent on paper for whoever shows a code.
	Record(ctx context.Context, p consent.Paper) (personID string, err error)
	// MendByStaff puts an age right.
	MendByStaff(ctx context.Context, m consent.Mend) (personID string, err error)
}

func (h *Handler) consentRoutes(work *gin.RouterGroup) {
	if h.Consents == nil {
		return
	}
	records, talks := h.need(staff.RecordConsent), h.need(staff.Talk)
	work.GET("/consents", records, h.showConsents)
	work.POST("/consents/paper", records, h.recordPaper)
	work.POST("/consents/age", talks, h.mendAge)
}

// consentPage is the two forms: nothing is shown of whoever the code is of.
type consentPage struct {
	Paper    consent.Paper
	Chosen   map[consent.Purpose]bool
	Purposes []consent.Purpose
	Today    string
	Mends    bool // may put an age right
	Mend     consent.Mend
	Notice   string // what was wrong with a form
	Done     string
}

func (h *Handler) showConsents(c *gin.Context) {
	p := consentPage{}
	switch c.Query("done") {
	case "paper":
		p.Done = "登记好了，孩子那边已经收到消息，可以接着用了。"
	case "age":
		p.Done = "年龄改好了，请告诉对方再来一次。"
	}
	h.consentPage(c, http.StatusOK, p)
}

func (h *Handler) consentPage(c *gin.Context, status int, p consentPage) {
	p.Purposes, p.Today, p.Mends = consent.Purposes(), h.Now().In(citytime.Zone).Format(time.DateOnly), me(c).Role.May(staff.Talk)
	h.render(c, status, "consents", page{Title: "同意书", Section: "consents", Me: me(c), Data: p})
}

// relations are who may sign for a child.
var relations = []string{"妈妈", "爸爸", "其他监护人"}

const (
	longestForm   = 40  // characters of the number of a paper
	longestReason = 200 // of why an age was wrong
)

// errForm marks a form that is not filled in; its text is for staff.
type errForm string

func (e errForm) Error() string { return string(e) }

// paperOf reads the form of a paper, and says what it lacks.
func (h *Handler) paperOf(c *gin.Context) (p consent.Paper, err error) {
	p = consent.Paper{
		Code: c.PostForm("code"), Relation: c.PostForm("relation"), Form: strings.TrimSpace(c.PostForm("form")), Signed: c.PostForm("signed"),
		Staff: me(c).DisplayName, StaffID: me(c).ID,
	}
	for _, v := range c.PostFormArray("for") {
		if purpose := consent.Purpose(v); purpose.Valid() {
			p.Purposes = append(p.Purposes, purpose)
		}
	}
	signed, dateErr := time.ParseInLocation(time.DateOnly, p.Signed, citytime.Zone)
	switch {
	case len(p.Purposes) == 0:
		err = errForm("请勾上纸上同意的是哪几样。")
	case !slices.Contains(relations, p.Relation):
		err = errForm("请选一下是谁签的。")
	case p.Form == "" || utf8.RuneCountInString(p.Form) > longestForm:
		err = errForm("请写上纸质同意书的编号，最多 40 个字；不写名字。")
	case dateErr != nil || signed.After(h.Now()) || h.Now().Sub(signed) > 366*24*time.Hour:
		err = errForm("请选签字那天的日期，不能晚于今天，也不能早于一年前。")
	}
	return p, err
}

func (h *Handler) recordPaper(c *gin.Context) {
	paper, err := h.paperOf(c)
	var id string
	if err == nil {
		id, err = h.Consents.Record(c.Request.Context(), paper)
	}
	if err == nil {
		err = h.Trail.Record(c.Request.Context(), audit.Event{Kind: audit.Consent, Person: id, Note: "登记了纸质同意书"})
	}
	if notice := consentNotice(err); notice != "" {
		p := consentPage{Paper: paper, Chosen: map[consent.Purpose]bool{}, Notice: notice}
		for _, purpose := range paper.Purposes {
			p.Chosen[purpose] = true
		}
		h.consentPage(c, http.StatusUnprocessableEntity, p)
		return
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/desk/consents?done=paper")
}

func (h *Handler) mendAge(c *gin.Context) {
	m := consent.Mend{Code: c.PostForm("code"), To: consent.Band(c.PostForm("age")), Reason: strings.TrimSpace(c.PostForm("reason")), Staff: me(c).DisplayName, StaffID: me(c).ID}
	var err error
	switch {
	case !m.To.Valid():
		err = errForm("请选一下应该是多大。")
	case m.Reason == "" || utf8.RuneCountInString(m.Reason) > longestReason:
		err = errForm("请写一句理由，最多 200 个字。")
	}
	var id string
	if err == nil {
		id, err = h.Consents.MendByStaff(c.Request.Context(), m)
	}
	if err == nil {
		err = h.Trail.Record(c.Request.Context(), audit.Event{Kind: audit.Consent, Person: id, Note: "改了年龄"})
	}
	if notice := consentNotice(err); notice != "" {
		h.consentPage(c, http.StatusUnprocessableEntity, consentPage{Mend: m, Notice: notice})
		return
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/desk/consents?done=age")
}

// consentNotice says to staff what was wrong with a form, "" for what is no matter of the form.
func consentNotice(err error) string {
	var form errForm
	switch {
	case errors.As(err, &form):
		return string(form)
	case errors.Is(err, consent.ErrNotFound):
		return "这个码不对，或者已经用过、过了 24 小时。请孩子在聊天里再要一个。"
	case errors.Is(err, consent.ErrPaused):
		return "今天试的码太多了，明天再来。"
	}
	return ""
}
