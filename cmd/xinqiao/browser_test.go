package main

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

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

func openTab(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("XINQIAO_TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("XINQIAO_TEST_CHROMIUM is not set: run the tests with `make test`")
		}
		t.Skip("XINQIAO_TEST_CHROMIUM is not set: run `make test`")
	}
	chromiumOnce.Do(func() { startChromium(path) })
	if chromiumErr != nil {
		t.Fatalf("start the browser: %v", chromiumErr)
	}
	ctx, stop := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	// The tab lives as long as the context of its first step.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return ctx
}

var (
	chromiumOnce  sync.Once
	chromium      context.Context
	chromiumErr   error
	closeChromium = func() {}
)

// startChromium starts the one Chromium of all tests: to start one takes more than most tests do in it.
func startChromium(path string) {
	home, err := os.MkdirTemp("", "xinqiao-chromium-")
	if err != nil {
		chromiumErr = err
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(home), chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(patience))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stopTab := chromedp.NewContext(ctx)
	closeChromium = func() { stopTab(); stop(); _ = os.RemoveAll(home) }
	chromium, chromiumErr = ctx, chromedp.Do(ctx) // it lives as long as this context
}

// patience is how long one step in a browser may take. A step ends when what it waits for is there, so that a busy
// machine makes a test slow and never red; only what never comes takes this long.
const patience = 2 * time.Minute

// act does one step in a page, and says where it fails what the page showed.
func act(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := chromedp.Do(within, steps...)
	if err == nil {
		return
	}
	again, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	page, unread := chromedp.Run(again, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if unread != nil {
		page = "(it cannot be read: " + unread.Error() + ")"
	}
	t.Fatalf("%s: %v; the page shows:\n%s", what, err, page)
}

func openBrowser(t *testing.T, w *world) *counsellor {
	return &counsellor{t, w, openTab(t)}
}

func (b *counsellor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	act(b.t, b.ctx, what, steps...)
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
