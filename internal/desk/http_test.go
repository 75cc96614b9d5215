package desk_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// visitor is a browser without scripts.
type visitor struct {
	t testing.TB
	o *office
	http.Client
}

func (o *office) visitor(t testing.TB) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, o: o}
	v.Jar = jar
	return v
}

func (v *visitor) do(method, path string, form url.Values, header ...string) (*http.Response, string) {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.o.url+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := v.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, string(raw)
}

// signedIn is a visitor with an account of a role whose password is chosen.
func (o *office) signedIn(t testing.TB, name string, role staff.Role) *visitor {
	t.Helper()
	o.hires(t, name, "示例·"+name, role, "")
	v := o.visitor(t)
	if _, page := v.logsIn(name); !strings.Contains(page, `id="queue"`) {
		t.Fatalf("signing in does not lead to the queue:\n%.300s", page)
	}
	return v
}

func officeOnSQLite(t *testing.T) *office {
	t.Helper()
	return openOffice(t, storetest.SQLite(t).Open(t, nil))
}

func TestNobodyGetsInWithoutSigningIn(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.visitor(t)
	v.CheckRedirect = noRedirects
	for _, path := range []string{"/desk", "/desk/queue", "/desk/live", "/desk/cases/x", "/desk/asked", "/desk/letters", "/desk/appointments", "/desk/password", "/desk/me"} {
		res, _ := v.do("GET", path, nil)
		if to, _, _ := strings.Cut(res.Header.Get("Location"), "?"); res.StatusCode != http.StatusSeeOther || to != "/desk/login" {
			t.Errorf("GET %s answers %d to %q, want the sign-in page", path, res.StatusCode, res.Header.Get("Location"))
		}
		res, _ = v.do("GET", path, nil, "HX-Request", "true")
		if to, _, _ := strings.Cut(res.Header.Get("HX-Redirect"), "?"); to != "/desk/login" {
			t.Errorf("htmx at %s is not sent to the sign-in page", path)
		}
	}
	res, page := v.do("POST", "/desk/login", url.Values{"name": {"demo"}, "password": {"wrong"}})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "账号或密码不对") {
		t.Errorf("a wrong password answers %d:\n%.300s", res.StatusCode, page)
	}
	for range 8 {
		res, page = v.do("POST", "/desk/login", url.Values{"name": {"demo"}, "password": {"wrong"}})
	}
	if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, "15 分钟") {
		t.Errorf("after many tries it answers %d, want 429 and when to come back", res.StatusCode)
	}
}

func TestTheOneTimePasswordOpensNothingButItsChange(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.visitor(t)
	v.CheckRedirect = noRedirects
	res, _ := v.do("POST", "/desk/login", url.Values{"name": {"demo"}, "password": {demoPassword}})
	cookie := res.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/desk"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, regexp.MustCompile(`=[^;]+`).ReplaceAllString(cookie, "=…"))
		}
	}
	if res, _ = v.do("GET", "/desk", nil); res.Header.Get("Location") != "/desk/password" {
		t.Errorf("the queue opens with a one-time password (%d)", res.StatusCode)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	for _, path := range []string{"/desk", "/desk/login", "/desk/asked", "/desk/letters", "/desk/static/desk.js", "/desk/cases/none"} {
		res, page := v.do("GET", path, nil)
		csp := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s: policy %q", path, csp)
		}
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && regexp.MustCompile(`<script>|<script [^s]| on[a-z]+="| style="`).MatchString(page) {
			t.Errorf("GET %s carries inline script or style, which the policy forbids", path)
		}
	}
	res, _ := v.do("POST", "/desk/logout", url.Values{}, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a post from another site answers %d, want 403", res.StatusCode)
	}
	if res, _ := v.do("GET", "/desk/static/", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("the folder of assets is listed (%d)", res.StatusCode)
	}
}

