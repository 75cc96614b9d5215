package desk_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// TestThePageOfThoseWhoOverseeWorksForEarsAndOnAPhone shows everything that may wait there, at both sizes.
func TestThePageOfThoseWhoOverseeWorksForEarsAndOnAPhone(t *testing.T) {
	ctx := browser(t)
	o := officeOnSQLite(t)
	path, lan, _ := o.asksFor(t)
	if _, _, err := o.staff.Add(t.Context(), "xin", "示例·辛督导", staff.Supervisor); err != nil {
		t.Fatal(err)
	}
	look390 := func(name, path, ready string) {
		t.Helper()
		for _, width := range []int64{1280, 390} {
			browsertest.Do(t, ctx, name, chromedp.EmulateViewport(width, 900), chromedp.Navigate(o.url+path), browsertest.Until(ready+` && document.documentElement.scrollWidth <= innerWidth`))
			noViolations(t, ctx)
			look(t, ctx, name+"-"+strconv.FormatInt(width, 10), width, 900)
		}
	}
	o.later.add(casework.IdentityAnswer)
	lan.logsIn("lan")
	comesIn(t, ctx, o, "lan", path)
	unfold := `document.querySelector("#identity") && (document.querySelector('[data-panel=done], #tab-todo')?.click(), document.querySelectorAll("#identity").forEach(d => d.open = true), true)`
	look390("identity-alone", path, unfold)
	lan.post(path+"/identity/alone", "note", "示例：TA 说现在就跳，没有人答复")
	comesIn(t, ctx, o, "mei", "/desk/oversight")
	look390("oversight", "/desk/oversight", `document.querySelector(".oversight form button.primary")`)
}
