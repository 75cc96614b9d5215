package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// confirms gives the password again, and goes on to a page.
func (v *visitor) confirms(to string) (*http.Response, string) {
	v.t.Helper()
	return v.do("POST", "/desk/confirm", url.Values{"to": {to}, "confirm_answer": {chosenPassword}})
}

// strictOffice asks everybody for a second factor, as any desk but a demo does.
func strictOffice(t *testing.T) *office {
	t.Helper()
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	o.staff.Demo = false
	return o
}

func (o *office) code(t *testing.T, key string) string {
	t.Helper()
	code, err := totp.GenerateCode(key, time.Now().Add(o.later.get()))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrols sets up the second factor as a person does, and returns its key and the recovery codes.
func (v *visitor) enrols(t *testing.T, o *office) (key string, codes []string) {
	t.Helper()
	res, page := v.do("GET", "/desk/factor", nil)
	shown := regexp.MustCompile(`class="key">([A-Z2-7 ]+)<`).FindStringSubmatch(page)
	if res.StatusCode != http.StatusOK || shown == nil || !strings.Contains(page, `<svg class="qr"`) {
		t.Fatalf("the page that sets a second factor up: %d\n%.600s", res.StatusCode, page)
	}
	key = strings.ReplaceAll(shown[1], " ", "")
	if res, page = v.do("POST", "/desk/factor", url.Values{"code": {"12"}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(page, shown[1]) {
		t.Errorf("a code that is none: %d, want the same key again", res.StatusCode)
	}
	_, page = v.do("POST", "/desk/factor", url.Values{"code": {o.code(t, key)}})
	for _, c := range regexp.MustCompile(`<li><code>([a-z0-9-]+)</code>`).FindAllStringSubmatch(page, -1) {
		codes = append(codes, c[1])
	}
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes are shown, want ten:\n%.600s", len(codes), page)
	}
	return key, codes
}

func TestNobodyWorksWithoutASecondFactor(t *testing.T) {
	o := strictOffice(t)
	o.hires(t, "lan", "示例·lan", staff.Counsellor, "")
	v := o.visitor(t)
	res, page := v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}, "next": {"/desk/tasks"}})
	if res.Request.URL.Path != "/desk/factor" || !strings.Contains(page, `value="/desk/tasks"`) {
		t.Fatalf("the first sign-in leads to %s, want the second factor, then on", res.Request.URL)
	}
	for _, path := range []string{"/desk", "/desk/me", "/desk/letters", "/desk/tasks"} {
		if res, _ := v.do("GET", path, nil); res.Request.URL.Path != "/desk/factor" {
			t.Errorf("%s opens without a second factor", path)
		}
	}
	key, codes := v.enrols(t, o)
	if _, page = v.do("GET", "/desk/me", nil); !strings.Contains(page, "恢复码还剩 <b>10</b>") {
		t.Errorf("her own page does not say how many recovery codes are left:\n%.900s", page)
	}

	t.Run("her next sign-in asks for a code", func(t *testing.T) {
		o.later.add(time.Minute)
		v := o.visitor(t)
		res, page := v.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}})
		if res.Request.URL.Path != "/desk/code" || !strings.Contains(page, "验证码") {
			t.Fatalf("after the password: %s", res.Request.URL)
		}
		if res, _ := v.do("GET", "/desk", nil); res.Request.URL.Path != "/desk/login" {
			t.Errorf("the password alone opens %s", res.Request.URL)
		}
		if res, page = v.do("POST", "/desk/code", url.Values{"code": {"000000"}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "验证码不对") {
			t.Errorf("a wrong code: %d", res.StatusCode)
		}
		code := o.code(t, key)
		if res, page = v.do("POST", "/desk/code", url.Values{"code": {code}}); !strings.Contains(page, `id="queue"`) {
			t.Fatalf("the right code: %d at %s", res.StatusCode, res.Request.URL)
		}
		replay := o.visitor(t)
		replay.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {chosenPassword}})
		if res, page = replay.do("POST", "/desk/code", url.Values{"code": {code}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "刚刚用过") {
			t.Errorf("the code a second time: %d", res.StatusCode)
		}
		if res, page = replay.do("POST", "/desk/code", url.Values{"code": {codes[0]}}); res.Request.URL.Path != "/desk/me" || !strings.Contains(page, "恢复码还剩 <b>9</b>") {
			t.Errorf("a recovery code leads to %s, want her page, with how many are left", res.Request.URL)
		}
	})
	t.Run("signing in again in place asks for it too", func(t *testing.T) {
		o.later.add(time.Minute)
		form := url.Values{"name": {"lan"}, "password": {chosenPassword}}
		if res, body := v.do("POST", "/desk/session/again", form); res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "验证码") {
			t.Errorf("without a code: %d %s", res.StatusCode, body)
		}
		form.Set("code", o.code(t, key))
		if res, body := v.do("POST", "/desk/session/again", form); res.StatusCode != http.StatusOK {
			t.Errorf("with it: %d %s", res.StatusCode, body)
		}
		if _, page := v.do("GET", "/desk", nil); !strings.Contains(page, `id="ending-again"`) || !strings.Contains(page, `autocomplete="one-time-code"`) {
			t.Error("the form that signs in again has no field for the code")
		}
	})
	t.Run("a session without it does not replace it", func(t *testing.T) {
		o.staff.Demo = true // as the switch was on when the session began
		o.hires(t, "mei", "示例·mei", staff.Counsellor, "")
		thief := o.visitor(t)
		thief.logsIn("mei")
		o.later.add(time.Minute)
		own := o.visitor(t)
		own.logsIn("mei")
		own.enrols(t, o)
		if res, _ := thief.do("GET", "/desk/factor", nil); res.Request.URL.Path != "/desk/login" {
			t.Errorf("a session without the second factor opens %s", res.Request.URL)
		}
	})
}

