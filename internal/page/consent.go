package page

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// Consents is what the pages need of package consent.
type Consents interface {
	Standing(ctx context.Context, personID, audience string, p consent.Purpose) (consent.State, error)
	Allow(ctx context.Context, personID, audience string, p consent.Purpose, shown string) (bool, error)
	HearAge(ctx context.Context, personID string, st consent.Statement, by string) (consent.Age, bool, error)
	Mine(ctx context.Context, personID string) ([]consent.Given, error)
	Wards(ctx context.Context, guardianID string) ([]consent.Given, error)
	Withdraw(ctx context.Context, personID string, p consent.Purpose) error
	TextOf(p consent.Purpose) consent.Text
	EndAsGuardian(ctx context.Context, guardianID string, p consent.Purpose) error
}

// agreement is what a form that keeps something of a person asks beside its own fields: how old they are, whether a guardian
// agreed, and the words that they agree to with the button.
type agreement struct {
	AsksAge bool
	Pupil   bool // asked as one
	Unsaid  bool // the form was sent without it
	Young   bool // under 14, and no guardian agreed
	Words   string
	Version string
}

// stands says whether nothing but the button is lacking.
func (a agreement) stands() bool { return !a.AsksAge && !a.Young }

// The fields of a form that asks for an agreement.
const (
	ageField   = "age"
	agreeField = "agree"
)

// ages are what the choices of a form say.
var ages = map[string]consent.Statement{
	"under14": {Band: consent.Under14}, "14": {Band: consent.From14}, "adult": {Band: consent.Adult},
}

// may says whether somebody may leave what a form holds: nothing is lacking, or they agree with this very form.
func (h *Handler) may(c *gin.Context, me identity, p consent.Purpose) (bool, error) {
	ask, err := h.asksConsent(c, me, p)
	if err != nil || !ask.stands() {
		return false, err
	}
	return h.agrees(c, me, p)
}

// asks says what a form for a purpose must ask somebody, once it has heard what they said in it. Whoever may not agree by
// themselves sees how they can talk to somebody all the same.
func (h *Handler) asksConsent(c *gin.Context, me identity, p consent.Purpose) (a agreement, err error) {
	ctx := c.Request.Context()
	if said, ok := ages[c.PostForm(ageField)]; ok {
		if _, _, err := h.Consents.HearAge(ctx, me.ID, said, "网页"+p.Label()); err != nil {
			return a, err
		}
	}
	st, err := h.Consents.Standing(ctx, me.ID, string(me.Audience), p)
	if err != nil {
		return a, err
	}
	you := "您"
	if a.Pupil = me.Audience == person.Student; a.Pupil {
		you = "你"
	}
	switch st.Lack {
	case consent.LackAge:
		a.AsksAge, a.Unsaid = true, c.Request.Method == http.MethodPost
	case consent.LackGuardian:
		a.Young = true
	case consent.LackWords:
		a.Words, a.Version = strings.ReplaceAll(st.Text.Words(st.Anew), "{{you}}", you), st.Text.Version
	case consent.Nothing:
	}
	return a, nil
}

// agrees writes down that somebody agreed with the button of a form; false where they read other words, or none.
func (h *Handler) agrees(c *gin.Context, me identity, p consent.Purpose) (bool, error) {
	return h.Consents.Allow(c.Request.Context(), me.ID, string(me.Audience), p, c.PostForm(agreeField))
}

// endsForChild is what it means that a guardian takes a consent back.
const endsForChild = "收回以后，孩子的这一项就停了，存着的会删掉；里面写了什么不会给您看。孩子照样可以找老师、打热线。"

// purposes are the consents of a person to what is kept of them, and those that they gave for a child.
func (h *Handler) purposes(ctx context.Context, personID string) ([]agreed, error) {
	own, err := h.Consents.Mine(ctx, personID)
	if err != nil {
		return nil, err
	}
	wards, err := h.Consents.Wards(ctx, personID)
	if err != nil {
		return nil, err
	}
	var out []agreed
	for _, g := range own {
		out = append(out, agreed{What: g.Purpose.Label() + "（" + g.Version + " 版）", At: g.At, Kind: "purpose", ID: string(g.Purpose), Back: !g.Agreed, Means: strings.TrimSpace(h.Consents.TextOf(g.Purpose).Withdraw)})
	}
	seen := map[consent.Purpose]bool{}
	for _, g := range wards {
		if !seen[g.Purpose] {
			seen[g.Purpose] = true
			out = append(out, agreed{What: "替孩子同意：" + g.Purpose.Label() + "（" + g.Version + " 版）", At: g.At, Kind: "guardian", ID: string(g.Purpose), Back: !g.Agreed, Means: endsForChild})
		}
	}
	return out, nil
}
