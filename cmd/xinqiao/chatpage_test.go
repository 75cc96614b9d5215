package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// visitor is a person with the web chat open on a phone.
type visitor struct {
	t   *testing.T
	ctx context.Context
}

func openChat(t *testing.T, url string) *visitor {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of a short run: a browser")
	}
	v := &visitor{t, browsertest.Tab(t)}
	v.do("open the chat", chromedp.EmulateViewport(390, 844), chromedp.Navigate(url+"/chat"), browsertest.Until(`document.querySelector(".row.bot .bubble")`),
		browsertest.Until(`document.querySelector("#chips button:enabled") && !document.querySelector(".dots")`)) // the welcome is answered, not only read
	return v
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	browsertest.Do(v.t, v.ctx, what, steps...)
	v.look(what)
}

// look keeps a picture of the page where XINQIAO_TEST_SHOTS names a folder.
func (v *visitor) look(what string) {
	dir := os.Getenv("XINQIAO_TEST_SHOTS")
	if dir == "" {
		return
	}
	if png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot()); err == nil {
		_ = os.WriteFile(filepath.Join(dir, "chat-"+strings.ReplaceAll(what, " ", "-")+".png"), png, 0o600)
	}
}

func has(selector, text string) chromedp.Action[chromedp.Void] {
	return browsertest.Until(`[...document.querySelectorAll(` + strconv.Quote(selector) + `)].some(e => e.textContent.includes(` + strconv.Quote(text) + `))`)
}

func tapChip(label string) []chromedp.Action[chromedp.Void] {
	find := `[...document.querySelectorAll("#chips button:enabled")].find(b => b.textContent.includes(` + strconv.Quote(label) + `))`
	return []chromedp.Action[chromedp.Void]{browsertest.Until(find), chromedp.Evaluate[chromedp.Void](`void ` + find + `.click()`)}
}

var endInSight = browsertest.Until(`(t => t.scrollHeight - t.scrollTop - t.clientHeight < 4)(document.getElementById("talk"))`)

func (v *visitor) count(selector, text string) int {
	v.t.Helper()
	n, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](`[...document.querySelectorAll(`+strconv.Quote(selector)+`)].filter(e => e.textContent.includes(`+strconv.Quote(text)+`)).length`))
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// readable says that axe-core finds nothing.
func (v *visitor) readable() {
	v.t.Helper()
	axe, err := os.ReadFile("../../internal/desk/testdata/axe-4.14.1.min.js")
	if err != nil {
		v.t.Fatal(err)
	}
	v.do("load axe", browsertest.Once("axe", string(axe)))
	found, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.html.slice(0, 120)).join(" | ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("axe: %v", err)
	}
	for _, f := range found {
		v.t.Errorf("accessibility: %s", f)
	}
}

// noViolations is the same for a page of a phone: what can be tapped is as large as a fingertip, too.
func (v *visitor) noViolations() {
	v.t.Helper()
	v.readable()
	small, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("button, a.card, a.sos, textarea")].filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => (e.id || e.className || e.textContent) + " " + e.offsetWidth + "x" + e.offsetHeight)`))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, s := range small {
		v.t.Errorf("smaller than a fingertip: %s", s)
	}
}

func TestAParentUsesTheWebChatOnAPhone(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	v := openChat(t, w.url)
	v.do("the welcome comes by itself", has(".row.bot .bubble", "先认识一下"))
	v.do("a chip is tapped", append(tapChip("我是家长"), has(".row.me .bubble", "我是家长"), has("#chips button", "父母学堂"))...)
	v.do("a worry is typed", chromedp.SendKeys("#text", "孩子不想上学怎么办\r"), has(".row.me .bubble", "孩子不想上学怎么办"), has("#chips button", "不想上学"), browsertest.Until(`document.getElementById("text").value === ""`))
	v.do("a lesson is tapped", append(tapChip("不想上学"), browsertest.Until(`document.querySelector("a.card")`))...)
	href, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector("a.card").href`))
	if err != nil {
		t.Fatal(err)
	}
	if status, body := w.get(strings.TrimPrefix(href, w.url)); status != 200 || !strings.Contains(body, "<h1>") {
		t.Errorf("the card leads to %s: %d", href, status)
	}
	v.noViolations()

	chips := v.count("#chips button", "")
	rows := v.count(".row", "")
	if err := w.app.messages.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.do("the page is reloaded", chromedp.SendKeys("#text", "写到一半"), chromedp.Reload(), browsertest.Until(`document.querySelectorAll(".row").length === `+strconv.Itoa(rows)), browsertest.Until(`document.querySelectorAll("#chips button").length === `+strconv.Itoa(chips)))
	v.do("the draft is still there", browsertest.Until(`document.getElementById("text").value === "写到一半"`), chromedp.Evaluate[chromedp.Void](`void (document.getElementById("text").value = "")`))
	v.do("the end of the conversation is in sight", endInSight)

	v.do("danger", chromedp.SendKeys("#text", "我不想活了\r"), browsertest.Until(`document.querySelector('.row.bot:last-of-type a[href="tel:12356"]')`))
	v.noViolations()
}

