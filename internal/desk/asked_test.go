package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// says writes what a person said and returns its ID.
func (o *office) says(t *testing.T, who person.Person, text string, at time.Time) string {
	t.Helper()
	id := o.newID()
	if err := o.db.Messages().Append(t.Context(), transcript.Message{ID: id, Person: who.ID, From: transcript.FromPerson, Text: text, Inbound: id, At: at}); err != nil {
		t.Fatal(err)
	}
	return id
}

// asks records a talk in which the program asked before it called anybody.
func (o *office) asks(t *testing.T, who person.Person, a casework.Asked, text string) {
	t.Helper()
	if a.At.IsZero() {
		a.At = time.Now()
	}
	a.Key, a.Person, a.Message = o.newID(), who.ID, o.says(t, who, text, a.At)
	if err := o.cases.Ask(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// answers is what came of the person's question.
func (o *office) answers(t *testing.T, who person.Person, a casework.AskedAnswer, text string) {
	t.Helper()
	if text != "" {
		a.Message = o.says(t, who, text, time.Now())
	}
	if err := o.cases.Answered(t.Context(), who.ID, a); err != nil {
		t.Fatal(err)
	}
}

var doubt = casework.Asked{Subject: risk.Self, Category: "suicide", Score: 0.4, Reason: "提到不想醒来，没有说清是不是累了"}

func TestAnAskedTalkIsListedAndFollowedOnce(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	if _, page := v.do("GET", "/desk/asked", nil); !strings.Contains(page, "还没有问过的谈话") {
		t.Error("the empty page does not say what will stand there")
	}
	who := o.person(t, "somebody", person.Student)
	o.asks(t, who, doubt, "<b>好想一直睡下去</b>")
	if _, page := v.do("GET", "/desk", nil); !strings.Contains(page, "今天 1 段，1 段在等回答") || strings.Contains(page, "好想一直睡下去") {
		t.Error("below the queue the talk is not counted, or what was said stands there")
	}
	o.answers(t, who, casework.AskedAnswer{Outcome: casework.AskedNo}, "没有啦，就是太困了")
	_, page := v.do("GET", "/desk/asked", nil)
	if strings.Contains(page, "身边的人") {
		t.Error("a talk about oneself is said to be about another")
	}
	for _, want := range []string{who.Alias, "可能想到了死", "&lt;b&gt;好想一直睡下去&lt;/b&gt;", "没有啦，就是太困了", "说没有", "微信", "刚刚"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	list, _, err := o.cases.Asked(t.Context(), casework.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: list[0].ID}, 5); err != nil || len(es) != 1 || es[0].Kind != audit.OpenAsked {
		t.Errorf("the log holds %+v (%v), want the opening of the list", es, err)
	}
	v.CheckRedirect = noRedirects
	var at []string
	for range 2 { // a double click
		res, _ := v.do("POST", "/desk/asked/"+list[0].ID+"/follow", url.Values{})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("following answers %d, want the case's page", res.StatusCode)
		}
		at = append(at, res.Header.Get("Location"))
	}
	if at[0] != at[1] || !strings.HasPrefix(at[0], "/desk/cases/") {
		t.Errorf("a double click leads to %v, want one case", at)
	}
	if _, page = v.do("GET", "/desk/asked", nil); !strings.Contains(page, `href="`+at[0]+`"`) || strings.Contains(page, "/follow") || !strings.Contains(page, "老师在跟进") {
		t.Error("a followed talk does not lead to its case, or can be followed again")
	}
	if res, page := v.do("POST", "/desk/asked/unknown/follow", url.Values{}); res.StatusCode != http.StatusNotFound || !strings.Contains(page, "没有找到这段") {
		t.Errorf("an unknown talk answers %d, want 404", res.StatusCode)
	}
}

func TestWhatWasSaidInAnAskedTalkIsForThoseWhoMayReadIt(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	o.asks(t, who, doubt, "好想一直睡下去")
	o.answers(t, who, casework.AskedAnswer{Outcome: casework.AskedUnclear}, "说不清")
	list, _, err := o.cases.Asked(t.Context(), casework.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	admin := o.signedIn(t, "root", staff.Admin)
	_, page := admin.do("GET", "/desk/asked", nil)
	if strings.Contains(page, "好想一直睡下去") || strings.Contains(page, "说不清") || strings.Contains(page, "我来跟进") {
		t.Error("an administrator reads what was said, or is offered to follow")
	}
	if !strings.Contains(page, doubt.Reason) || !strings.Contains(page, "没说清") {
		t.Error("an administrator does not see why it was asked and what came of it")
	}
	if res, _ := admin.do("POST", "/desk/asked/"+list[0].ID+"/follow", url.Values{}); res.StatusCode != http.StatusForbidden {
		t.Errorf("an administrator follows: %d, want 403", res.StatusCode)
	}
	if es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: list[0].ID}, 5); err != nil || len(es) != 0 {
		t.Errorf("the log holds %+v (%v), want nothing: nothing was shown", es, err)
	}
}

