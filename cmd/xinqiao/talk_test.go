package main

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestTheTalkAfterDangerOverEncryptedWeChat types, as most people do: numbers, plain words, a wish for a human.
func TestTheTalkAfterDangerOverEncryptedWeChat(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		token := w.token("counsellor")
		level := func(w *world, alias string) string {
			for _, c := range w.cases(token) {
				if strings.HasPrefix(c.Alias, alias) {
					return c.Level
				}
			}
			return ""
		}
		t.Run("typed numbers answer the question that waits", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 41)
			w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是学生")
			w.wantIn(w.says(who, "不想活"), "12356", "1. ", "不是这样", "找真人", "先停下")
			w.wantIn(w.says(who, "3"), "120", "110") // 我不安全
			if got := level(w, "同学·"); got != "imminent" {
				t.Errorf("after the third answer the case is %q, want imminent", got)
			}
			w.wantIn(w.says(who, "2"), "门") // still beside
			w.wantIn(w.says(who, "人工"), "真人")
			w.wantIn(w.says(who, "我走开了，东西给我妈了"), "安全")
		})
		t.Run("a tap on an old question is no answer to the new one", func(t *testing.T) {
			w := w.in(t)
			who := openid(t, 42)
			w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
			first := w.says(who, "我撑不住了，不想活了")
			w.wantIn(first, "12356")
			second := w.taps(who, first, "没有")
			third := w.taps(who, first, "没有") // the same button again
			if second.Content == "" || strings.Contains(third.Content, "没太明白") {
				t.Errorf("second %q, third %q", second.Content, third.Content)
			}
		})
	})
}
