package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestAResultLinkShowsNothingToOthers(t *testing.T) {
	h := openHouse(t, nil)
	mum, to := h.person("openid-mum", person.Parent)
	result := h.result(mum.ID)
	private := []string{"需要留意", "别</b>一个人扛", "情绪自测", mum.Alias}

	h.browser().get(result).want(t, http.StatusForbidden, "这一页只给本人看", "我的结果").lacks(t, private...)
	other, _ := h.chatting("somebody-else", person.Parent)
	other.get(result).want(t, http.StatusNotFound, "只有本人打得开").lacks(t, private...)

	link := h.pages.Sign(t.Context(), to, result)
	if strings.Contains(link, mum.ID) || strings.Contains(link, "openid") || !strings.HasPrefix(link, result+"?k=") {
		t.Fatalf("the link is %s", link)
	}
	phone := h.browser()
	opened := phone.get(link).want(t, http.StatusOK, "需要留意", "情绪自测", "不是诊断", "和老师聊聊", "只有您自己看得到")
	if opened.path != result {
		t.Errorf("the key stays in the address: %s", opened.path)
	}
	phone.get(result).want(t, http.StatusOK, "需要留意")
	phone.get(link).want(t, http.StatusOK, "需要留意") // tapped again in the chat

	t.Run("the same link forwarded", func(t *testing.T) {
		h.browser().get(link).want(t, http.StatusForbidden, "这个链接只能在收到它的手机上打开", "我的结果").lacks(t, private...)
	})
	t.Run("by somebody who has a chat of their own", func(t *testing.T) {
		other.get(link).want(t, http.StatusForbidden, "只能在收到它的手机上打开").lacks(t, private...)
	})
	t.Run("by who looks at links to see whether they are safe, before it is opened", func(t *testing.T) {
		fresh := h.pages.Sign(t.Context(), to, result)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+fresh, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{}).Do(req) // keeps no cookie
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("without a cookie: %d", res.StatusCode)
		}
		h.browser().get(fresh).want(t, http.StatusOK, "需要留意")
	})
	t.Run("a key that was changed, or is for another page", func(t *testing.T) {
		fresh := h.pages.Sign(t.Context(), to, "/p/results")
		_, key, _ := strings.Cut(fresh, "?k=")
		h.browser().get(result+"?k="+key).want(t, http.StatusForbidden, "只给本人看").lacks(t, private...)
		h.browser().get(result+"?k="+key[:len(key)-2]).want(t, http.StatusForbidden, "只给本人看").lacks(t, private...)
	})
	t.Run("a pass that was made up", func(t *testing.T) {
		b := h.browser()
		u, _ := url.Parse(h.url)
		b.jar.SetCookies(u, []*http.Cookie{{Name: "xinqiao_page", Value: "eyJwIjoi", Path: "/p"}})
		b.get(result).want(t, http.StatusForbidden).lacks(t, private...)
	})
	if strings.Contains(h.logs.String(), mum.ID) || strings.Contains(h.logs.String(), strings.TrimPrefix(result, "/p/result/")) {
		t.Errorf("the log names somebody: %s", h.logs)
	}
}

func TestALinkEndsAndIsRenewed(t *testing.T) {
	h := openHouse(t, nil)
	mum, to := h.person("openid-mum", person.Unknown)
	result := h.result(mum.ID)
	link := h.pages.Sign(t.Context(), to, result)
	h.later(page.LinkLife)
	phone := h.browser()
	phone.get(link).want(t, http.StatusGone, "这个链接过期了", "我的结果").lacks(t, "需要留意")
	phone.get(h.pages.Sign(t.Context(), to, result)).want(t, http.StatusOK, "需要留意")
	h.later(11*time.Hour + 59*time.Minute)
	phone.get(link).want(t, http.StatusOK, "需要留意") // known still: an old link in the chat goes on working
	h.later(time.Minute)
	phone.get(result).want(t, http.StatusForbidden, "只给本人看").lacks(t, "需要留意")
	phone.get(link).want(t, http.StatusGone)
}

