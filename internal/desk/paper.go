package desk

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

// paper is a page made to be printed: the report of a case, or a referral form.
type paper struct {
	casework.File
	Referral casework.Referral
	Made     time.Time
}

// Slip is the short number of the referral form: the case's, and which of its referrals it is.
func (p *paper) Slip() string {
	for i, r := range p.Referrals { // the newest first
		if r.ID == p.Referral.ID {
			return fmt.Sprintf("%d-%d", p.Case.Number, len(p.Referrals)-i)
		}
	}
	return p.Referral.ID
}

// LevelSteps are the steps that changed the level, the oldest first.
func (p *paper) LevelSteps() (out []casework.Step) {
	for _, st := range p.Steps {
		if st.Level != "" {
			out = append(out, st)
		}
	}
	return out
}

// Told are the steps by which somebody outside was told.
func (p *paper) Told() (out []casework.Step) {
	for _, st := range p.Steps {
		switch st.Kind {
		case casework.StepGuardian, casework.StepSchool, casework.StepPolice:
			out = append(out, st)
		}
	}
	return out
}

// Outcome is the step that closed the case, nil while it is open.
func (p *paper) Outcome() *casework.Step {
	for i := range p.Steps {
		if p.Steps[i].Kind == casework.StepClosed {
			return &p.Steps[i]
		}
	}
	return nil
}

// Triaged is the latest triage, nil where there is none.
func (p *paper) Triaged() (latest *casework.Step) {
	for i := range p.Steps {
		if p.Steps[i].Kind == casework.StepTriage {
			latest = &p.Steps[i]
		}
	}
	return latest
}

// showReport shows the report of a case for printing: what was done and why, without a word of the conversation.
func (h *Handler) showReport(c *gin.Context) {
	h.showPaper(c, "report", "个案报告", func(*paper) error { return nil })
}

// showReferral shows a referral form for printing, with the receipt that the other side sends back.
func (h *Handler) showReferral(c *gin.Context) {
	h.showPaper(c, "referral", "转介单", func(p *paper) (err error) {
		p.Referral, err = h.Cases.Referral(c.Request.Context(), p.Case.ID, c.Param("ref"))
		return err
	})
}

func (h *Handler) showPaper(c *gin.Context, template, title string, fill func(*paper) error) {
	ctx, id := c.Request.Context(), c.Param("id")
	f, err := h.Cases.Paper(ctx, id, title)
	if err != nil {
		h.fail(c, err)
		return
	}
	p := &paper{File: f, Made: h.now()}
	if err := fill(p); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, template, page{Title: title + " " + f.Case.Alias, Me: me(c), Paper: p})
}
