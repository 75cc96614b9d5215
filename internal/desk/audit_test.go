package desk_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAnAuditorFindsWhoOpenedACaseAndNothingOfIt(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "暗语对话", "示例原因", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	lan.do("GET", "/desk/cases/"+k.ID, nil)
	shen := o.signedInAs(t, "shen", staff.Auditor)
	res, page := shen.do("GET", "/desk", nil)
	if res.Request.URL.Path != "/desk/audit" {
		t.Errorf("an auditor begins at %s", res.Request.URL.Path)
	}
	wants(t, "the trail", page, "审计记录", "示例·lan", "打开个案和对话", fmt.Sprintf("个案 #%d", k.Number), "登录", "!暗语", "!"+who.Alias, "!127.0.0.1")
	_, page = shen.do("GET", fmt.Sprintf("/desk/audit?case=%%23%d&who=lan&what=open_conversation", k.Number), nil)
	wants(t, "one case", page, "找到 <b>1</b> 行", "打开个案和对话", "清空条件", "!看了队列里的话</span>")
	_, page = shen.do("GET", "/desk/audit?case=999", nil)
	wants(t, "no such case", page, "没有编号是“999”的个案", "没有找到")
	_, page = shen.do("GET", "/desk/audit?from=1999-01-01&to=1999-01-02", nil)
	wants(t, "another time", page, "没有找到")
	_, page = shen.do("GET", "/desk/audit?from=yesterday&before=zzz", nil)
	wants(t, "no date", page, "日期没有看懂")

	_, page = shen.do("POST", "/desk/audit/verify", url.Values{})
	wants(t, "verified", page, "核对无误", "末行的指纹", "!怎么办")
	res, table := shen.do("GET", "/desk/audit/table.csv?who=lan", nil)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\uFEFF"))).ReadAll()
	if err != nil || len(lines) < 3 || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || strings.Contains(table, "shen") {
		t.Errorf("the table of lan has %d lines (%v):\n%s", len(lines), err, table)
	}
	_, page = shen.do("GET", "/desk/audit", nil)
	wants(t, "reading it is in it", page, "查看审计记录", "导出审计记录", "核对审计记录", "示例·shen")
	for name, v := range map[string]*visitor{"lan": lan, "a supervisor": o.signedIn(t, "mei", staff.Supervisor), "an admin": o.signedInAs(t, "root", staff.Admin)} {
		if res, _ := v.do("GET", "/desk/audit", nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s reads the trail: %d", name, res.StatusCode)
		}
	}
	_, page = shen.do("GET", "/desk/audit?what=denied", nil)
	wants(t, "who was refused", page, "没有权限，被拒绝", "/desk/audit", "示例·lan", "示例·root")
	if res, _ := shen.do("GET", "/desk/cases/"+k.ID, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("an auditor opens a case: %d", res.StatusCode)
	}
}

func TestThePagesOfTheTrailMeetEveryLineOnce(t *testing.T) {
	o := officeOnSQLite(t)
	shen := o.signedInAs(t, "shen", staff.Auditor)
	ctx := audit.With(t.Context(), audit.Actor{ID: "x", Name: "示例·很多", Role: "counsellor"})
	for i := range 120 {
		if err := o.db.Trail().Record(ctx, audit.Event{Kind: audit.OpenLetter, Object: fmt.Sprint("letter ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	seen, path := 0, "/desk/audit?who=%E5%BE%88%E5%A4%9A"
	for pages := 0; path != "" && pages < 5; pages++ {
		_, page := shen.do("GET", path, nil)
		wants(t, path, page, "找到 <b>120</b> 行")
		seen += strings.Count(page, `class="trail-line"`)
		_, rest, more := strings.Cut(page, `回到第一页</a>`)
		if pages == 0 {
			_, rest, more = strings.Cut(page, `class="pages"`)
		}
		path = ""
		if _, next, ok := strings.Cut(rest, `href="`); more && ok && strings.Contains(next[:strings.Index(next, "<")], "再往前") {
			path = strings.ReplaceAll(next[:strings.Index(next, `"`)], "&amp;", "&")
		}
	}
	if seen != 120 {
		t.Errorf("%d lines stand on the pages, want 120", seen)
	}
}

func TestTheAuditorsPageLooksRight(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.Imminent, "示例的话", "示例原因", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	lan.do("GET", "/desk/cases/"+k.ID, nil)
	lan.do("GET", "/desk/audit", nil)
	o.hires(t, "shen", "示例·审计员", staff.Auditor, "")
	somebody := audit.With(context.WithoutCancel(t.Context()), audit.Actor{From: "203.0.113.9"})
	for range 3 {
		if err := db.Trail().Record(somebody, audit.Event{Kind: audit.SignInFailed, Person: "lan"}); err != nil {
			t.Fatal(err)
		}
	}
	comesIn(t, ctx, o, "shen", "/desk/audit")
	browsertest.Do(t, ctx, "the trail", browsertest.Until(`document.querySelectorAll(".trail-line").length >= 6`))
	noViolations(t, ctx)
	look(t, ctx, "audit-unverified-1280", 1280, 900)
	browsertest.Do(t, ctx, "verify", chromedp.Click(`form[action="/desk/audit/verify"] button`), browsertest.Until(`document.querySelector(".verdict.whole")`))
	look(t, ctx, "audit-1280", 1280, 1000)
	look(t, ctx, "audit-390", 390, 1400)
	browsertest.Do(t, ctx, "nothing is wider than the phone", browsertest.Until(`document.scrollingElement.scrollWidth <= innerWidth && [...document.querySelectorAll("#pane *")].every(e => e.getBoundingClientRect().right <= innerWidth + 1 || getComputedStyle(e).clipPath !== "none")`))
}