func TestASessionEndsWithItsAccount(t *testing.T) {
	tests := map[string]func(*office) error{
		"disabled": func(o *office) error { return o.staff.Disable(t.Context(), "lan") },
		"reset":    func(o *office) error { _, err := o.staff.Reset(t.Context(), "lan"); return err },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			o := officeOnSQLite(t)
			v := o.signedIn(t, "lan", staff.Counsellor)
			if err := end(o); err != nil {
				t.Fatal(err)
			}
			if _, page := v.do("GET", "/desk", nil); !strings.Contains(page, `name="password"`) {
				t.Errorf("the account was %s and its session still opens the desk", name)
			}
		})
	}
}

func TestACaseWithoutScripts(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	who := o.person(t, "somebody", person.Parent)
	k := o.signal(t, who, risk.Imminent, "<b>我在天台</b>", "提到身处高处", "k")
	path := "/desk/cases/" + k.ID
	if _, page := v.do("GET", path, nil); !strings.Contains(page, "&lt;b&gt;我在天台&lt;/b&gt;") || !strings.Contains(page, "紧急") {
		t.Errorf("the case page lacks the message (escaped) or its level")
	}
	v.do("POST", path+"/ack", url.Values{})
	_, page := v.do("POST", path+"/take", url.Values{})
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)
	if key == nil {
		t.Fatalf("after taking there is no reply form:\n%.500s", page)
	}
	for range 2 { // a double click
		_, page = v.do("POST", path+"/say", url.Values{"text": {"我是示例老师，我在。"}, "key": {key[1]}})
	}
	if n := strings.Count(page, `class="line staff"`); n != 1 || !strings.Contains(page, "发送中") {
		t.Errorf("after a double click the page shows %d messages of staff, want 1 on its way", n)
	}
	res, page := v.do("POST", path+"/say", url.Values{"text": {" "}, "key": {"other"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "还没有写内容") {
		t.Errorf("an empty reply answers %d", res.StatusCode)
	}
	o.settle(t, "parked")
	if _, page = v.do("GET", path, nil); !strings.Contains(page, "等对方下次来信时送达") {
		t.Error("a parked message does not say that it waits for the person's next contact")
	}
	other := o.signedIn(t, "mei", staff.Counsellor)
	if res, page = other.do("POST", path+"/take", url.Values{}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "同事刚刚接手") {
		t.Errorf("a colleague takes it too: %d", res.StatusCode)
	}
	if _, page = v.do("POST", path+"/handback", url.Values{"closing": {"接下来由机器人陪着您。"}}); strings.Contains(page, `id="reply"`) {
		t.Error("after handing back there is still a reply form")
	}
	done := url.Values{"outcome": {"safe"}, "report": {"not_asked"}, "note": {"约好周三面谈"}, "key": {"close"}}
	if res, page = v.do("POST", path+"/close", done); res.StatusCode != http.StatusConflict || !strings.Contains(page, "另一位同事复核同意") {
		t.Errorf("a grave case closes without a second person: %d", res.StatusCode)
	}
	verdict := url.Values{"verdict": {"agree"}, "note": {"看过对话"}, "key": {"review"}}
	if res, page = v.do("POST", path+"/review", verdict); res.StatusCode != http.StatusConflict || !strings.Contains(page, "您自己经手的") {
		t.Errorf("somebody reviews their own work: %d", res.StatusCode)
	}
	if res, _ = other.do("POST", path+"/review", verdict); res.StatusCode != http.StatusOK {
		t.Errorf("a colleague reviews: %d", res.StatusCode)
	}
	if _, page = v.do("POST", path+"/close", done); !strings.Contains(page, "约好周三面谈") || !strings.Contains(page, "已结案") {
		t.Error("after closing the page lacks the outcome")
	}
	if res, _ = v.do("GET", "/desk/cases/unknown", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown case answers %d, want 404", res.StatusCode)
	}
}

func TestARoleSeesNoMoreThanItsRights(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	l := o.letter(t, who, "亲爱的老师")
	admin := o.signedIn(t, "root", staff.Admin)
	if _, page := admin.do("GET", "/desk/cases/"+k.ID, nil); strings.Contains(page, "我不想活了") || !strings.Contains(page, "不能查看对话内容") {
		t.Error("an administrator reads the conversation")
	}
	for _, path := range []string{"/take", "/say", "/handback", "/close", "/steps", "/triage", "/level", "/review", "/referrals", "/referrals/r", "/visits", "/tasks/t", "/identity/ask", "/identity/open", "/review/ask"} {
		if res, _ := admin.do("POST", "/desk/cases/"+k.ID+path, url.Values{"text": {"x"}, "key": {"x"}, "outcome": {"x"}}); res.StatusCode != http.StatusForbidden {
			t.Errorf("an administrator posts %s: %d, want 403", path, res.StatusCode)
		}
	}
	if res, page := admin.do("GET", "/desk/letters/"+l.ID, nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, "亲爱的老师") {
		t.Errorf("an administrator reads a letter (%d)", res.StatusCode)
	}
	if entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 10); err != nil || len(entries) != 0 {
		t.Errorf("%d openings are logged (%v), want none: nothing was shown", len(entries), err)
	}
	counsellor := o.signedIn(t, "lan", staff.Counsellor)
	counsellor.do("GET", "/desk/cases/"+k.ID, nil)
	counsellor.do("GET", "/desk/cases/"+k.ID+"?live=1", nil, "HX-Request", "true") // a refresh is no opening
	sly := o.signedIn(t, "mei", staff.Counsellor)                                  // who calls an opening a refresh
	sly.do("GET", "/desk/cases/"+k.ID+"?live=1", nil, "HX-Request", "true")
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 10)
	if err != nil || len(entries) != 2 || entries[0].Name != "示例·mei" {
		t.Fatalf("the log holds %+v (%v), want an opening by each of two", entries, err)
	}
	entries = entries[1:]
	if entries[0].Kind != audit.OpenConversation || entries[0].Name != "示例·lan" {
		t.Errorf("the log holds %+v (%v), want one opening by the counsellor", entries, err)
	}
}

