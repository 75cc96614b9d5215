package main

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// counsellor is somebody at the desk, in a real browser.
type counsellor struct {
	t   *testing.T
	w   *world
	ctx context.Context
}

func openBrowser(t *testing.T, w *world) *counsellor {
	return &counsellor{t, w, browsertest.Tab(t)}
}

func (b *counsellor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	browsertest.Do(b.t, b.ctx, what, steps...)
}

func (b *counsellor) signIn() { b.signInAs(staff.Counsellor, "陈老师") }

func (b *counsellor) signInAs(role staff.Role, display string) {
	b.t.Helper()
	name := "chen-" + uuid.NewString()[:8]
	_, password, err := b.w.app.staff.Add(b.t.Context(), name, display, role)
	if err != nil {
		b.t.Fatal(err)
	}
	chosen := "kapok-river-2046"
	b.do("sign in", chromedp.Navigate(b.w.url+"/desk"), browsertest.Visible(`input[name=name]`),
		chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, password+"\r"), browsertest.Visible(`input[name=chosen]`),
		chromedp.SendKeys(`input[name=old]`, password), chromedp.SendKeys(`input[name=chosen]`, chosen), chromedp.SendKeys(`input[name=again]`, chosen+"\r"),
		browsertest.Visible(`#queue, main h1`))
}

func (b *counsellor) takeCase(id string) {
	b.t.Helper()
	b.do("open the case", browsertest.Click(`.case-link[data-case="`+id+`"]`), browsertest.Until(`document.getElementById("case")?.dataset.id === "`+id+`"`))
	b.do("take it", browsertest.Click(`#take`), browsertest.Visible(`#text`))
	b.w.eventually("the session to know that a human has the conversation", func() bool {
		c, err := b.w.app.cases.Get(b.t.Context(), id)
		if err != nil {
			return false
		}
		to, err := b.w.app.db.People().Address(b.t.Context(), c.Person)
		if err != nil {
			return false
		}
		st, err := b.w.app.bot.State(b.t.Context(), to)
		return err == nil && st.Talking
	})
}

func (b *counsellor) say(text string) {
	b.t.Helper()
	b.do("answer", chromedp.SendKeys(`#text`, text+"\r"), browsertest.Until(`document.getElementById("text").value === ""`))
}

func (b *counsellor) handBack(closing string) {
	b.t.Helper()
	b.do("hand back", browsertest.Click(`#handback summary`), browsertest.Visible(`#handback textarea`), chromedp.SetValue(`#handback textarea`, closing),
		browsertest.Click(`#handback .primary`), browsertest.Until(`!document.getElementById("text")`))
}
