package desk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func (h *Handler) shiftRoutes(work *gin.RouterGroup) {
	work.GET("/handover", h.need(staff.Talk), h.showHandover)
	work.POST("/handover", h.need(staff.Talk), h.handOver)
	work.GET("/handover/in", h.need(staff.Talk), h.showTakeover)
	work.POST("/handover/in", h.need(staff.Talk), h.takeOn)
}

var errNobody = errors.New("desk: no such colleague")

// handover is the page on which a shift is given to the next, or taken from the last.
type handover struct {
	Cases      []handed
	Colleagues []Colleague
	Leaving    bool // whoever looks wants to sign out
	To         string
	Note       string
	Key        string
	From       string // who offers, on the page of whoever is asked
	Made       time.Time
}

// Offered counts the conversations that wait for a colleague to accept them.
func (p *handover) Offered() (n int) {
	for _, c := range p.Cases {
		if c.Offered.ID != "" {
			n++
		}
	}
	return n
}

// Unoffered counts those that are offered to nobody yet.
func (p *handover) Unoffered() int { return len(p.Cases) - p.Offered() }

// Present says whether any colleague is there.
func (p *handover) Present() bool {
	return slices.ContainsFunc(p.Colleagues, func(c Colleague) bool { return c.Present })
}

// handed is one conversation with what whoever takes it must know.
type handed struct {
	casework.Case
	Last       string // what the person said last, "" where that is not known
	LastAt     time.Time
	Unanswered bool
	Open       []string // what is still to be done
	Note       string   // what the giver wrote for it
	Problem    string   // why it could not be given, or taken
}

// shift puts on a page what a shift needs to know on every page: when the session ends, and who offers a conversation.
func (h *Handler) shift(c *gin.Context, p *page) {
	ctx := c.Request.Context()
	p.Ending = h.ending(ctx)
	if !p.Me.May(staff.Talk) {
		return
	}
	cases, by, err := h.offered(ctx, p.Me)
	if err != nil { // the page is worth more than its banner
		h.Log.WarnContext(ctx, "desk cannot look for conversations that are offered", "err", err)
		return
	}
	if len(cases) > 0 {
		p.Offer = &offer{N: len(cases), By: by}
	}
}

// offer is what the banner says.
type offer struct {
	N  int
	By string
}

// offered returns the conversations that colleagues offer to somebody, and who they are.
func (h *Handler) offered(ctx context.Context, a staff.Account) (cases []casework.Case, by string, err error) {
	if cases, err = h.Cases.OfferedTo(ctx, a.ID); err != nil {
		return nil, "", err
	}
	var names []string
	for _, c := range cases {
		if !slices.Contains(names, c.AssigneeName) {
			names = append(names, c.AssigneeName)
		}
	}
	return cases, strings.Join(names, "、"), nil
}

// summary reads what must be known of cases, the gravest first.
func (h *Handler) summary(ctx context.Context, a staff.Account, cases []casework.Case) ([]handed, error) {
	cases = slices.Clone(cases)
	slices.SortStableFunc(cases, func(x, y casework.Case) int {
		return cmp.Or(y.Level.Rank()-x.Level.Rank(), x.LastSignalAt.Compare(y.LastSignalAt))
	})
	out := make([]handed, 0, len(cases))
	for _, c := range cases {
		f, err := h.Cases.File(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, h.handed(f, a))
	}
	return out, nil
}

// noNote is what the history of a case says where the giver wrote nothing for it.
const noNote = "没有另外留言"

// soon is how far ahead a follow-up is part of what a shift hands over.
const soon = 24 * time.Hour

func (h *Handler) handed(f casework.File, a staff.Account) handed {
	x := handed{Case: f.Case, Unanswered: f.Case.Unanswered()}
	for _, m := range f.Messages {
		if m.From == transcript.FromPerson && m.Text != "" {
			x.Last, x.LastAt = m.Text, m.At
		}
	}
	now := h.now()
	for _, t := range todos(f, casework.StandingOf(f.Case, f.Steps, actor(a)), now) {
		x.Open = append(x.Open, t.Text)
	}
	for _, t := range f.Tasks {
		if t.DoneAt.IsZero() && t.Due.After(now) && t.Due.Sub(now) <= soon {
			x.Open = append(x.Open, taskLabel(t.Kind)+"："+clock(t.Due, now))
		}
	}
	for _, st := range f.Steps {
		if st.Kind == casework.StepOffered {
			_, x.Note, _ = strings.Cut(st.Note, "：") // before it stands to whom
			x.Note = strings.TrimPrefix(x.Note, noNote)
		}
	}
	return x
}

func (h *Handler) showHandover(c *gin.Context) {
	h.renderHandover(c, http.StatusOK, &handover{Leaving: c.Query("leaving") != "", Key: newKey()}, "", nil)
}

