package wechat_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func TestTypingIsShownWhereThePlatformTakesIt(t *testing.T) {
	const path = "/cgi-bin/message/custom/typing"
	r := newRig(t, nil)
	s, ok := r.channel.Sender("main").(channel.Typist)
	if !ok {
		t.Fatal("WeChat's sender cannot show that somebody types")
	}
	if err := s.Typing(t.Context(), "o1"); err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, c := range r.platform.Calls() {
		if c.Path == path && c.JSON["touser"] == "o1" && c.JSON["command"] == "Typing" {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("shown %d times, want once", shown)
	}
	r.platform.Fail(path, 45080, "no message within 30 seconds", 1)
	if err := s.Typing(t.Context(), "o1"); err != nil {
		t.Errorf("what the platform will not show is an error: %v", err)
	}
	r.platform.Fail(path, 48001, "api unauthorized", 1)
	if err := s.Typing(t.Context(), "o1"); err == nil {
		t.Error("an account without the right to the API says nothing")
	}
}