func TestALongListOfAskedTalksComesInPages(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	who := o.person(t, "somebody", person.Student)
	for i := range 120 {
		o.asks(t, who, doubt, fmt.Sprintf("示例第 %03d 句", i))
	}
	next := regexp.MustCompile(`href="(/desk/asked\?cursor=[^"]+)"`)
	var said []string
	pages := 0
	for path := "/desk/asked"; path != ""; pages++ {
		res, page := v.do("GET", path, nil)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %d", path, res.StatusCode)
		}
		said = append(said, regexp.MustCompile(`示例第 \d+ 句`).FindAllString(page, -1)...)
		path = ""
		if m := next.FindStringSubmatch(page); m != nil {
			path = m[1]
		}
	}
	if pages != 3 || len(said) != 120 || said[0] != "示例第 119 句" || said[119] != "示例第 000 句" {
		t.Errorf("%d talks on %d pages, want 120 on 3, the newest first", len(said), pages)
	}
	if res, _ := v.do("GET", "/desk/asked?cursor=else", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a page that is none answers %d, want 404", res.StatusCode)
	}
}

func TestACounsellorSeesWhatWasAskedAndFollowsOne(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	signIn(t, ctx, o)
	fits := func(what string, width int64) {
		t.Helper()
		browsertest.Do(t, ctx, what+" fits the width", chromedp.EmulateViewport(width, 844), browsertest.Until(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width)),
			browsertest.Until(fmt.Sprintf(`[...document.querySelectorAll("body *:not(.vh)")].every((e) => !e.checkVisibility() || e.closest(".vh, .skip, .link") || e.getBoundingClientRect().right <= %d.5)`, width)))
		noViolations(t, ctx)
	}
	browsertest.Do(t, ctx, "the empty list", chromedp.Navigate(o.url+"/desk/asked"))
	arrives(t, ctx, "what will stand there", `document.querySelector("#pane .empty")?.checkVisibility()`)
	for _, width := range []int64{390, 1280} {
		fits("the empty list", width)
		look(t, ctx, fmt.Sprintf("asked-empty-%d", width), width, 844)
	}
	browsertest.Do(t, ctx, "the queue", chromedp.Navigate(o.url+"/desk"))
	arrives(t, ctx, "the live queue", `document.getElementById("asked-below") && document.getElementById("link")?.dataset.state === "live"`)
	browsertest.Do(t, ctx, "the line below the queue", browsertest.Until(`document.querySelector("#asked-below summary").textContent.includes("今天 0 段，0 段在等回答")`))

	ago := func(d time.Duration, a casework.Asked) casework.Asked { a.At = time.Now().Add(-d); return a }
	grown, bullied, tired, left, silent := o.person(t, "p1", person.Parent), o.person(t, "p2", person.Student), o.person(t, "p3", person.Student), o.person(t, "p4", person.Student), o.person(t, "p5", person.Student)
	o.asks(t, left, ago(26*time.Hour, casework.Asked{Subject: risk.Self, Category: "runaway", Reason: "提到不想回家"}), "不想回家，外面好歹清静")
	o.answers(t, left, casework.AskedAnswer{Outcome: casework.AskedLeft}, "")
	o.asks(t, silent, ago(3*time.Hour, casework.Asked{Subject: risk.Self, Category: "self_harm", Reason: "提到手臂上的印子"}), "夏天也只能穿长袖，印子遮不住")
	quiet := o.signal(t, silent, risk.Medium, "示例", "问了之后没有回话", "silent")
	due := casework.Task{ID: o.newID(), Case: quiet.ID, Key: "due", Kind: casework.TaskSchool, Due: time.Now().Add(-time.Hour)}
	if _, err := db.Cases().AddTasks(t.Context(), due); err != nil { // so that the navigation is at its widest
		t.Fatal(err)
	}
	o.answers(t, silent, casework.AskedAnswer{Outcome: casework.AskedSilent, Case: quiet.ID}, "")
	o.asks(t, grown, ago(50*time.Minute, casework.Asked{Subject: risk.Other, Category: "hopeless", Reason: "家长转述孩子的话"}), "孩子昨晚说，要是没有他，家里会轻松很多。我听了心里发慌，又怕是我想多了，不知道该不该接着问。")
	o.answers(t, grown, casework.AskedAnswer{Outcome: casework.AskedUnclear, Case: quiet.ID}, "他没再说，我也不敢问")
	o.asks(t, bullied, ago(8*time.Minute, casework.Asked{Subject: risk.Self, Category: "bullying", Reason: "提到同学一直针对自己"}), "他们又把我的书扔到楼下，算了，习惯了")
	o.answers(t, bullied, casework.AskedAnswer{Outcome: casework.AskedNo}, "没有受伤，就是烦")
	o.asks(t, tired, doubt, "好想一直睡下去，不用起来上学")
	browsertest.Do(t, ctx, "the line below the queue counts without a refresh", browsertest.Until(`document.querySelector("#asked-below summary").textContent.includes("1 段在等回答")`),
		browsertest.Until(`document.querySelectorAll("#asked-below li").length === 5`))
	browsertest.Do(t, ctx, "nothing rings for it", browsertest.Until(`document.getElementById("alarm").hidden && !document.title.startsWith("(")`))
	look(t, ctx, "asked-queue-folded-1280", 1280, 844)
	browsertest.Do(t, ctx, "open the fold by keyboard", chromedp.Focus(`#asked-below summary`), chromedp.KeyEvent("\r"), browsertest.Until(`document.getElementById("asked-below").open`))
	o.answers(t, tired, casework.AskedAnswer{Outcome: casework.AskedNo}, "没有啦，就是太困了")
	browsertest.Do(t, ctx, "an answer arrives, and the fold stays open", browsertest.Until(`document.querySelector("#asked-below .result").textContent === "说没有"`),
		browsertest.Until(`document.getElementById("asked-below").open`))
	late := o.person(t, "p6", person.Student)
	o.asks(t, late, doubt, "最近老在想，人为什么要醒过来")
	browsertest.Do(t, ctx, "another question", browsertest.Until(`document.querySelector("#asked-below .result.waiting")`))
	for _, width := range []int64{390, 1280} {
		fits("the queue with the talks below", width)
		browsertest.Do(t, ctx, "scroll to them", browsertest.Until(`(document.getElementById("asked-below").scrollIntoView({block: "end"}), true)`))
		look(t, ctx, fmt.Sprintf("asked-queue-%d", width), width, 844)
	}

	browsertest.Do(t, ctx, "the list by the link", browsertest.Click(`#asked-below p a`))
	arrives(t, ctx, "the list", `document.querySelectorAll(".asked > li").length === 6`)
	browsertest.Do(t, ctx, "a follow-up is due", browsertest.Until(`!document.getElementById("due-tasks").hidden`))
	fits("the list on a small phone", 360)
	for _, width := range []int64{390, 1280} {
		fits("the list", width)
		look(t, ctx, fmt.Sprintf("asked-list-%d", width), width, 844)
		look(t, ctx, fmt.Sprintf("asked-list-whole-%d", width), width, 1500)
	}
	mine := `[...document.querySelectorAll(".asked > li")].find((l) => l.textContent.includes("人为什么要醒过来"))`
	browsertest.Do(t, ctx, "follow one by keyboard", browsertest.Until(`(`+mine+`.querySelector("button").focus(), document.activeElement.textContent.startsWith("我来跟进"))`), chromedp.KeyEvent("\r"))
	arrives(t, ctx, "its case", `document.querySelector("#case .alias, #case h1")?.textContent.includes("`+late.Alias+`")`)
	id, err := o.cases.OpenCase(t.Context(), late.ID)
	if err != nil || id == "" {
		t.Fatalf("following made the case %q (%v)", id, err)
	}
	browsertest.Do(t, ctx, "the case is seen, and rings for nobody", browsertest.Until(`document.getElementById("alarm").hidden`), browsertest.Until(`!document.getElementById("ack")`))
	look(t, ctx, "asked-case-1280", 1280, 844)
	browsertest.Do(t, ctx, "back to the list", chromedp.Navigate(o.url+"/desk/asked"))
	arrives(t, ctx, "the way from the list to the case", `document.querySelector('.asked a[href="/desk/cases/`+id+`"]')`)
	look(t, ctx, "asked-followed-1280", 1280, 844)
}
