package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// handset is WeChat's own browser on a phone, or with another agent any browser: it keeps cookies, and where the platform is
// asked who holds it, the platform knows.
type handset struct {
	w      *world
	openid string
	agent  string
	client *http.Client
	asked  int // how often the platform was asked who it is
}

func (w *world) handset(openid string) *handset {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &handset{w: w, openid: openid, agent: "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
	public, _ := url.Parse(w.cfg.HTTP.PublicURL)
	here, _ := url.Parse(w.url)
	p.client = &http.Client{Jar: jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.Path, "/connect/") {
			p.asked++
			q := next.URL.Query()
			q.Set("openid", openid) // the real page knows it from WeChat itself
			next.URL.RawQuery = q.Encode()
		}
		if next.URL.Host == public.Host {
			next.URL.Host = here.Host
		}
		next.Header.Set("User-Agent", p.agent)
		return nil
	}}
	return p
}

func (p *handset) do(method, path string, form url.Values) (int, string) {
	p.w.t.Helper()
	req, err := http.NewRequestWithContext(p.w.t.Context(), method, p.w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.w.t.Fatal(err)
	}
	req.Header.Set("User-Agent", p.agent)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.client.Do(req)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (p *handset) get(path string) (int, string) {
	p.w.t.Helper()
	return p.do(http.MethodGet, path, nil)
}

// linked is the path, with its query, that a reply leads to.
func (w *world) linked(r wxsim.Reply, to string) string {
	w.t.Helper()
	links := regexp.MustCompile(`https?://[^"<\s]+`).FindAllString(r.Content, -1)
	for _, a := range r.Articles {
		links = append(links, a.URL)
	}
	i := slices.IndexFunc(links, func(l string) bool { return strings.Contains(l, to) })
	if i < 0 {
		w.t.Fatalf("no link to %s in %q", to, r.Content)
	}
	return strings.TrimPrefix(strings.ReplaceAll(links[i], "&amp;", "&"), w.cfg.HTTP.PublicURL)
}

var pageForm = regexp.MustCompile(`name="form" value="([^"]+)"`)

const rarely = "少于一半的时间"

// TestThePlatformTellsAPageWhoOpensIt goes the whole way over the wire: a link in the chat, WeChat's browser, the platform's
// OAuth, and back.
func TestThePlatformTellsAPageWhoOpensIt(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 71)
		path := w.linked(w.sits(who, "WHO-5", []string{rarely, rarely, rarely, rarely, rarely}), "/p/result/")
		if strings.Contains(path, "?") {
			t.Errorf("a link is signed where the platform tells who opens it: %s", path)
		}
		mine := w.handset(who)
		status, body := mine.get(path)
		if status != http.StatusOK || !strings.Contains(body, "偏低") || !strings.Contains(body, "找老师聊聊") {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := mine.get("/p/data"); status != http.StatusOK || mine.asked != 1 {
			t.Errorf("the next page: %d, and the platform was asked %d times", status, mine.asked)
		}
		if status, body := w.handset(openid(t, 72)).get(path); status != http.StatusNotFound || strings.Contains(body, "偏低") {
			t.Errorf("somebody else: %d", status)
		}
		desktop := w.handset(who)
		desktop.agent = "Mozilla/5.0 (X11; Linux x86_64)"
		if status, body := desktop.get(path); status != http.StatusForbidden || strings.Contains(body, "偏低") || !strings.Contains(body, "我在微信里") {
			t.Errorf("outside WeChat: %d", status)
		}

		t.Run("who wants a person is in the queue, and hears so in the chat", func(t *testing.T) {
			status, said := mine.do(http.MethodPost, path+"/human", url.Values{"form": {pageForm.FindStringSubmatch(body)[1]}})
			if status != http.StatusOK || !strings.Contains(said, "已经告诉老师") {
				t.Fatalf("%d %s", status, said)
			}
			if got := w.cases(w.token("counsellor")); len(got) != 1 {
				t.Errorf("%d cases", len(got))
			}
			if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool { return c.ToUser() == who && strings.Contains(c.Text(), "老师") }); err != nil {
				t.Error(err)
			}
		})
		if log := w.logs.String(); strings.Contains(log, who) || strings.Contains(log, strings.TrimPrefix(path, "/p/result/")) {
			t.Error("the log names a person or a result")
		}
	})
}

// TestAnAccountWithoutOAuthSendsLinksThatSayWhoseTheyAre is an unverified account's way.
func TestAnAccountWithoutOAuthSendsLinksThatSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	var clock movedClock
	cfg := embedded(t)
	cfg.WeChat.Accounts = []config.Account{{Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token), AESKey: config.Secret(account.AESKey)}}
	w := start(t, cfg, appOptions{now: clock.now})
	who := openid(t, 73)
	link := w.linked(w.sits(who, "WHO-5", []string{rarely, rarely, rarely, rarely, rarely}), "/p/result/")
	mine := w.handset(who)
	if status, body := mine.get(link); status != http.StatusOK || !strings.Contains(body, "偏低") {
		t.Fatalf("%s: %d", link, status)
	}
	if status, body := w.handset(openid(t, 74)).get(link); status != http.StatusForbidden || !strings.Contains(body, "这个链接只能在收到它的手机上打开") || strings.Contains(body, "偏低") {
		t.Errorf("forwarded: %d %s", status, body)
	}
	if status, _ := w.handset(who).get(strings.Split(link, "?")[0]); status != http.StatusForbidden {
		t.Errorf("without its key: %d", status)
	}
	clock.move(13 * time.Hour)
	if status, body := mine.get(link); status != http.StatusGone || !strings.Contains(body, "我的结果") {
		t.Errorf("the day after: %d", status)
	}
	again := w.linked(w.says(who, "我的结果"), "/p/results")
	if status, body := mine.get(again); status != http.StatusOK || !strings.Contains(body, "WHO-5") {
		t.Errorf("a new link: %d %s", status, body)
	}
	if mine.asked != 0 {
		t.Error("an account that may not ask the platform asked it")
	}
}

// TestANoteOnAPageIsHeardAsInTheChat: danger in a note for the counsellor opens a case and calls, before anything is booked.
func TestANoteOnAPageIsHeardAsInTheChat(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 75)
	w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是学生")
	mine := w.handset(who)
	free, err := w.app.bookings.Free(t.Context(), "tianhe-1")
	if err != nil || len(free) == 0 {
		t.Fatalf("no free time: %v", err)
	}
	_, at, _ := strings.Cut(free[0].ID(), "@")
	path := "/p/station/tianhe-1/book/at/" + at
	status, page := mine.get(path)
	form := pageForm.FindStringSubmatch(page)
	if status != http.StatusOK || form == nil {
		t.Fatalf("%d %s", status, page)
	}
	status, said := mine.do(http.MethodPost, path, url.Values{"form": {form[1]}, "note": {"我不想活了"}, "sure": {"1"}})
	if status != http.StatusOK || !strings.Contains(said, "12356") || !strings.Contains(said, "我们听到了") {
		t.Fatalf("%d %s", status, said)
	}
	cases := w.cases(w.token("counsellor"))
	if len(cases) != 1 || cases[0].Level != "high" || cases[0].Channel != "wechat" {
		t.Errorf("cases: %+v", cases)
	}
	if _, body := mine.get("/p/bookings"); !strings.Contains(body, "还没有预约") {
		t.Error("it was booked all the same")
	}
}
