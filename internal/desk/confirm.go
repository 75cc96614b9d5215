package desk

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// confirmFor is how long a password or code that was given counts for what is asked again: signing in gives both.
const confirmFor = 5 * time.Minute

// confirmAnswer is the field of the form that asks for it.
const confirmAnswer = "confirm_answer"

// asksAgain are the routes that ask whoever is signed in who they are: who somebody is, what leaves the desk, and what opens
// it to others. Changing one's own password asks for the old one in its own form.
var asksAgain = map[string]bool{
	"GET /desk/cases/:id/identity": true, "GET /desk/cases/:id/police": true, "POST /desk/cases/:id/identity/open": true,
	"GET /desk/board/table.csv": true, "GET /desk/board/table.xlsx": true, "GET /desk/board/quiz.csv": true, "GET /desk/audit/table.csv": true,
	"GET /desk/factor": true, "POST /desk/factor/recovery": true,
	"POST /desk/accounts": true, "POST /desk/accounts/:id/reset": true, "POST /desk/accounts/:id/factor": true, "POST /desk/accounts/:id/disable": true,
	"POST /desk/oversight/roles/:staff": true, "POST /desk/tokens": true, "POST /desk/tokens/:id/revoke": true,
}

// asking is the page that asks: where its form goes, and the fields of the form that it interrupts, which go on with it.
type asking struct {
	Action string
	Fields []formField
	Back   string
	Code   bool // a code will do
	Answer string
}

type formField struct{ Name, Value string }

// confirm asks again who it is before a route of asksAgain. A form that it interrupts comes back with the answer, so that
// nothing typed is lost.
func (h *Handler) confirm(c *gin.Context) {
	if !asksAgain[c.Request.Method+" "+c.FullPath()] {
		c.Next()
		return
	}
	ctx := c.Request.Context()
	s, _ := mySession(ctx)
	if h.now().Sub(s.Confirmed) < confirmFor {
		c.Next()
		return
	}
	if c.Request.Method != http.MethodPost {
		h.askAgain(c, http.StatusOK, asking{Action: "/desk/confirm", Fields: []formField{{"to", c.Request.URL.RequestURI()}}, Code: s.Second}, "")
		return
	}
	answer := c.PostForm(confirmAnswer)
	ask := asking{Action: c.Request.URL.RequestURI(), Code: s.Second}
	names := make([]string, 0, len(c.Request.PostForm))
	for name := range c.Request.PostForm {
		if name != confirmAnswer {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range c.Request.PostForm[name] {
			ask.Fields = append(ask.Fields, formField{name, v})
		}
	}
	if answer == "" {
		h.askAgain(c, http.StatusOK, ask, "")
		return
	}
	if err := h.Staff.Confirm(ctx, me(c), s.ID, answer); err != nil {
		h.refuseAnswer(c, ask, err)
		return
	}
	c.Next()
}

// confirmed takes the answer for a page, and leads on to it.
func (h *Handler) confirmed(c *gin.Context) {
	ctx, to := c.Request.Context(), localPage(c.PostForm("to"))
	s, _ := mySession(ctx)
	if err := h.Staff.Confirm(ctx, me(c), s.ID, c.PostForm(confirmAnswer)); err != nil {
		h.refuseAnswer(c, asking{Action: "/desk/confirm", Fields: []formField{{"to", to}}, Code: s.Second}, err)
		return
	}
	redirect(c, to)
}

func (h *Handler) refuseAnswer(c *gin.Context, ask asking, err error) {
	status, text := explain(err)
	if status >= http.StatusInternalServerError {
		h.fail(c, err)
		return
	}
	h.askAgain(c, status, ask, text)
}

// askAgain shows the page that asks. Where a part of a page was to be exchanged, it takes the whole page's place.
func (h *Handler) askAgain(c *gin.Context, status int, ask asking, problem string) {
	ask.Answer = confirmAnswer
	name := "confirm"
	if fragment(c) {
		name, status = "confirmform", http.StatusOK // else it would not be shown
		c.Header("HX-Retarget", "body")
		c.Header("HX-Reswap", "innerHTML")
	}
	h.render(c, status, name, page{Title: "再确认一下是您", Me: me(c), Problem: problem, Data: ask})
	c.Abort()
}

// localPage is where the answer for a page leads: like localNext, but for the pages of the second factor too.
func localPage(raw string) string {
	if raw == "/desk/factor" {
		return raw
	}
	return onward(raw)
}
