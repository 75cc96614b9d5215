package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

const sendCall = "/cgi-bin/message/custom/send"

// deliveryOf is where the last words of staff are on their way.
func (w *world) deliveryOf() casework.Delivery {
	w.t.Helper()
	f, err := w.app.cases.File(storetest.Acts(w.t.Context()), w.cases(w.token("counsellor"))[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := len(f.Messages) - 1; i >= 0; i-- {
		if m := f.Messages[i]; m.From == transcript.FromStaff {
			return f.Deliveries[m.ID]
		}
	}
	return ""
}

// A counsellor's words meet one trouble of the platform after another; each time the person reads all of them, once.
func TestACounsellorsWordsArriveThroughThePlatformsTroubles(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	w.says(who, "我不想活了")
	w.eventually("a case", func() bool { return len(w.cases(w.token("counsellor"))) == 1 })
	caseID := w.cases(w.token("counsellor"))[0].ID
	chen := w.joins("chen", staff.Counsellor) // signed in: whoever is not has no conversation for long
	by := casework.Actor{ID: chen.account.ID, Name: chen.account.DisplayName}
	if _, err := w.app.cases.Take(t.Context(), caseID, by); err != nil {
		t.Fatal(err)
	}
	w.says(who, "在吗")
	pushed := func(text string) (n int) {
		for _, c := range w.platform.Calls() {
			if c.Path == sendCall && c.ErrCode == 0 && strings.Contains(c.Text(), text) {
				n++
			}
		}
		return n
	}
	say := func(text string) {
		t.Helper()
		if err := w.app.cases.Say(t.Context(), caseID, by, text, text[:min(len(text), 30)]); err != nil {
			t.Fatal(err)
		}
	}
	w.eventually("the notice that somebody is there", func() bool { return pushed("示例·chen") > 0 })

	if page := chen.get("/desk/cases/" + caseID); !strings.Contains(page, "还能主动发 4 条") { // one went for the notice
		t.Error("the meter does not count what the platform took")
	}
	for code, readyz := range map[int]string{45009: "今天的调用次数用完了（45009）", 48004: "接口被微信封禁了（48004）", 50002: "用户受限", 45047: "", 60606: "没有收录的错误码（60606）", 45015: ""} {
		w.platform.Reset()
		w.platform.Fail(sendCall, code, "told to", 0)
		words := "我在这里陪着你，" + time.Duration(code).String()
		say(words)
		w.eventually("the words to wait", func() bool { return w.deliveryOf() == casework.DeliveryWaiting })
		if _, lines := w.get("/readyz"); readyz != "" && (!strings.Contains(lines, "wechat main: degraded") || !strings.Contains(lines, readyz)) {
			t.Errorf("%d: /readyz says %s", code, lines)
		}
		if status, _ := w.get("/readyz"); status != 200 {
			t.Errorf("%d: /readyz is %d: no load balancer need send people elsewhere", code, status)
		}
		w.wantIn(w.says(who, "老师你还在吗"), words)
		if d := w.deliveryOf(); d != casework.DeliveryDone {
			t.Errorf("%d: the words are %s", code, d)
		}
		w.platform.Reset()
		w.clearTrouble()
		if r := w.says(who, "嗯嗯"); strings.Contains(r.Content, words) || pushed(words) > 0 {
			t.Errorf("%d: said twice", code)
		}
	}

	long := strings.Repeat("一二三四五六七八九十", 150) + "完" // three messages to the platform
	w.platform.Script(sendCall, 0, 45047)
	say(long)
	w.eventually("the rest to wait", func() bool { return w.deliveryOf() == casework.DeliveryWaiting })
	first := ""
	for _, c := range w.platform.Calls() {
		if c.Path == sendCall && c.ErrCode == 0 {
			first += c.Text()
		}
	}
	rest := ""
	for r := w.says(who, "后面呢"); ; r = w.sends(r.MenuLinks[0].Tap(who)) {
		text, _, more := strings.Cut(wxsim.Visible(r.Content), "\n\n（还没说完）")
		rest += text
		if !more {
			break
		}
	}
	if got := first + strings.ReplaceAll(rest, "\n", ""); got != long {
		t.Errorf("%d and %d bytes arrived of %d: the beginning is said twice, or something is lost", len(first), len(rest), len(long))
	}
}

// clearTrouble is an operator who mended what was wrong: the next try finds out.
func (w *world) clearTrouble() {
	w.t.Helper()
	if err := w.app.cache.Delete(w.t.Context(), "trouble:main:"+sendCall); err != nil {
		w.t.Fatal(err)
	}
}
