package browsertest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience is how long one step in a browser may take. A step ends when what it waits for is there, so that a busy machine
// makes a test slow and never red; only what never comes takes this long.
const Patience = 2 * time.Minute

var (
	once    sync.Once
	browser context.Context
	failed  error
	end     = func() {}
)

// start starts the one Chromium of a package's tests: to start one takes more than most tests do in it.
func start(path string) {
	home, err := os.MkdirTemp("", "xinqiao-chromium-")
	if err != nil {
		failed = err
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(home), chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(Patience))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stopTab := chromedp.NewContext(ctx)
	end = func() { stopTab(); stop(); _ = os.RemoveAll(home) }
	browser, failed = ctx, chromedp.Do(ctx) // it lives as long as this context
}

// Close ends the browser that the tests had in common; a package's TestMain calls it.
func Close() { end() }

// Tab opens a tab of a real Chromium, with cookies, storage and windows of its own, as if nobody else used it. Where none is
// configured the test is left out, and fails in CI.
func Tab(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("XINQIAO_TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("XINQIAO_TEST_CHROMIUM is not set: run the tests with `make test`")
		}
		t.Skip("XINQIAO_TEST_CHROMIUM is not set: run `make test`")
	}
	once.Do(func() { start(path) })
	if failed != nil {
		t.Fatalf("start the browser: %v", failed)
	}
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	// The tab lives as long as the context of its first step.
	if err := chromedp.Do(ctx, InFront()); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return ctx
}

// Do does steps in a page and says, where one fails, what the page showed.
func Do(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	within, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if err := chromedp.Do(within, steps...); err != nil {
		t.Fatalf("%s: %v; the page shows:\n%s", what, err, shown(ctx))
	}
}

// shown is what a page shows, for whoever reads why a test failed; the light of the desk says whether it is live.
func shown(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " (light: " + (document.getElementById("link")?.dataset.state || "none") + ")\n" + document.body.innerText`))
	if err != nil {
		return "(it cannot be read: " + err.Error() + ")"
	}
	return text
}
