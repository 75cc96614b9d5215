package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func TestDangerIsReadWhereverAPersonPutsWords(t *testing.T) {
	for name, in := range map[string]channel.Inbound{
		"the recognised text of a voice":        {Kind: channel.KindVoice, Text: "我不想活了"},
		"the title of a link":                   {Kind: channel.KindLink, Text: "遗书：我不想活了"},
		"the label of a place":                  {Kind: channel.KindLocation, Location: &channel.Location{Latitude: 23.1, Longitude: 113.3, Label: "我不想活了"}},
		"the words in a type that nobody knows": {Kind: channel.KindOther, Text: "我不想活了"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			in.Address, in.ID, in.At = someone, "m", r.now
			wants(t, r.sends(in), "12356")
			if r.file().Case.ID == "" {
				t.Error("no case, want one")
			}
		})
	}
}

func TestAMessageOfATypeThatNobodyKnowsHasNoAnswer(t *testing.T) {
	r := newRoom(t)
	r.says("你好")
	if got := r.sends(channel.Inbound{Address: someone, ID: "m", Kind: channel.KindOther, Text: "课程表.docx", At: r.now}); got != "" {
		t.Errorf("it got %q", got)
	}
}

func TestALostSessionOfAPersonWithACaseIsMetWithCompany(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	if err := r.sessions.Forget(t.Context(), r.Sealer.Index(someone)); err != nil {
		t.Fatal(err)
	}
	if got := r.says("嗯就是这样"); got == "" {
		t.Error("no answer, want company")
	} else {
		lacks(t, got, "没太明白")
	}
}

func TestAPersonWhoseTurnIsTakenIsAnsweredAndRecordedOnce(t *testing.T) {
	r := newRoom(t)
	r.Patience = 50 * time.Millisecond // the turn is held for good
	held, err := r.sessions.Begin(t.Context(), r.Sessions.Enter(r.Sealer.Index(someone), session.First), "another message")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, r.says("我不想活了"), "12356", "120")
	if err := r.sessions.Abort(t.Context(), held); err != nil && !errors.Is(err, session.ErrLost) {
		t.Fatal(err)
	}
	entries := r.spool.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d spooled; want 1", len(entries))
	}
	for range 2 { // a crash between recording and clearing
		if err := r.Replay(t.Context(), entries[0]); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.file().Signals); n != 1 {
		t.Errorf("%d signals, want 1", n)
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(text, p) {
			t.Errorf("the answer must not say %q:\n%s", p, text)
		}
	}
}

// TestAPageHearsWhatTheConversationHears reads texts as a page does: a plain wish for a place, which the learned reader alone
// takes for more, is no danger there either.
func TestAPageHearsWhatTheConversationHears(t *testing.T) {
	r := newRoom(t)
	for text, danger := range map[string]bool{"今晚白云带着女儿": false, "我想约后天 14:00 荔湾的站点": false, "我不想活了": true} {
		if got := r.Read(text); got.Calls() != danger || got.Ask && !danger {
			t.Errorf("%s: read as %s, asked about %v; want danger %v", text, got.Level, got.Ask, danger)
		}
	}
	if alone := r.bundle.Judge.Read("今晚白云带着女儿"); alone.Level == risk.None {
		t.Error("the learned reader sees nothing in it any more: choose another text")
	}
}
