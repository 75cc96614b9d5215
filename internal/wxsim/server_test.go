package wxsim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// desk is an account's view of the platform, on a clock that the test moves.
type desk struct {
	t   *testing.T
	s   *Server
	url string
	hc  *http.Client
	now time.Time
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, s: NewServer(school), now: time.Unix(1732320000, 0)}
	d.s.Now = func() time.Time { return d.now }
	d.url, d.hc = listen(t, d.s)
	d.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return d
}

func (d *desk) call(method, path, body string) map[string]any {
	d.t.Helper()
	req, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := d.hc.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	out := map[string]any{}
	if loc := res.Header.Get("Location"); loc != "" {
		out["location"] = loc
		return out
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil && err != io.EOF {
		d.t.Fatalf("%s: not JSON: %v", path, err)
	}
	return out
}

func code(m map[string]any) int { n, _ := m["errcode"].(float64); return int(n) }

func (d *desk) token(force bool) string {
	d.t.Helper()
	b, _ := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": school.AppID, "secret": school.AppSecret, "force_refresh": force})
	name, _ := d.call("POST", "/cgi-bin/stable_token", string(b))["access_token"].(string)
	return name
}

func (d *desk) plain() string {
	d.t.Helper()
	name, _ := d.call("GET", "/cgi-bin/token?grant_type=client_credential&appid="+school.AppID+"&secret="+school.AppSecret, "")["access_token"].(string)
	return name
}

func (d *desk) send(token, body string) int {
	d.t.Helper()
	return code(d.call("POST", "/cgi-bin/message/custom/send?access_token="+token, body))
}

func say(to string) string {
	return `{"touser":"` + to + `","msgtype":"text","text":{"content":"示例"}}`
}

func TestAStableTokenStaysUntilItIsAboutToEnd(t *testing.T) {
	d := newDesk(t)
	first := d.token(false)
	d.now = d.now.Add(114 * time.Minute)
	if again := d.token(false); again != first || first == "" {
		t.Errorf("a second call gave %q, want %q", again, first)
	}
	d.now = d.now.Add(2 * time.Minute)
	second := d.token(false)
	if second == first {
		t.Error("four minutes before its end the token was not renewed")
	}
	if c := d.send(first, say(parent)); c != 0 {
		t.Errorf("the old token is refused with %d before its end", c)
	}
	forced := d.token(true)
	if c := d.send(second, say(parent)); forced == second || c != 40001 {
		t.Errorf("after force_refresh the old token gave %d, want 40001", c)
	}
	d.now = d.now.Add(2 * time.Hour)
	if c := d.send(forced, say(parent)); c != 42001 {
		t.Errorf("an expired token gave %d, want 42001", c)
	}
}

func TestAPlainTokenRetiresTheOneBefore(t *testing.T) {
	d := newDesk(t)
	first := d.plain()
	if second := d.plain(); second == first {
		t.Fatal("the second token is the first")
	}
	if c := d.send(first, say(parent)); c != 0 {
		t.Errorf("within five minutes the old token gave %d", c)
	}
	d.now = d.now.Add(5 * time.Minute)
	if c := d.send(first, say(parent)); c != 42001 {
		t.Errorf("after five minutes the old token gave %d, want 42001", c)
	}
}

func TestTheCredentialsAreChecked(t *testing.T) {
	d := newDesk(t)
	for name, tc := range map[string]struct {
		body string
		want int
	}{
		"wrong secret": {`{"grant_type":"client_credential","appid":"` + school.AppID + `","secret":"x"}`, 40125},
		"wrong app ID": {`{"grant_type":"client_credential","appid":"wx1","secret":"x"}`, 40013},
		"no grant":     {`{"appid":"wx1"}`, 40002},
		"no JSON":      {`x`, 47001},
	} {
		if got := code(d.call("POST", "/cgi-bin/stable_token", tc.body)); got != tc.want {
			t.Errorf("%s: errcode %d, want %d", name, got, tc.want)
		}
	}
}

func TestEachInterfaceRefusesWhatThePlatformRefuses(t *testing.T) {
	d := newDesk(t)
	tok := "?access_token=" + d.token(false)
	button := func(name, rest string) string { return `{"button":[{"name":"` + name + `",` + rest + `}]}` }
	for _, tc := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"no token", "POST", "/cgi-bin/message/custom/send", say(parent), 41001},
		{"an unknown token", "POST", "/cgi-bin/message/custom/send?access_token=x", say(parent), 40001},
		{"no user", "POST", "/cgi-bin/message/custom/send" + tok, say(""), 40003},
		{"a long text", "POST", "/cgi-bin/message/custom/send" + tok, `{"touser":"o","msgtype":"text","text":{"content":"` + strings.Repeat("长", 683) + `"}}`, 45002},
		{"a menu message", "POST", "/cgi-bin/message/custom/send" + tok, `{"touser":"o","msgtype":"msgmenu","msgmenu":{"head_content":"h","list":[{"id":1,"content":"a"}]}}`, 0},
		{"an unknown type", "POST", "/cgi-bin/message/custom/send" + tok, `{"touser":"o","msgtype":"x"}`, 40008},
		{"typing", "POST", "/cgi-bin/message/custom/typing" + tok, `{"touser":"o","command":"Typing"}`, 0},
		{"a template without data", "POST", "/cgi-bin/message/template/send" + tok, `{"touser":"o","template_id":"t"}`, 47003},
		{"no menu yet", "GET", "/cgi-bin/menu/get" + tok, "", 46003},
		{"a long menu name", "POST", "/cgi-bin/menu/create" + tok, button("一二三四五六", `"type":"click","key":"k"`), 40018},
		{"a long key", "POST", "/cgi-bin/menu/create" + tok, button("课程", `"type":"click","key":"`+strings.Repeat("k", 129)+`"`), 40019},
		{"a conditional menu before the plain one", "POST", "/cgi-bin/menu/addconditional" + tok, `{"button":[{"name":"课程","type":"click","key":"k"}],"matchrule":{"tag_id":"2"}}`, 65303},
		{"a fine menu", "POST", "/cgi-bin/menu/create" + tok, button("课程", `"type":"click","key":"k"`), 0},
		{"the menu", "GET", "/cgi-bin/menu/get" + tok, "", 0},
		{"a long scene", "POST", "/cgi-bin/qrcode/create" + tok, `{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"` + strings.Repeat("s", 65) + `"}}}`, 40053},
		{"a fine scene", "POST", "/cgi-bin/qrcode/create" + tok, `{"action_name":"QR_STR_SCENE","expire_seconds":60,"action_info":{"scene":{"scene_str":"school"}}}`, 0},
		{"a wrong method", "POST", "/cgi-bin/menu/get" + tok, "", 43002},
	} {
		if got := code(d.call(tc.method, tc.path, tc.body)); got != tc.want {
			t.Errorf("%s: errcode %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestWhatMayBeSentDependsOnWhatTheUserDid(t *testing.T) {
	d := newDesk(t)
	try := func(n int) (codes []int) {
		tok := d.token(false)
		for range n {
			codes = append(codes, d.send(tok, say(parent)))
		}
		return codes
	}
	for _, step := range []struct {
		name  string
		did   Message
		after time.Duration
		want  []int
	}{
		{"typing opens five", Text(parent, "你好"), time.Hour, []int{0, 0, 0, 0, 0, 45047}},
		{"for 48 hours", Text(parent, "你好"), 48 * time.Hour, []int{45015}},
		{"a tap on a link opens three", Tap(parent, "1", "课程"), 0, []int{0, 0, 0, 45047}},
		{"for one minute", Tap(parent, "1", "课程"), time.Minute, []int{45015}},
		{"a menu link opens nothing", Event(parent, "VIEW", "http://u"), 0, []int{45015}},
		{"who left gets nothing", Event(parent, "unsubscribe", ""), 0, []int{43004}},
		{"who comes back gets three", Subscribe(parent, ""), 0, []int{0, 0, 0, 45047}},
	} {
		d.s.Saw(school.AppID, step.did)
		d.now = d.now.Add(step.after)
		if diff := cmp.Diff(step.want, try(len(step.want))); diff != "" {
			t.Errorf("%s: errcodes differ (-want +got):\n%s", step.name, diff)
		}
		d.now = d.now.Add(100 * time.Second)
	}
}

func TestATemplateMessageIsSentOncePerClientID(t *testing.T) {
	d := newDesk(t)
	send := func() any {
		return d.call("POST", "/cgi-bin/message/template/send?access_token="+d.token(false),
			`{"touser":"o","template_id":"t","client_msg_id":"c1","data":{"a":{"value":"示例"}}}`)["msgid"]
	}
	first := send()
	if again := send(); first == nil || again != first {
		t.Errorf("msgid %v, then %v; want the same", first, again)
	}
	d.now = d.now.Add(10 * time.Minute)
	if later := send(); later == first {
		t.Error("after ten minutes the client_msg_id still counted")
	}
}

func TestANoticeNeedsATickEachTime(t *testing.T) {
	d := newDesk(t)
	m := Event(parent, "subscribe_msg_popup_event", "")
	m.Notices = []Notice{{TemplateID: "t", Status: "accept"}}
	d.s.Saw(school.AppID, m)
	for i, want := range []int{0, 43101} {
		got := code(d.call("POST", "/cgi-bin/message/subscribe/bizsend?access_token="+d.token(false),
			`{"touser":"`+parent+`","template_id":"t","data":{"a":{"value":"示例"}}}`))
		if got != want {
			t.Errorf("notice %d: errcode %d, want %d", i+1, got, want)
		}
	}
}

func TestAnOAuthCodeWorksOnceForFiveMinutes(t *testing.T) {
	d := newDesk(t)
	authorize := func() string {
		out := d.call("GET", "/connect/oauth2/authorize?response_type=code&scope=snsapi_base&state=s1&appid="+school.AppID+
			"&openid="+parent+"&redirect_uri="+url.QueryEscape("http://127.0.0.1/p/x?a=1"), "")
		u, err := url.Parse(out["location"].(string))
		if err != nil || u.Query().Get("state") != "s1" || u.Query().Get("a") != "1" {
			t.Fatalf("redirected to %v", out)
		}
		return u.Query().Get("code")
	}
	redeem := func(c string) map[string]any {
		return d.call("GET", "/sns/oauth2/access_token?grant_type=authorization_code&appid="+school.AppID+"&secret="+school.AppSecret+"&code="+c, "")
	}
	c := authorize()
	if got := redeem(c)["openid"]; got != parent {
		t.Errorf("openid %v", got)
	}
	if got := code(redeem(c)); got != 40163 {
		t.Errorf("a used code gave %d, want 40163", got)
	}
	c = authorize()
	d.now = d.now.Add(5 * time.Minute)
	if got := code(redeem(c)); got != 40029 {
		t.Errorf("an old code gave %d, want 40029", got)
	}
}

func TestMediaCanBeUploadedAndFetchedForThreeDays(t *testing.T) {
	d := newDesk(t)
	png := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 20)...)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("media", "a.png")
	_, _ = part.Write(png)
	_ = w.Close()
	res, err := d.hc.Post(d.url+"/cgi-bin/media/upload?type=image&access_token="+d.token(false), w.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var up struct {
		ID string `json:"media_id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&up); err != nil || up.ID == "" {
		t.Fatalf("no media_id: %v", err)
	}
	got, err := d.hc.Get(d.url + "/cgi-bin/media/get?media_id=" + up.ID + "&access_token=" + d.token(false))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if data, _ := io.ReadAll(got.Body); !bytes.Equal(data, png) || got.Header.Get("Content-Type") != "image/png" {
		t.Errorf("fetched %d bytes of %s", len(data), got.Header.Get("Content-Type"))
	}
	d.now = d.now.Add(72 * time.Hour)
	if c := code(d.call("GET", "/cgi-bin/media/get?media_id="+up.ID+"&access_token="+d.token(false), "")); c != 40007 {
		t.Errorf("after three days: %d, want 40007", c)
	}
}

func TestFaultsHoldUntilTheyAreSpentOrReset(t *testing.T) {
	d := newDesk(t)
	tok := d.token(false)
	d.s.Fail("/cgi-bin/message/custom/send", -1, "busy", 2)
	got := []int{d.send(tok, say("o")), d.send(tok, say("o")), d.send(tok, say("o"))}
	if diff := cmp.Diff([]int{-1, -1, 0}, got); diff != "" {
		t.Errorf("errcodes differ (-want +got):\n%s", diff)
	}
	d.s.Silence("/cgi-bin/message/custom/send")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/cgi-bin/message/custom/send?access_token="+tok, strings.NewReader(say("o")))
	if res, err := d.hc.Do(req); err == nil {
		res.Body.Close()
		t.Error("a silenced path answered")
	}
	d.s.Reset()
	if c := d.send(tok, say("o")); c != 0 || len(d.s.Calls()) != 1 {
		t.Errorf("after Reset: errcode %d, %d calls", c, len(d.s.Calls()))
	}
}

func TestWaitSeesPastAndComingCalls(t *testing.T) {
	d := newDesk(t)
	to := func(openid string) func(Call) bool { return func(c Call) bool { return c.ToUser() == openid } }
	tok := d.token(false)
	d.send(tok, say("o1"))
	if c, err := d.s.Wait(t.Context(), to("o1")); err != nil || c.Text() != "示例" || c.AppID != school.AppID {
		t.Errorf("the past call: %+v, %v", c, err)
	}
	got := make(chan error, 1)
	go func() { _, err := d.s.Wait(t.Context(), to("o2")); got <- err }()
	d.send(tok, say("o2"))
	if err := <-got; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.s.Wait(ctx, to("o3")); err == nil {
		t.Error("Wait returned a call that never came")
	}
}

func TestTheServerCanBeDrivenOverHTTP(t *testing.T) {
	d := newDesk(t)
	d.call("POST", "/_sim/fail", `{"path":"/cgi-bin/menu/get","errcode":48001,"errmsg":"no right","times":1}`)
	if c := code(d.call("GET", "/cgi-bin/menu/get?access_token="+d.token(false), "")); c != 48001 {
		t.Errorf("errcode %d, want 48001", c)
	}
	res, err := d.hc.Get(d.url + "/_sim/calls?path=/cgi-bin/menu/get")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var calls []Call
	if err := json.NewDecoder(res.Body).Decode(&calls); err != nil || len(calls) != 1 || calls[0].ErrCode != 48001 {
		t.Errorf("calls %+v, %v", calls, err)
	}
	d.call("POST", "/_sim/reset", "")
	if n := len(d.s.Calls()); n != 0 {
		t.Errorf("%d calls after reset", n)
	}
}
