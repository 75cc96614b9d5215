package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// enter signs in as somebody whose password is chosen, whoever was signed in before.
func enter(t *testing.T, ctx context.Context, o *office, name string) {
	t.Helper()
	browsertest.Do(t, ctx, "the desk", chromedp.Navigate(o.url+"/desk/me"))
	arrives(t, ctx, "a page of the desk", `document.readyState === "complete" && (document.querySelector("input[name=name]") || document.querySelector(".who form"))`)
	if in, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!document.querySelector(".who form")`)); err == nil && in {
		browsertest.Do(t, ctx, "sign out", browsertest.Until(`(document.querySelector(".who form button").click(), true)`))
		arrives(t, ctx, "the page to sign in", `document.readyState === "complete" && document.querySelector("input[name=name]")`)
	}
	browsertest.Do(t, ctx, "sign in as "+name, chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, chosenPassword+"\r"))
	arrives(t, ctx, "the desk", `document.querySelector(".who form")`)
}

// visit opens a page of the desk and checks it: it fits a phone, and axe finds nothing.
func visit(t *testing.T, ctx context.Context, o *office, path, ready string) {
	t.Helper()
	browsertest.Do(t, ctx, "open "+path, chromedp.Navigate(o.url+path))
	arrives(t, ctx, path, `document.readyState === "complete" && document.querySelector("`+ready+`")`)
	visitHere(t, ctx)
}

func shots(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	look(t, ctx, name+"-1280", 1280, 900)
	look(t, ctx, name+"-390", 390, 844)
}

func TestTwoColleaguesSwapADutyInTheBrowser(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db, withRota(t, db, dutyPlan))
	for name, role := range map[string]staff.Role{"chen": staff.Counsellor, "zhou": staff.Counsellor, "wang": staff.Supervisor} {
		o.signedIn(t, name, role)
	}
	enter(t, ctx, o, "chen")
	visit(t, ctx, o, "/desk/rota", ".rota-now")
	shots(t, ctx, "rota-fresh")
	visit(t, ctx, o, "/desk/rota?week="+inDays(7), ".duty.own")
	browsertest.Do(t, ctx, "give a duty away", browsertest.Until(`(document.querySelector(".duty.own .give").click(), true)`))
	arrives(t, ctx, "the form", `document.querySelector("select[name=in]")`)
	look(t, ctx, "rota-swap-1280", 1280, 900)
	browsertest.Do(t, ctx, "ask a colleague", chromedp.SetValue(`select[name=in]`, "zhou"), chromedp.SendKeys(`input[name=note]`, "示例:那天开家长会\r"))
	arrives(t, ctx, "it waits", `document.querySelector(".ask.mine-ask")`)

	enter(t, ctx, o, "zhou")
	browsertest.Do(t, ctx, "the colleague is told on every page", browsertest.Until(`document.querySelector("#due-rota:not([hidden])")`))
	visit(t, ctx, o, "/desk/rota", ".ask")
	shots(t, ctx, "rota-asked")
	browsertest.Do(t, ctx, "agree", browsertest.Click(`.ask button[value="1"]`))
	arrives(t, ctx, "it is agreed", `!document.querySelector(".ask") && document.querySelector(".rota-history .result.agreed")`)
	visit(t, ctx, o, "/desk/rota?week="+inDays(7), ".duty.own .rchip")

	enter(t, ctx, o, "wang")
	visit(t, ctx, o, "/desk/rota/new/leave", "select[name=out]")
	leave := func(stand string) {
		t.Helper()
		browsertest.Do(t, ctx, "fill in leave", chromedp.SetValue(`select[name=out]`, "zhou"), chromedp.SetValue(`input[name=from_day]`, inDays(3)), chromedp.SetValue(`input[name=to_day]`, inDays(4)),
			chromedp.SetValue(`select[name=in]`, stand), browsertest.Until(`(document.querySelector(".rota-form .primary").click(), true)`))
	}
	leave("")
	arrives(t, ctx, "the warning", `document.querySelector(".rota-gaps[role=alert]")`)
	noViolations(t, ctx)
	shots(t, ctx, "rota-gap")
	leave("chen")
	arrives(t, ctx, "it is set", `document.querySelector(".rota-history") && document.body.textContent.includes("示例·陈老师 顶班")`)
	if now, err := db.Rota().Saved(t.Context(), time.Now()); err != nil || len(now.Changes) != 2 {
		t.Errorf("%d changes are kept (%v), want the swap and the leave", len(now.Changes), err)
	}
	week := time.Now().Add(3 * 24 * time.Hour).In(beijing).Format(time.DateOnly)
	visit(t, ctx, o, "/desk/rota?week="+week, ".duty .rchip")
	shots(t, ctx, "rota-full")
	full(t, ctx, "rota-full")
}

// full keeps a picture of the whole page, however long, as wide as a desk and as a phone.
func full(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	look(t, ctx, name+"-long-1280", 1280, 1700)
	look(t, ctx, name+"-long-390", 390, 3200)
}

func TestARotaIsWrittenInTheBrowser(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db, withRota(t, db, ""))
	for name, role := range map[string]staff.Role{"chen": staff.Counsellor, "zhou": staff.Counsellor, "wang": staff.Supervisor} {
		o.signedIn(t, name, role)
	}
	enter(t, ctx, o, "wang")
	visit(t, ctx, o, "/desk/rota", ".rota-none")
	shots(t, ctx, "rota-empty")
	browsertest.Do(t, ctx, "begin", browsertest.Click(`.rota-none .primary`))
	arrives(t, ctx, "the form", `document.querySelector(".plan")`)
	for _, name := range []string{"chen", "zhou", "wang"} {
		browsertest.Do(t, ctx, name+" takes part", browsertest.Until(`(() => { const li = [...document.querySelectorAll(".plan-people li")].find((l) => l.textContent.includes("示例·`+name+`")); const c = li.querySelector("[type=checkbox]"); c.checked = true; return c.checked; })()`))
	}
	shift := func(day, from, to, first, stand string) {
		t.Helper()
		browsertest.Do(t, ctx, "a shift", browsertest.Until(`(() => {
			const rows = [...document.querySelectorAll(".plan-shift")], row = rows[rows.length - 1], q = (s) => row.querySelector(s);
			q('[value="`+day+`"]').checked = true; q("[name$=from]").value = "`+from+`"; q("[name$=to]").value = "`+to+`";
			const who = row.querySelectorAll("[name$=who]"); who[0].value = "`+first+`"; who[1].value = "`+stand+`"; return true; })()`))
	}
	shift("每天", "08:00", "18:00", "chen", "zhou")
	browsertest.Do(t, ctx, "one shift more", browsertest.Until(`(document.querySelector("[value=shift]").click(), true)`))
	arrives(t, ctx, "a free row", `document.querySelectorAll(".plan-shift").length === 2 && !document.querySelectorAll(".plan-shift")[1].querySelector("[name$=from]").value`)
	visitHere(t, ctx)
	shots(t, ctx, "rota-plan")
	full(t, ctx, "rota-plan")
	browsertest.Do(t, ctx, "save with the nights missing", browsertest.Until(`(document.querySelector(".plan-end .primary").click(), true)`))
	arrives(t, ctx, "the warning", `document.querySelector(".rota-gaps[role=alert]")`)
	shift("每天", "18:00", "08:00", "zhou", "chen")
	browsertest.Do(t, ctx, "save", browsertest.Until(`(document.querySelector(".plan-end .primary").click(), true)`))
	arrives(t, ctx, "the rota", `document.querySelector(".rota-now .now-name") && !document.querySelector(".rota-gaps")`)
	saved, err := db.Rota().Saved(t.Context(), time.Now())
	if err != nil || saved.Base == nil || len(saved.Base.Districts[0].Shifts) != 2 {
		t.Fatalf("what is kept: %+v (%v), want two shifts", saved.Base, err)
	}
	if _, err := rota.Compile(saved.Base.Plan); err != nil || !strings.HasPrefix(saved.Base.By.Name, "示例·wang") {
		t.Errorf("the base by %s: %v", saved.Base.By.Name, err)
	}
}

// visitHere checks the page that stands open as visit does.
func visitHere(t *testing.T, ctx context.Context) {
	t.Helper()
	browsertest.Do(t, ctx, "hold a phone", chromedp.EmulateViewport(390, 844), browsertest.Until(`document.documentElement.scrollWidth <= 390`))
	noViolations(t, ctx)
	browsertest.Do(t, ctx, "sit at a desk", chromedp.EmulateViewport(1280, 900))
	noViolations(t, ctx)
}
