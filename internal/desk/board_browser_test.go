package desk_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestTheBoardDrawsWithinItsPolicy(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.signedInAs(t, "ju", staff.Manager)
	var (
		mu        sync.Mutex
		complains []string
	)
	err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *log.EventEntryAdded:
			complains = append(complains, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			complains = append(complains, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(what string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if len(complains) > 0 {
			t.Errorf("%s: the browser complains:\n%s", what, strings.Join(complains, "\n"))
		}
		complains = nil
	}

	signInAs := func(name string) {
		browsertest.Do(t, ctx, "sign in", chromedp.Navigate(o.url+"/desk/login"), browsertest.Visible(`input[name=name]`),
			chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, chosenPassword+"\r"))
	}
	signInAs("ju")
	arrives(t, ctx, "a manager's first page", `document.readyState === "complete" && document.querySelector("h1")?.textContent === "看板"`)
	browsertest.Do(t, ctx, "nothing pretends to listen", browsertest.Until(`!document.getElementById("link") && document.getElementById("offline").hidden`))
	noViolations(t, ctx)
	look(t, ctx, "board-empty-1280", 1280, 900)
	look(t, ctx, "board-empty-390", 390, 1100)
	quiet("the empty board")

	browsertest.Do(t, ctx, "nor on their own page", chromedp.Navigate(o.url+"/desk/me"), browsertest.Until(`document.readyState === "complete" && document.getElementById("offline").hidden && !document.getElementById("queue")`))
	quiet("a manager's own page")

	o.did(t, aMonth(lastMonth())...)
	o.did(t, aMonth(lastMonth().AddDate(0, -1, 0))[40:]...)
	for day := range 6 { // the last week has a little of its own
		o.did(t, work{n: 5 + day*3, level: "medium", district: "越秀区", opened: time.Now().AddDate(0, 0, -day).Add(-time.Hour), seen: time.Minute, spoken: 4 * time.Minute, outcome: "safe"})
	}
	month := lastMonth().Format("2006-01")
	board := o.url + "/desk/board?period=" + month
	drawn := browsertest.Until(`document.readyState === "complete" && [...document.querySelectorAll("figure[data-chart] .canvas")].length >= 4 &&
		[...document.querySelectorAll("figure[data-chart]")].filter(f => f.querySelector(".canvas")).every(f => f.dataset.drawn && f.querySelector("canvas")?.width > 0)`)
	browsertest.Do(t, ctx, "every chart is drawn", chromedp.Navigate(board), drawn)
	browsertest.Do(t, ctx, "something is on the canvases", browsertest.Until(`[...document.querySelectorAll("figure canvas")].every(c => { const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; for (let i = 3; i < d.length; i += 4) if (d[i]) return true; return false; })`))
	browsertest.Do(t, ctx, "a hint shows what its table says", chromedp.Evaluate[chromedp.Void](`(() => { const c = document.querySelector("#t-levels canvas"), r = c.getBoundingClientRect();
		for (const type of ["mousemove"]) c.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: r.left + r.width * 0.5, clientY: r.top + r.height * 0.6 })); })(); 0`))
	noViolations(t, ctx)
	look(t, ctx, "board-full-1280", 1280, 2100)
	quiet("the full board")
	browsertest.Do(t, ctx, "the tables are beside the charts, folded, and open by keyboard", browsertest.Until(`!document.querySelector("#t-levels details").open`),
		chromedp.Focus(`#t-levels summary`), chromedp.KeyEvent("\r"), browsertest.Until(`document.querySelector("#t-levels details").open && document.querySelectorAll("#t-levels tbody tr").length === 3`))
	noViolations(t, ctx)
	look(t, ctx, "board-table-1280", 1280, 1500)

	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844), chromedp.Navigate(board), drawn)
	browsertest.Do(t, ctx, "it fits a phone", browsertest.Until(`document.documentElement.scrollWidth <= 390 && document.getElementById("pane").scrollWidth <= 390`))
	noViolations(t, ctx)
	look(t, ctx, "board-full-390", 390, 1400)
	browsertest.Do(t, ctx, "scroll to the charts", chromedp.Evaluate[chromedp.Void](`document.getElementById("cut-title").scrollIntoView(); 0`))
	look(t, ctx, "board-charts-390", 390, 1400)
	browsertest.Do(t, ctx, "choose the last 7 days", chromedp.Navigate(o.url+"/desk/board?period=7d"), browsertest.Until(`document.readyState === "complete" && document.querySelector(".periods [aria-current]")?.textContent === "最近 7 天"`))
	noViolations(t, ctx)
	look(t, ctx, "board-week-390", 390, 1400)
	browsertest.Do(t, ctx, "on a wide page", chromedp.EmulateViewport(1280, 900))
	look(t, ctx, "board-week-1280", 1280, 2000)
	quiet("the board on a phone")

	browsertest.Do(t, ctx, "the month on paper", chromedp.Navigate(o.url+"/desk/board/report?month="+month), browsertest.Until(`document.querySelectorAll(".pictures svg").length === 3`))
	noViolations(t, ctx)
	look(t, ctx, "report-1280", 1280, 1900)
	if pages := bytes.Count(printed(t, ctx, "report"), []byte("/Type /Page\n")); pages < 1 || pages > 2 {
		t.Errorf("the report takes %d sheets of paper, want one or two", pages)
	}
	media := func(kind string) chromedp.Action[chromedp.Void] {
		return func(ctx context.Context, tab *chromedp.Target) (v chromedp.Void, err error) {
			_, err = cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind})
			return v, err
		}
	}
	browsertest.Do(t, ctx, "as it is printed", media("print"))
	look(t, ctx, "report-print", 673, 1500)
	browsertest.Do(t, ctx, "on the screen again", media("screen"))
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844), browsertest.Until(`document.documentElement.scrollWidth <= 390`))
	noViolations(t, ctx)
	look(t, ctx, "report-390", 390, 1600)
	quiet("the report")

	browsertest.Do(t, ctx, "leave", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(o.url+"/desk/board"), browsertest.Click(`.who form button`))
	arrives(t, ctx, "the sign-in page", `document.querySelector("input[name=name]")`)
	o.signedInAs(t, "du", staff.Supervisor)
	signInAs("du")
	arrives(t, ctx, "the queue", `location.pathname === "/desk" && document.getElementById("link")?.dataset.state === "live"`)
	browsertest.Do(t, ctx, "open a supervisor's board", chromedp.Navigate(o.url+"/desk/board"))
	arrives(t, ctx, "a board that listens for danger too", `location.pathname === "/desk/board" && document.getElementById("link")?.dataset.state === "live"`)
	look(t, ctx, "board-supervisor-1280", 1280, 900)
	noViolations(t, ctx)
	quiet("a supervisor's board")
}

func TestTheBoardStandsWithoutScripts(t *testing.T) {
	o := officeOnSQLite(t)
	o.did(t, aMonth(lastMonth())...)
	_, page := o.signedInAs(t, "du", staff.Supervisor).do("GET", "/desk/board?period="+lastMonth().Format("2006-01"), nil)
	if open, all := strings.Count(page, "<details open>"), strings.Count(page, "<summary>看表格</summary>"); open != all || all != 4 {
		t.Errorf("%d of %d tables stand open without scripts", open, all)
	}
	if !strings.Contains(page, `<button>看</button>`) {
		t.Error("a month cannot be chosen without scripts")
	}
}
