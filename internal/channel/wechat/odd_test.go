package wechat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// A cry for help must not be lost for a character that XML forbids and phones can paste.
func TestAMessageWithForbiddenCharactersIsReadWithoutThem(t *testing.T) {
	for name, c := range map[string]struct{ sent, want string }{
		"a control character": {"我不想\x08活了", "我不想活了"},
		"broken UTF-8":        {"我不想\xff\xfe活了", "我不想活了"},
		"a noncharacter":      {"我不想\uffff活了", "我不想活了"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range []wxsim.Account{safe, plain()} {
				r := newRig(t, nil)
				client := &wxsim.Client{URL: r.url + "/wechat/" + a.Name, Account: a}
				if _, err := client.Send(t.Context(), wxsim.Text("o1", c.sent)); err != nil {
					t.Fatalf("%s: %v", a.Name, err)
				}
				if got := r.seen()[0].Text; got != c.want {
					t.Errorf("%s: read %q, want %q", a.Name, got, c.want)
				}
			}
		})
	}
}

func TestAChoiceOfTheDialogThatSays继续IsNotTakenForTheRest(t *testing.T) {
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
			if in.Text == "继续" {
				return []channel.Reply{{Text: "下一题"}}, nil
			}
			return []channel.Reply{{Text: strings.Repeat("长", 2000)}}, nil
		}
	})
	r.send(wxsim.Text("o1", "长一点"))
	if reply := r.send(wxsim.Tap("o1", "48213", "继续")); reply.Content != "下一题" {
		t.Errorf("the tap on the dialog's own choice got %.30q", reply.Content)
	}
}

func TestALinkOfAnEditorIsNeverCut(t *testing.T) {
	link := `<a href="https://xq.example/p/lesson/` + strings.Repeat("x", 60) + `">这一节课</a>`
	text := strings.Repeat("讲。", 320) + strings.Repeat(link+"，", 12)
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: text}}, nil
		}
	})
	reply := r.send(wxsim.Text("o1", "课"))
	links := 0
	for range 20 {
		links += strings.Count(reply.Content, link)
		if opened, closed := strings.Count(reply.Content, "<a "), strings.Count(reply.Content, "</a>"); opened != closed {
			t.Fatalf("a link is cut: %d opened, %d closed", opened, closed)
		}
		if len(reply.MenuLinks) == 0 {
			break
		}
		reply = r.send(reply.MenuLinks[0].Tap("o1"))
	}
	if links != 12 {
		t.Errorf("%d links arrived whole, want 12", links)
	}
}

// The rest of a long answer may be a counsellor's letter: where it is kept, nobody may read it.
func TestTheRestOfALongAnswerIsKeptSealed(t *testing.T) {
	cache := &openCache{Memory: session.NewMemory()}
	r := newRig(t, func(r *rig) {
		r.opts.Cache = cache
		r.opts.Handle = func(context.Context, channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: strings.Repeat("给你的回信。", 300)}}, nil
		}
	})
	r.send(wxsim.Text("oSecretUser", "看回信"))
	if cache.all == "" {
		t.Fatal("nothing was kept")
	}
	if strings.Contains(cache.all, "回信") || strings.Contains(cache.all, `\u56de`) || strings.Contains(cache.all, "oSecretUser") {
		t.Error("the cache holds the answer or the person in clear")
	}
}

// openCache remembers everything that was put into it.
type openCache struct {
	*session.Memory
	all string
}

func (c *openCache) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if !strings.HasPrefix(key, "token:") {
		c.all += key + "\n" + value + "\n"
	}
	return c.Memory.Set(ctx, key, value, ttl)
}

func TestAnAESKeyThatIsNoneStopsTheStart(t *testing.T) {
	for _, key := range []string{"short", strings.Repeat("!", 43)} {
		_, err := wechat.New(wechat.Options{Cache: session.NewMemory(), Accounts: []wechat.Account{{Name: "main", AppID: "wx1", Token: "t", AESKey: key}}})
		if err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("key of %d characters: error %v; want one, without the key", len(key), err)
		}
	}
}

func TestAnAPIThatIsGoneIsLeftAloneForAWhile(t *testing.T) {
	now := time.Now()
	r := newRig(t, func(r *rig) { r.opts.Accounts[0].APIURL = "http://127.0.0.1:1" })
	s := r.channel.Sender("main")
	var pe *channel.PushError
	for range 20 {
		if err := s.Push(t.Context(), "o1", channel.Reply{Text: "x"}); !errors.As(err, &pe) || pe.Verdict != channel.PushRetry {
			t.Fatalf("%v, want a retry", err)
		}
	}
	if n := gather(t, r, "xinqiao_wechat_api_calls_total"); n < 3 || n > 10 {
		t.Errorf("%v calls were made in %s of an API that is gone; want a few, then none", n, time.Since(now))
	}
	if err := r.channel.Sender("plain").Push(t.Context(), "o1", channel.Reply{Text: "x"}); err != nil {
		t.Errorf("another account suffers with it: %v", err)
	}
}

func TestErrorCodesDoNotOpenTheBreaker(t *testing.T) {
	r := newRig(t, nil)
	r.platform.Fail("/cgi-bin/message/custom/send", 45015, "out of time", 20)
	s := r.channel.Sender("main")
	for range 20 {
		_ = s.Push(t.Context(), "o1", channel.Reply{Text: "x"})
	}
	if err := s.Push(t.Context(), "o2", channel.Reply{Text: "x"}); err != nil {
		t.Errorf("one person's closed window keeps others from being written to: %v", err)
	}
}

func TestWhateverIsSaidArrivesWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.StringN(0, 3000, 6000), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 5000), func(b []byte) string { return string(b) })).Draw(rt, "text")
		const limit = 2040
		parts := wechat.CutForTest(text, limit)
		for _, part := range parts {
			if len(part) > limit || strings.TrimSpace(part) == "" || !utf8.ValidString(part) {
				rt.Fatalf("a part of %d bytes: %q", len(part), part)
			}
		}
		if got, want := shown(strings.Join(parts, "")), shown(text); got != want {
			rt.Fatalf("something is lost or turned round: %q, want %q", got, want)
		}
	})
}

// shown is what a phone shows of a text, but for its space.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || r == 0xFEFF || r == utf8.RuneError || r&0xFFFE == 0xFFFE {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
