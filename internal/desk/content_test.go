package desk_test

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

// withContent lets the office edit the shipped content, tried by the loaders of lessons and stations alone.
func withContent(db *store.DB) func(*desk.Options) { return withContentIn(db, "../../dialogs") }

func withContentIn(db *store.DB, dir string) func(*desk.Options) {
	return func(o *desk.Options) {
		o.Unanswered = unanswered.Reading{Store: db.Missed(), Trail: db.Trail()}
		o.Content = &editing.Service{
			Dir: dir, Mark: filepath.Join(os.TempDir(), "no-such-mark"), Store: db.ContentEdits(), Log: slog.New(slog.DiscardHandler), Clock: citytime.Clock{Now: o.Now},
			Try: func(_ context.Context, root fs.FS, it editing.Item) (editing.Preview, error) {
				load := func(dir string, load func(fs.FS) error) error {
					sub, err := fs.Sub(root, dir)
					return cmp.Or(err, load(sub))
				}
				err := cmp.Or(load("courses", func(sub fs.FS) error { _, err := course.Load(sub); return err }),
					load("stations", func(sub fs.FS) error { _, err := booking.LoadStations(sub); return err }))
				return editing.Preview{Bubbles: []editing.Bubble{{Text: it.Title}}}, err
			},
			Others: func(ctx context.Context, beside ...string) (n int, err error) {
				all, err := o.Staff.List(ctx)
				for _, m := range all {
					if !slices.Contains(beside, m.ID) && m.Active() && m.Role == staff.Editor {
						n++
					}
				}
				return n, err
			},
		}
	}
}

func TestAnEditorWhoIsAlonePublishesAfterASecondLook(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContentIn(db, dir))
	v := o.signedInAs(t, "bian", staff.Editor)
	res, page := v.do("POST", "/desk/content/save", url.Values{"kind": {"ready"}, "do": {"ask"}, "v.title": {"我听着"}, "v.group": {"陪着"}, "v.text": {"我听着呢，慢慢说。"}})
	draft := res.Request.URL.Path
	wants(t, "the draft of the only editor", page, "没有别人能来看了", "我听着")
	second := o.signedInAs(t, "xin", staff.Editor)
	_, page = v.do("GET", draft, nil)
	wants(t, "the same beside a colleague", page, "要由另一位同事", "!没有别人能来看")
	_, page = second.do("POST", draft+"/publish", url.Values{"rev": {"1"}})
	wants(t, "published", page, "发布了", "示例·xin")
	raw, err := os.ReadFile(filepath.Join(dir, "replies", "ready.yaml"))
	if err != nil || !strings.HasSuffix(string(raw), "  - title: 我听着\n    group: 陪着\n    text: 我听着呢，慢慢说。\n") {
		t.Errorf("the file ends otherwise (%v)", err)
	}
	if res, page = second.do("POST", draft+"/publish", url.Values{"rev": {"2"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "已经发布、撤下或者退回了") {
		t.Errorf("publishing twice answers %d", res.StatusCode)
	}
	_, page = v.do("POST", "/desk/content/remove", url.Values{"kind": {"ready"}, "key": {"我听着"}})
	wants(t, "to be removed", page, "要删掉这一条")
	if err := os.Chmod(filepath.Join(dir, "replies"), 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 { // root writes everywhere
		_, page = second.do("POST", regexpDraft(t, page)+"/publish", url.Values{"rev": {"1"}})
		wants(t, "a disk that takes nothing", page, "内容文件夹现在写不进去", "!发布了")
	}
}

func regexpDraft(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `action="/desk/content/drafts/`)
	if !ok {
		t.Fatal("the page has no draft")
	}
	id, _, _ := strings.Cut(rest, "/")
	return "/desk/content/drafts/" + id
}

func TestWhatOnePersonSaidOfSomebodyIsNotShown(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContent(db))
	v := o.signedInAs(t, "bian", staff.Editor)
	_, page := v.do("GET", "/desk/content/asked", nil)
	wants(t, "an empty week", page, "这一周的问题都答上来了")
	at := o.clock()
	var ts []unanswered.Text
	for _, said := range [][2]string{{"p1", "能停车吗"}, {"p1", "小明今天来了吗"}, {"p2", "我家那个又不吃饭"}, {"p3", "我家那个又不吃饭"}} {
		ts = append(ts, unanswered.Text{Words: said[1], Folded: said[1], Person: said[0], At: at})
	}
	if err := db.Missed().Count(t.Context(), ts...); err != nil {
		t.Fatal(err)
	}
	_, page = v.do("GET", "/desk/content/asked", nil)
	wants(t, "the week", page, "能停车吗", "!小明今天来了吗", "我家那个又不吃饭", "2 个人问过")
	qs, err := db.Missed().Since(t.Context(), at.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range qs {
		_, page = v.do("GET", "/desk/content/new/faq?ask="+q.ID, nil)
		if strings.Contains(page, "小明") {
			t.Error("a question that is not shown opens by its address")
		}
		if q.Words == "能停车吗" {
			_, page = v.do("POST", "/desk/content/asked", url.Values{"id": {q.ID}})
			wants(t, "after it is put away", page, "!能停车吗")
		}
	}
}

func TestANewItemHasAFreeNumberAndTakesNobodysName(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, withContent(db))
	v := o.signedInAs(t, "bian", staff.Editor)
	for _, kind := range []string{"lesson", "station", "event"} {
		_, page := v.do("GET", "/desk/content/new/"+kind, nil)
		wants(t, "a new "+kind, page, `name="v.id" value="desk-1"`)
	}
	_, page := v.do("POST", "/desk/content/save", url.Values{"kind": {"lesson"}, "do": {"save"}, "v.id": {"desk-1"}, "v.title": {"写到一半"}})
	wants(t, "a draft that is half written", page, "写到一半", "在写", "没有写系列", "要点有 0 条")
	_, page = v.do("GET", "/desk/content/new/lesson", nil)
	wants(t, "the next lesson", page, `name="v.id" value="desk-2"`)
	form := url.Values{"kind": {"ready"}, "do": {"save"}, "v.title": {"我来了"}, "v.group": {"开头"}, "v.text": {"我到了。"}}
	res, page := v.do("POST", "/desk/content/save", form)
	wants(t, "a title that another has", page, "“题目”和别的一条一样", "我到了。")
	if res.StatusCode != http.StatusConflict {
		t.Errorf("a title that another has answers %d", res.StatusCode)
	}
	if _, page = v.do("POST", "/desk/content/look", url.Values{"kind": {"ready"}, "v.title": {""}, "v.text": {"我到了。"}}); strings.Contains(page, "出了点问题") {
		t.Errorf("a form without a name breaks the page:\n%.600s", page)
	}
}

// contentCopy is a copy of the shipped content that a test may change.
func contentCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	return dir
}