func TestTheStreamTellsOfCasesEvenWhenATopicIsLost(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/desk/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := v.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	events := bufio.NewScanner(res.Body)
	next := func(want string) {
		t.Helper()
		for events.Scan() {
			if name, ok := strings.CutPrefix(events.Text(), "event: "); ok && name == want {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", want, events.Err())
	}
	next("hello")
	if err := o.bus.Publish(t.Context(), "letters"); err != nil {
		t.Fatal(err)
	}
	next("letters")
	deaf := *o.cases // a replica whose words do not reach this one
	deaf.Bus = nil
	who := o.person(t, "somebody", person.Student)
	if _, err := deaf.Raise(t.Context(), casework.Signal{Person: who.ID, Level: risk.High, Subject: risk.Self, Reason: "r", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	next("cases")
	if err := o.staff.Disable(t.Context(), "lan"); err != nil {
		t.Fatal(err)
	}
	next("bye")
}

// The vendored files, as fetched from npm: a changed byte is no longer what was reviewed.
func TestVendoredFilesAreWhatWasFetched(t *testing.T) {
	for file, want := range map[string]string{
		"static/htmx-4.0.1.min.js":         "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
		"static/echarts-6.1.0.bars.min.js": "1cf2d631f9818201a8b550834b2555ddae4ba841e367d9bde9b5ed5fb2f86b5b",
		"testdata/axe-4.14.1.min.js":       "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
	} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has SHA-256 %s, want %s: fetch it again, or record why it changed", file, got, want)
		}
	}
}

func TestWhoeverIsShownAConversationIsInTheLogHoweverTheyCameToIt(t *testing.T) {
	o := officeOnSQLite(t)
	k := o.signal(t, o.person(t, "openid-of-the-test", person.Student), risk.High, "示例：我不想活了", "示例原因", "k")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	_, page := lan.do("POST", "/desk/cases/"+k.ID+"/noted", url.Values{}, "HX-Request", "true", "Sec-Fetch-Site", "same-origin")
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: k.ID}, 10)
	if err != nil || !strings.Contains(page, "我不想活了") || len(entries) != 1 || entries[0].Kind != audit.OpenConversation {
		t.Errorf("the log of a refused step that showed the conversation (%t): %+v, %v", strings.Contains(page, "我不想活了"), entries, err)
	}
}
