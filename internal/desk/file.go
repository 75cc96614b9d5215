package desk

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// todo is one thing that a case still needs, with the section of the page where it is done.
type todo struct {
	Text string
	At   string // the section's ID, "" where the buttons above do it
}

// todos lists what a case still needs, the most urgent first.
func todos(f casework.File, standing casework.Standing, now time.Time) []todo {
	var out []todo
	done := map[casework.StepKind]bool{}
	for _, st := range f.Steps {
		done[st.Kind] = true
	}
	if f.Case.Status != casework.StatusClosed {
		if f.Case.Assignee == "" && !done[casework.StepTaken] && !done[casework.StepContacted] {
			out = append(out, todo{"联系 TA：接手对话，或电话联系后记一笔", "record"})
		}
		if f.Case.Level.Rank() >= risk.Medium.Rank() && !done[casework.StepTriage] {
			out = append(out, todo{"做一次分诊评估", "triage"})
		}
		switch {
		case standing.Passed():
		case standing.Latest == casework.VerdictDiffer:
			out = append(out, todo{"复核的同事认为还要再做些什么，做完请再复核一次", "review"})
		default:
			out = append(out, todo{"请另一位同事复核", "review"})
		}
	}
	for _, r := range f.Referrals {
		switch r.Status {
		case casework.ReferralOpen:
			out = append(out, todo{"转介单还没有送出：" + r.Place, "referrals"})
		case casework.ReferralSent:
			out = append(out, todo{"等对方回音：" + r.Place, "referrals"})
		case casework.ReferralConfirmed, casework.ReferralRefused, casework.ReferralWithdrawn:
		}
	}
	for _, t := range f.Tasks {
		if t.DoneAt.IsZero() && !t.Due.After(now) {
			out = append(out, todo{taskLabel(t.Kind) + "到时间了", "tasks"})
		}
	}
	return out
}

// Todos lists what the open case still needs.
func (o *openCase) Todos() []todo { return todos(o.File, o.Standing, o.Now) }

// Waiting counts the follow-ups that nobody has done.
func (o *openCase) Waiting() (n int) {
	for _, t := range o.Tasks {
		if t.DoneAt.IsZero() {
			n++
		}
	}
	return n
}

// Lower lists the levels below the case's, Higher those above.
func (o *openCase) Lower() []risk.Level { return o.levels(-1) }

// Higher lists the levels above the case's, the nearest last.
func (o *openCase) Higher() []risk.Level { return o.levels(1) }

func (o *openCase) levels(side int) (out []risk.Level) {
	for _, l := range casework.Levels() {
		if (l.Rank()-o.Case.Level.Rank())*side > 0 {
			out = append(out, l)
		}
	}
	return out
}

// Newest returns the history with the newest step first: that is what staff look for.
func (o *openCase) Newest() []casework.Step {
	out := make([]casework.Step, len(o.Steps))
	for i, st := range o.Steps {
		out[len(out)-1-i] = st
	}
	return out
}

// ByHand lists the steps that the form offers.
func (o *openCase) ByHand() []casework.StepKind {
	if o.Case.Status == casework.StatusClosed {
		return []casework.StepKind{casework.StepNote}
	}
	return casework.ByHand()
}

// Questions are those of the triage, Outcomes those of the closing form.
func (o *openCase) Questions() []casework.Question { return casework.Questions() }

// Outcomes are the ways in which a case ends.
func (o *openCase) Outcomes() []casework.Outcome { return casework.Outcomes() }

func (h *Handler) record(c *gin.Context, id string) error {
	who, err := h.named(c.Request.Context(), me(c))
	if err != nil {
		return err
	}
	note := c.PostForm("note")
	_, err = h.Cases.Record(c.Request.Context(), id, actor(me(c)), casework.Entry{
		Kind: casework.StepKind(c.PostForm("kind")), Note: note, Key: c.PostForm("key"), Mentions: mentioned(note, who),
	})
	return err
}

func (h *Handler) assess(c *gin.Context, id string) error {
	t := casework.Triage{Answers: map[string]casework.Answer{}, Note: c.PostForm("note"), Key: c.PostForm("key")}
	for _, q := range casework.Questions() {
		t.Answers[q.ID] = casework.Answer(c.PostForm("q-" + q.ID))
	}
	_, err := h.Cases.Assess(c.Request.Context(), id, actor(me(c)), t)
	return err
}

func (h *Handler) setLevel(c *gin.Context, id string) error {
	_, err := h.Cases.SetLevel(c.Request.Context(), id, actor(me(c)), casework.Ruling{
		Level: risk.Level(c.PostForm("level")), Reason: c.PostForm("note"), Key: c.PostForm("key"),
	})
	return err
}

func (h *Handler) review(c *gin.Context, id string) error {
	_, err := h.Cases.Review(c.Request.Context(), id, actor(me(c)), casework.Review{
		Verdict: casework.Verdict(c.PostForm("verdict")), Note: c.PostForm("note"), Key: c.PostForm("key"),
	})
	return err
}

// closeCase ends a case as the form says, or at one tap where there was no danger.
func (h *Handler) closeCase(c *gin.Context, id string) error {
	cl := casework.Closing{
		Outcome: casework.Outcome(c.PostForm("outcome")), Report: casework.Report(c.PostForm("report")),
		Reason: c.PostForm("note"), Key: c.PostForm("key"), Seen: seen(c),
	}
	if c.PostForm("quick") == string(casework.OutcomeMistaken) {
		cl.Outcome, cl.Report, cl.Reason = casework.OutcomeMistaken, casework.ReportNotAsked, cmp.Or(strings.TrimSpace(cl.Reason), "听错了，没有危险")
	}
	_, err := h.Cases.Close(c.Request.Context(), id, actor(me(c)), cl)
	return err
}

// seen is the last sign of danger that stood on the page when its form was opened, zero where the form does not say.
func seen(c *gin.Context) time.Time {
	us, err := strconv.ParseInt(c.PostForm("seen"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(us)
}

func (h *Handler) refer(c *gin.Context, id string) error {
	_, err := h.Cases.Refer(c.Request.Context(), id, actor(me(c)), casework.ReferralForm{
		Kind: casework.ReferralKind(c.PostForm("kind")), Place: c.PostForm("place"), Why: c.PostForm("why"),
		Known: c.PostForm("known"), Contact: c.PostForm("contact"), Key: c.PostForm("key"),
	})
	return err
}

func (h *Handler) moveReferral(c *gin.Context, id string) error {
	_, err := h.Cases.MoveReferral(c.Request.Context(), id, actor(me(c)), casework.ReferralMove{
		Referral: c.Param("ref"), To: casework.ReferralStatus(c.PostForm("to")), Note: c.PostForm("note"), Key: c.PostForm("key"),
	})
	return err
}
