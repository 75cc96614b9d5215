package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// counsellor is somebody at the desk, in a real browser.
type counsellor struct {
	t   *testing.T
	w   *world
	ctx context.Context
}

func openTab(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("XINQIAO_TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("XINQIAO_TEST_CHROMIUM is not set: run the tests with `make test`")
		}
		t.Skip("XINQIAO_TEST_CHROMIUM is not set: run `make test`")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(60*time.Second))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(stopTab)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func openBrowser(t *testing.T, w *world) *counsellor {
	return &counsellor{t, w, openTab(t)}
}

func (b *counsellor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

func until(js string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void]("!!("+js+")", chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(time.Minute))
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
	b.do("sign in", chromedp.Navigate(b.w.url+"/desk"), chromedp.WaitVisible(`input[name=name]`),
		chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, password+"\r"), chromedp.WaitVisible(`input[name=chosen]`),
		chromedp.SendKeys(`input[name=old]`, password), chromedp.SendKeys(`input[name=chosen]`, chosen), chromedp.SendKeys(`input[name=again]`, chosen+"\r"),
		chromedp.WaitVisible(`#queue, main h1`))
}

func (b *counsellor) takeCase(id string) {
	b.t.Helper()
	b.do("open the case", chromedp.Click(`.case-link[data-case="`+id+`"]`), until(`document.getElementById("case")?.dataset.id === "`+id+`"`))
	b.do("take it", chromedp.Click(`#take`), chromedp.WaitVisible(`#text`))
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
	b.do("answer", chromedp.SendKeys(`#text`, text+"\r"), until(`document.getElementById("text").value === ""`))
}

func (b *counsellor) handBack(closing string) {
	b.t.Helper()
	b.do("hand back", chromedp.Click(`#handback summary`), chromedp.WaitVisible(`#handback textarea`), chromedp.SetValue(`#handback textarea`, closing),
		chromedp.Click(`#handback .primary`), until(`!document.getElementById("text")`))
}
