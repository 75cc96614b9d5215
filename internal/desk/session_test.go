package desk_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func TestALinkOpensItsCaseAfterSigningIn(t *testing.T) {
	o := officeOnSQLite(t)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.High, "我不想活了", "明确说出不想活下去", "k")
	_, oneTime, err := o.staff.Add(t.Context(), "lan", "示例·lan", staff.Counsellor)
	if err != nil {
		t.Fatal(err)
	}
	path := "/desk/cases/" + k.ID
	v := o.visitor(t)
	res, page := v.do("GET", path, nil)
	if want := `name="next" value="` + path + `"`; !strings.Contains(page, want) {
		t.Fatalf("the sign-in page at %s does not know where it leads:\n%.900s", res.Request.URL, page)
	}
	res, page = v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {"wrong"}, "next": {path}})
	if !strings.Contains(page, `value="`+path+`"`) {
		t.Errorf("a wrong password loses the way (%d)", res.StatusCode)
	}
	res, page = v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {oneTime}, "next": {path}})
	if res.Request.URL.Path != "/desk/password" || !strings.Contains(page, `value="`+path+`"`) {
		t.Errorf("the page for the own password, %s, loses the way", res.Request.URL)
	}
	res, page = v.do("POST", "/desk/password", url.Values{"old": {oneTime}, "chosen": {chosenPassword}, "again": {"another"}, "next": {path}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `value="`+path+`"`) {
		t.Errorf("a mistyped password loses the way (%d)", res.StatusCode)
	}
	res, page = v.do("POST", "/desk/password", url.Values{"old": {oneTime}, "chosen": {chosenPassword}, "again": {chosenPassword}, "next": {path}})
	if res.Request.URL.Path != path || !strings.Contains(page, "我不想活了") {
		t.Errorf("after the password it opens %s, want the case", res.Request.URL)
	}
	if res, _ = v.do("GET", "/desk/login?next="+path, nil); res.Request.URL.Path != path {
		t.Errorf("whoever is signed in lands at %s, want the case", res.Request.URL)
	}
}

// TestSigningInNeverLeadsOutOfTheDesk tries to be sent elsewhere by a link that somebody planted.
func TestSigningInNeverLeadsOutOfTheDesk(t *testing.T) {
	o := officeOnSQLite(t)
	o.signedIn(t, "lan", staff.Counsellor)
	evil := []string{
		"//evil.example", "//evil.example/desk", "https://evil.example/desk", "HTTPS:evil.example", "https:/desk", "javascript:alert(1)", "data:text/html,x",
		`\\evil.example`, `/\evil.example`, `/desk\..\..\evil`, `/desk/\evil.example`, "/desk//evil.example", "/%2f%2fevil.example", "/desk/%2e%2e/chat", "/desk/..%2fchat",
		"/desk/../chat", "/desk/./cases", "/desk%5c..", "/desk/%5cevil", "/desk/%252e%252e/chat", "/chat", "/deskevil", "desk", "desk/cases/x", "@evil.example", "/desk@evil.example", " /desk/tasks",
		"/desk/\t/evil", "/desk/\r\nLocation: https://evil.example", "\t//evil.example", "/desk/logout", "/desk/login?next=/desk/login", "/desk/live", "/desk/password", "/desk/static/desk.js", "/desk/" + strings.Repeat("a", 600),
	}
	for _, next := range evil {
		v := o.visitor(t)
		v.CheckRedirect = noRedirects
		res, _ := v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}, "next": {next}})
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/desk" {
			t.Errorf("next=%q leads to %q (%d), want /desk", next, to, res.StatusCode)
		}
		if res, _ = v.do("GET", "/desk/login?"+url.Values{"next": {next}}.Encode(), nil); res.Header.Get("Location") != "/desk" {
			t.Errorf("next=%q leads whoever is signed in to %q, want /desk", next, res.Header.Get("Location"))
		}
	}
	for next, want := range map[string]string{
		"/desk/tasks": "/desk/tasks", "/desk/tasks?day=2026-11-30": "/desk/tasks?day=2026-11-30", "/desk/cases/x": "/desk/cases/x",
		"/desk/tasks?next=//evil.example": "/desk/tasks?next=%2F%2Fevil.example", "": "/desk", "/desk": "/desk",
	} {
		v := o.visitor(t)
		v.CheckRedirect = noRedirects
		if res, _ := v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}, "next": {next}}); res.Header.Get("Location") != want {
			t.Errorf("next=%q leads to %q, want %q", next, res.Header.Get("Location"), want)
		}
	}
}

