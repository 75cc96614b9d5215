package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// shot keeps a picture where XINQIAO_TEST_SHOTS names a folder.
func (v *visitor) shot(name string) {
	v.t.Helper()
	dir := os.Getenv("XINQIAO_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "look-"+name+".png"), png, 0o600)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

// TestTheChatKeepsWhatIsDrawnAndTheReadersPlace reads the talk again and again, as every word of change makes the page do:
// what was drawn stays the same elements, once each, and nobody loses their line.
func TestTheChatKeepsWhatIsDrawnAndTheReadersPlace(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	v := openChat(t, w.url)
	v.do("a small phone", chromedp.EmulateViewport(390, 480))
	v.do("danger", chromedp.SendKeys("#text", "我不想活了\r"), has(".row.bot .bubble", "12356"), browsertest.Until(`document.querySelector("#chips button:enabled")`))
	p := w.soleWebPerson()
	id, err := w.app.cases.OpenCase(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.do("the rows are marked", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#talk .row").forEach(r => { r.marked = true; }); window.rows = document.querySelectorAll("#talk .row").length; void 0`))
	by := casework.Actor{ID: "staff-1", Name: "示例·林老师"}
	if _, err := w.app.cases.Take(t.Context(), id, by); err != nil {
		t.Fatal(err)
	}
	v.do("the talk is read again", browsertest.Until(`document.getElementById("status").textContent.includes("真人老师") && document.querySelector(".when")`))
	v.do("what was drawn is still there, once", has(".row.bot .bubble", "示例·林老师来了"), browsertest.Until(`[...document.querySelectorAll("#talk .row")].slice(0, window.rows).every(r => r.marked) && document.querySelectorAll("#talk .row").length === window.rows + 1`))
	if err := w.app.cases.Say(t.Context(), id, by, "我在，慢慢说。", "form-1"); err != nil {
		t.Fatal(err)
	}
	inSight := `(b => { const t = document.getElementById("talk").getBoundingClientRect(), r = b.getBoundingClientRect(); return r.top >= t.top - 1 && r.bottom <= t.bottom + 1; })([...document.querySelectorAll(".row.staff .bubble")].at(-1))`
	v.do("the counsellor's first words are in sight", has(".row.staff .bubble", "我在，慢慢说。"), browsertest.Until(inSight))
	v.shot("counsellor")

	// A long talk: the server tells its last sixty messages only, the page keeps the others.
	for i := range 70 {
		w.app.messages.Add(transcript.Message{ID: uuid.Must(uuid.NewV7()).String(), Person: p.ID, From: transcript.FromBot, Replies: []channel.Reply{{Text: fmt.Sprintf("第 %d 句\n第二行", i+1)}}, At: w.app.now()})
		if i%50 == 49 || i == 69 {
			if err := w.app.messages.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := w.app.bus.Publish(t.Context(), live.TopicPerson(p.ID)); err != nil {
				t.Fatal(err)
			}
			v.do("more is said", has(".row.bot .bubble", fmt.Sprintf("第 %d 句", i+1)), browsertest.Until(`document.getElementById("newer").hidden`),
				chromedp.Evaluate[chromedp.Void](`(t => { t.scrollTop = t.scrollHeight; })(document.getElementById("talk"))`), endInSight)
		}
	}
	v.do("the beginning is still there", has(".row.bot .bubble", "先认识一下"), has(".row.bot .bubble", "第 1 句"))

	v.do("somebody reads further up", chromedp.Evaluate[chromedp.Void](`(t => { t.scrollTop = t.scrollHeight / 2; })(document.getElementById("talk"))`), browsertest.Until(`document.getElementById("newer").hidden`),
		chromedp.Evaluate[chromedp.Void](`(t => { const top = t.getBoundingClientRect().top; window.line = [...t.children].find(n => n.getBoundingClientRect().bottom > top + 1); window.at = window.line.getBoundingClientRect().top; })(document.getElementById("talk"))`))
	kept := browsertest.Until(`window.line.isConnected && Math.abs(window.line.getBoundingClientRect().top - window.at) < 2`)
	if err := w.app.bus.Publish(t.Context(), live.TopicStaffTyping(p.ID)); err != nil {
		t.Fatal(err)
	}
	v.do("that somebody writes is no news", browsertest.Until(`document.querySelector(".dots") && document.getElementById("newer").hidden`), kept)
	if err := w.app.cases.Say(t.Context(), id, by, "不着急。", "form-2"); err != nil {
		t.Fatal(err)
	}
	v.do("new words are told by a chip", has(".row.staff .bubble", "不着急。"), browsertest.Until(`!document.getElementById("newer").hidden && document.getElementById("newer").textContent.includes("有新消息")`), kept)
	v.do("what grows above moves nothing", chromedp.Evaluate[chromedp.Void](`document.querySelector("#talk .row .bubble").style.paddingTop = "300px"; void 0`), browsertest.Until(`document.querySelector("#talk .row").offsetHeight > 300`), kept)
	v.shot("newer")
	v.do("the chip leads there", browsertest.Click("#newer"), browsertest.Until(inSight))
	if n := v.count(".row.me .bubble", "我不想活了"); n != 1 {
		t.Errorf("what was written stands there %d times, want once", n)
	}
}

func TestTwoTabsShowTheSameTalk(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	one := openChat(t, w.url)
	ctx, stop := chromedp.NewContext(one.ctx)
	t.Cleanup(stop)
	two := &visitor{t, ctx}
	if err := chromedp.Do(ctx, browsertest.InFront()); err != nil {
		t.Fatal(err)
	}
	// No pictures are taken here: of a tab that is not in front there are none.
	browsertest.Do(t, two.ctx, "a second tab", chromedp.EmulateViewport(390, 844), chromedp.Navigate(w.url+"/chat"), has(".row.bot .bubble", "先认识一下"), browsertest.Until(`document.querySelector("#chips button:enabled")`))
	browsertest.Do(t, one.ctx, "the first tab answers", append(tapChip("我是家长"), has("#chips button", "父母学堂"))...)
	browsertest.Do(t, two.ctx, "the second shows it", has(".row.me .bubble", "我是家长"), has("#chips button", "父母学堂"))
	browsertest.Do(t, two.ctx, "the second tab goes on", append(tapChip("父母学堂"), has("#chips button", "按年龄找"))...)
	browsertest.Do(t, one.ctx, "the first shows that", has(".row.me .bubble", "父母学堂"), has("#chips button", "按年龄找"))
	for name, v := range map[string]*visitor{"first": one, "second": two} {
		if n := v.count(".row.me .bubble", ""); n != 2 {
			t.Errorf("the %s tab shows %d messages of the person, want 2", name, n)
		}
		if n := v.count(".row.bot .bubble", "先认识一下"); n != 1 {
			t.Errorf("the %s tab shows the welcome %d times", name, n)
		}
	}
}

// TestTheChatSuitsEverySize looks at the menu, a lesson, a station and a long word in every width, size of text and colour
// scheme: nothing scrolls sideways, everything can be tapped, and the text size that the reader set holds for the chips too.
func TestTheChatSuitsEverySize(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	v := openChat(t, w.url)
	size := func(px int64) chromedp.Action[chromedp.Void] {
		return func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
			_, err = cdp.Call(ctx, tab, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: px, Fixed: px}})
			return none, err
		}
	}
	everywhere := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 390, 320, 260, 195} {
			height := int64(844)
			if width == 195 {
				height = 422
			}
			for _, px := range []int64{16, 24} {
				v.do(name, size(px), chromedp.EmulateViewport(width, height))
				wide, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`[document.documentElement, ...document.querySelectorAll("#talk, #chips, .compose, .bar")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => (e.id || e.className || "page") + " " + e.scrollWidth + ">" + e.clientWidth).concat(
					[...document.querySelectorAll("#talk .bubble, #talk .card, #chips button, .send, .sos, #text")].filter(e => e.offsetParent && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).map(e => "outside: " + (e.id || e.className || e.textContent)))`))
				if err != nil || len(wide) > 0 {
					t.Errorf("%s, %d px wide, text %d px: scrolls sideways: %v %q", name, width, px, err, wide)
				}
				room, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](`Math.round(Math.min(document.getElementById("talk").clientHeight, innerHeight - document.querySelector(".compose").getBoundingClientRect().bottom + 200))`))
				if err != nil || room < 60 {
					t.Errorf("%s, %d px wide, text %d px: %d px are left for the talk (%v)", name, width, px, room, err)
				}
				if width == 390 || width == 195 || width == 1280 && px == 16 {
					v.shot(fmt.Sprintf("%s-%d-%d", name, width, px))
				}
				if width == 390 || width == 1280 {
					for _, is := range []string{"dark", "light"} {
						v.do(name, scheme(is))
						v.noViolations()
						if is == "dark" && px == 16 {
							v.shot(fmt.Sprintf("%s-%d-dark", name, width))
						}
					}
				}
			}
		}
		v.do(name, size(16), chromedp.EmulateViewport(390, 844))
	}
	v.do("who", append(tapChip("我是家长"), has("#chips button", "父母学堂"))...)
	groups, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("#chips [role=group]")].map(g => g.getAttribute("aria-label") + ":" + [...g.querySelectorAll("button")].map(b => b.textContent).join(",")).join(" ")`))
	if err != nil || groups != "学:父母学堂,21 天习惯,讲座和活动 测:心理自测 约:预约辅导站,我的预约,请老师家访 说:写信给老师,找老师聊聊,担心身边的人,常见问题" {
		t.Errorf("the menu has the groups %s (%v)", groups, err)
	}
	font := `parseFloat(getComputedStyle(document.querySelector("#chips button")).fontSize)`
	v.do("a chip is measured", chromedp.Evaluate[chromedp.Void](`window.before = `+font+`;void 0`))
	v.do("the reader sets larger text", size(24), browsertest.Until(font+` === window.before * 1.5`), size(16), browsertest.Until(font+` === window.before`))
	everywhere("menu")

	v.do("a worry", chromedp.SendKeys("#text", "孩子不想上学怎么办\r"), has("#chips button", "不想上学"))
	v.do("a lesson", append(tapChip("不想上学"), browsertest.Until(`document.querySelector("a.card .cover[class*=tone-] b")?.textContent && document.querySelector("a.card .cover small")?.textContent`))...)
	colour, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("a.card .cover")).backgroundColor`))
	if err != nil {
		t.Fatal(err)
	}
	href, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector("a.card").getAttribute("href")`))
	if err != nil {
		t.Fatal(err)
	}
	if _, html := w.get(href); !strings.Contains(html, "cover tone-") {
		t.Errorf("the lesson's page has no cover")
	}
	v.do("its title is light on the colour, and the colour reaches every edge", browsertest.Until(`(c => getComputedStyle(c.querySelector("b")).color === "rgb(255, 255, 255)" && Math.abs(c.getBoundingClientRect().top - c.parentElement.getBoundingClientRect().top) < 2)(document.querySelector("a.card .cover"))`))
	everywhere("lesson")
	v.do("its page has the same colour", scheme("light"), chromedp.Navigate(w.url+href), browsertest.Until(`getComputedStyle(document.querySelector("header.cover")).backgroundColor === "`+colour+`"`))
	if err := w.app.messages.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.do("and back in the chat the lesson still has its cover", chromedp.Navigate(w.url+"/chat"), browsertest.Until(`document.querySelector("a.card .cover b")`), browsertest.Until(`document.querySelector("#chips button:enabled")`))

}
