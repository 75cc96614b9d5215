package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func (h *Handler) secondRoutes(work *gin.RouterGroup) {
	h.identityRoutes(work)
	work.GET("/cases/:id/police", h.need(staff.Talk), h.showPolice)
}

// second is who may be asked for a second look at the open case, and what the account may do for others.
type second struct {
	Reviewers []Colleague // those who are there
	Absent    []Colleague
	Grants    bool // may agree that an identity is shown
	Asked     []casework.Step
}

// supervisors stands in the form for all of them at once.
const supervisors = "supervisors"

func (h *Handler) second(ctx context.Context, a staff.Account, f casework.File) (*second, error) {
	s := &second{Grants: a.May(staff.GrantIdentity)}
	for _, st := range f.Steps {
		switch {
		case st.Kind == casework.StepCalled && strings.HasPrefix(st.Note, notify.Review.Label()):
			_, st.Note, _ = strings.Cut(st.Note, " · ") // the names alone
			s.Asked = append(s.Asked, st)
		case st.Kind == casework.StepReviewed:
			s.Asked = nil
		}
	}
	all, err := h.others(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Present {
			s.Reviewers = append(s.Reviewers, c)
		} else {
			s.Absent = append(s.Absent, c)
		}
	}
	return s, nil
}

// Latest is the last call for a review that nobody has answered, nil for none.
func (s *second) Latest() *casework.Step {
	if s == nil || len(s.Asked) == 0 {
		return nil
	}
	return &s.Asked[len(s.Asked)-1]
}

// whoSupervises are the colleagues who may agree to something about a case, as they are called: those whose work it is, and all
// where it is nobody's.
func (h *Handler) whoSupervises(ctx context.Context, a staff.Account, caseID string) ([]casework.Actor, error) {
	k, err := h.Cases.Get(ctx, caseID)
	if err != nil {
		return nil, err
	}
	all, err := h.others(ctx, a)
	if err != nil {
		return nil, err
	}
	var near, who []casework.Actor
	for _, c := range all {
		if !c.Supervises {
			continue
		}
		if who = append(who, c.actor()); c.Sees.Has(k.District, k.Account) {
			near = append(near, c.actor())
		}
	}
	if len(near) > 0 {
		return near, nil
	}
	return who, nil
}

// askReview calls a colleague, or the supervisors, for a second look.
func (h *Handler) askReview(c *gin.Context, id string) error {
	ctx, a := c.Request.Context(), me(c)
	var who []casework.Actor
	if chosen := c.PostForm("who"); chosen == supervisors {
		var err error
		if who, err = h.whoSupervises(ctx, a, id); err != nil {
			return err
		}
	} else {
		col, err := h.colleague(ctx, a, chosen)
		if err != nil {
			return err
		}
		who = []casework.Actor{col.actor()}
	}
	_, err := h.Cases.Call(ctx, id, actor(a), notify.Review, who, c.PostForm("key"))
	return err
}

// Fact is something that is known of a person, in words.
type Fact struct{ Label, Value string }

// Duty is somebody who is on duty, as the police reach them.
type Duty struct {
	Name  string
	Phone string // "" where it is not known
	As    string // 值班, 候补, 主管
}

// police is the page that goes to the police: one sheet with what they need to find somebody, and no more.
type police struct {
	Case     casework.Case
	Identity *identity
	State    casework.IdentityState
	Why      string       // the reason of whoever asked
	Said     []policeLine // the words of danger and what the person said last, in full: life is at stake
	Places   []policeLine
	Known    []Fact
	Duty     []Duty
	Made     time.Time
}

type policeLine struct {
	At     time.Time
	Text   string
	Danger bool // a sign of danger was read in it
}

// lastWords is how many messages of the person the page for the police ends with, beside those with signs of danger.
const lastWords = 12

// placeMark begins the words that stand for a place which somebody sent (see bot).
const placeMark = "［位置］"

// showPolice shows the page for the police, to whoever asked for the identity and while it is open.
func (h *Handler) showPolice(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	who, err := h.reveal(c, audit.OpenPolice)
	if err != nil {
		h.fail(c, err)
		return
	}
	f, err := h.Cases.File(ctx, id)
	if err != nil {
		h.fail(c, err)
		return
	}
	p := &police{Case: f.Case, Identity: who, State: casework.IdentityOf(f.Case, f.Steps, h.now()), Made: h.now()}
	for _, st := range f.Steps {
		if st.Kind == casework.StepIdentityAsked {
			p.Why = st.Note
		}
	}
	if p.Said, p.Places, err = h.said(ctx, f); err != nil {
		h.fail(c, err)
		return
	}
	if h.KnownOf != nil {
		if p.Known, err = h.KnownOf(ctx, f.Case.Person); err != nil {
			h.fail(c, err)
			return
		}
	}
	if h.OnDuty != nil {
		p.Duty = h.OnDuty(ctx, f.Case)
	}
	h.render(c, http.StatusOK, "police", page{Title: "交警方 " + f.Case.Alias, Me: me(c), Data: p, Scripts: nil})
}

// located says a place in words. What the numbers count in is said too: the two ways lie half a kilometre apart.
func located(l channel.Location) string {
	datum := "高德、腾讯地图的坐标（GCJ-02）"
	if l.Datum == "wgs84" {
		datum = "GPS 的坐标（WGS-84）"
	}
	return strings.TrimSpace(l.Label + " " + placeOf(l).Coord + "，" + datum)
}

// said gathers the person's words of danger, however long ago, with what they said last, and the places they sent.
func (h *Handler) said(ctx context.Context, f casework.File) (said, places []policeLine, err error) {
	danger := map[string]bool{}
	for _, s := range f.Signals {
		if s.Message != "" {
			danger[s.Message] = true
		}
	}
	var theirs []transcript.Message
	known := map[string]bool{}
	for _, m := range f.Messages {
		if m.From == transcript.FromPerson {
			theirs, known[m.ID] = append(theirs, m), true
		}
	}
	var older []string // words of danger that the page of the case no longer reaches
	for id := range danger {
		if !known[id] {
			older = append(older, id)
		}
	}
	earlier, err := h.Cases.Words(ctx, audit.Event{Kind: audit.OpenMessages, Object: f.Case.ID}, older...)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range earlier {
		theirs = append(theirs, m)
	}
	slices.SortFunc(theirs, func(a, b transcript.Message) int { return strings.Compare(a.ID, b.ID) })
	for i, m := range theirs {
		if danger[m.ID] || i >= len(theirs)-lastWords {
			said = append(said, policeLine{At: m.At, Text: m.Text, Danger: danger[m.ID]})
		}
		switch {
		case m.Location != nil:
			places = append(places, policeLine{At: m.At, Text: located(*m.Location)})
		case strings.HasPrefix(m.Text, placeMark): // from before places were kept apart
			places = append(places, policeLine{At: m.At, Text: strings.TrimPrefix(m.Text, placeMark)})
		}
	}
	return said, places, nil
}
