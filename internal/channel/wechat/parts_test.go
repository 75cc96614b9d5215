package wechat_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

const custom = "/cgi-bin/message/custom/send"

// sends are the customer-service messages that the platform was asked to show, refused ones too.
func sends(r *rig) (out []wxsim.Call) {
	for _, c := range r.platform.Calls() {
		if c.Path == custom {
			out = append(out, c)
		}
	}
	return out
}

// A long answer goes on from the part that failed: nobody reads its beginning twice, nothing of it is lost.
func TestALongPushGoesOnFromThePartThatFailed(t *testing.T) {
	long := channel.Reply{Text: strings.Repeat("一二三四五六七八九十", 170), Choices: []channel.Choice{{ID: "1", Label: "好"}}, Card: &channel.Card{Title: "课", URL: "/p/lesson/1"}}
	for name, script := range map[string][]int{
		"the count of the window is over": {0, 45047}, "the platform is busy": {0, -1}, "no answer came": {0, wxsim.Lost}, "at the choices": {0, 0, 45047}, "at the card": {0, 0, 0, -1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.platform.Script(custom, script...)
			s := r.channel.Sender("main")
			err := s.Push(t.Context(), "o1", long)
			var part *channel.PartError
			var pe *channel.PushError
			if !errors.As(err, &part) || !errors.As(err, &pe) {
				t.Fatalf("%v, want what is left of it", err)
			}
			for _, left := range part.Rest {
				if err := s.Push(t.Context(), "o1", left); err != nil {
					t.Fatal(err)
				}
			}
			var said strings.Builder
			cards, choices := 0, 0
			for _, c := range sends(r) {
				if c.ErrCode != 0 || c.Silenced { // what no answer came to is said again
					continue
				}
				text, _, _ := strings.Cut(c.Text(), "\n好")
				said.WriteString(text)
				choices += len(c.MenuLinks())
				if c.JSON["msgtype"] == "news" {
					cards++
				}
			}
			if said.String() != long.Text || choices != 1 || cards != 1 {
				t.Errorf("in all %d bytes were said, %d choices and %d cards; want %d, one and one", said.Len(), choices, cards, len(long.Text))
			}
		})
	}
}

// What cannot be seen makes the platform refuse a message, or stands in it as an escape.
func TestNoControlCharacterGoesOutAnyWay(t *testing.T) {
	const dirty = "一\u2028二\u2029三\x00\x01\x1b[0m四\u0085五\x7f\r\n六\ufeff\ufffe"
	reply := channel.Reply{Text: dirty, Choices: []channel.Choice{{ID: "1", Label: dirty, Say: dirty}}, Card: &channel.Card{Title: dirty, Summary: dirty, URL: "/p/x"}}
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) { return []channel.Reply{reply}, nil }
	})
	got := r.send(wxsim.Text("o1", "你好")) // refused by the simulator where it bears one
	if !strings.Contains(wxsim.Visible(got.Content), "一\n二\n三[0m四\n五\n六") {
		t.Errorf("the passive reply: %q", got.Content)
	}
	if strings.Contains(got.Content, "%E2%80%A8") {
		t.Error("a choice says a line separator")
	}
	if err := r.channel.Sender("main").Push(t.Context(), "o1", reply); err != nil {
		t.Error(err)
	}
	if _, _, err := r.channel.SendTemplate(t.Context(), "main", "o1", wechat.Template{ID: "t", Data: map[string]string{"thing1": dirty, "thing2": "\u2028"}}); err != nil {
		t.Error(err)
	}
	for _, c := range r.platform.Calls() {
		if strings.Contains(c.Raw, `\u`) || strings.ContainsAny(c.Raw, "\u2028\u2029\x7f\u0085\ufeff") {
			t.Errorf("%s: %s", c.Path, c.Raw)
		}
	}
	if err := r.channel.Sender("main").Push(t.Context(), "o1", channel.Reply{Text: "\x00\u2028 "}); err != nil {
		t.Errorf("a text with nothing in it: %v", err)
	}
}

func TestACutGoesThroughNoCharacterThatAPersonSees(t *testing.T) {
	for name, whole := range map[string]string{
		"a family": "👨‍👩‍👧‍👦", "a skin colour": "👍🏽", "a flag": "🇨🇳", "a flag of a region": "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "a keycap": "1️⃣", "a letter with a mark": "e\u0301",
		"an address": "https://xq.example/p/lesson/41?s=abcdefghijklmnopqrstuvwxyz", "a link": `<a href="https://xq.example/p/x">看看</a>`,
	} {
		t.Run(name, func(t *testing.T) {
			for lead := range 120 {
				text := strings.Repeat("a", lead) + " " + strings.Repeat(whole+" ", 12)
				if name != "an address" && name != "a link" {
					text = strings.Repeat("a", lead) + strings.Repeat(whole, 40)
				}
				n := 0
				for _, part := range wechat.CutForTest(text, 150) {
					if len(part) > 150 {
						t.Fatalf("a part of %d bytes", len(part))
					}
					n += strings.Count(part, whole)
				}
				if want := strings.Count(text, whole); n != want {
					t.Fatalf("after %d letters %d of %d are whole", lead, n, want)
				}
			}
		})
	}
}

func TestALinkThatNoMessageHoldsIsSaidWithoutIt(t *testing.T) {
	label := strings.Repeat("很长的选项", 80)
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: "选一个：", Choices: []channel.Choice{{ID: "1", Label: label}}}}, nil
		}
	})
	got := r.send(wxsim.Text("o1", "你好"))
	if !strings.Contains(got.Content, label[:300]) {
		t.Errorf("%s", got.Content)
	}
}
