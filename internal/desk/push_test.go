package desk_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// Keys of the right form, as a browser gives them: a point of P-256 and 16 bytes.
const (
	deviceKey  = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
	deviceAuth = "tBHItJI5svbpez7KI4CCXg"
	deskKey    = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)

// withPush gives an office a way to browsers that a test watches.
func withPush(db *store.DB, tried *[]string, fails *error) func(*desk.Options) {
	return func(o *desk.Options) {
		o.Staff.Browsers = db.Staff()
		o.Push = &desk.Push{
			Key: func(context.Context) (string, error) { return deskKey, nil },
			Try: func(_ context.Context, a staff.Account) error { *tried = append(*tried, a.Name); return *fails },
		}
	}
}

func deviceForm(endpoint string) url.Values {
	return url.Values{"endpoint": {endpoint}, "p256dh": {deviceKey}, "auth": {deviceAuth}, "label": {"iPhone · Safari"}}
}

func TestACounsellorTurnsNotificationsOnTriesAndRemoves(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	var (
		tried []string
		fails error
	)
	o := openOffice(t, db, withPush(db, &tried, &fails))
	chen, mei := o.signedIn(t, "chen", staff.Counsellor), o.signedIn(t, "mei", staff.Counsellor)
	_, page := chen.do("GET", "/desk/me", nil)
	shows(t, "the page", page, "手机推送", "还没有设备打开推送", `data-key="`+deskKey+`"`)
	for range 2 { // a double click
		_, page = chen.do("POST", "/desk/me/push", deviceForm("https://web.push.apple.com/secret"))
	}
	shows(t, "the page", page, "已经打开", "iPhone · Safari", "发一条试试")
	if n := strings.Count(page, "data-browser="); n != 1 || strings.Contains(page, "web.push.apple.com") {
		t.Errorf("%d devices stand on the page, want one and not its address", n)
	}
	for _, bad := range []string{"http://web.push.apple.com/x", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://db.internal/x", "https://169.254.169.254/latest/meta-data"} {
		if res, page := chen.do("POST", "/desk/me/push", deviceForm(bad)); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "推送地址用不了") {
			t.Errorf("%s is taken: %d", bad, res.StatusCode)
		}
	}
	_, page = chen.do("POST", "/desk/me/push/try", url.Values{})
	shows(t, "after a trial", page, "已经发出一条测试推送")
	fails = errors.New("a push service answered 403 for https://secret")
	if _, page = chen.do("POST", "/desk/me/push/try", url.Values{}); !strings.Contains(page, "没有发成功") || strings.Contains(page, "403") {
		t.Error("a trial that failed is not said, or said with the service's words")
	}
	if strings.Join(tried, " ") != "chen chen" {
		t.Errorf("trials went to %v", tried)
	}
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)[1]
	mei.do("POST", "/desk/me/push/drop", url.Values{"id": {id}})
	if callable, err := o.staff.Callable(t.Context()); err != nil || len(callable["chen"]) != 1 {
		t.Errorf("a colleague removed the device: %v (%v)", callable, err)
	}
	if err := o.staff.Disable(t.Context(), "mei"); err != nil {
		t.Fatal(err)
	}
	_, page = chen.do("POST", "/desk/me/push/drop", url.Values{"id": {id}})
	shows(t, "after removing", page, "已经移除", "还没有设备打开推送")
}

func TestOnlyWhoMayActOnACallIsRung(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	var fails error
	o := openOffice(t, db, withPush(db, new([]string), &fails))
	for i := range 11 {
		chen := staff.Account{ID: "chen-id"}
		err := o.staff.AddBrowser(t.Context(), chen, staff.Browser{Endpoint: "https://push.example.com/" + strings.Repeat("x", i)})
		if want := i == 10; errors.Is(err, staff.ErrBrowsers) != want {
			t.Errorf("device %d: %v", i+1, err)
		}
	}
	v := o.signedIn(t, "mei", staff.Counsellor)
	v.do("POST", "/desk/me/push", deviceForm("https://web.push.apple.com/mei"))
	callable, err := o.staff.Callable(t.Context())
	if err != nil || len(callable) != 1 || len(callable["mei"]) != 1 {
		t.Errorf("callable: %v (%v), want mei alone: the other is no account", callable, err)
	}
	if err := o.staff.Disable(t.Context(), "mei"); err != nil {
		t.Fatal(err)
	}
	if callable, err = o.staff.Callable(t.Context()); err != nil || len(callable) != 0 {
		t.Errorf("a closed account is rung: %v (%v)", callable, err)
	}
	plain := officeOnSQLite(t)
	p := plain.signedIn(t, "mei", staff.Counsellor)
	if _, page := p.do("GET", "/desk/me", nil); strings.Contains(page, "手机推送") {
		t.Error("notifications are offered where alerts go to no browsers")
	}
	if res, _ := plain.visitor(t).do("GET", "/desk/push.js", nil); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "javascript") {
		t.Errorf("the worker is asked for without a session: %d", res.StatusCode)
	}
}