func TestWhatIsGraveAsksAgainWhoItIs(t *testing.T) {
	o := officeOnSQLite(t)
	o.cases.Address = o.db.People().Address
	lan, mei := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Supervisor)
	k := o.signal(t, o.person(t, "somebody", person.Student), risk.Imminent, "示例：我在天台", "示例原因", "k")
	path := "/desk/cases/" + k.ID
	lan.do("POST", path+"/ack", url.Values{})
	lan.do("POST", path+"/identity/ask", url.Values{"note": {"要找到 TA"}, "key": {"ask"}})
	o.later.add(6 * time.Minute) // the sign-in counts no more
	form := url.Values{"note": {"同意，<b>救人</b>"}, "key": {"open"}}
	res, page := mei.do("POST", path+"/identity/open", form, "HX-Request", "true")
	if res.Header.Get("HX-Retarget") != "body" || !strings.Contains(page, `name="note" value="同意，&lt;b&gt;救人&lt;/b&gt;"`) {
		t.Fatalf("the form is interrupted: %d, and what was written is lost:\n%.600s", res.StatusCode, page)
	}
	form.Set("confirm_answer", "not it")
	if res, page = mei.do("POST", path+"/identity/open", form); res.StatusCode != http.StatusUnauthorized || !strings.Contains(page, `value="open"`) || strings.Contains(page, "not it") {
		t.Errorf("a wrong password: %d:\n%.600s", res.StatusCode, page)
	}
	form.Set("confirm_answer", chosenPassword)
	if res, page = mei.do("POST", path+"/identity/open", form); res.StatusCode != http.StatusOK || !strings.Contains(page, "开放到") {
		t.Errorf("with the password the form does not go on: %d at %s", res.StatusCode, res.Request.URL)
	}
	res, page = lan.do("GET", path+"/identity", nil)
	if strings.Contains(page, "somebody") || !strings.Contains(page, `name="to" value="`+path+`/identity"`) {
		t.Errorf("an identity opens without asking who it is: %d", res.StatusCode)
	}
	if res, page = lan.confirms(path + "/identity"); res.Request.URL.Path != path+"/identity" || !strings.Contains(page, "somebody") {
		t.Errorf("after the password: %d at %s", res.StatusCode, res.Request.URL)
	}
	if res, _ = lan.confirms("https://evil.example/"); res.Request.URL.Path != "/desk" || res.Request.URL.Host != strings.TrimPrefix(o.url, "http://") {
		t.Errorf("the answer leads to %s", res.Request.URL)
	}
	if res, page = mei.do("GET", "/desk/board/table.csv?period=today", nil); strings.Contains(page, "再确认一下是您") {
		t.Errorf("within five minutes it is asked twice: %d", res.StatusCode)
	}
	o.later.add(6 * time.Minute)
	if _, page = mei.do("GET", "/desk/board/table.csv?period=today", nil); !strings.Contains(page, "再确认一下是您") {
		t.Error("figures leave the desk without asking who takes them")
	}
}

