package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// actor is a member of staff of the office.
func (o *office) actor(t *testing.T, name string) casework.Actor {
	t.Helper()
	a, err := o.staff.Store.ByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return casework.Actor{ID: a.ID, Name: a.DisplayName}
}

// nightOf gives somebody conversations of every level.
func (o *office) nightOf(t *testing.T, by casework.Actor, n int) (cases []casework.Case) {
	t.Helper()
	levels := []risk.Level{risk.Medium, risk.Imminent, risk.High, risk.Low, risk.Medium}
	words := []string{"活着好累，不知道为了什么", "我在天台上，风好大", "我不想活了", "想找老师聊聊", "孩子三天没去学校了，昨天还说活着没意思"}
	for i := range n {
		who := o.person(t, fmt.Sprintf("openid-%d", i), person.Student)
		k := o.signal(t, who, levels[i%5], words[i%5], "示例原因", fmt.Sprintf("k%d", i))
		k, err := o.cases.Take(t.Context(), k.ID, by)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, k)
	}
	return cases
}

func TestANightIsHandedOverInOneGo(t *testing.T) {
	o := officeOnSQLite(t)
	lan, mei := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Counsellor)
	o.signedIn(t, "yun", staff.Supervisor).do("POST", "/desk/logout", url.Values{})
	night := o.nightOf(t, o.actor(t, "lan"), 3)
	_, page := lan.do("GET", "/desk/handover", nil)
	if i, j, k := strings.Index(page, "天台"), strings.Index(page, "不想活了"), strings.Index(page, "好累"); i < 0 || j < i || k < j {
		t.Errorf("the page lacks somebody's last words, or the gravest is not first (%d, %d, %d)", i, j, k)
	}
	for _, want := range []string{"示例·mei", "在线", "不在线", "危险的话还没有人回应", "做一次分诊评估", "全部交班"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(page, "示例·mei") > strings.Index(page, "示例·yun") || !regexp.MustCompile(`value="`+o.actor(t, "mei").ID+`" required checked`).MatchString(page) {
		t.Error("whoever is there does not stand first, or is not chosen")
	}
	form := url.Values{"to": {o.actor(t, "mei").ID}, "note": {"早上先看第一位"}, "note-" + night[1].ID: {"妈妈在路上"}, "key": {uuid.NewString()}}
	for range 2 { // a double click
		if _, page = lan.do("POST", "/desk/handover", form); !strings.Contains(page, "3 段对话在等 TA 接下") {
			t.Fatalf("after handing over:\n%.1500s", page)
		}
	}
	for _, k := range night {
		if got, err := o.cases.Get(t.Context(), k.ID); err != nil || got.Assignee != k.Assignee || got.Offered.ID != o.actor(t, "mei").ID {
			t.Errorf("before they accept, it is %s's and offered to %q (%v), want it still the giver's", got.AssigneeName, got.Offered.Name, err)
		}
	}
	if _, page = mei.do("GET", "/desk/tasks", nil); !strings.Contains(page, "示例·lan 请您接班：3 段对话") {
		t.Error("the colleague sees no banner")
	}
	if _, s := mei.state("GET"); s.Offered != 3 || s.By != "示例·lan" {
		t.Errorf("an open page is told %+v", s)
	}
	_, page = mei.do("GET", "/desk/handover/in", nil)
	for _, want := range []string{"天台", "妈妈在路上", "早上先看第一位", "全部接下", "打印"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of whoever takes over lacks %q", want)
		}
	}
	mei.do("POST", "/desk/handover/in", url.Values{"back": {night[0].ID}})
	mei.do("POST", "/desk/handover/in", url.Values{"take": {"all"}})
	for i, k := range night {
		want := map[bool]string{true: "lan", false: "mei"}[i == 0]
		if got, err := o.cases.Get(t.Context(), k.ID); err != nil || got.Assignee != o.actor(t, want).ID || got.Offered.ID != "" {
			t.Errorf("case %d is %s's (%v), want %s's", i, got.AssigneeName, err, want)
		}
	}
	if _, page = lan.do("GET", "/desk/handover", nil); !strings.Contains(page, "您手里有 1 段对话") {
		t.Error("what was given back does not stand with the giver again")
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: night[1].ID}, 20)
	if err != nil || len(entries) != 2 {
		t.Errorf("the log of a case that was shown to both holds %d lines (%v), want two", len(entries), err)
	}
}

func TestWhoeverSignsOutSeesFirstWhatTheyStillHave(t *testing.T) {
	o := officeOnSQLite(t)
	lan := o.signedIn(t, "lan", staff.Counsellor)
	o.nightOf(t, o.actor(t, "lan"), 2)
	res, page := lan.do("POST", "/desk/leave", url.Values{})
	if res.Request.URL.Path != "/desk/handover" || !strings.Contains(page, "退出之前，您手里还有 2 段对话") || !strings.Contains(page, "仍然退出") {
		t.Fatalf("signing out with two conversations leads to %s", res.Request.URL)
	}
	if len(o.gone) != 0 {
		t.Error("they are said to be gone already")
	}
	if res, _ = lan.do("POST", "/desk/logout", url.Values{}); res.Request.URL.Path != "/desk/login" || len(o.gone) != 1 {
		t.Errorf("going all the same leads to %s, gone: %v", res.Request.URL, o.gone)
	}
	mei := o.signedIn(t, "mei", staff.Counsellor)
	if _, page = mei.do("GET", "/desk/handover", nil); !strings.Contains(page, "您手里没有对话了") {
		t.Error("whoever has nothing is not told so")
	}
	if res, _ = mei.do("POST", "/desk/leave", url.Values{}); res.Request.URL.Path != "/desk/login" {
		t.Errorf("whoever has nothing is kept at %s", res.Request.URL)
	}
}

func TestAHandOverNeedsSomebodyWhoMayTalk(t *testing.T) {
	o := officeOnSQLite(t)
	lan := o.signedIn(t, "lan", staff.Counsellor)
	o.signedIn(t, "root", staff.Admin)
	night := o.nightOf(t, o.actor(t, "lan"), 1)
	for name, to := range map[string]string{"nobody": "", "an administrator": o.actor(t, "root").ID, "oneself": o.actor(t, "lan").ID, "no account": "x"} {
		res, page := lan.do("POST", "/desk/handover", url.Values{"to": {to}, "note": {"还没写完的话"}, "key": {uuid.NewString()}})
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "请选一位同事") || !strings.Contains(page, "还没写完的话") {
			t.Errorf("given to %s: %d, want to be asked again with the note kept", name, res.StatusCode)
		}
		if got, err := o.cases.Get(t.Context(), night[0].ID); err != nil || got.Offered.ID != "" {
			t.Errorf("given to %s: it is offered to %q (%v)", name, got.Offered.Name, err)
		}
	}
	root := o.visitor(t)
	root.do("POST", "/desk/login", url.Values{"name": {"root"}, "password": {chosenPassword}})
	for _, path := range []string{"/desk/handover", "/desk/handover/in"} {
		if res, _ := root.do("GET", path, nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("an administrator opens %s: %d", path, res.StatusCode)
		}
	}
}