// renderHandover shows my conversations. What was typed stays where something could not be given.
func (h *Handler) renderHandover(c *gin.Context, status int, p *handover, problem string, failed map[string]error) {
	ctx, a := c.Request.Context(), me(c)
	mine, err := h.Cases.HeldBy(ctx, a.ID)
	if err == nil {
		p.Cases, err = h.summary(ctx, a, mine)
	}
	if err == nil {
		p.Colleagues, err = h.others(ctx, a)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	if p.To == "" && len(p.Colleagues) > 0 && p.Colleagues[0].Present {
		p.To = p.Colleagues[0].ID // may still be changed, and only takes effect once they accept
	}
	for i, x := range p.Cases {
		if typed, ok := c.GetPostForm("note-" + x.ID); ok {
			p.Cases[i].Note = typed
		} else if x.Offered.ID == "" {
			p.Cases[i].Note = "" // of an earlier hand-over
		}
		if err := failed[x.ID]; err != nil {
			_, p.Cases[i].Problem = explain(err)
		}
	}
	h.render(c, status, "handover", page{Title: "交班", Section: "handover", Me: a, Data: p, Problem: problem, Scripts: []string{"handover.js"}})
}

// handOver offers all my conversations to a colleague. Each stays with me until they accept it.
func (h *Handler) handOver(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	p := &handover{Leaving: c.PostForm("leaving") != "", To: c.PostForm("to"), Note: c.PostForm("note"), Key: c.PostForm("key")}
	to, err := h.colleague(ctx, a, p.To)
	if err != nil {
		status, text := explain(err)
		h.renderHandover(c, status, p, text, nil)
		return
	}
	mine, err := h.Cases.HeldBy(ctx, a.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	slices.SortStableFunc(mine, func(x, y casework.Case) int { return y.Level.Rank() - x.Level.Rank() })
	failed, called := map[string]error{}, false
	for _, k := range mine {
		note := strings.TrimSpace(strings.TrimSpace(c.PostForm("note-"+k.ID)) + "\n" + strings.TrimSpace(p.Note))
		g := casework.Handing{Note: cmp.Or(note, noNote), Key: p.Key + ":" + k.ID, Quiet: called}
		if _, err := h.Cases.Offer(ctx, k.ID, actor(a), to.actor(), g); err != nil {
			failed[k.ID] = err
			continue
		}
		called = true // once for all of them, to the gravest
	}
	if len(failed) > 0 {
		for id, err := range failed {
			h.Log.WarnContext(ctx, "a conversation could not be handed over", "case", id, "err", err)
		}
		p.Key = newKey()
		h.renderHandover(c, http.StatusConflict, p, "有的对话没能交出去，看看下面写的原因，再交一次。", failed)
		return
	}
	onTo := "/desk/handover"
	if p.Leaving {
		onTo += "?leaving=1"
	}
	redirect(c, onTo)
}

func (h *Handler) showTakeover(c *gin.Context) { h.renderTakeover(c, http.StatusOK, "", nil) }

func (h *Handler) renderTakeover(c *gin.Context, status int, problem string, failed map[string]error) {
	ctx, a := c.Request.Context(), me(c)
	p := &handover{Made: h.now()}
	cases, by, err := h.offered(ctx, a)
	if err == nil {
		p.From = by
		p.Cases, err = h.summary(ctx, a, cases)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	for i, x := range p.Cases {
		if err := failed[x.ID]; err != nil {
			_, p.Cases[i].Problem = explain(err)
		}
	}
	h.render(c, status, "takeover", page{Title: "接班", Section: "handover", Me: a, Data: p, Problem: problem})
}

// takeOn accepts, or gives back, one conversation or all that are offered to me.
func (h *Handler) takeOn(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	cases, _, err := h.offered(ctx, a)
	if err != nil {
		h.fail(c, err)
		return
	}
	do, one := h.Cases.AcceptOffer, c.PostForm("take")
	if back := c.PostForm("back"); back != "" {
		one = back
		do = func(ctx context.Context, id string, by casework.Actor) (casework.Case, error) {
			return h.Cases.DeclineOffer(ctx, id, by, casework.Handing{Key: newKey()})
		}
	}
	failed := map[string]error{}
	for _, k := range cases {
		if one != "all" && one != k.ID {
			continue
		}
		if _, err := do(ctx, k.ID, actor(a)); err != nil {
			h.Log.WarnContext(ctx, "a conversation could not be taken over", "case", k.ID, "err", err)
			failed[k.ID] = err
		}
	}
	if len(failed) > 0 {
		h.renderTakeover(c, http.StatusConflict, "有的对话没能接下，看看下面写的原因。", failed)
		return
	}
	if one == "all" || len(cases) == 1 {
		redirect(c, "/desk")
		return
	}
	redirect(c, "/desk/handover/in")
}
