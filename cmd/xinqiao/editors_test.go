package main

import (
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// editorsWorld is a program on a copy of the content that it reloads.
func editorsWorld(t *testing.T, cfg config.Config) *world {
	t.Helper()
	cfg.Dialogs.Dir = filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(cfg.Dialogs.Dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	cfg.Dialogs.Reload = true
	return start(t, cfg, appOptions{})
}

// form sends a form of the content page, with some fields several times.
func (v *deskVisitor) form(path string, form url.Values) (page, at string) {
	v.w.t.Helper()
	res, err := v.PostForm(v.w.url+path, form)
	page = html.UnescapeString(v.read(res, err))
	return page, res.Request.URL.Path
}

func (v *deskVisitor) wants(what, page string, parts ...string) {
	v.w.t.Helper()
	for _, p := range parts {
		if unwanted, no := strings.CutPrefix(p, "!"); no == strings.Contains(page, unwanted) {
			v.w.t.Errorf("%s: %q is there: %t\n%.3000s", what, unwanted, no, textOf(page))
		}
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]+>`)
	spaces = regexp.MustCompile(`\s+`)
	revOf  = regexp.MustCompile(`name="rev" value="(\d+)"`)
)

// textOf is what a page says.
func textOf(page string) string {
	return spaces.ReplaceAllString(tags.ReplaceAllString(page, " "), " ")
}

// publishes lets a colleague put a draft into the files, and waits until the program uses it.
func (v *deskVisitor) publishes(draft string) {
	v.w.t.Helper()
	before := v.w.app.library.Current().Version
	page := v.get(draft)
	page, _ = v.form(draft+"/publish", url.Values{"rev": {revOf.FindStringSubmatch(page)[1]}})
	v.wants("published", page, "发布了")
	v.w.eventually("the new content to be used", func() bool { return v.w.app.library.Current().Version != before })
}

func lessonForm() url.Values {
	return url.Values{
		"kind": {"lesson"}, "v.id": {"dinner-talk"}, "v.title": {"饭桌上聊点什么"}, "v.series": {"在家说说话"}, "v.stages": {"upper", "junior"}, "v.themes": {"沟通"}, "v.minutes": {"９"},
		"v.summary":   {"一家人一天里坐在一起的时间，常常只有这一顿饭。这一课讲饭桌上哪些话会让孩子越吃越快，哪些话能让他多坐五分钟；怎样先说一件自己今天的小事，再等他开口；成绩和手机放到饭后什么时候谈；他一句话也不想说的时候，怎样安安静静地陪他吃完。"},
		"v.points":    {"先说一件自己的小事\r\n成绩放到饭后谈\r\n不想说的时候也陪着吃完"},
		"v.questions": {"吃饭的时候跟孩子聊什么\r\n饭桌上孩子不说话\r\n一吃饭就谈成绩怎么办"}, "v.related": {"青春期的门为什么关上了"}, "v.sample": {"on"},
	}
}

func TestAnEditorsHourWithoutTouchingAFile(t *testing.T) {
	t.Parallel()
	w := editorsWorld(t, embedded(t))
	lan, mei := w.joins("lan", staff.Editor), w.joins("mei", staff.Editor)
	if page := lan.get("/desk"); !strings.Contains(page, "<h1>内容</h1>") || strings.Contains(page, "个案") {
		t.Fatalf("signing in does not lead an editor to the content alone:\n%.2000s", textOf(page))
	}

	// A lesson: its mistakes are said at their fields, in plain words, and nothing is published with them.
	form := lessonForm()
	form.Set("v.points", "只有一条")
	form.Set("v.minutes", "九分钟")
	form.Set("do", "ask")
	page, draft := lan.form("/desk/content/save", form)
	lan.wants("a lesson with mistakes", page, "还有 2 个问题", "要点有 1 条", "正好写三条要点", "还有没改好的", "!等人看")
	form = lessonForm()
	form.Set("draft", strings.TrimPrefix(draft, "/desk/content/drafts/"))
	form.Set("rev", "1")
	form.Set("do", "ask")
	page, at := lan.form("/desk/content/save", form)
	if at != draft {
		t.Fatalf("the mended draft leads to %s", at)
	}
	lan.wants("the mended lesson", page, "!个问题", "饭桌上聊点什么", "phone-card", "要由另一位同事", "!>发布<")
	page, _ = lan.form(draft+"/publish", url.Values{"rev": {"2"}})
	lan.wants("publishing one's own", page, "要由另一位同事来发布")
	if page, _ = mei.form(draft+"/publish", url.Values{"rev": {"1"}}); !strings.Contains(page, "同事刚刚也存了一版") {
		t.Errorf("a draft that changed meanwhile is published:\n%.500s", textOf(page))
	}
	mei.publishes(draft)
	raw, err := os.ReadFile(filepath.Join(w.app.library.Dir(), "courses", "desk.yaml"))
	if err != nil || !strings.Contains(string(raw), "minutes: 9\n") || !strings.Contains(string(raw), "related: [junior-door]") {
		t.Errorf("the file says (%v)\n%s", err, raw)
	}
	who := openid(t, 41)
	w.sends(wxsim.Subscribe(who, ""))
	w.says(who, "家长")
	w.wantIn(w.says(who, "饭桌上孩子不说话怎么办"), "饭桌上聊点什么")

	pupils := lessonForm()
	pupils.Set("v.id", "desk-pupil")
	pupils.Set("v.for", "student")
	page, _ = lan.form("/desk/content/look", pupils)
	lan.wants("a lesson for pupils in the phone", page, "phone-card", "!个问题")

	// A question that nobody could answer becomes an entry.
	for i, n := range []int{42, 43} {
		asker := openid(t, n)
		w.sends(wxsim.Subscribe(asker, ""))
		w.says(asker, "家长")
		w.says(asker, []string{"有没有停车场？", "有没有停车场"}[i])
	}
	if err := w.app.missed.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page = html.UnescapeString(lan.get("/desk/content/asked"))
	lan.wants("what nobody answered", page, "有没有停车场", "2 个人问过")
	ask := regexp.MustCompile(`/desk/content/new/faq\?ask=([0-9a-f]+)`).FindStringSubmatch(page)[1]
	page = html.UnescapeString(lan.get("/desk/content/new/faq?ask=" + ask))
	lan.wants("its form", page, "有没有停车场", `name="ask" value="`+ask)
	_, draft = lan.form("/desk/content/save", url.Values{"kind": {"faq"}, "ask": {ask}, "do": {"ask"}, "v.questions": {"有没有停车场\r\n哪里可以停车"}, "v.answer": {"院子里可以停车：请从东门进。"}})
	page = html.UnescapeString(mei.get(draft))
	mei.wants("the entry in the phone", page, "院子里可以停车：请从东门进。", "!现在得不到这个回答")
	mei.publishes(draft)
	w.wantIn(w.says(openid(t, 42), "哪里能停车"), "院子里可以停车")
	lan.wants("the list afterwards", lan.get("/desk/content/asked"), "!停车场")

	// A station, an event and a flow.
	_, draft = lan.form("/desk/content/save", url.Values{
		"kind": {"station"}, "do": {"ask"}, "v.id": {"tianhe-desk"}, "v.name": {"天河新站（示例）"}, "v.district": {"天河区"}, "v.address": {"天河区示例路 9 号"}, "v.phone": {"020-0000-0001"},
		"v.lat": {"23.13"}, "v.lng": {"113.33"}, "v.open.0.days": {"1", "2", "3"}, "v.open.0.from": {"09:00"}, "v.open.0.to": {"12:00"}, "v.open.1.days": {"6"}, "v.open.1.from": {"14:00"}, "v.open.1.to": {"17:00"},
		"v.counsellors": {"1"}, "v.minutes": {"50"}, "v.sample": {"on"},
	})
	page = html.UnescapeString(mei.get(draft))
	mei.wants("the station in the phone", page, "天河新站（示例）\n地址：天河区示例路 9 号", "!个问题")
	mei.publishes(draft)
	day := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	_, draft = lan.form("/desk/content/save", url.Values{
		"kind": {"event"}, "do": {"ask"}, "v.id": {"talk-desk"}, "v.title": {"家里怎么陪读"}, "v.kind": {"讲座"}, "v.start": {day + "T15:00"}, "v.minutes": {"90"}, "v.place": {"示例礼堂"},
		"v.about": {"讲一小时，答一小时，可以带着问题来。"}, "v.capacity": {"30"}, "v.sample": {"on"},
	})
	mei.wants("the event in the phone", html.UnescapeString(mei.get(draft)), "【讲座】家里怎么陪读", "!个问题")
	mei.publishes(draft)
	page, draft = lan.form("/desk/content/save", url.Values{
		"kind": {"flow"}, "do": {"ask"}, "v.flow": {"desk-1"}, "v.title": {"点心时间"}, "v.words": {"点心时间"},
		"v.step.0.name": {"start"}, "v.step.0.kind": {"ask"}, "v.step.0.text": {"想吃点什么？"}, "v.step.0.label.0": {"肠粉"}, "v.step.0.goto.0": {"step2"}, "v.step.0.label.1": {"回主菜单"}, "v.step.0.goto.1": {"menu.start"},
		"v.step.1.name": {"step2"}, "v.step.1.kind": {"say"}, "v.step.1.text": {"肠粉要热的才好吃。"},
	})
	lan.wants("the flow in the phone", page, "想吃点什么？", "肠粉要热的才好吃。", "!个问题")
	mei.publishes(draft)
	w.wantIn(w.says(who, "点心时间"), "想吃点什么", "肠粉")

	// A change of the lesson, and back again.
	v := html.UnescapeString(lan.get("/desk/content/item/lesson?key=dinner-talk"))
	lan.wants("the lesson's form", v, `value="饭桌上聊点什么"`)
	form = lessonForm()
	form.Set("item", "dinner-talk")
	form.Set("v.title", "饭桌上说说话")
	form.Set("do", "ask")
	page, draft = lan.form("/desk/content/save", form)
	lan.wants("what it changes", page, "改了 1 处", "饭桌上聊点什么", "饭桌上说说话")
	mei.publishes(draft)
	page = lan.get("/desk/content/history/lesson?key=dinner-talk")
	lan.wants("the history", page, "现在就是这样", "撤回到这个版本", "示例·lan")
	number := regexp.MustCompile(`name="number" value="(\d+)"`).FindStringSubmatch(page)[1]
	_, draft = mei.form("/desk/content/restore", url.Values{"kind": {"lesson"}, "key": {"dinner-talk"}, "number": {number}})
	lan.publishes(draft)
	if l, ok := w.app.library.Current().Courses.Lesson("dinner-talk"); !ok || l.Title != "饭桌上聊点什么" {
		t.Errorf("after the undo it is %q", l.Title)
	}
	if after, err := os.ReadFile(filepath.Join(w.app.library.Dir(), "courses", "desk.yaml")); err != nil || string(after) != string(raw) {
		t.Errorf("after the undo the file is not as it was (%v):\n%s", err, after)
	}
}

func TestAFileThatIsChangedByHandWinsAndTheDraftIsKept(t *testing.T) {
	t.Parallel()
	w := editorsWorld(t, embedded(t))
	lan, mei := w.joins("lan", staff.Editor), w.joins("mei", staff.Editor)
	file := filepath.Join(w.app.library.Dir(), "replies", "ready.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, draft := lan.form("/desk/content/save", url.Values{"kind": {"ready"}, "item": {"我来了"}, "do": {"ask"}, "v.title": {"我来了"}, "v.group": {"开头"}, "v.text": {"我是{{name}}，我在这里。"}})
	other := strings.Replace(string(raw), "今晚我值班", "今夜我值班", 1) // another item of the same file
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	mei.wants("beside a change of another item", html.UnescapeString(mei.get(draft)), "我是示例老师，我在这里。", "!对不上")
	byHand := strings.Replace(other, "我是{{name}}，是真人", "我是{{name}}，一位老师", 1)
	if err := os.WriteFile(file, []byte(byHand), 0o600); err != nil {
		t.Fatal(err)
	}
	page, _ := mei.form(draft+"/publish", url.Values{"rev": {"1"}})
	mei.wants("over a change of the same item", page, "有人直接改了文件里的这一条", "草稿没有丢")
	if now, err := os.ReadFile(file); err != nil || string(now) != byHand {
		t.Errorf("the file was written over (%v)", err)
	}
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	mei.publishes(draft)
	if now, err := os.ReadFile(file); err != nil || !strings.Contains(string(now), "text: 我是{{name}}，我在这里。\n") || !strings.Contains(string(now), "今夜我值班") {
		t.Errorf("the published file (%v):\n%.600s", err, now)
	}
}

func TestWhatIsPublishedReachesEveryReplicasFolder(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	w := editorsWorld(t, cfg)
	lan, mei := w.joins("lan", staff.Editor), w.joins("mei", staff.Editor)
	second := w.app.contentEditing() // a replica with a folder of its own on the same database
	second.Dir, second.Mark = filepath.Join(t.TempDir(), "dialogs"), filepath.Join(t.TempDir(), "mark")
	if err := os.CopyFS(second.Dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	form := lessonForm()
	form.Set("do", "ask")
	_, draft := lan.form("/desk/content/save", form)
	mei.publishes(draft)
	for range 2 { // a replica that looks twice writes once
		if err := second.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	here, err := os.ReadFile(filepath.Join(w.app.library.Dir(), "courses", "desk.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile(filepath.Join(second.Dir, "courses", "desk.yaml"))
	if err != nil || string(here) != string(there) {
		t.Errorf("the other folder says (%v)\n%s\nwant\n%s", err, there, here)
	}
	if err := os.Remove(second.Mark); err != nil { // a replica that forgot where it was
		t.Fatal(err)
	}
	if err := second.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(second.Dir, "courses", "desk.yaml")); err != nil || string(again) != string(there) {
		t.Errorf("looking again from the beginning changed the file (%v):\n%s", err, again)
	}
}

func TestAnEditorPublishesInTheBrowserAndAParentReadsIt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out of a short run: a browser")
	}
	w := editorsWorld(t, embedded(t))
	mei := w.joins("mei", staff.Editor)
	b := openBrowser(t, w)
	b.signInAs(staff.Editor, "示例·兰编辑")
	b.shoot("home-empty", 1280, 390)
	fill := func(field, text string) chromedp.Action[chromedp.Void] {
		return chromedp.SetValue(`[name="v.`+field+`"]`, text)
	}
	typed := chromedp.Evaluate[chromedp.Void](`void document.getElementById("content-form").dispatchEvent(new Event("input", {bubbles: true}))`)
	form := lessonForm()
	b.do("open a new lesson", chromedp.Navigate(w.url+"/desk/content/new/lesson"), browsertest.Visible(`#content-form`))
	b.shoot("lesson-new", 1280)
	for _, field := range []string{"id", "title", "series", "summary", "questions"} {
		b.do("fill in "+field, fill(field, strings.ReplaceAll(form.Get("v."+field), "\r", "")))
	}
	b.do("one point of three", fill("points", "只有一条"), browsertest.Click(`[name="v.stages"][value="junior"]`), typed, browsertest.Until(`document.querySelector(".content-found")?.textContent.includes("要点有 1 条")`))
	b.shoot("lesson-problems", 1280, 390)
	b.noViolations()
	b.do("all three", fill("points", strings.ReplaceAll(form.Get("v.points"), "\r", "")), typed, browsertest.Until(`document.querySelector(".phone-card b")?.textContent.includes("饭桌上聊点什么")`))
	b.do("ask for a colleague", browsertest.Click(`#content-form button[value=ask]`), browsertest.Visible(`.content-state`))
	b.shoot("lesson-draft", 1280, 390)
	b.noViolations()
	drafts, err := w.app.content.Store.OpenDrafts(t.Context())
	if err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	mei.publishes("/desk/content/drafts/" + drafts[0].ID)
	at := time.Now()
	for i, q := range []string{"有没有停车场", "有没有停车场", "你们过年那几天开门吗"} {
		w.app.missed.Add([]string{"a", "b", "c"}[i], q, at)
	}
	if err := w.app.missed.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.do("what nobody answered", chromedp.Navigate(w.url+"/desk/content/asked"), browsertest.Visible(`.content-questions`))
	b.shoot("asked", 1280, 390)
	b.noViolations()
	b.do("write an entry from it", browsertest.Click(`.content-questions .primary`), browsertest.Visible(`[name="v.answer"]`), fill("answer", "院子里可以停车，请从东门进。"), typed,
		browsertest.Until(`document.querySelector("#content-look")?.textContent.includes("请从东门进")`))
	b.shoot("faq-new", 1280, 390)
	b.do("ask for a colleague", browsertest.Click(`#content-form button[value=ask]`), browsertest.Visible(`.content-state`))
	if drafts, err = w.app.content.Store.OpenDrafts(t.Context()); err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	b.do("the first page", chromedp.Navigate(w.url+"/desk/content"), browsertest.Visible(`.content-kinds`))
	b.shoot("home", 1280, 390)
	b.noViolations()
	mei.publishes("/desk/content/drafts/" + drafts[0].ID)
	b.do("the published draft", chromedp.Navigate(w.url+"/desk/content/drafts/"+drafts[0].ID), browsertest.Visible(`.content-state`))
	for _, page := range []string{"list/faq", "item/station?key=liwan-1", "item/event?key=parents-class", "item/ready?key=我来了", "item/notice?key=busy", "new/flow", "history/lesson?key=dinner-talk"} {
		b.do(page, chromedp.Navigate(w.url+"/desk/content/"+page), browsertest.Visible(`main h1`))
		b.shoot(strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(page), 1280, 390)
		b.noViolations()
	}
	b.do("a parent in the chat", chromedp.EmulateViewport(390, 844), chromedp.Navigate(w.url+"/chat"), browsertest.Until(`document.querySelector("#chips button:enabled") && !document.querySelector(".dots")`))
	b.do("who they are", append(tapChip("我是家长"), browsertest.Until(`document.querySelectorAll(".row.bot .bubble").length > 1 && !document.querySelector(".dots")`))...)
	b.do("a parent asks", chromedp.SendKeys(`#text`, "有没有停车场呀\r"), has(".row.bot", "院子里可以停车"))
	b.do("and looks for the lesson", chromedp.SendKeys(`#text`, "饭桌上孩子不说话怎么办\r"), browsertest.Until(`document.body.textContent.includes("饭桌上聊点什么")`))
}

// shoot keeps pictures of the page in some widths, where XINQIAO_TEST_SHOTS names a folder, and holds it to them.
func (b *counsellor) shoot(name string, widths ...int64) {
	b.t.Helper()
	for _, width := range widths {
		height := int64(900)
		b.do("hold it "+name, chromedp.EmulateViewport(width, height), chromedp.Evaluate[chromedp.Void](`void document.fonts.ready`))
		var over int
		over, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		if err != nil || over > 0 {
			b.t.Errorf("%s is %d px wider than %d px (%v)", name, over, width, err)
		}
		if dir := os.Getenv("XINQIAO_TEST_SHOTS"); dir != "" {
			// The page scrolls inside its frame: a tall window shows all of it.
			b.do("stretch it", chromedp.EmulateViewport(width, max(height, b.tall())))
			png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"-"+map[bool]string{true: "390", false: "1280"}[width < 500]+".png"), png, 0o600); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.do("put it back", chromedp.EmulateViewport(1280, 900))
}

func (b *counsellor) tall() int64 {
	n, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64](`Math.min(2600, (document.querySelector("main")?.scrollHeight ?? 0) + 130)`))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *counsellor) noViolations() {
	b.t.Helper()
	(&visitor{b.t, b.ctx}).readable()
}

// TestContentThatIsAddedBreaksNoShippedTest adds one of each kind to a copy and does what the shipped tests do with it.
func TestContentThatIsAddedBreaksNoShippedTest(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"courses/desk.yaml": "lessons:\n  - id: desk-one\n    title: 饭桌上说点什么\n    series: 在家说说话\n    stages: [upper, junior]\n    summary: 一家人一天里坐在一起的时间，常常只有这一顿饭。这一课讲饭桌上哪些话会让孩子越吃越快，哪些话能让他多坐五分钟；怎样先说一件自己今天的小事，再等他开口。\n" +
			"    points: [先说一件自己的小事, 成绩放到饭后谈, 不想说也陪着]\n    questions: [吃饭的时候跟孩子聊什么]\n",
		"stations/desk.yaml":  "stations:\n  - {id: tianhe-desk, name: 天河新站, district: 天河区, address: 天河区示例路 9 号, phone: 020-0000-0001, lat: 23.13, lng: 113.33, open: [{days: [1], from: \"09:00\", to: \"12:00\"}], counsellors: 1, minutes: 50}\n",
		"events/desk.yaml":    "events:\n  - {id: talk-desk, title: 家里怎么陪读, kind: 讲座, start: 2027-03-14 15:00, minutes: 90, place: 示例礼堂, about: 讲一小时，答一小时，可以带着问题来。, capacity: 30}\n",
		"flows/faq-desk.yaml": "faq:\n  - questions: [院子里能停自行车吗]\n    answer: 院子里可以停自行车。\n",
		"flows/desk-tea.yaml": "flow: desk-tea\ntitle: 喝茶\ntriggers:\n  words: [喝茶时间]\nsteps:\n  start: {say: 茶好了。}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := openContent(dir)
	if err != nil {
		t.Fatalf("check:\n%v", err)
	}
	var out strings.Builder
	report, err := runConversations(t.Context(), lib, &out, &out)
	if err != nil || report.Failed > 0 {
		t.Errorf("%d conversations go otherwise (%v):\n%s", report.Failed, err, out.String())
	}
	flows := lib.Current().Flows
	if share := walked(flows, report.Visited); share < 0.9 {
		t.Errorf("only %.0f %% of the steps are visited", 100*share)
	}
}

func TestOnlyPlainQuestionsAreCountedAndForAMonth(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 51)
	w.sends(wxsim.Subscribe(who, ""))
	w.says(who, "家长")
	for _, text := range []string{"有没有停车场", "我好累啊", "我手机13800000000有没有停车场", "不想活了"} {
		w.says(who, text)
	}
	if err := w.app.missed.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := w.app.db.Missed().Since(t.Context(), time.Now().AddDate(0, 0, -1))
	if err != nil || len(all) != 1 || all[0].Words != "有没有停车场" {
		t.Errorf("counted %+v (%v), want the one plain question", all, err)
	}
	w.says(who, "哪里有停车场呀") // danger was spoken of: the talk has the word
	if err := w.app.missed.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err = w.app.db.Missed().Since(t.Context(), time.Now().AddDate(0, 0, -1)); err != nil || len(all) != 1 {
		t.Errorf("after danger: %+v (%v)", all, err)
	}
	later := *w.app
	later.now = func() time.Time { return time.Now().AddDate(0, 0, 32) }
	if err := later.purge(t.Context(), outbox.Row{}); err != nil {
		t.Fatal(err)
	}
	if all, err = w.app.db.Missed().Since(t.Context(), time.Now().AddDate(0, 0, -1)); err != nil || len(all) != 0 {
		t.Errorf("after a month: %+v (%v)", all, err)
	}
}