// fakePush stands in for the browser's own push service, which no test reaches.
const fakePush = `(() => {
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
  const sub = { endpoint: "https://push.example.com/of-this-browser", options: { applicationServerKey: bytes("` + deskKey + `") },
    getKey: (n) => bytes(n === "auth" ? "` + deviceAuth + `" : "` + deviceKey + `"), unsubscribe: async () => { window.unsubscribed = true; return true; } };
  Notification.requestPermission = async () => "granted";
  PushManager.prototype.getSubscription = async () => (window.subscribed ? sub : null);
  PushManager.prototype.subscribe = async (o) => { window.asked = o; window.subscribed = true; return sub; };
  return true;
})()`

func TestADeviceIsTurnedOnAndACallOnItOpensTheCase(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	var fails error
	o := openOffice(t, db, withPush(db, new([]string), &fails))
	o.signedIn(t, "chen", staff.Counsellor)
	enter(t, ctx, o, "chen")
	if _, err := chromedp.CallBrowser(ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{BrowserContextID: chromedp.FromContext(ctx).BrowserContextID, Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: cdpbrowser.PermissionSettingGranted}); err != nil {
		t.Fatal(err)
	}
	visit(t, ctx, o, "/desk/me", "#push-on:not([hidden])")
	shots(t, ctx, "push-off")
	browsertest.Do(t, ctx, "turn it on", browsertest.Until(fakePush), browsertest.Click(`#push-on`))
	arrives(t, ctx, "the device on the list", `document.readyState === "complete" && document.querySelector("[data-browser]") && document.querySelector(".notice[role=status]:not([hidden])")`)
	shots(t, ctx, "push-on")
	kept, err := db.Staff().BrowsersOf(t.Context(), "")
	if err != nil || len(kept) != 1 || kept[0].Endpoint != "https://push.example.com/of-this-browser" || kept[0].P256dh != deviceKey || kept[0].Auth != deviceAuth {
		t.Fatalf("kept: %+v (%v)", kept, err)
	}
	noViolations(t, ctx)

	registration := registered(t, ctx)
	const call = `{"title":"【心桥·紧急】木棉·4127 在等人回应","body":"3 分钟内点“收到”或接手","path":"/desk/cases/case-1","tag":"t","urgent":true}`
	for range 2 { // sent again: shown once
		if _, err := chromedp.Call(ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: o.url, RegistrationID: registration, Data: call}); err != nil {
			t.Fatal(err)
		}
	}
	arrives(t, ctx, "the notification", `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((ns) => { window.shown = ns; }) && window.shown?.length === 1 && window.shown[0].title.includes("木棉·4127") && window.shown[0].data.path === "/desk/cases/case-1"`)
	for path, want := range map[string]string{"/desk/cases/case-1": "/desk/cases/case-1", "//evil.example/desk": "/desk", "/chat": "/desk"} {
		if got := clicked(t, ctx, path); got != o.url+want {
			t.Errorf("a click on a call about %s opens %s, want %s", path, got, o.url+want)
		}
	}
}

// registered is the registration of the desk's worker.
func registered(t *testing.T, ctx context.Context) serviceworker.RegistrationID {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, browsertest.Patience)
	defer stop()
	events := chromedp.Events(ctx, serviceworker.WorkerRegistrationUpdated)
	if _, err := chromedp.Call(ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	for e, err := range events {
		if err != nil {
			t.Fatalf("the worker is not registered: %v", err)
		}
		for _, r := range e.Registrations {
			if strings.HasSuffix(r.ScopeURL, "/desk/") && !r.IsDeleted {
				return r.RegistrationID
			}
		}
	}
	t.Fatal("the worker is not registered")
	return ""
}

// clicked is what the worker opens on a click, run in the page: no test may click on a notification of the machine.
func clicked(t *testing.T, ctx context.Context, path string) string {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("static", "worker", "push.js"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => {
		let opened = "", work;
		const on = {}, self = { location, registration: {}, skipWaiting() {}, addEventListener: (n, f) => { on[n] = f; },
			clients: { claim() {}, matchAll: async () => [], openWindow: async (u) => { opened = u; } } };
		`+string(code)+`
		on.notificationclick({ notification: { close() {}, data: { path: "`+path+`" } }, waitUntil: (p) => { work = p; } });
		await work;
		return opened;
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}
