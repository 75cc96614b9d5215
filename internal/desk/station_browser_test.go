package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// clerkSignsIn signs a clerk in, in the browser, and waits for their day.
func clerkSignsIn(t *testing.T, ctx context.Context, o *office, name, station string) {
	t.Helper()
	_, oneTime, err := o.staff.AddAtStation(t.Context(), name, "示例·前台", station)
	if err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "sign in", chromedp.Navigate(o.url+"/desk"), browsertest.Visible(`input[name=name]`),
		chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, oneTime+"\r"))
	arrives(t, ctx, "the page to choose a password", `document.readyState === "complete" && document.querySelector("input[name=chosen]")`)
	browsertest.Do(t, ctx, "choose a password", chromedp.SendKeys(`input[name=old]`, oneTime), chromedp.SendKeys(`input[name=chosen]`, chosenPassword),
		chromedp.SendKeys(`input[name=again]`, chosenPassword+"\r"))
	arrives(t, ctx, "the day of the station", `document.readyState === "complete" && document.querySelector(".daygrid")`)
}

// shown takes a page at both widths, where it must fit and please axe.
func shown(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, width := range []int64{390, 1280} {
		browsertest.Do(t, ctx, "set the width", chromedp.EmulateViewport(width, 844))
		browsertest.Do(t, ctx, name+" fits", browsertest.Until(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width)))
		noViolations(t, ctx)
		look(t, ctx, fmt.Sprintf("station-%s-%d", name, width), width, map[int64]int64{390: 844, 1280: 900}[width])
	}
}

// press sends keys to what has the focus and waits for the page that follows.
func press(t *testing.T, ctx context.Context, what, keys, js string) {
	t.Helper()
	browsertest.Do(t, ctx, what, chromedp.KeyEvent(keys))
	arrives(t, ctx, what, `document.readyState === "complete" && `+js)
}