func TestALinkBoundToOneBrowserIsReboundByAFreshLinkAlone(t *testing.T) {
	h := openHouse(t, nil)
	mum, toMum := h.person("openid-mum", person.Parent)
	dad, toDad := h.person("openid-dad", person.Parent)
	phone := h.browser()
	phone.get(h.pages.Sign(t.Context(), toMum, h.result(mum.ID))).want(t, http.StatusOK)
	phone.get(h.pages.Sign(t.Context(), toDad, h.result(dad.ID))).want(t, http.StatusOK) // one phone, the other parent's chat
	phone.get(h.result(mum.ID)).want(t, http.StatusNotFound)
	phone.get(h.result(dad.ID)).want(t, http.StatusOK)
	// A lesson that a friend passed on opens, and nobody becomes the friend.
	lesson := h.pages.Sign(t.Context(), toMum, "/p/lesson/"+aLesson)
	phone.get(lesson).want(t, http.StatusOK, "记住三点")
	phone.get(h.result(dad.ID)).want(t, http.StatusOK)
}

func TestALinkOpensNoMoreThanItsPart(t *testing.T) {
	h := openHouse(t, nil)
	mum, to := h.person("openid-mum", person.Parent)
	result := h.result(mum.ID)
	for _, c := range []struct {
		path   string
		opens  []string
		closed []string
	}{
		{"/p/lesson/" + aLesson, []string{"/p/lessons?mine=1"}, []string{"/p/bookings", result, "/p/results", "/p/data"}},
		{"/p/bookings", []string{"/p/bookings"}, []string{result, "/p/results", "/p/data", "/p/data?as=file"}},
		{result, []string{"/p/results", "/p/bookings"}, []string{"/p/data", "/p/data?as=file"}},
		{"/p/data", []string{"/p/data", "/p/results", "/p/bookings"}, nil},
	} {
		phone := h.browser()
		phone.get(h.pages.Sign(t.Context(), to, c.path)).want(t, http.StatusOK)
		for _, path := range c.opens {
			phone.get(path).want(t, http.StatusOK)
		}
		for _, path := range c.closed {
			phone.get(path).want(t, http.StatusForbidden, "只给本人看")
		}
	}
	for _, path := range []string{"/p/hotlines", "/p/letters/x", "/p/privacy", "/p/", "/p/media/a.png"} {
		if got := h.pages.Sign(t.Context(), to, path); got != path {
			t.Errorf("%s shows nothing of anybody and is signed: %s", path, got)
		}
	}
}

func TestAWebChatIsTheSamePersonOnItsPages(t *testing.T) {
	h := openHouse(t, nil)
	b, pupil := h.chatting("a-pupil", person.Student)
	b.get(h.result(pupil.ID)).want(t, http.StatusOK, "只有你自己看得到", `href="/chat"`).lacks(t, "只有您自己看得到")
	b.get("/p/").want(t, http.StatusOK, "离开（这台设备别人也用）")
	b.get("/p/data").want(t, http.StatusForbidden, "再确认一次是你", "导出我的资料").lacks(t, pupil.Alias)
	b.proves("a-pupil")
	b.get("/p/data").want(t, http.StatusOK, pupil.Alias)
	b.get("/p/data?as=file").want(t, http.StatusOK, pupil.Alias)
	h.later(31 * time.Minute)
	for _, path := range []string{"/p/data", "/p/data?as=file"} { // whoever takes the phone up later
		b.get(path).want(t, http.StatusForbidden, "再确认一次是你").lacks(t, pupil.Alias)
	}
	b.get("/p/results").want(t, http.StatusOK)
	t.Run("beside a link of somebody else's", func(t *testing.T) {
		mum, to := h.person("openid-mum", person.Parent)
		b.get(h.pages.Sign(t.Context(), to, h.result(mum.ID))).want(t, http.StatusOK)
		b.get(h.result(pupil.ID)).want(t, http.StatusOK)
		b.get(h.result(mum.ID)).want(t, http.StatusOK)
	})
}