func TestOnesOwnSessionsAreListedAndEnded(t *testing.T) {
	o := officeOnSQLite(t)
	o.hires(t, "lan", "示例·lan", staff.Counsellor, "")
	const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0"
	form := url.Values{"name": {"lan"}, "password": {chosenPassword}}
	office, phone, third := o.visitor(t), o.visitor(t), o.visitor(t)
	office.do("POST", "/desk/login", form, "User-Agent", edge)
	if _, page := office.do("GET", "/desk/me", nil); !strings.Contains(page, "Windows 电脑 · Edge") || !strings.Contains(page, "就是这一台") || strings.Contains(page, "新的设备上登录了") {
		t.Errorf("her page after the first sign-in:\n%.1500s", page)
	}
	phone.do("POST", "/desk/login", form, "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) MicroMessenger/8.0")
	_, page := office.do("GET", "/desk", nil)
	if !strings.Contains(page, "新的设备上登录了：iPhone · 微信") {
		t.Errorf("she is not told of the new device")
	}
	if _, page := phone.do("GET", "/desk", nil); strings.Contains(page, "新的设备上登录了") {
		t.Error("whoever signed in on the new device is the one who is told")
	}
	_, page = office.do("GET", "/desk/me", nil)
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil || strings.Count(page, "就是这一台") != 1 {
		t.Fatalf("the list of sessions:\n%.2500s", page)
	}
	other := o.signedIn(t, "mei", staff.Counsellor)
	other.do("POST", "/desk/me/sessions/end", url.Values{"id": {id[1]}})
	if res, _ := phone.do("GET", "/desk/me", nil); res.Request.URL.Path != "/desk/me" {
		t.Error("a colleague ended her session")
	}
	office.do("POST", "/desk/me/sessions/end", url.Values{"id": {id[1]}})
	if res, _ := phone.do("GET", "/desk/me", nil); res.Request.URL.Path != "/desk/login" {
		t.Errorf("the session that was ended opens %s", res.Request.URL)
	}
	phone.do("POST", "/desk/login", form)
	third.do("POST", "/desk/login", form)
	if _, page = office.do("POST", "/desk/me/sessions/others", url.Values{}); strings.Contains(page, "sessions/others") || !strings.Contains(page, "只剩这一处") {
		t.Errorf("after ending all others there is still another")
	}
	for _, v := range []*visitor{phone, third} {
		if res, _ := v.do("GET", "/desk/me", nil); res.Request.URL.Path != "/desk/login" {
			t.Errorf("another session goes on at %s", res.Request.URL)
		}
	}
	third.do("POST", "/desk/login", form)
	if res, _ := office.do("POST", "/desk/me/devices/stranger", url.Values{}); res.Request.URL.Path != "/desk/password" {
		t.Errorf("'not me' leads to %s, want a new password", res.Request.URL)
	}
	if res, _ := third.do("GET", "/desk/me", nil); res.Request.URL.Path != "/desk/login" {
		t.Error("'not me' lets the stranger stay")
	}
}

