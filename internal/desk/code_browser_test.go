package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// An administrator comes in for the first time, as on any desk but a demo.
func TestSomebodySetsTheirSecondFactorUpInABrowser(t *testing.T) {
	ctx := browser(t)
	o := strictOffice(t)
	o.hires(t, "guan", "示例·关老师", staff.Admin, "")
	o.hires(t, "lan", "示例·兰老师", staff.Counsellor, "")
	both := func(name string) {
		look(t, ctx, name+"-1280", 1280, 860)
		look(t, ctx, name+"-390", 390, 844)
		noViolations(t, ctx)
		browsertest.Do(t, ctx, "size the window", chromedp.EmulateViewport(390, 844))
		if wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); err != nil || wide > 390 {
			t.Errorf("the page %s is %d wide on a phone of 390 (%v)", name, wide, err)
		}
		browsertest.Do(t, ctx, "size the window", chromedp.EmulateViewport(1280, 860))
	}
	browsertest.Do(t, ctx, "sign in", chromedp.Navigate(o.url+"/desk/accounts"), browsertest.Visible(`input[name=name]`))
	both("signin")
	browsertest.Do(t, ctx, "sign in", chromedp.SendKeys(`input[name=name]`, "guan"), chromedp.SendKeys(`input[name=password]`, chosenPassword+"\r"), browsertest.Visible(`svg.qr`))
	both("factor")
	key, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("code.key").textContent`))
	if err != nil {
		t.Fatal(err)
	}
	key = strings.ReplaceAll(key, " ", "")
	browsertest.Do(t, ctx, "prove the authenticator", chromedp.SendKeys(`#code`, o.code(t, key)+"\r"), browsertest.Visible(`.recovery`))
	both("recovery")
	browsertest.Do(t, ctx, "go on", browsertest.Click(`.choices .primary`), browsertest.Visible(`.keylist`))
	both("accounts")
	browsertest.Do(t, ctx, "make a token", chromedp.Navigate(o.url+"/desk/tokens"), browsertest.Visible(`form[action="/desk/tokens"] input[name=name]`), chromedp.SendKeys(`form[action="/desk/tokens"] input[name=name]`, "示例大屏"),
		browsertest.Click(`input[value=see_stats]`), browsertest.Click(`form[action="/desk/tokens"] .primary`), browsertest.Visible(`.notice .key`))
	both("tokens")
	o.later.add(6 * time.Minute)
	browsertest.Do(t, ctx, "make another, after a while", chromedp.Navigate(o.url+"/desk/tokens"), browsertest.Visible(`form[action="/desk/tokens"] input[name=name]`), chromedp.SendKeys(`form[action="/desk/tokens"] input[name=name]`, "示例区平台"),
		browsertest.Click(`input[value=see_cases]`), browsertest.Click(`form[action="/desk/tokens"] .primary`), browsertest.Visible(`input[name=confirm_answer]`))
	both("confirm")
	browsertest.Do(t, ctx, "give the code again", chromedp.SendKeys(`input[name=confirm_answer]`, o.code(t, key)+"\r"), browsertest.Until(`document.body.textContent.includes("示例区平台") && document.querySelector(".notice .key")`))
	guest := o.visitor(t)
	guest.do("POST", "/desk/login", map[string][]string{"name": {"guan"}, "password": {chosenPassword}})
	o.later.add(time.Minute)
	guest.do("POST", "/desk/code", map[string][]string{"code": {o.code(t, key)}}, "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) MicroMessenger/8.0")
	browsertest.Do(t, ctx, "see where one is signed in", chromedp.Navigate(o.url+"/desk/me"), browsertest.Until(`document.querySelectorAll(".sessions li").length === 2 && document.querySelector(".newdevice")`))
	both("me")
	browsertest.Do(t, ctx, "sign out and in again", browsertest.Click(`form[action="/desk/leave"] button`), browsertest.Visible(`input[name=password]`),
		chromedp.SendKeys(`input[name=name]`, "guan"), chromedp.SendKeys(`input[name=password]`, chosenPassword+"\r"), browsertest.Visible(`.codefield`))
	both("code")
	o.later.add(time.Minute)
	browsertest.Do(t, ctx, "give the code", chromedp.SendKeys(`.codefield`, o.code(t, key)+"\r"))
	arrives(t, ctx, "the live queue", liveQueue)
}
