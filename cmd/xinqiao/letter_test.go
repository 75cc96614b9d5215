package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

var codeForm = regexp.MustCompile(`[A-Z2-9]{3}-[A-Z2-9]{3}-[A-Z2-9]{3}`)

// student is a follower who said that they are one.
func (w *world) student(n int) string {
	w.t.Helper()
	who := openid(w.t, n)
	w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是学生")
	return who
}

// writes writes a letter in parts and sends it; it returns the code.
func (w *world) writes(who string, parts ...string) string {
	w.t.Helper()
	w.taps(who, w.says(who, "写信"), "写一封信")
	w.says(who, "15") // asked once of pupils
	for i, p := range parts {
		w.wantIn(w.says(who, p), fmt.Sprintf("第 %d 段收好了", i+1))
	}
	look := w.says(who, "写完了")
	w.wantIn(look, fmt.Sprintf("你写了 %d 段", len(parts)), "要寄出去吗")
	sent := w.taps(who, look, "寄出")
	w.wantIn(sent, "取信码")
	return codeForm.FindString(sent.Content)
}

// news waits for the nth word, from 0, that a letter was answered.
func (w *world) news(who string, nth int) {
	w.t.Helper()
	_, err := w.platform.Wait(w.t.Context(), func(c wxsim.Call) bool {
		if c.ToUser() == who && strings.Contains(c.Text(), "老师回信了") && strings.Contains(c.Text(), letter.WordOpen) {
			nth--
		}
		return nth < 0
	})
	if err != nil {
		w.t.Fatalf("the news that the letter was answered: %v", err)
	}
}