func TestAnAdminKeepsAccountsAndTokens(t *testing.T) {
	o := officeOnSQLite(t)
	root := o.signedIn(t, "root", staff.Admin)
	_, page := root.do("POST", "/desk/accounts", url.Values{"name": {"chen"}, "display": {"示例·陈老师"}, "role": {"counsellor"}})
	password := regexp.MustCompile(`class="key">([a-z0-9-]{14})<`).FindStringSubmatch(page)
	if password == nil || strings.Contains(page, `value="chen"`) {
		t.Fatalf("a new account:\n%.1500s", page)
	}
	if res, page := root.do("POST", "/desk/accounts", url.Values{"name": {"chen"}, "display": {"示例"}, "role": {"counsellor"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, `value="chen"`) {
		t.Errorf("the name again: %d, want what was typed and why not", res.StatusCode)
	}
	for name, form := range map[string]url.Values{
		"a station that is none": {"name": {"qian"}, "display": {"示例"}, "role": {"station"}, "station": {"nowhere"}},
		"a role that is none":    {"name": {"qian"}, "display": {"示例"}, "role": {"king"}},
		"a program":              {"name": {"qian"}, "display": {"示例"}, "role": {"reader"}},
	} {
		if res, _ := root.do("POST", "/desk/accounts", form); res.StatusCode/100 != 4 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	chen := o.visitor(t)
	if res, _ := chen.do("POST", "/desk/login", url.Values{"name": {"chen"}, "password": {password[1]}}); res.Request.URL.Path != "/desk/password" {
		t.Errorf("the one-time password leads to %s", res.Request.URL)
	}
	again := o.visitor(t)
	if res, page := again.do("POST", "/desk/login", url.Values{"name": {"chen"}, "password": {password[1]}}); res.StatusCode != http.StatusForbidden || !strings.Contains(page, "已经用过了") {
		t.Errorf("the one-time password again: %d", res.StatusCode)
	}
	a, err := o.db.Staff().ByName(t.Context(), "chen")
	if err != nil {
		t.Fatal(err)
	}
	if _, page = root.do("POST", "/desk/accounts/"+a.ID+"/disable", url.Values{}); !strings.Contains(page, "已停用") {
		t.Error("the account is not ended")
	}
	if res, _ := chen.do("GET", "/desk/password", nil); res.Request.URL.Path != "/desk/login" {
		t.Error("whose account was ended is still signed in")
	}
	self, err := o.db.Staff().ByName(t.Context(), "root")
	if err != nil {
		t.Fatal(err)
	}
	if res, _ := root.do("POST", "/desk/accounts/"+self.ID+"/disable", url.Values{}); res.StatusCode != http.StatusConflict {
		t.Errorf("she shuts herself out: %d", res.StatusCode)
	}

	if res, _ := root.do("POST", "/desk/tokens", url.Values{"name": {"大屏"}, "days": {"90"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a token that may do nothing: %d", res.StatusCode)
	}
	_, page = root.do("POST", "/desk/tokens", url.Values{"name": {"大屏"}, "days": {"90"}, "rights": {"see_stats", "see_stations"}})
	secret := regexp.MustCompile(`class="key">(xq_[A-Za-z0-9_-]+)<`).FindStringSubmatch(page)
	if secret == nil {
		t.Fatalf("a new token:\n%.1500s", page)
	}
	made, err := o.staff.CheckToken(t.Context(), secret[1])
	if err != nil || made.Role != staff.Reader || made.May(staff.SeeCases) || made.MadeBy != "示例·root" {
		t.Errorf("the token is %+v (%v), want the narrowest that sees figures and stations", made, err)
	}
	if _, page = root.do("GET", "/desk/tokens", nil); strings.Contains(page, secret[1]) || !strings.Contains(page, staff.SeeStats.Label()) {
		t.Error("the list shows the secret again, or not what the token may do")
	}
	root.do("POST", "/desk/tokens/"+made.ID+"/revoke", url.Values{})
	if _, err := o.staff.CheckToken(t.Context(), secret[1]); err == nil {
		t.Error("a token that was taken back is good")
	}
}

// A rolling upgrade in the night: whoever is talking with somebody in danger goes on, and is asked at the next sign-in.
func TestASessionFromBeforeThereWereCodesGoesOn(t *testing.T) {
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	v := o.signedIn(t, "lan", staff.Counsellor)
	o.staff.Demo = false
	if res, _ := v.do("GET", "/desk/tasks", nil); res.Request.URL.Path != "/desk/factor" {
		t.Fatalf("a new session without a code opens %s", res.Request.URL)
	}
	a, err := o.db.Staff().ByName(t.Context(), "lan")
	if err != nil {
		t.Fatal(err)
	}
	all, err := o.staff.SessionsOf(t.Context(), a.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("her sessions: %+v, %v", all, err)
	}
	if err := o.db.Staff().OwnSession(t.Context(), staff.Session{ID: all[0].ID, Of: a.ID, Seen: time.Now()}); err != nil { // as the migration leaves it
		t.Fatal(err)
	}
	if res, _ := v.do("GET", "/desk/tasks", nil); res.Request.URL.Path != "/desk/tasks" {
		t.Errorf("a session of before is thrown out to %s", res.Request.URL)
	}
}

func TestTheTrailTellsWhoCameInAndWhoDidNot(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	stranger := o.visitor(t)
	for range 10 {
		stranger.do("POST", "/desk/login", url.Values{"name": {"lan"}, "password": {"wrong"}})
	}
	stranger.do("POST", "/desk/login", url.Values{"name": {"kapok-river-2046"}, "password": {"x"}}) // a password in the wrong field
	v.do("POST", "/desk/confirm", url.Values{"to": {"/desk"}, "confirm_answer": {chosenPassword}})
	v.do("POST", "/desk/me/sessions/others", url.Values{})
	v.do("POST", "/desk/logout", url.Values{})
	lines, err := o.db.Audit().Find(t.Context(), audit.Filter{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	n := map[audit.Kind]int{}
	for _, l := range lines {
		n[l.Kind]++
		if strings.Contains(l.Object+l.Note+l.Name, "kapok") {
			t.Errorf("the trail holds what was typed for a name: %+v", l)
		}
		if l.From == "" && (l.Kind == audit.SignIn || l.Kind == audit.SignInFailed) {
			t.Errorf("a line that does not say where from: %+v", l)
		}
	}
	for kind, want := range map[audit.Kind]int{audit.SignIn: 1, audit.SignInFailed: 9, audit.SignInLocked: 1, audit.Confirmed: 1, audit.SessionEnded: 1, audit.SignOut: 1} {
		if n[kind] != want {
			t.Errorf("the trail has %d lines of %s, want %d", n[kind], kind, want)
		}
	}
}

// Whoever adds an export is reminded here.
func TestEveryExportAsksAgainWhoTakesIt(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "mei", staff.Supervisor)
	o.later.add(6 * time.Minute)
	leaves := regexp.MustCompile(`\.(csv|xlsx|json|zip|pdf)$|export|identity$|police$`)
	asked := 0
	for _, r := range o.routes {
		method, path, _ := strings.Cut(r, " ")
		if method != "GET" || !leaves.MatchString(path) {
			continue
		}
		asked++
		if _, page := v.do("GET", strings.ReplaceAll(path, ":id", "x"), nil); !strings.Contains(page, "再确认一下是您") {
			t.Errorf("%s does not ask who it is: name it in asksAgain (confirm.go)", r)
		}
	}
	if asked < 5 {
		t.Errorf("%d routes were looked at", asked)
	}
}
