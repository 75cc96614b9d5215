package desk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// openCase is one case beside the queue.
type openCase struct {
	casework.File
	Lines   []line
	Me      staff.Account
	Notice  string // what an action could not do
	Said    string // the key of the form that was just sent: what was typed in it is done
	NextKey string
	Reads   bool // the role may read the conversation
	Talks   bool // the role may talk
	Acks    bool

	SelfChecks []SelfCheck
	Places     []string
	Standing   casework.Standing
	Identity   casework.IdentityState
	Second     *second
	Within     time.Duration // how long a case of this level may wait for a human
	Past       []casework.PastCase
	Colleagues []Colleague      // to whom I can hand over
	Named      []casework.Actor // who can be named in a note
	Meter      *meter           // nil where the channel has no window
	Rules      Windows          // of the channel
	Reach      Reach
	HasReady   bool
	Since      string // the person's open case, where this one is closed and they are here again
	Now        time.Time
}

// Mine says whether I have the conversation.
func (o *openCase) Mine() bool { return o.Case.Assignee != "" && o.Case.Assignee == o.Me.ID }

// Lost is the step by which a colleague has the conversation that I had, nil where I had none, or a colleague has had it
// from somebody else.
func (o *openCase) Lost() *casework.Step {
	if o.Mine() || o.Case.Assignee == "" {
		return nil
	}
	holder, lost := "", (*casework.Step)(nil)
	for i, st := range o.Steps {
		if !st.Kind.Gives() {
			continue
		}
		if lost = nil; holder == o.Me.ID && st.By != o.Me.ID {
			lost = &o.Steps[i]
		}
		holder = st.By
	}
	return lost
}

// line is one message with the signals that stand in it.
type line struct {
	transcript.Message
	Signals  []casework.Signal
	Delivery casework.Delivery
	Shown    *attachment // what the person sent beside words
	Day      string      // set on the first message of a day
}

// showCase opens a case: the whole page, or only its pane for htmx.
func (h *Handler) showCase(c *gin.Context) {
	o, err := h.open(c.Request.Context(), me(c), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.showPane(c, http.StatusOK, o)
}

// showPane writes an open case, alone for htmx and beside the queue otherwise.
func (h *Handler) showPane(c *gin.Context, status int, o *openCase) {
	p := page{Title: o.Case.Alias, Section: "cases", Me: me(c), Open: o}
	if fragment(c) {
		h.render(c, status, "case", p)
		return
	}
	var err error
	if p.Queue, err = h.queue(c.Request.Context(), me(c), o.Case.ID); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "desk", p)
}

// open reads a case for the account, with the conversation only where its role may read it. Whoever has the
// conversation, or is the first to look, has seen what was unread.
func (h *Handler) open(ctx context.Context, a staff.Account, id string) (*openCase, error) {
	o := &openCase{
		Me: a, NextKey: newKey(), Reads: a.May(staff.ReadConversation), Talks: a.May(staff.Talk),
		Acks: a.May(staff.Acknowledge), HasReady: h.Ready != nil, Now: h.now(),
	}
	var err error
	if !o.Reads {
		o.Case, err = h.Cases.Get(ctx, id)
		o.Within = h.Cases.Within(o.Case.Level)
		return o, err
	}
	if o.File, err = h.Cases.File(ctx, id); err != nil {
		return nil, err
	}
	if o.Case.Assignee == "" || o.Mine() {
		if err := h.Cases.Seen(ctx, o.Case); err != nil {
			return nil, err
		}
	}
	if err := h.Cases.MentionsRead(ctx, id, a.ID); err != nil {
		return nil, err
	}
	if o.Talks {
		if o.Named, err = h.named(ctx, a); err != nil {
			return nil, err
		}
	}
	o.Lines = h.lines(o.File)
	if err := h.attach(ctx, o.Lines); err != nil {
		return nil, err
	}
	o.Within = h.Cases.Within(o.Case.Level)
	if o.Past, err = h.Cases.PastCases(ctx, o.Case); err != nil {
		return nil, err
	}
	if !o.open() {
		if o.Since, err = h.Cases.OpenCase(ctx, o.Case.Person); err != nil {
			return nil, err
		}
	}
	o.Standing = casework.StandingOf(o.Case, o.Steps, actor(a))
	o.Identity = casework.IdentityOf(o.Case, o.Steps, o.Now)
	if o.Second, err = h.second(ctx, a, o.File); err != nil {
		return nil, err
	}
	if w := h.windows(o.Case.Channel); w != nil && o.Speaks() {
		o.Reach = h.reach(ctx, o.Case.Person)
		m := w.measure(o.Lines, o.Now)
		if o.Reach.Known {
			m = w.counted(o.Lines, o.Reach, o.Now)
		}
		o.Meter, o.Rules = &m, *w
	}
	if o.Mine() && o.open() {
		if o.Colleagues, err = h.others(ctx, a); err != nil {
			return nil, err
		}
	}
	if h.Places != nil {
		o.Places = h.Places()
	}
	if h.SelfChecks != nil {
		o.SelfChecks, err = h.SelfChecks(ctx, o.Case.Person)
	}
	return o, err
}

func (h *Handler) lines(f casework.File) []line {
	byMessage := map[string][]casework.Signal{}
	for _, s := range f.Signals {
		if s.Message != "" {
			byMessage[s.Message] = append(byMessage[s.Message], s)
		}
	}
	lines := make([]line, 0, len(f.Messages))
	day := ""
	for _, m := range f.Messages {
		l := line{Message: m, Signals: byMessage[m.ID]}
		if m.From == transcript.FromStaff {
			l.Delivery = f.Deliveries[m.ID]
		}
		if d := m.At.In(citytime.Zone).Format("1月2日"); d != day {
			day, l.Day = d, d
		}
		lines = append(lines, l)
	}
	return lines
}

// act runs an action on a case and shows the case after it; what could not be done stands in the pane as a notice.
func (h *Handler) act(do func(c *gin.Context, id string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, id := c.Request.Context(), c.Param("id")
		actErr := do(c, id)
		if errors.Is(actErr, casework.ErrNotFound) {
			h.fail(c, actErr)
			return
		}
		if actErr == nil && !fragment(c) {
			redirect(c, "/desk/cases/"+id)
			return
		}
		o, err := h.open(ctx, me(c), id)
		if err != nil {
			h.fail(c, err)
			return
		}
		status := http.StatusOK
		if actErr != nil {
			if status, o.Notice = explain(actErr); status >= http.StatusInternalServerError {
				h.Log.ErrorContext(ctx, "desk action failed", "path", c.FullPath(), "err", actErr)
			}
		} else {
			o.Said = c.PostForm("key")
		}
		h.showPane(c, status, o)
	}
}

func (h *Handler) acknowledge(c *gin.Context, id string) error {
	_, err := h.Cases.Acknowledge(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) take(c *gin.Context, id string) error {
	_, err := h.Cases.Take(c.Request.Context(), id, actor(me(c)))
	return err
}

func (h *Handler) say(c *gin.Context, id string) error {
	return h.Cases.Say(c.Request.Context(), id, actor(me(c)), c.PostForm("text"), c.PostForm("key"))
}

func (h *Handler) handBack(c *gin.Context, id string) error {
	_, err := h.Cases.HandBack(c.Request.Context(), id, actor(me(c)), c.PostForm("closing"))
	return err
}

// Choices gathers what could be tapped under a line.
func (l line) Choices() []channel.Choice {
	var cs []channel.Choice
	for _, r := range l.Replies {
		cs = append(cs, r.Choices...)
	}
	return cs
}