func TestASessionThatEndsInTheMiddleOfWorkLeadsBackToIt(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.visitor(t)
	v.CheckRedirect = noRedirects
	for _, tt := range []struct {
		name, method, path, header, value, want string
	}{
		{"a page", "GET", "/desk/tasks?day=2026-11-30", "", "", "/desk/login?next=%2Fdesk%2Ftasks%3Fday%3D2026-11-30"},
		{"a form of a case", "POST", "/desk/cases/abc/steps", "", "", "/desk/login?next=%2Fdesk%2Fcases%2Fabc"},
		{"a part of a page", "GET", "/desk/queue", "HX-Current-URL", o.url + "/desk/cases/abc", "/desk/login?next=%2Fdesk%2Fcases%2Fabc"},
		{"a part of a page that lies about where it is", "GET", "/desk/queue", "HX-Current-URL", "https://evil.example/evil", "/desk/login"},
		{"a stream", "GET", "/desk/live", "", "", "/desk/login"},
		{"signing out", "POST", "/desk/logout", "", "", "/desk/login"},
	} {
		var header []string
		if tt.header != "" {
			header = []string{tt.header, tt.value}
		}
		if res, _ := v.do(tt.method, tt.path, nil, header...); res.Header.Get("Location") != tt.want {
			t.Errorf("%s: sent to %q, want %q", tt.name, res.Header.Get("Location"), tt.want)
		}
	}
}

// state asks when the session ends, as an open page does.
func (v *visitor) state(method string) (status int, s struct {
	IdleLeft int64 `json:"idle_left"`
	Left     int64 `json:"left"`
	Holds    int   `json:"holds"`
	Offered  int   `json:"offered"`
	By       string
}) {
	v.t.Helper()
	var form url.Values
	if method == http.MethodPost {
		form = url.Values{}
	}
	res, body := v.do(method, "/desk/session", form)
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			v.t.Fatalf("%v in %s", err, body)
		}
	}
	return res.StatusCode, s
}

func TestAnIdleSessionEndsAndAskingIsNoSign(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	o.later.set(50 * time.Minute)
	status, s := v.state("GET")
	if left := time.Duration(s.IdleLeft) * time.Millisecond; status != http.StatusOK || left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("after 50 minutes: %d, %s left, want ten minutes", status, left)
	}
	if _, s = v.state("POST"); time.Duration(s.IdleLeft)*time.Millisecond < 59*time.Minute {
		t.Errorf("after '继续' %d ms are left, want an hour", s.IdleLeft)
	}
	o.later.add(61 * time.Minute)
	if status, _ = v.state("GET"); status != http.StatusUnauthorized {
		t.Errorf("an hour later: %d, want 401", status)
	}
	if _, page := v.do("GET", "/desk/tasks", nil); !strings.Contains(page, `name="password"`) {
		t.Error("an idle session still opens the desk")
	}
}

func TestAnOpenStreamIsASignThroughTheNightUntilTheSessionsLongestTime(t *testing.T) {
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
	beat := func() string { // the word of the stream's next heartbeat
		for events.Scan() {
			if name, ok := strings.CutPrefix(events.Text(), "event: "); ok && name != "hello" {
				return name
			}
		}
		return "the end"
	}
	a, err := o.staff.Store.ByName(t.Context(), "lan")
	if err != nil {
		t.Fatal(err)
	}
	for range 16 { // thirteen hours and twenty minutes
		o.later.add(50 * time.Minute)
		if got := beat() + beat(); strings.Contains(got, "bye") || strings.Contains(got, "the end") {
			t.Fatalf("after %s of watching the stream says %q", o.later.get(), got)
		}
		if there, err := o.staff.Present(t.Context(), []string{a.ID}); err != nil || !there[a.ID] {
			t.Fatalf("after %s of watching they are not there (%v)", o.later.get(), err)
		}
	}
	o.later.add(50 * time.Minute)
	for word := beat(); word != "bye"; word = beat() {
		if word == "the end" {
			t.Fatal("after fourteen hours the stream ends without a word")
		}
	}
}

func TestSigningInAgainInPlaceGoesOnWithANewSession(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	o.later.set(15 * time.Hour)
	res, body := v.do("POST", "/desk/session/again", url.Values{"name": {"lan"}, "password": {"wrong"}})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "密码不对") {
		t.Errorf("a wrong password: %d %s", res.StatusCode, body)
	}
	if res, body = v.do("POST", "/desk/session/again", url.Values{"name": {"lan"}, "password": {chosenPassword}}); res.StatusCode != http.StatusOK {
		t.Fatalf("the right one: %d %s", res.StatusCode, body)
	}
	if status, s := v.state("GET"); status != http.StatusOK || time.Duration(s.Left)*time.Millisecond < 13*time.Hour {
		t.Errorf("the new session: %d, %d ms left, want a whole one", status, s.Left)
	}
	for range 11 { // on a device of hers: a stranger would have fewer
		res, body = v.do("POST", "/desk/session/again", url.Values{"name": {"lan"}, "password": {"wrong"}})
	}
	if res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing goes on without end: %d %s", res.StatusCode, body)
	}
}

func TestWhoeverLeavesIsSaidToBeGoneOnceNoWindowOfTheirsIsLeft(t *testing.T) {
	o := officeOnSQLite(t)
	home := o.signedIn(t, "lan", staff.Counsellor)
	office := o.visitor(t)
	office.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}})
	a, err := o.staff.Store.ByName(t.Context(), "lan")
	if err != nil {
		t.Fatal(err)
	}
	if home.do("POST", "/desk/logout", url.Values{}); len(o.gone) != 0 {
		t.Errorf("they are said to be gone though they are signed in elsewhere: %v", o.gone)
	}
	if office.do("POST", "/desk/logout", url.Values{}); !slices.Equal(o.gone, []string{a.ID}) {
		t.Errorf("said to be gone: %v, want them, once", o.gone)
	}
}
