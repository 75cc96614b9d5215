package desk_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestTheWordsOfAnyFlowAreChangedWithNothingElse(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	dir := contentCopy(t)
	o := openOffice(t, db, withContentIn(db, dir))
	lin, mei := o.signedInAs(t, "lin", staff.Editor), o.signedInAs(t, "mei", staff.Editor)
	file := filepath.Join(dir, "flows", "booking.yaml")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const old = "far: {say: 您附近没有找到站点，按区选一个吧。, next: districts}"
	if !strings.Contains(string(before), old) {
		t.Fatal("the shipped flow has another sentence; choose one that it has")
	}
	_, page := lin.do("GET", "/desk/content/list/flow", nil)
	wants(t, "the list", page, "在这里可以改里面的话", "!请在文件里改")
	_, page = lin.do("GET", "/desk/content/item/flow?key=booking", nil)
	wants(t, "its form", page, "步骤 far", "您附近没有找到站点，按区选一个吧。", `name="v.steps.far.say"`, "!出了点问题")
	form := url.Values{"kind": {"flow"}, "item": {"booking"}, "do": {"ask"}, "v.flow": {"booking"}, "v.steps.far.say": {"附近没有站点：按区选一个吧。"}}
	_, page = lin.do("POST", "/desk/content/look", form)
	wants(t, "a look at it", page, "附近没有站点：按区选一个吧。", "改动还没有存")
	res, page := lin.do("POST", "/desk/content/save", form)
	draft := res.Request.URL.Path
	wants(t, "the draft", page, "等人看", "改了 1 处", "步骤 far · 说的话")
	_, page = mei.do("POST", draft+"/publish", url.Values{"rev": {"1"}})
	wants(t, "published", page, "发布了")
	want := strings.Replace(string(before), old, "far: {say: '附近没有站点：按区选一个吧。', next: districts}", 1)
	want2 := strings.Replace(string(before), old, "far: {say: 附近没有站点：按区选一个吧。, next: districts}", 1)
	after, err := os.ReadFile(file)
	if err != nil || string(after) != want && string(after) != want2 {
		t.Errorf("more than the sentence was written (%v)", err)
	}
	_, page = lin.do("GET", "/desk/content/history/flow?key=booking", nil)
	wants(t, "its history", page, "现在就是这样", "最初的样子")
	number := page[strings.Index(page, `name="number" value="`)+len(`name="number" value="`):]
	number, _, _ = strings.Cut(number, `"`)
	res, page = lin.do("POST", "/desk/content/restore", url.Values{"kind": {"flow"}, "key": {"booking"}, "number": {number}, "first": {"1"}})
	wants(t, "the way back", page, "您附近没有找到站点")
	mei.do("POST", res.Request.URL.Path+"/publish", url.Values{"rev": {"1"}})
	if again, err := os.ReadFile(file); err != nil || string(again) != string(before) {
		t.Errorf("after the way back the file is not as it was (%v)", err)
	}
}

func TestAFlowThatAFormMadeCanBeTakenAwayAndComesBack(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	dir := contentCopy(t)
	o := openOffice(t, db, withContentIn(db, dir))
	lin, mei := o.signedInAs(t, "lin", staff.Editor), o.signedInAs(t, "mei", staff.Editor)
	res, _ := lin.do("POST", "/desk/content/save", url.Values{"kind": {"flow"}, "do": {"ask"}, "v.flow": {"desk-1"}, "v.title": {"点心时间"}, "v.words": {"点心时间"},
		"v.step.0.name": {"start"}, "v.step.0.kind": {"say"}, "v.step.0.text": {"肠粉要热的才好吃。"}})
	lin.do("POST", "/desk/content/save", readyForm("ask", "我听着", "我听着呢。"))
	_, page := mei.do("POST", res.Request.URL.Path+"/publish", url.Values{"rev": {"1"}})
	wants(t, "after publishing", page, "/desk/content/item/flow?key=desk-1", "下一份等您看的：我听着")
	_, page = lin.do("GET", "/desk/content/item/flow?key=desk-1", nil)
	wants(t, "its form", page, "请人看一眼，删掉它")
	_, page = lin.do("GET", "/desk/content/item/flow?key=booking", nil)
	wants(t, "a shipped flow's form", page, "!删掉它")
	if res, _ = lin.do("POST", "/desk/content/remove", url.Values{"kind": {"flow"}, "key": {"booking"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("taking a shipped flow away answers %d", res.StatusCode)
	}
	res, page = lin.do("POST", "/desk/content/remove", url.Values{"kind": {"flow"}, "key": {"desk-1"}})
	wants(t, "to be taken away", page, "要删掉这一条")
	file := filepath.Join(dir, "flows", "desk-1.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, page = mei.do("POST", res.Request.URL.Path+"/publish", url.Values{"rev": {"1"}})
	wants(t, "taken away", page, "发布了")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there (%v)", err)
	}
	_, page = lin.do("GET", "/desk/content/history/flow?key=desk-1", nil)
	_, number, _ := strings.Cut(page[strings.Index(page, "看那时的写法"):], `name="number" value="`)
	number, _, _ = strings.Cut(number, `"`)
	res, _ = lin.do("POST", "/desk/content/restore", url.Values{"kind": {"flow"}, "key": {"desk-1"}, "number": {number}})
	mei.do("POST", res.Request.URL.Path+"/publish", url.Values{"rev": {"1"}})
	if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
		t.Errorf("it does not come back as it was (%v)", err)
	}
}
