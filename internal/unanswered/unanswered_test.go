package unanswered_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

func TestWhatMayBeKept(t *testing.T) {
	for text, want := range map[string]string{
		"站点里能停车吗":                 "站点里能停车吗",
		"  孩子 初二，能约吗 ":            "孩子 初二,能约吗",
		"周老师今天在吗":                 "某老师今天在吗",
		"示例第三小学的孩子能来吗":            "某小学的孩子能来吗",
		"孩子上小学能约吗":                "孩子上小学能约吗",
		"门牌在哪":                    "",
		"我电话是13800000000":         "",
		"一三八零零零零零零零零":             "",
		"１３８００００００００打给我":          "",
		"我叫示例":                    "",
		"微信号是abc":                 "",
		"a@b.c":                   "",
		"https://example.invalid": "",
		"嗯":                       "",
		"":                        "",
		"我从去年开始就一直在想这件事情怎么办，后来有一天我跟邻居说了以后他们都不理我，我也不知道该找谁去说，就这样拖到了现在，真的很烦": "",
	} {
		got, ok := unanswered.Keep(text)
		if ok != (want != "") || got != want {
			t.Errorf("%q is kept as %q (%t), want %q", text, got, ok, want)
		}
	}
}

func TestOnePersonsWordsAreShownOnlyWhereTheyPointAtNobody(t *testing.T) {
	for words, want := range map[string]bool{
		"站点里能停车吗": true, "我可以带小程序截图吗": true, "小学能约吗": true, "你们周末开门吗": true,
		"我儿子打人怎么办": false, "小明能来吗": false, "某老师今天在吗": false, "我又哭了怎么办": false, "不喜欢": false, "室友偷东西怎么办": false,
	} {
		if got := unanswered.Harmless(words); got != want {
			t.Errorf("%q: %t, want %t", words, got, want)
		}
		if !(unanswered.Question{Words: words, People: 2}).Shown() {
			t.Errorf("%q is not shown though two people said it", words)
		}
	}
}

func TestNoNumberOfAnybodyIsEverKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.StringMatching(`1[3-9][0-9]{9}|[0-9]{15,18}|020[0-9]{8}`).Draw(t, "number")
		text := rapid.StringMatching(`[\p{Han}，。 ]{0,10}`).Draw(t, "before") + n + rapid.StringMatching(`[\p{Han}，。 ]{0,10}`).Draw(t, "after")
		if words, ok := unanswered.Keep(text); ok {
			t.Fatalf("%q is kept as %q", text, words)
		}
	})
}

// shelf is a store that can be away.
type shelf struct {
	unanswered.Store
	mu   sync.Mutex
	away bool
	got  []unanswered.Text
}

func (s *shelf) Count(_ context.Context, ts ...unanswered.Text) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errors.New("away")
	}
	s.got = append(s.got, ts...)
	return nil
}

func TestTheLogWaitsForAStoreThatIsAwayAndKeepsNothingItMayNot(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := &shelf{away: true}
	l := unanswered.NewLog(s, slog.New(slog.DiscardHandler))
	at := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	l.Add("p1", "能停车吗？", at)
	l.Add("p2", "我电话 13800000000", at)
	if err := l.Flush(t.Context()); err == nil {
		t.Error("a store that is away goes unnoticed")
	}
	s.mu.Lock()
	s.away = false
	s.mu.Unlock()
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Add("p3", "能停车吗", at)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 2 || s.got[0].Folded != s.got[1].Folded || s.got[0].Person != "p1" {
		t.Errorf("counted %+v", s.got)
	}
	if err := l.Close(); err != nil {
		t.Error("closing twice:", err)
	}
}