func TestAStationClerksDay(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.at(t, "2026-03-02 08:00")
	clerkSignsIn(t, ctx, o, "qiantai", "tianhe-1")
	browsertest.Do(t, ctx, "nothing but the appointments, papers of guardians and what is said of visits is in the navigation", browsertest.Until(`[...document.querySelectorAll("nav[aria-label=主导航] a")].map(a => a.textContent.trim()).join() === "预约,同意书,去过以后" && !document.getElementById("link")`))
	shown(t, ctx, "day-empty")

	kept := o.books(t, "one", "tianhe-1@202603030900", "孩子这学期换了学校，不太愿意说话，我们想先听听老师的建议。")
	missed := o.books(t, "two", "tianhe-1@202603030950", "")
	moving := o.books(t, "three", "tianhe-1@202603031310", "")
	inside := o.books(t, "four", "tianhe-1@202603031450", "想谈谈手机")
	off := o.books(t, "five", "tianhe-1@202603031540", "")
	o.books(t, "six", "tianhe-1@202603041040", "")
	o.books(t, "seven", "tianhe-1@202603041040", "")
	o.books(t, "eight", "tianhe-1@202603060900", "")

	o.at(t, "2026-03-03 08:55")
	day := o.url + "/desk/appointments?day=2026-03-03"
	browsertest.Do(t, ctx, "a wrong code says so", chromedp.Navigate(day), browsertest.Visible(`#code`))
	press(t, ctx, "a wrong code says so", "AAAAAA\r", `document.querySelector("main .notice")?.textContent.includes("没有这个预约码") && document.activeElement.id === "code"`)
	shown(t, ctx, "code-wrong")
	browsertest.Do(t, ctx, "take the wrong code out", chromedp.Evaluate[chromedp.Void](`document.getElementById("code").select(); 0`))
	press(t, ctx, "type the code, Enter", strings.ToLower(kept.Code)+"\r", `document.querySelector(".visitcard h1")?.textContent === "`+kept.Code+`" && document.activeElement.id === "arrived"`)
	shown(t, ctx, "visit")
	press(t, ctx, "Enter again: arrived", "\r", `document.querySelector("#v-`+kept.ID+`.arrived") && document.querySelector("[role=status].donenote").textContent.includes("已到")`)

	o.at(t, "2026-03-03 10:10")
	browsertest.Do(t, ctx, "nobody came", chromedp.Navigate(o.url+"/desk/appointments/"+missed.ID), browsertest.Click(`#noshow`))
	arrives(t, ctx, "the day with the no-show", `document.querySelector("#v-`+missed.ID+`.no_show")`)

	browsertest.Do(t, ctx, "move", chromedp.Navigate(o.url+"/desk/appointments/"+moving.ID), browsertest.Click(`#move summary`), browsertest.Visible(`#move textarea`),
		chromedp.SetValue(`#move select`, "tianhe-1@202603051400"), chromedp.SetValue(`#move textarea`, "老师下午有会"))
	shown(t, ctx, "visit-moving")
	browsertest.Do(t, ctx, "move", browsertest.Click(`#move .primary`))
	arrives(t, ctx, "the new day", `document.querySelector("#v-`+moving.ID+`") && document.querySelector(".donenote")?.textContent.includes("已经改好时间")`)

	browsertest.Do(t, ctx, "block time from its slot", chromedp.Navigate(day), browsertest.Click(`#s-1400 .stopslot`))
	arrives(t, ctx, "the form with the slot's times", `document.readyState === "complete" && document.querySelector("#block[open] select[name=from]")?.value === "14:00"`)
	browsertest.Do(t, ctx, "block time", chromedp.SetValue(`#block select[name=to]`, "16:30"), chromedp.SetValue(`#block input[name=reason]`, "示例：消防检查"), browsertest.Click(`#block button`))
	arrives(t, ctx, "who is inside", `document.readyState === "complete" && document.querySelectorAll(".fates li").length === 2`)
	browsertest.Do(t, ctx, "say what becomes of them", chromedp.SetValue(`select[name="fate-`+inside.ID+`"]`, "tianhe-1@202603060950"), chromedp.SetValue(`select[name="fate-`+off.ID+`"]`, booking.FateCancel),
		chromedp.SetValue(`textarea[name=words]`, "示例：很抱歉，楼里要做消防检查"))
	shown(t, ctx, "block")
	browsertest.Do(t, ctx, "say what becomes of them", browsertest.Click(`.visitpage .primary`))
	arrives(t, ctx, "the blocked time", `document.querySelectorAll(".dayslot.blocked").length === 3 && document.querySelector("#v-`+off.ID+`.cancelled")`)

	o.at(t, "2026-03-03 10:50")
	browsertest.Do(t, ctx, "somebody walks in", chromedp.Navigate(day), browsertest.Visible(`#walkin`), browsertest.Click(`#walkin + button`))
	arrives(t, ctx, "their code", `document.querySelector(".visitcard")?.textContent.includes("现场登记")`)
	shown(t, ctx, "walkin")
	browsertest.Do(t, ctx, "back to the day", browsertest.Click(`.visitpage a`))
	arrives(t, ctx, "the day with the walk-in", `document.readyState === "complete" && document.querySelector(".dayslot.running .arrived")`)
	shown(t, ctx, "day-full")

	soon := o.books(t, "nine", "tianhe-1@202603031220", "")
	browsertest.Do(t, ctx, "who books meanwhile appears", chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("focus")); 0`), browsertest.Until(`document.getElementById("v-`+soon.ID+`")`))
	browsertest.Do(t, ctx, "leave the field", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); 0`))
	press(t, ctx, "the next day by keyboard", kb.ArrowRight, `document.getElementById("day")?.value === "2026-03-04"`)
	press(t, ctx, "back to today by keyboard", "t", `document.getElementById("day")?.value === "2026-03-03" && document.activeElement.id === "code"`)
	browsertest.Do(t, ctx, "the week", browsertest.Click(`.dayviews a:last-child`))
	arrives(t, ctx, "the week", `document.readyState === "complete" && document.querySelectorAll(".weekday").length === 7`)
	shown(t, ctx, "week-full")
	browsertest.Do(t, ctx, "a week without anybody", chromedp.Navigate(o.url+"/desk/appointments?view=week&day=2026-03-12"), browsertest.Visible(`.weekgrid`))
	shown(t, ctx, "week-empty")
	browsertest.Do(t, ctx, "a closed day", chromedp.Navigate(o.url+"/desk/appointments?day=2026-03-08"), browsertest.Visible(`.empty`))
	shown(t, ctx, "day-closed")
	browsertest.Do(t, ctx, "the print view", chromedp.Navigate(o.url+"/desk/appointments/print?day=2026-03-03"), browsertest.Visible(`.dayprint`))
	shown(t, ctx, "print")
	printed(t, ctx, "station-print")

	for id, want := range map[string]booking.Status{kept.ID: booking.Arrived, missed.ID: booking.NoShow, moving.ID: booking.Booked, inside.ID: booking.Booked, off.ID: booking.Cancelled} {
		if a, err := db.Appointments().Get(t.Context(), id); err != nil || a.Status != want {
			t.Errorf("%s is %s (%v), want %s", a.Code, a.Status, err, want)
		}
	}
}

func TestASupervisorLooksAtEveryStation(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	o.at(t, "2026-03-02 10:00")
	o.books(t, "one", "tianhe-1@202603021400", "")
	o.books(t, "two", "haizhu-1@202603021400", "")
	signIn(t, ctx, o) // demo is a supervisor
	browsertest.Do(t, ctx, "the stations", chromedp.Navigate(o.url+"/desk/appointments"), browsertest.Visible(`.stations`))
	shown(t, ctx, "stations")
	browsertest.Do(t, ctx, "one of them", browsertest.Click(`a[href$="station=tianhe-1"]`))
	arrives(t, ctx, "its day", `document.readyState === "complete" && document.querySelector("h1")?.textContent.includes("天河") && document.querySelectorAll("a.visit").length === 1`)
	browsertest.Do(t, ctx, "another, by the list", chromedp.Focus(`#station`), chromedp.SetValue(`#station`, "haizhu-1")) // which tells the page of the change, as a choice does
	arrives(t, ctx, "the other's day", `document.readyState === "complete" && document.querySelector("h1")?.textContent.includes("海珠") && document.querySelectorAll("a.visit").length === 1`)
	shown(t, ctx, "supervisor-day")
}
