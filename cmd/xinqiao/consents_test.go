package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// agrees lets a person, who is grown up, agree that something of theirs is kept.
func (w *world) agrees(personID string, p consent.Purpose) {
	w.t.Helper()
	if _, _, err := w.app.consents.HearAge(w.t.Context(), personID, consent.Statement{Band: consent.Adult}, "示例"); err != nil {
		w.t.Fatal(err)
	}
	if err := w.app.consents.Agree(w.t.Context(), personID, p, w.app.consents.TextOf(p).Version); err != nil {
		w.t.Fatal(err)
	}
}

var guardianCode = regexp.MustCompile(`[A-Z2-9]{4} [A-Z2-9]{4}`)

// TestAGuardianAgreesByTheirOwnWeChat goes the whole way over the encrypted webhook: a child of 11 says 15 later and that their
// mother agrees, their own phone is refused, and their mother's is not.
func TestAGuardianAgreesByTheirOwnWeChat(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		child, mother := w.student(71), openid(t, 72)
		w.taps(mother, w.sends(wxsim.Subscribe(mother, "")), "我是家长")
		w.wantIn(w.taps(child, w.says(child, "写信"), "写一封信"), "几岁")
		young := w.says(child, "我11岁了")
		w.wantIn(young, "没满 14 岁", "12355", "12356", "110")
		w.lacksIn(w.says(child, "我15岁"), "想到哪写到哪")
		asked := w.says(child, "妈妈同意了")
		code := guardianCode.FindString(asked.Content)
		if code == "" {
			t.Fatalf("no code in %q", asked.Content)
		}
		w.says(child, "监护人")
		w.wantIn(w.says(child, code), "就是在这个微信上要的", "人工")
		w.lacksIn(w.taps(child, w.says(child, "写信"), "写一封信"), "想到哪写到哪")
		w.says(mother, "监护人")
		w.wantIn(w.says(mother, strings.ToLower(strings.ReplaceAll(code, " ", ""))), "匿名", "不会给您看")
		w.wantIn(w.says(mother, "妈妈"), "满 18 岁", "写信")
		w.wantIn(w.says(mother, "我同意"), "记下了")
		if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool {
			return c.ToUser() == child && strings.Contains(c.Text(), "家里的大人同意")
		}); err != nil {
			t.Fatalf("the child hears of it: %v", err)
		}
		w.wantIn(w.taps(child, w.says(child, "写信"), "写一封信"), "想到哪写到哪", "就是同意这样存")
		w.wantIn(w.says(child, "老师您好，这是示例。"), "第 1 段")
		w.wantIn(w.says(child, "写完了"), "要寄出去吗")
		if p, err := w.app.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account.Name, User: channel.UserKey(child)}); err != nil {
			t.Error(err)
		} else if st, err := w.app.consents.Standing(t.Context(), p.ID, "student", consent.Booking); err != nil || st.Lack != consent.LackGuardian {
			t.Errorf("to letters alone they agreed, and a booking lacks %q (%v)", st.Lack, err)
		}
	})
}

func (w *world) lacksIn(r wxsim.Reply, part string) {
	w.t.Helper()
	if strings.Contains(r.Content, part) {
		w.t.Errorf("the reply holds %q: %s", part, r.Content)
	}
}

func TestDangerAHumanAndHotlinesAskForNoConsent(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	child := w.student(73)
	w.taps(child, w.says(child, "写信"), "写一封信")
	w.wantIn(w.says(child, "10"), "没满 14 岁")
	w.wantIn(w.says(child, "爸爸打我，我不想活了"), "12356", "120")
	if cases := w.cases(w.token("counsellor")); len(cases) != 1 {
		t.Fatalf("cases: %+v", cases)
	}
	other := w.student(74)
	w.taps(other, w.says(other, "写信"), "写一封信")
	w.says(other, "9岁")
	w.wantIn(w.says(other, "人工"), "老师")
	if cases := w.cases(w.token("counsellor")); len(cases) != 2 {
		t.Errorf("cases: %+v, want one for whoever asked for a human", cases)
	}
}

func TestRetentionIsToldWithoutChangingAnything(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	w.says(openid(t, 75), "你好")
	for _, args := range [][]string{{"retention", "--dry-run"}, {"retention"}} {
		code, out, errs := command(t.Context(), t, w.environ(), "", args...)
		if code != exitFine || !strings.Contains(out, "messages") || !strings.Contains(out, "1096") {
			t.Errorf("%v: %d\n%s%s", args, code, out, errs)
		}
	}
	if _, out, _ := command(t.Context(), t, w.environ(), "", "retention"); strings.Contains(out, "20") && !strings.Contains(out, "LAST RUN") {
		t.Errorf("says of no run that it was:\n%s", out)
	}
}
