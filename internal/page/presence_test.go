package page_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browsertest.Close()
	os.Exit(code)
}

var tokenWord = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

func worked(t *testing.T, p shown) (token, work string) {
	t.Helper()
	m := tokenWord.FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("%s asks nothing:\n%s", p.path, p.body)
	}
	for n := range 1 << 24 {
		if w := strconv.Itoa(n); presence.Worked(m[1], w) {
			return m[1], w
		}
	}
	t.Fatal("no work is enough")
	return "", ""
}

// guarded is a house whose stations ask new visitors of the web chat to show that they are there.
func guarded(t *testing.T) *house {
	t.Helper()
	return openHouse(t, func(h *house, o *page.Options) {
		h.bookings.Door = func(ctx context.Context, personID, network string) (func(), error) {
			return h.presence.Enter(ctx, budget.FirstBooking, "", personID, network)
		}
	})
}

// at is the page on which a browser books the nth free time of a station.
func (h *house) at(t *testing.T, b *browser, n int) shown {
	t.Helper()
	free, err := h.bookings.Free(t.Context(), "tianhe-1")
	if err != nil || len(free) <= n {
		t.Fatalf("%d free, %v", len(free), err)
	}
	_, at, _ := strings.Cut(free[n].ID(), "@")
	return b.get("/p/station/tianhe-1/book/at/"+at).want(t, 200)
}

// books says yes to what a page is about to book, after it was shown once more.
func (b *browser) books(p shown) shown {
	b.h.t.Helper()
	check := b.send(p, p.path)
	fields := []string{"sure", "1"}
	if m := agreeWord.FindStringSubmatch(check.body); m != nil {
		fields = append(fields, "agree", m[1])
	}
	return b.send(check, p.path, fields...)
}

func TestANewVisitorBooksOnceAndIsAskedBeforeTheSecondTime(t *testing.T) {
	h := guarded(t)
	b, me := h.chatting("cookie-mum", person.Parent)
	first := h.at(t, b, 0)
	b.books(first).want(t, 200, "预约码")

	second := h.at(t, b, 30)
	asked := b.books(second).want(t, 200, "我们知道您在", "12356")
	if as, err := h.bookings.Mine(t.Context(), me.ID); err != nil || len(as) != 1 {
		t.Fatalf("%d appointments, %v", len(as), err)
	}
	wrong := b.send(asked, asked.path, "token", "00", "work", "1").want(t, http.StatusUnprocessableEntity, "再来一次")
	token, work := worked(t, wrong)
	back := b.send(wrong, wrong.path, "token", token, "work", work).want(t, 200, "谁去？")
	if back.path != second.path {
		t.Errorf("it leads to %s, want back to %s", back.path, second.path)
	}
	b.books(back).want(t, 200, "预约码")
	b.get("/p/present").want(t, 200, "知道您在", "/chat")
}

func TestNobodyIsAskedBehindAnAccount(t *testing.T) {
	h := guarded(t)
	_, to := h.person("openid-mum", person.Parent)
	b := h.browser()
	b.get(h.pages.Sign(t.Context(), to, "/p/bookings")).want(t, 200)
	for n := range 2 {
		p := h.at(t, b, n*30)
		b.books(p).want(t, 200, "预约码")
	}
}

func TestThirtyNewCookiesDoNotTakeAStationsDay(t *testing.T) {
	h := guarded(t)
	taken := 0
	for n := range 30 {
		b, _ := h.chatting("cookie-"+strconv.Itoa(n), person.Parent)
		p := h.at(t, b, 0)
		if got := b.books(p); strings.HasPrefix(got.path, "/p/booking/") {
			taken++
		}
	}
	if taken != 5 {
		t.Errorf("thirty new cookies of one network took %d places, want 5", taken)
	}
}

func TestTheBoundsOfPagesSayWhenTheyEndAndLetDangerThrough(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	for range 120 {
		b.do(http.MethodPost, "/p/letters", map[string][]string{"words": {"考试"}})
	}
	b.do(http.MethodPost, "/p/letters", map[string][]string{"words": {"考试"}}).want(t, http.StatusTooManyRequests, "分钟后", "12356", "tel:120")
	if got := b.do(http.MethodPost, "/p/letters", map[string][]string{"words": {"不想活了"}}); got.status != http.StatusOK {
		t.Errorf("whoever searches for danger is answered with %d", got.status)
	}
	h.later(10 * time.Minute)
	for n := range 60 {
		b.get("/p/calendar/guess"+strconv.Itoa(n)+".ics").want(t, http.StatusNotFound)
	}
	b.get("/p/calendar/guess.ics").want(t, http.StatusTooManyRequests)
	b.get("/p/lessons").want(t, 200)
}

func TestOneTapShowsInARealBrowserThatSomebodyIsThere(t *testing.T) {
	tab := browsertest.Tab(t)
	h := guarded(t)
	_, me := h.chatting("cookie-mum", person.Parent)
	ck := browsertest.Call(network.SetCookie, network.SetCookieParams{Name: "chat", Value: "cookie-mum", URL: h.url, Path: "/"})
	browsertest.Do(t, tab, "open the page", ck, chromedp.Navigate(h.url+"/p/present"), browsertest.Visible("#present button"),
		browsertest.Until(`document.querySelector("fieldset").hidden && getComputedStyle(document.querySelector("fieldset")).display === "none"`))
	if h.presence.Shown(t.Context(), me.ID) {
		t.Fatal("a look was enough")
	}
	browsertest.Do(t, tab, "tap", browsertest.Click("#present button"), browsertest.Until(`document.querySelector("h1").textContent.includes("知道您在") && !document.querySelector("#present")`))
	if !h.presence.Shown(t.Context(), me.ID) {
		t.Error("the tap showed nothing")
	}
}

// keptBack are events that take nobody.
type keptBack struct {
	page.Events
	why error
}

func (k keptBack) SignUp(context.Context, string, string, string, string) (event.Signup, error) {
	return event.Signup{}, k.why
}

// TestWhatKeepsAPlaceBackIsSaidOnThePage: a sign-up that did not come about never looks as if it had.
func TestWhatKeepsAPlaceBackIsSaidOnThePage(t *testing.T) {
	for says, keeps := range map[string]error{"名额和候补刚刚都满了": event.ErrFull, "我们知道您在": presence.ErrAsk, "这会儿有点忙": errors.New("the database is gone")} {
		h := openHouse(t, func(_ *house, o *page.Options) {
			o.Events = keptBack{o.Events, keeps}
		})
		b, _ := h.chatting("cookie-mum", person.Parent)
		path := "/p/event/" + anEvent
		if p := b.send(b.get(path), path, "name", "小林妈妈"); !strings.Contains(p.body, says) || strings.Contains(p.body, "签到码") {
			t.Errorf("%v: the page says\n%s", keeps, p.body)
		}
	}
}