// gate is the platform: it knows whose code it is.
type gate struct {
	codes map[string]channel.Address
	back  string
	state string
}

func (g *gate) Knows(account string) bool { return account == "main" || account == "district" }

func (g *gate) Authorize(account, back, state string) (string, error) {
	g.back, g.state = back, state
	return "https://open.example/authorize?appid=" + account + "&state=" + state, nil
}

func (g *gate) Visitor(_ context.Context, account, code string) (channel.Address, error) {
	a, ok := g.codes[code]
	delete(g.codes, code)
	if !ok {
		if code == "away" {
			return a, errors.New("the platform does not answer")
		}
		return a, fmt.Errorf("a code that is none: %w", channel.ErrVisitorCode)
	}
	a.Account = account
	return a, nil
}

func TestThePlatformSaysWhoAVisitorIs(t *testing.T) {
	g := &gate{codes: map[string]channel.Address{}}
	h := openHouse(t, func(_ *house, o *page.Options) { o.Platform, o.Account, o.Secure = g, "main", true })
	mum, to := h.person("openid-mum", person.Parent)
	result := h.result(mum.ID)
	if got := h.pages.Sign(t.Context(), to, result); got != result {
		t.Errorf("a link is signed where the platform tells who opens it: %s", got)
	}
	inWeChat := func() *browser { b := h.browser(); b.agent = "Mozilla/5.0 MicroMessenger/8.0"; return b }
	first := func(path string) *http.Response { // one step, with the cookies that are set, over http as the test's server is
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+path, nil)
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	away := inWeChat().get(result)
	if away.status != http.StatusFound || !strings.HasPrefix(away.header.Get("Location"), "https://open.example/") || g.back != h.url+"/p/entered" || len(g.state) > 128 {
		t.Fatalf("to the platform: %d %s, back to %s", away.status, away.header.Get("Location"), g.back)
	}
	h.browser().get(result).want(t, http.StatusForbidden, "只给本人看", "我在微信里") // another browser asks first

	event := "/p/event/" + anEvent
	inWeChat().get(event).want(t, http.StatusOK, "我要报名", `href="/p/enter?to=`+url.QueryEscape(event)+`"`).lacks(t, "发“")
	h.browser().get(event).want(t, http.StatusOK, "要报名").lacks(t, "/p/enter")

	res := first("/p/enter?to=" + result)
	ck := res.Cookies()[0]
	if !ck.HttpOnly || !ck.Secure || ck.SameSite != http.SameSiteLaxMode || ck.Path != "/p" {
		t.Errorf("the cookie is %+v", ck)
	}
	enter := func(cookie, state, code string) *http.Response {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/p/entered?code="+code+"&state="+state, nil)
		req.Header.Set("Cookie", "xinqiao_enter="+cookie)
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	state := g.state
	g.codes["good"] = channel.Address{Channel: "wechat", User: "openid-mum"}
	for name, got := range map[string]*http.Response{
		"a state of somebody else's": enter(ck.Value, "another", "good"),
		"no cookie":                  enter("", state, "good"),
		"a code that is none":        enter(ck.Value, state, "bad"),
	} {
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
		for _, c := range got.Cookies() {
			if c.Name == "xinqiao_page" {
				t.Errorf("%s: somebody is recognised", name)
			}
		}
	}
	got := enter(ck.Value, state, "good")
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != result {
		t.Fatalf("recognised: %d to %s", got.StatusCode, got.Header.Get("Location"))
	}
	if twice := enter(ck.Value, state, "good"); twice.StatusCode != http.StatusSeeOther || twice.Header.Get("Location") != result {
		t.Errorf("a double tap: %d to %s", twice.StatusCode, twice.Header.Get("Location"))
	}
	g.codes["second"] = channel.Address{Channel: "wechat", User: "openid-else"}
	if other := enter(ck.Value, state, "second"); other.StatusCode != http.StatusForbidden {
		t.Errorf("another code under a state that was used: %d", other.StatusCode)
	}
	if other := enter("", state, "good"); other.StatusCode != http.StatusForbidden {
		t.Errorf("a code that was used, in another browser: %d", other.StatusCode)
	}
	var pass *http.Cookie
	for _, c := range got.Cookies() {
		if c.Name == "xinqiao_page" {
			pass = c
		}
	}
	if pass == nil || !pass.HttpOnly || !pass.Secure || pass.SameSite != http.SameSiteLaxMode || strings.Contains(pass.Value, mum.ID) {
		t.Fatalf("the pass is %+v", pass)
	}
	b := inWeChat()
	u, _ := url.Parse(h.url)
	b.jar.SetCookies(u, []*http.Cookie{{Name: pass.Name, Value: pass.Value, Path: "/p"}})
	b.get(result).want(t, http.StatusOK, "需要留意")
	b.get("/p/data").want(t, http.StatusOK, mum.Alias)
	h.later(12 * time.Hour)
	if again := b.get(result); again.status != http.StatusFound {
		t.Errorf("after twelve hours: %d", again.status)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example/x", "/desk", "/p/../desk", "/p/enter", "/p/x?y=1", ""} {
		res := first("/p/enter?to=" + url.QueryEscape(to))
		g.codes["c"] = channel.Address{Channel: "wechat", User: "openid-mum"}
		if got := enter(res.Cookies()[0].Value, g.state, "c").Header.Get("Location"); got != "/p/" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	t.Run("a link of another account asks that account", func(t *testing.T) {
		to.Account = "district"
		if got := h.pages.Sign(t.Context(), to, result); got != result+"?via=district" {
			t.Errorf("%s", got)
		}
		if away := inWeChat().get(result + "?via=district"); !strings.Contains(away.header.Get("Location"), "appid=district") {
			t.Errorf("asked %s", away.header.Get("Location"))
		}
	})
}

func TestAVisitorWhoIsNotRecognisedIsToldHowToGoOn(t *testing.T) {
	g := &gate{codes: map[string]channel.Address{}}
	h := openHouse(t, func(_ *house, o *page.Options) { o.Platform, o.Account = g, "main" })
	for code, want := range map[string]struct {
		status int
		says   string
	}{"used": {http.StatusForbidden, "只能用一次"}, "away": {http.StatusServiceUnavailable, "过一两分钟再试"}} {
		b := h.browser()
		b.get("/p/enter?to=/p/bookings")
		b.get("/p/entered?code="+code+"&state="+g.state).want(t, want.status, want.says, "从公众号下面的菜单重新打开", `href="/p/enter?to=%2Fp%2Fbookings"`).lacks(t, code)
		b.get("/p/enter?to=/p/bookings")
		g.codes["fresh-"+code] = channel.Address{Channel: "wechat", User: "openid-mum"}
		b.get("/p/entered?code=fresh-"+code+"&state="+g.state).want(t, http.StatusOK, "还没有预约")
	}
	b := h.browser() // the state ends
	b.get("/p/enter?to=/p/bookings")
	g.codes["late"] = channel.Address{Channel: "wechat", User: "openid-mum"}
	h.later(11 * time.Minute)
	b.get("/p/entered?code=late&state="+g.state).want(t, http.StatusForbidden, "再试一次")
}

func TestWithoutTheDatabaseEverybodySeesWhatIsForEverybody(t *testing.T) {
	h := openHouse(t, nil)
	mum, to := h.person("openid-mum", person.Parent)
	phone := h.browser()
	result := h.result(mum.ID)
	phone.get(h.pages.Sign(t.Context(), to, result)).want(t, http.StatusOK)
	h.broken.Store(true)
	phone.get(result).want(t, http.StatusServiceUnavailable, "有点忙", "12356").lacks(t, "too much", "需要留意")
	phone.get("/p/hotlines").want(t, http.StatusOK, "tel:120")
	phone.get("/p/lesson/"+aLesson).want(t, http.StatusOK, "记住三点")
}