func TestALetterFromTheFirstWordToTheColumn(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		ctx := t.Context()
		lan, boss := letter.Actor{ID: "lan", Name: "兰老师"}, letter.Actor{ID: "boss", Name: "督导", Leads: true}
		for _, a := range []struct {
			name string
			role staff.Role
		}{{"lan", staff.Counsellor}, {"boss", staff.Supervisor}} {
			if _, _, err := w.app.staff.Add(ctx, a.name, a.name, a.role); err != nil {
				t.Fatal(err)
			}
		}
		who, other := w.student(61), w.student(62)
		code := w.writes(who, "老师您好，我和同桌为了座位闹了别扭。", "想知道怎么和好。")
		ls, _, err := w.app.letters.Store.Desk(ctx, letter.Filter{Tab: letter.TabWaiting, Limit: 10})
		if err != nil || len(ls) != 1 || ls[0].Latest().Text != "老师您好，我和同桌为了座位闹了别扭。\n想知道怎么和好。" {
			t.Fatalf("letters: %+v, %v", ls, err)
		}
		id := ls[0].ID
		if out, err := w.app.letters.HandIn(ctx, id, lan, letter.Text{Text: "谢谢你愿意写给我。", Page: "p"}); err != nil || out {
			t.Fatalf("handed in: out %v, %v; two may answer, so one must approve", out, err)
		}
		if err := w.app.letters.Approve(ctx, id, boss, 1); err != nil {
			t.Fatal(err)
		}
		w.news(who, 0)
		// Whoever guesses learns nothing, and is asked to wait.
		w.says(other, "看回信")
		for range 6 {
			w.wantIn(w.says(other, "ABC-234-DEF"), "没有找到")
		}
		w.wantIn(w.says(other, code), "15 分钟", "自己寄过的信不用取信码")

		read := w.says(who, letter.WordOpen)
		w.wantIn(read, "谢谢你愿意写给我", "有帮助吗")
		asked := w.taps(who, read, "有帮助")
		w.wantIn(asked, "树洞信箱", "反悔")
		w.wantIn(w.taps(who, asked, "同意"), "谢谢你")
		w.taps(who, w.says(who, "看回信"), "已回信")
		edit := letter.Edit{Words: letter.Words{Title: "为座位闹别扭", Topic: "同学和朋友", Letter: "和好朋友为一件小事不说话了。", Answer: "先说一句：我想和好。"}, Propose: true, Ticked: len(letter.Ticks())}
		if err := w.app.letters.EditPiece(ctx, id, lan, edit); err != nil {
			t.Fatal(err)
		}
		if err := w.app.letters.Publish(ctx, id, boss, 1); err != nil {
			t.Fatal(err)
		}
		found := w.says(other, "看看别人的信")
		shown := w.taps(other, found, "为座位闹别扭")
		w.wantIn(shown, "不说话了", "我想和好")
		w.wantIn(w.says(other, "看看别人的信"), "去掉了能认出人的地方")
		w.wantIn(w.says(other, "不说话"), "为座位闹别扭")
		status, page := w.get("/p/letters")
		if status != http.StatusOK || !strings.Contains(page, "为座位闹别扭") || strings.Contains(page, code) {
			t.Errorf("the public page: %d", status)
		}
		address := regexp.MustCompile(`/p/letters/[0-9a-f-]+`).FindString(page)
		// Asked on, answered again; then taken back.
		back := w.taps(who, w.says(who, "看回信"), "已回信")
		w.taps(who, back, "再问问")
		w.wantIn(w.says(who, "他还是不理我。"), "第 1 段")
		w.wantIn(w.taps(who, w.says(who, "写完了"), "寄出"), "放在一起", code)
		var list struct {
			Items []struct {
				Status     string  `json:"status"`
				AnsweredAt *string `json:"answered_at"`
			} `json:"items"`
		}
		if w.api("GET", "/api/v1/letters", w.token("counsellor"), &list); len(list.Items) != 1 || list.Items[0].Status != "waiting" || list.Items[0].AnsweredAt != nil {
			t.Errorf("the API's letters: %+v", list.Items)
		}
		w.wantIn(w.taps(who, w.says(who, "看回信"), "追问还没回"), "还没有回", "谢谢你愿意写给我")
		d, err := w.app.letters.Open(storetest.Acts(ctx), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.app.letters.HandIn(ctx, id, boss, letter.Text{Text: "给他一点时间。", Version: d.DraftVersion, Page: "p"}); err != nil {
			t.Fatal(err)
		}
		if err := w.app.letters.SendAlone(ctx, id, boss, "同事都在外面"); err != nil {
			t.Fatal(err)
		}
		w.news(who, 1)
		read = w.says(who, letter.WordOpen)
		w.wantIn(read, "给他一点时间", "从树洞里拿下来")
		w.wantIn(w.taps(who, read, "拿下来"), "谁也看不到")
		if status, _ := w.get(address); status != http.StatusNotFound {
			t.Errorf("taken back, the public page still answers %d", status)
		}
		w.wantIn(w.says(other, "看看别人的信"), "还没有信")
		if log := w.logs.String(); strings.Contains(log, "座位") || strings.Contains(log, code) || strings.Contains(log, who) {
			t.Error("the log holds a letter, a code or an openid")
		}
	})
}

func TestDangerInALetterRaisesACaseAndTheLetterLeadsThere(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := w.student(63)
	w.taps(who, w.says(who, "写信"), "写一封信")
	w.says(who, "15") // asked once of pupils
	w.says(who, "老师您好，我有话想说。")
	w.wantIn(w.says(who, "我不想活了"), "12356", "120")
	cases := w.cases(w.token("counsellor"))
	if len(cases) != 1 {
		t.Fatalf("cases: %+v", cases)
	}
	look := w.says(who, "写信")
	w.wantIn(look, "写了 2 段")
	w.wantIn(w.taps(who, w.taps(who, look, "看看写了什么"), "寄出"), "取信码")
	ls, _, err := w.app.letters.Store.Desk(t.Context(), letter.Filter{Tab: letter.TabWaiting, Limit: 10})
	if err != nil || len(ls) != 1 || ls[0].Level != "high" || ls[0].Case != cases[0].ID {
		t.Errorf("the letter: %+v, %v; want it high, with the case %s", ls, err, cases[0].ID)
	}
}

