package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func readyForm(do, title, text string) url.Values {
	return url.Values{"kind": {"ready"}, "do": {do}, "v.title": {title}, "v.group": {"陪着"}, "v.text": {text}}
}

func TestADraftIsPublishedOnlyOnceItsAuthorAsksAndCanBeSentBack(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContentIn(db, contentCopy(t)))
	lin, mei := o.signedInAs(t, "lin", staff.Editor), o.signedInAs(t, "mei", staff.Editor)
	res, page := lin.do("POST", "/desk/content/save", readyForm("save", "我听着", "我听着呢。"))
	draft := res.Request.URL.Path
	wants(t, "the author's draft", page, "在写", "请人看一眼", "!/publish")
	_, page = mei.do("GET", draft, nil)
	wants(t, "a colleague's draft in writing", page, "示例·lin 还在写", "!/publish", "!/return", "!/withdraw")
	if res, page = mei.do("POST", draft+"/publish", url.Values{"rev": {"1"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "还在写，没有请人看") {
		t.Errorf("publishing what is still written answers %d", res.StatusCode)
	}
	form := readyForm("ask", "我听着", "我听着呢。")
	form.Set("draft", strings.TrimPrefix(draft, "/desk/content/drafts/"))
	form.Set("rev", "1")
	_, page = lin.do("POST", "/desk/content/save", form)
	wants(t, "handed over", page, "等人看", "!/publish")
	_, page = mei.do("GET", draft, nil)
	wants(t, "what the reviewer may do", page, draft+"/publish", draft+"/return", "!/withdraw")
	if res, page = mei.do("POST", draft+"/return", url.Values{"rev": {"2"}, "remark": {" "}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "退回要写一句为什么") {
		t.Errorf("sending back without a word answers %d", res.StatusCode)
	}
	_, page = mei.do("POST", draft+"/return", url.Values{"rev": {"2"}, "remark": {"再短一点"}})
	wants(t, "sent back", page, "退回了", "!/publish")
	_, page = lin.do("GET", draft, nil)
	wants(t, "what the author reads", page, "示例·mei 退回了，说：", "再短一点", "我听着呢。")
	_, page = lin.do("GET", "/desk/content", nil)
	wants(t, "the author's list", page, "退回了")
	form.Set("rev", "3")
	form.Set("v.text", "我在听。")
	_, page = lin.do("POST", "/desk/content/save", form)
	wants(t, "asked again", page, "等人看", "上次退回时说")

	// A colleague who changes a word in it is an author too: the first one still publishes nothing of their own.
	third := o.signedInAs(t, "xin", staff.Editor)
	form.Set("rev", "4")
	form.Set("v.text", "我在听，慢慢说。")
	mei.do("POST", "/desk/content/save", form)
	for _, v := range []*visitor{lin, mei} {
		if res, _ = v.do("POST", draft+"/publish", url.Values{"rev": {"5"}}); res.StatusCode != http.StatusConflict {
			t.Errorf("an author publishes what they wrote: %d", res.StatusCode)
		}
	}
	_, page = third.do("POST", draft+"/publish", url.Values{"rev": {"5"}})
	wants(t, "published by who wrote nothing", page, "发布了", "示例·xin")
}

func TestADraftThatIsPutAwayAsksFirstAndCanBeTakenUpAgain(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContentIn(db, contentCopy(t)))
	lin, mei, root := o.signedInAs(t, "lin", staff.Editor), o.signedInAs(t, "mei", staff.Editor), o.signedInAs(t, "guan", staff.Admin)
	form := readyForm("ask", "我来了", "我是{{name}}，我到了。")
	form.Set("item", "我来了")
	form.Set("v.group", "开头")
	res, page := lin.do("POST", "/desk/content/save", form)
	draft := res.Request.URL.Path
	wants(t, "the question before it", page, "确定不用这份草稿了吗", "确定撤下")
	if res, page = mei.do("POST", draft+"/withdraw", url.Values{"rev": {"1"}}); res.StatusCode != http.StatusForbidden || !strings.Contains(page, "要由写的人自己撤下") {
		t.Errorf("a colleague's draft is put away: %d", res.StatusCode)
	}
	_, page = lin.do("POST", draft+"/withdraw", url.Values{"rev": {"1"}})
	wants(t, "put away", page, "撤下了", "接着写这一份", "我是{{name}}，我到了。")
	_, page = lin.do("GET", "/desk/content", nil)
	wants(t, "the first page", page, "撤下的草稿", draft)
	_, page = lin.do("GET", "/desk/content/history/ready?key="+url.QueryEscape("我来了"), nil)
	wants(t, "the history", page, "撤下的草稿", draft)
	_, page = lin.do("POST", draft+"/resume", url.Values{"rev": {"2"}})
	wants(t, "taken up again", page, "在写", "我是{{name}}，我到了。", "改了 1 处")
	_, page = root.do("POST", draft+"/withdraw", url.Values{"rev": {"3"}})
	wants(t, "put away by an admin", page, "撤下了")
	other := readyForm("save", "我来了", "我是{{name}}，刚到。")
	other.Set("item", "我来了")
	other.Set("v.group", "开头")
	res, _ = mei.do("POST", "/desk/content/save", other)
	newer := res.Request.URL.Path
	if res, _ = lin.do("POST", draft+"/resume", url.Values{"rev": {"4"}}); res.Request.URL.Path != newer {
		t.Errorf("a second draft of one item is taken up beside %s: %s", newer, res.Request.URL.Path)
	}
	if res, _ = lin.do("GET", "/desk/content/save", nil); res.StatusCode != http.StatusOK || res.Request.URL.Path != "/desk/content" {
		t.Errorf("coming back to where a form was sent: %d at %s", res.StatusCode, res.Request.URL.Path)
	}
}
