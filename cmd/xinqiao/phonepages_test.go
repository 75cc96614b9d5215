package main

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
)

var resultPath = regexp.MustCompile(`/p/result/[\w-]+`)

// TestPagesSuitAPhone opens what a parent opens from the chat, as wide as a phone: nothing is cut off, all that can be
// tapped is as large as a fingertip, and a screen reader finds its way.
func TestPagesSuitAPhone(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: a browser")
	}
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	w.sits(who, "WHO-5", []string{"有时候", "有时候", "有时候", "有时候", "有时候"})
	rarely := "少于一半的时间"
	again := resultPath.FindString(w.sits(who, "WHO-5", []string{rarely, rarely, rarely, rarely, rarely}).Content)
	v := &visitor{t, openTab(t)}
	for name, path := range map[string]string{
		"a result after a second time": again,
		"a lesson":                     "/p/lesson/junior-door",
		"the hotlines":                 "/p/hotlines",
	} {
		v.do(name, chromedp.EmulateViewport(390, 844), chromedp.Navigate(w.url+path), until(`document.querySelector("h1")`))
		v.noViolations()
		bad, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main :not(svg *)")].filter(e => e.getBoundingClientRect().right > innerWidth).concat(
			[...document.querySelectorAll("a, summary")].filter(e => e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML.slice(0, 80))`))
		if err != nil || len(bad) > 0 {
			t.Errorf("%s: cut off, or smaller than a fingertip: %v %q", name, err, bad)
		}
	}
	v.do("the trend", chromedp.Navigate(w.url+again), has("h2", "和前几次比"), has(".bands .here", "偏低"))
}