func TestDangerThatOnlyTheWholeLetterSaysRaisesACase(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := w.student(64)
	w.taps(who, w.says(who, "写信"), "写一封信")
	w.says(who, "15") // asked once of pupils
	w.wantIn(w.says(who, "我想永远离开"), "第 1 段")
	w.wantIn(w.says(who, "这个世界"), "第 2 段")
	w.wantIn(w.taps(who, w.says(who, "写完了"), "寄出"), "12356", "取信码")
	if cases := w.cases(w.token("counsellor")); len(cases) != 1 || cases[0].Level == "none" {
		t.Errorf("cases: %+v", cases)
	}
}

// shot keeps a picture of the page where XINQIAO_TEST_SHOTS names a folder.
func (b *counsellor) shot(name string, width, height int64) {
	b.t.Helper()
	dir := os.Getenv("XINQIAO_TEST_SHOTS")
	if dir == "" {
		return
	}
	b.do("size the window", chromedp.EmulateViewport(width, height))
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// turns does something after which the page is another, and waits for a script's condition there. On the way there may be no
// document to ask; no answer is no failure.
func (b *counsellor) turns(what string, do chromedp.Action[chromedp.Void], js string) {
	b.t.Helper()
	b.do(what, do)
	b.w.eventually(what, func() bool {
		there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+js+`)`))
		return err == nil && there
	})
}

// narrow says that a page fits a phone and that axe finds nothing, at both widths, and keeps pictures of it.
func (b *counsellor) narrow(what string) {
	b.t.Helper()
	for _, width := range []int64{390, 1280} {
		b.do(what, chromedp.EmulateViewport(width, 844), browsertest.Until(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width)))
		(&visitor{b.t, b.ctx}).readable()
		b.shot(fmt.Sprintf("%s-%d", what, width), width, 844)
	}
	b.do(what, chromedp.EmulateViewport(1280, 844))
}

