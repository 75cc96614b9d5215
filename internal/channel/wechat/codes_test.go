package wechat_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
)

const codesFile = "../../../deploy/WECHAT-CODES.md"

func TestTheTableOfErrorCodesIsTheOneInTheDocumentation(t *testing.T) {
	want := wechat.CodeTable()
	got, err := os.ReadFile(codesFile)
	if err != nil || string(got) != want {
		t.Errorf("deploy/WECHAT-CODES.md is not what the table says (%v): go run ./cmd/xinqiao wechat codes > deploy/WECHAT-CODES.md", err)
	}
}

func TestEveryCodeSaysWhatItMeansAndHowToMendIt(t *testing.T) {
	last := -1 << 30
	for _, c := range wechat.Codes() {
		if c.Code <= last {
			t.Errorf("%d stands behind %d: the table is searched by halves, in the order of its numbers", c.Code, last)
		}
		last = c.Code
		for _, text := range []string{c.Meaning, c.Mend, c.Doing()} {
			if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%d: %q says nothing in Chinese", c.Code, text)
			}
		}
		if strings.Contains(c.Mend, "|") || strings.Contains(c.Meaning, "|") {
			t.Errorf("%d: a | breaks the table of the documentation", c.Code)
		}
	}
	for _, code := range []int{ // those that are known to meet accounts such as ours
		-1, 40001, 40003, 40013, 40014, 40029, 40037, 40097, 40125, 40155, 40163, 40164, 41001, 41002, 41004, 41006, 41008, 41009, 42001, 43004, 43101,
		44001, 44002, 44003, 44004, 45001, 45002, 45009, 45011, 45015, 45047, 45072, 46001, 46003, 46004, 47001, 47003, 48001, 48002, 48004, 48006,
		50001, 50002, 50005, 61003, 61004, 61007, 61450, 65301, 65303, 65400, 9001001, 9001002,
	} {
		if c := wechat.CodeOf(code); strings.Contains(c.Meaning, "没有收录") {
			t.Errorf("%d is not in the table", code)
		}
	}
}

func TestOnlyAnAddressThatIsNamedIsNamed(t *testing.T) {
	for msg, want := range map[string]string{
		"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 6673a1b2-1c2d3e4f-5a6b7c8d": "IP 203.0.113.9 不在",
		"invalid ip 2001:db8::17, not in whitelist":                                                        "IP 2001:db8::17 不在",
		"not in whitelist rid: 6673a1b2-1c2d3e4f-5a6b7c8d":                                                 "服务器的 IP 不在",
		"": "服务器的 IP 不在",
	} {
		if got := wechat.Explain(&wechat.APIError{Code: 40164, Msg: msg}); !strings.Contains(got, want) || !strings.Contains(got, "白名单") {
			t.Errorf("%q: %s", msg, got)
		}
	}
}

// A code that nobody knows, or that is an account's trouble, is no reason to call again and again.
func TestACodeThatSomebodyMustLookAtIsSaidOnceAndTheMessageWaits(t *testing.T) {
	for code, stops := range map[int]bool{50002: false, 48002: false, 99999: false, 48004: true, 48001: true, 40164: true, 45009: true} {
		now := time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
		r := newRig(t, func(r *rig) { r.opts.Now = func() time.Time { return now } })
		r.platform.Fail(custom, code, "told to", 2)
		s := r.channel.Sender("main")
		for range 3 {
			var pe *channel.PushError
			err := s.Push(t.Context(), "o1", channel.Reply{Text: "x"})
			if err != nil && (!errors.As(err, &pe) || pe.Verdict != channel.PushPark || pe.Code != code) {
				t.Errorf("%d: %v, want it to wait", code, err)
			}
		}
		if n := strings.Count(r.logs.String(), "level=ERROR"); n != 1 || !strings.Contains(r.logs.String(), "mend=") {
			t.Errorf("%d: %d ERROR lines, want one that says how to mend it: %s", code, n, r.logs)
		}
		troubles := r.channel.Troubles(t.Context())
		if len(troubles) != 1 || troubles[0].Code != code || troubles[0].Account != "main" || troubles[0].Stops != stops {
			t.Fatalf("%d: troubles %+v", code, troubles)
		}
		calls := len(sends(r))
		if want := map[bool]int{true: 1, false: 3}[stops]; calls != want {
			t.Errorf("%d: %d calls, want %d", code, calls, want)
		}
		if !stops {
			continue
		}
		r.platform.Reset() // somebody mended it
		now = now.Add(11 * time.Minute)
		if err := s.Push(t.Context(), "o1", channel.Reply{Text: "x"}); err != nil {
			t.Errorf("%d: mended, and still %v", code, err)
		}
		if left := r.channel.Troubles(t.Context()); len(left) != 0 {
			t.Errorf("%d: mended, and still %+v", code, left)
		}
	}
}

func TestAnAccountThatIsShutSaysWhenItMayOpen(t *testing.T) {
	now := time.Date(2026, 11, 29, 15, 30, 0, 0, time.UTC) // 23:30 in Beijing
	r := newRig(t, func(r *rig) { r.opts.Now = func() time.Time { return now } })
	r.platform.Fail(custom, 45009, "reach max api daily quota limit", 0)
	for range 2 { // asked, and by what is known
		var pe *channel.PushError
		if err := r.channel.Sender("main").Push(t.Context(), "o1", channel.Reply{Text: "x"}); !errors.As(err, &pe) || !pe.Again.Equal(time.Date(2026, 11, 29, 16, 1, 0, 0, time.UTC)) {
			t.Errorf("%v: tried again at %v, want just after midnight in Beijing", err, pe.Again)
		}
	}
}

func TestAMenuThatThePlatformRefusesIsExplained(t *testing.T) {
	r := newRig(t, nil)
	r.platform.Fail("/cgi-bin/menu/create", 40018, "invalid button name size", 0)
	err := r.channel.PushMenu(t.Context(), "main", []wechat.Button{{Name: "听课", Key: "COURSES"}})
	if err == nil || !strings.Contains(err.Error(), "名字太长（40018）") || !strings.Contains(err.Error(), "menu.yaml") {
		t.Errorf("%v", err)
	}
	if err := r.channel.PushMenu(t.Context(), "main", []wechat.Button{{Name: "听\u2028课", Key: "COURSES"}}); err == nil || !strings.Contains(err.Error(), "控制字符") {
		t.Errorf("a name with a character that cannot be seen: %v", err)
	}
}
