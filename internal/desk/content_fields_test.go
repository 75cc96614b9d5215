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

// fieldOf is what a form shows of one field.
func fieldOf(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `id="f-`+name+`">`)
	if !ok {
		t.Fatalf("the form has no field %s:\n%.3000s", name, page)
	}
	field, _, _ := strings.Cut(rest, `<div class="content-field`)
	return field
}

func TestWhatIsMissingIsSaidAtItsFieldAndOnce(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	dir := contentCopy(t)
	o := openOffice(t, db, withContentIn(db, dir))
	lin, mei := o.signedInAs(t, "lin", staff.Editor), o.signedInAs(t, "mei", staff.Editor)

	res, page := lin.do("POST", "/desk/content/save", url.Values{"kind": {"faq"}, "do": {"save"}, "v.answer": {"从东门进。"}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an entry without a question answers %d", res.StatusCode)
	}
	wants(t, "an entry without a question", page, "您写的都还在下面", "从东门进。", "!编号", "!名字")
	wants(t, "its field", fieldOf(t, page, "questions"), "还没写“大家会怎么问”")

	station := url.Values{
		"kind": {"station"}, "do": {"ask"}, "v.id": {"tianhe-desk"}, "v.name": {"天河新站（示例）"}, "v.district": {"天河区"}, "v.address": {"天河区示例路 9 号"}, "v.phone": {"020-0000-0001"},
		"v.open.0.days": {"1"}, "v.open.0.from": {"09:00"}, "v.open.0.to": {"12:00"}, "v.counsellors": {"1"}, "v.minutes": {"50"},
	}
	res, page = lin.do("POST", "/desk/content/save", station)
	draft := res.Request.URL.Path
	wants(t, "a station that is nowhere", page, "还有 2 个问题", "在写", "!等人看", "!不在广州", "!GCJ")
	wants(t, "its latitude", fieldOf(t, page, "lat"), "还没写“纬度”")
	wants(t, "its longitude", fieldOf(t, page, "lng"), "还没写“经度”")

	station.Set("draft", strings.TrimPrefix(draft, "/desk/content/drafts/"))
	station.Set("rev", "1")
	station.Set("v.lat", "113.330，23.130")
	_, page = lin.do("POST", "/desk/content/save", station)
	wants(t, "a place that was pasted whole", page, "等人看", `name="v.lat" value="23.13"`, `name="v.lng" value="113.33"`, "!个问题")
	mei.do("POST", draft+"/publish", url.Values{"rev": {"2"}})
	if raw, err := os.ReadFile(filepath.Join(dir, "stations", "desk.yaml")); err != nil || !strings.Contains(string(raw), "lat: 23.13\n    lng: 113.33\n") {
		t.Errorf("the file says (%v)\n%s", err, raw)
	}
}

func TestWhatIsTypedIsSaidToBeUnsavedUntilItIsKept(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContent(db))
	v := o.signedInAs(t, "lin", staff.Editor)
	const hidden, shown, marked = `id="content-unsaved" role="status" hidden>`, `id="content-unsaved" role="status">`, " data-unsaved"
	_, page := v.do("GET", "/desk/content/new/ready", nil)
	wants(t, "a new form", page, hidden, "!"+marked)
	form := readyForm("look", "我听着", "我听着呢。")
	_, page = v.do("POST", "/desk/content/save", form)
	wants(t, "a look without a script", page, shown, marked, "我听着呢。")
	_, page = v.do("POST", "/desk/content/save", readyForm("save", "", "我听着呢。"))
	wants(t, "what could not be kept", page, shown, marked, "我听着呢。")
	_, page = v.do("POST", "/desk/content/save", readyForm("save", "我听着", "我听着呢。"))
	wants(t, "kept", page, hidden, "!"+marked)
	_, page = v.do("POST", "/desk/content/save", readyForm("save", "我听着", "又一份。"))
	wants(t, "the same form sent again after going back", page, "打开草稿", "又一份。")
	if _, page = v.do("GET", "/desk/content/look", nil); strings.Contains(page, "没有这一页") {
		t.Error("coming back to a look leads nowhere")
	}
}