func TestALetterInTheBrowserFromTheDeskToTheColumn(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out of a short run: a browser")
	}
	w := start(t, embedded(t), appOptions{})
	who, other := w.student(65), w.student(66)
	lan := openBrowser(t, w)
	lan.signIn()
	boss := openBrowser(t, w)
	boss.signInAs(staff.Supervisor, "示例督导")
	visit := func(b *counsellor, path, there string) {
		t.Helper()
		b.turns("open "+path, chromedp.Navigate(w.url+path), "document.querySelector(`"+there+"`)")
	}
	visit(lan, "/desk/letters", ".letter-tabs")
	lan.narrow("letters-empty")
	visit(lan, "/p/letters", ".find")
	lan.narrow("column-empty")

	visit(lan, "/desk/letters", ".letter-tabs")
	code := w.writes(who, "老师您好，我和同桌为了座位闹了别扭。", "我想请他一起做科学课的小风车。", "想知道怎么和好。")
	lan.do("the letter arrives without a refresh", browsertest.Until(`document.querySelectorAll(".case-link").length === 1`))
	w.writes(other, "老师您好，我总是担心明天的考试。")
	lan.do("another", browsertest.Until(`document.querySelectorAll(".case-link").length === 2`))
	lan.narrow("letters-waiting")
	lan.turns("open it", browsertest.Click(`.case-link`), `document.getElementById("answer-text")`)
	lan.turns("take it", browsertest.Click(`form[action$="/claim"] button`), `document.querySelector('form[action$="/release"]')`)
	lan.do("a draft is saved as it is written", chromedp.SendKeys(`#answer-text`, "谢谢你写信来。三天没说话，一定很闷。"), browsertest.Until(`document.getElementById("saved").textContent.startsWith("已存好")`))
	lan.narrow("letter-writing")
	lan.turns("it is there after a reload", chromedp.Reload(), `document.getElementById("answer-text")?.value.startsWith("谢谢你写信来")`)

	// A colleague saved meanwhile, and their page had not heard of it: neither text is lost.
	ls, _, err := w.app.letters.Store.Desk(t.Context(), letter.Filter{Tab: letter.TabWaiting, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	id := ls[0].ID
	lan.do("begin a sentence", chromedp.SendKeys(`#answer-text`, "下课的时候，"))
	if _, err := w.app.letters.SaveDraft(t.Context(), id, letter.Actor{ID: "mei", Name: "梅老师"}, letter.Text{Text: "谢谢你写信来。可以先递一张纸条。", Version: 1, Page: "m"}); err != nil {
		t.Fatal(err)
	}
	lan.do("go on", chromedp.SendKeys(`#answer-text`, "先说一句早上好。"), browsertest.Until(`document.querySelector("#saved a")`))
	lan.turns("look at both", browsertest.Click(`#saved a`), `document.querySelector(".letter-aside .letter")?.textContent.includes("先说一句早上好") && document.getElementById("answer-text").value.includes("递一张纸条")`)
	lan.narrow("letter-conflict")
	lan.turns("take mine", browsertest.Click(`form[action$="/adopt"] button`), `document.getElementById("answer-text")?.value.includes("先说一句早上好")`)
	lan.turns("hand it in", browsertest.Click(`#answer .primary`), `document.querySelector('form[action$="/giveback"]')`)
	lan.narrow("letter-checking-own")

	visit(boss, "/desk/letters?tab=checking", ".case-link")
	boss.turns("open it", browsertest.Click(`.case-link`), `document.querySelector('form[action$="/approve"] button')`)
	boss.narrow("letter-checking")
	boss.turns("approve", browsertest.Click(`form[action$="/approve"] button`), `document.querySelector("#letter")?.dataset.state === "answered"`)
	w.news(who, 0)
	w.says(other, "看回信")
	w.wantIn(w.says(other, "ABC-234-DEF"), "没有找到")
	read := w.says(who, letter.WordOpen)
	w.wantIn(read, "先说一句早上好")
	w.wantIn(w.taps(who, w.taps(who, read, "有帮助"), "同意"), "谢谢你")

	visit(lan, "/desk/letters?tab=column", ".case-link")
	lan.narrow("letters-column")
	lan.turns("rewrite it", browsertest.Click(`.case-link`), `document.querySelector("#piece form")`)
	lan.do("rewrite it", chromedp.SetValue(`[name=title]`, "三天没有和好朋友说话"), chromedp.SetValue(`[name=topic]`, "同学和朋友"),
		chromedp.SetValue(`[name=letter]`, "因为一件小事，我和好朋友不说话了。每天都在想怎么开口。"), chromedp.SetValue(`[name=answer]`, "谢谢你写信来。几天没说话，一定很闷。下课的时候，先说一句早上好。"))
	lan.narrow("piece")
	lan.do("tick the list", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("[name=tick]").forEach(t => t.click())`))
	lan.turns("hand it to the supervisor", browsertest.Click(`[value=propose]`), `document.querySelector(".letter-shelf")`)
	visit(boss, "/desk/letters/"+id+"/piece", ".letter-shelf")
	boss.narrow("piece-proposed")
	boss.turns("publish", browsertest.Click(`form[action$="/publish"] button`), `document.querySelector('form[action$="/unpublish"]')`)
	visit(boss, "/p/letters", ".piece-list")
	boss.narrow("column")
	boss.turns("search", chromedp.SendKeys(`#words`, "开口说话\r"), `document.querySelector(".piece-list") && document.body.textContent.includes("找到 1 封")`)
	boss.narrow("column-found")
	boss.turns("open it", browsertest.Click(`.piece-list a`), `document.querySelector(".piece")`)
	boss.narrow("column-letter")
	boss.do("no trace", browsertest.Until(`!document.body.textContent.includes("座位") && !document.body.textContent.includes(`+"`"+code+"`"+`)`))
	visit(boss, "/desk/letters/"+id, "#letter")
	boss.narrow("letter-answered")
	visit(boss, "/desk/letters?tab=answered", ".case-link")
	boss.narrow("letters-answered")
	address := "/p/letters/" + url.PathEscape(pieceID(t, w, id))
	w.wantIn(w.taps(who, w.taps(who, w.says(who, "看回信"), "已回信"), "拿下来"), "谁也看不到")
	if status, _ := w.get(address); status != http.StatusNotFound {
		t.Errorf("taken back, %s still answers %d", address, status)
	}
}

func pieceID(t *testing.T, w *world, letterID string) string {
	t.Helper()
	p, err := w.app.letters.Piece(t.Context(), letterID)
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}