// personOf finds whoever has the page open.
func (w *world) soleWebPerson() person.Person {
	w.t.Helper()
	items := w.cases(w.token("counsellor"))
	if len(items) != 1 {
		w.t.Fatalf("%d cases, want one", len(items))
	}
	c, err := w.app.cases.Get(w.t.Context(), items[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := w.app.db.People().Get(w.t.Context(), c.Person)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestACounsellorsMessageArrivesOnAnOpenPage(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	v := openChat(t, w.url)
	v.do("danger", chromedp.SendKeys("#text", "我不想活了\r"), has(".row.bot .bubble", "12356"))
	p := w.soleWebPerson()
	id, err := w.app.cases.OpenCase(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	by := casework.Actor{ID: "staff-1", Name: "示例·林老师"}
	if _, err := w.app.cases.Take(t.Context(), id, by); err != nil {
		t.Fatal(err)
	}
	v.do("the page says who is there", browsertest.Until(`document.getElementById("status").textContent.includes("真人老师")`))
	told := w.app.bus.Subscribe(v.ctx, live.TopicTyping(p.ID))
	v.do("the person writes", chromedp.SendKeys("#text", "我"))
	if _, ok := <-told; !ok {
		t.Fatal("the counsellor is not told that the person writes")
	}
	v.do("what was begun is put away", chromedp.Evaluate[chromedp.Void](`void (document.getElementById("text").value = "")`))
	if err := w.app.bus.Publish(t.Context(), live.TopicStaffTyping(p.ID)); err != nil {
		t.Fatal(err)
	}
	v.do("the page says that the counsellor writes", browsertest.Until(`document.getElementById("status").textContent.includes("老师正在输入") && document.querySelector(".row .dots")`))
	if err := w.app.cases.Say(t.Context(), id, by, "我在，慢慢说。", "form-1"); err != nil {
		t.Fatal(err)
	}
	v.do("the words arrive live", has(".row.staff .bubble", "我在，慢慢说。"), has(".row.staff .name", "示例·林老师（真人老师）"), endInSight)
	v.do("and typing is over", browsertest.Until(`!document.querySelector(".row .dots") && document.getElementById("status").textContent.includes("真人老师")`))
	v.noViolations()

	v.do("whoever reads further up", chromedp.Evaluate[chromedp.Void](`void (document.getElementById("talk").scrollTop = 0)`))
	if err := w.app.cases.Say(t.Context(), id, by, "不着急。", "form-2"); err != nil {
		t.Fatal(err)
	}
	v.do("is left in peace and told of it", has(".row.staff .bubble", "不着急。"), browsertest.Until(`!document.getElementById("newer").hidden && document.getElementById("talk").scrollTop === 0`))
	v.do("and goes there with a tap", browsertest.Click("#newer"), endInSight, browsertest.Until(`document.getElementById("newer").hidden`))
	if _, err := w.app.cases.HandBack(t.Context(), id, by, "先聊到这里。"); err != nil {
		t.Fatal(err)
	}
	v.do("the page says that the assistant is back", has(".row.staff .bubble", "先聊到这里。"), browsertest.Until(`document.getElementById("status").textContent.includes("自动助手")`))
}

// line is the network between a phone and the server, which can be cut.
type line struct {
	cut  atomic.Bool
	lose atomic.Bool // the answer of the next message is lost after it took effect
}

func (l *line) open(t *testing.T, target string) (addr string) {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodPost && l.lose.CompareAndSwap(true, false) {
			_, _ = io.Copy(io.Discard, r.Body)
			l.cut.Store(true)
			panic(http.ErrAbortHandler)
		}
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return "http://" + ln.Addr().String()
}

func TestAMessageWrittenWithoutANetworkArrivesOnce(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(l *line){
		"the line is cut before it is sent":          func(l *line) { l.cut.Store(true) },
		"the line is cut before its answer is there": func(l *line) { l.lose.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, embedded(t), appOptions{})
			l := &line{}
			v := openChat(t, l.open(t, w.url))
			cut(l)
			v.do("a message is typed", chromedp.SendKeys("#text", "我是学生\r"), has(".row.me .bubble", "我是学生"), has(".row.me .note", "正在重试"))
			v.do("the page says whom to call meanwhile", browsertest.Until(`!document.getElementById("offline").hidden && document.querySelector("#offline a[href='tel:12356']")`))
			l.cut.Store(false)
			v.do("the line is back", has("#chips button", "悄悄写封信"), browsertest.Until(`document.getElementById("offline").hidden && !document.querySelector(".note")`))
			if err := w.app.messages.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			v.do("and after a reload", chromedp.Reload(), has("#chips button", "悄悄写封信"))
			if n := v.count(".row.me .bubble", "我是学生"); n != 1 {
				t.Errorf("the message stands there %d times", n)
			}
		})
	}
}

// startPreviewed runs a replica that serves no official account, and returns its address.
func startPreviewed(t *testing.T, cfg config.Config) string {
	t.Helper()
	app, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- app.Run(ctx, func(addr string) { ready <- addr }) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, app.Close()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return "http://" + <-ready
}

func TestAnEditorSeesAnEditAndItsPlace(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Dialogs.Dir = filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(cfg.Dialogs.Dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	cfg.Dialogs.Reload, cfg.Dialogs.Preview = true, true
	cfg.WeChat.Accounts = nil
	url := startPreviewed(t, cfg)
	v := openChat(t, url)
	v.do("the panel is opened", chromedp.EmulateViewport(1280, 800), chromedp.Evaluate[chromedp.Void](`void (document.querySelector("#preview details").open = true)`))
	v.do("the answer carries its place", append(tapChip("我是家长"), has(".row.bot .made", "flows/menu.yaml:"), has("#preview code", "menu.parent"), has("#preview td", "parent"))...)

	file := filepath.Join(cfg.Dialogs.Dir, "flows", "menu.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, text string) {
		t.Helper()
		if !strings.Contains(string(raw), old) {
			t.Fatalf("%s lacks %q", file, old)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(raw), old, text, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const question = "您想做什么？点一下，或者直接说说您的情况。"
	v.do("the version is noted", chromedp.Evaluate[chromedp.Void](`void (window.before = document.querySelector("#preview .taken").textContent)`))
	edit(question, "示例：编辑刚改的一句话。")
	v.do("the edit is taken into use", browsertest.Until(`document.querySelector("#preview .taken") && document.querySelector("#preview .taken").textContent !== window.before`))
	v.do("the person reads it", chromedp.SendKeys("#text", "菜单\r"), has(".row.bot .bubble", "编辑刚改的一句话"))
	edit(question, question+"\n      bogus: 1")
	v.do("a broken edit is refused with its place", has("#preview .refused", "flows/menu.yaml:"))
	v.noViolations()
}

func TestThePreviewIsForOnesOwnMachineOnly(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *config.Config){
		"it listens to the world":          func(c *config.Config) { c.HTTP.Addr = "0.0.0.0:8080" },
		"it listens to every address":      func(c *config.Config) { c.HTTP.Addr = ":8080" },
		"it listens to another machine":    func(c *config.Config) { c.HTTP.Addr = "192.168.1.4:8080" },
		"it has a database that is shared": func(c *config.Config) { c.Database.URL = "mysql://root@127.0.0.1/x" },
		"it serves an official account":    func(c *config.Config) { c.WeChat.Accounts = []config.Account{{Name: "main"}} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.Default()
			if why := noPreview(cfg); why != "" {
				t.Fatalf("on the default it stays off: %s", why)
			}
			change(&cfg)
			if noPreview(cfg) == "" {
				t.Error("it would be on")
			}
		})
	}
}
