package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
)

// scheme says whether the browser's owner likes pages light or dark.
func scheme(is string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (v chromedp.Void, err error) {
		_, err = cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: is}}})
		return v, err
	}
}

// TestEveryPageSuitsAPhoneAndADesk opens what a parent opens, as wide as a phone and as a desk, at twice the size, light and
// dark: nothing is cut off or scrolls sideways, all that can be tapped is as large as a fingertip, and a screen reader finds
// its way.
func TestEveryPageSuitsAPhoneAndADesk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out of a short run: a browser")
	}
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	w.sits(who, "WHO-5", []string{"有时候", "有时候", "有时候", "有时候", "有时候"})
	again := w.linked(w.sits(who, "WHO-5", []string{rarely, rarely, rarely, rarely, rarely}), "/p/result/")
	mine := w.handset(who)
	mine.get(again)
	p, err := w.app.db.People().Resolve(t.Context(), address(who))
	if err != nil {
		t.Fatal(err)
	}
	free, err := w.app.bookings.Free(t.Context(), "tianhe-1")
	if err != nil || len(free) == 0 {
		t.Fatalf("no free time: %v", err)
	}
	w.agrees(p.ID, consent.Booking)
	a, err := w.app.bookings.Book(t.Context(), booking.Wish{Key: "k", Person: p.ID, Slot: free[0].ID(), Note: "和孩子一起去。孩子最近不太说话，想先听听老师怎么看。"})
	if err != nil {
		t.Fatal(err)
	}
	over := booking.Appointment{
		ID: uuid.NewString(), Person: p.ID, Slot: "tianhe-1@over", Station: "tianhe-1", Start: w.app.now().Add(-24 * time.Hour), Code: "ABC234", Token: uuid.NewString(), Key: "over",
		BookedAt: w.app.now().Add(-48 * time.Hour), Status: booking.Arrived, ArrivedAt: w.app.now().Add(-24 * time.Hour),
	}
	if err := w.app.bookings.Store.Place(t.Context(), over, 1); err != nil {
		t.Fatal(err)
	}
	_, at, _ := strings.Cut(free[len(free)-1].ID(), "@")
	v := &visitor{t, browsertest.Tab(t)}
	here, err := url.Parse(w.url + "/p/")
	if err != nil {
		t.Fatal(err)
	}
	v.do("the phone's cookies", func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
		for _, c := range mine.client.Jar.Cookies(here) {
			if _, err = cdp.Call(ctx, tab, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: w.url, Path: "/p"}); err != nil {
				return none, err
			}
		}
		return none, nil
	})
	pages := []struct{ name, path, says string }{
		{"home", "/p/", "今天想做点什么"},
		{"hotlines", "/p/hotlines", "现在就可以打"},
		{"privacy", "/p/privacy", "隐私说明"},
		{"stations", "/p/stations", "找个地方坐下来说"},
		{"station", "/p/station/tianhe-1", "天河"},
		{"book", "/p/station/tianhe-1/book", "哪一天方便"},
		{"confirm", "/p/station/tianhe-1/book/at/" + at, "约这个时间"},
		{"bookings", "/p/bookings", "我的预约"},
		{"booking", "/p/booking/" + a.Token, "预约好了"},
		{"rate", "/p/booking/" + over.Token, "已经到过站点了"},
		{"move", "/p/booking/" + a.Token + "/move/at/" + at, "改到这个时间吗"},
		{"lessons", "/p/lessons", "父母学堂"},
		{"lesson", "/p/lesson/junior-door", "青春期的门"},
		{"events", "/p/events", "活动"},
		{"event", "/p/event/talk-exam", "家里怎么陪"},
		{"results", "/p/results", "我的自测结果"},
		{"result", again, "WHO-5"},
		{"letters", "/p/letters", "树洞信箱"},
		{"start", "/p/start/human", "找老师聊聊"},
		{"data", "/p/data", "我的资料"},
		{"missing", "/p/lesson/none", "没有"},
	}
	width := func(n int64) chromedp.Action[chromedp.Void] { return chromedp.EmulateViewport(n, 844) }
	fits := func(name string) {
		t.Helper()
		bad, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll("main :not(svg *):not(.vh)")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 90)).concat("wider than the page") : []`))
		if err != nil || len(bad) > 0 {
			t.Errorf("%s scrolls sideways: %v %q", name, err, bad)
		}
	}
	for _, pg := range pages {
		v.do(pg.name, scheme("light"), width(390), chromedp.Navigate(w.url+pg.path), browsertest.Until(`document.readyState === "complete"`), has("h1", pg.says))
		v.readable()
		fits(pg.name + " on a phone")
		small, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a, button, summary, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea, label:has(input)")].filter(e => e.offsetParent && !e.closest("p.said, .note:not(:has(> a:only-child)), .card > p") && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML.slice(0, 90) + " " + e.offsetWidth + "x" + e.offsetHeight)`))
		if err != nil || len(small) > 0 {
			t.Errorf("%s: smaller than a fingertip: %v %q", pg.name, err, small)
		}
		whole(v, pg.name+"-light-390")
		v.do(pg.name, scheme("dark"))
		v.readable()
		whole(v, pg.name+"-dark-390")
		v.do(pg.name, width(1280), scheme("light"))
		fits(pg.name + " on a desk")
		whole(v, pg.name+"-light-1280")
		for _, zoomed := range []int64{640, 195} { // a desk and a phone at twice the size
			v.do(pg.name, width(zoomed))
			fits(fmt.Sprintf("%s at twice the size, %d wide", pg.name, zoomed))
		}
		whole(v, pg.name+"-zoom-195")
	}
	v.do("the trend", width(390), chromedp.Navigate(w.url+again), has("h2", "和前几次比"), has(".bands .here", "偏低"))

	v.do("a lesson is checked by keyboard and pointer", chromedp.Navigate(w.url+"/p/lesson/junior-door"), browsertest.Until(`document.querySelectorAll(".quiz").length`),
		chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".quiz").forEach(q => q.querySelector("input").click());void 0`), browsertest.Click("#check .button"), browsertest.Visible(".praise"), has(".praise", "学完了"))
	v.readable()
	whole(v, "lesson-checked-390")
	v.do("a time is chosen", chromedp.Navigate(w.url+"/p/station/tianhe-1/book/at/"+at), chromedp.SendKeys("#note", "怕他不肯来"), browsertest.Click(`input[value=child]`), browsertest.Click("form .button"), browsertest.Visible("form + p .second"), has("dd", "和孩子一起去"))
	v.readable()
	whole(v, "confirm-summary-390")
	v.do("and booked", browsertest.Click("form .button"), browsertest.Visible(".ticket"), has("h1", "预约好了"))
	v.do("and given back", browsertest.Click(".sure summary"), browsertest.Visible(".sure .danger"))
	v.readable()
	whole(v, "booking-sure-390")
	v.do("for good", browsertest.Click(".sure .danger"), browsertest.Visible(".off"), has("h1", "已经取消"))
}

// whole keeps a picture of a page from its top to its end where XINQIAO_TEST_SHOTS names a folder.
func whole(v *visitor, name string) {
	v.t.Helper()
	dir := os.Getenv("XINQIAO_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "p-"+name+".png"), png, 0o600)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}
