package presence_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// box seals by turning a text round: what is asked here is what the door makes of it.
type box struct{}

func (box) Seal(plain []byte, aad string) ([]byte, error) {
	return []byte(aad + "|" + string(plain)), nil
}
func (box) Open(sealed []byte, aad string) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), aad+"|")
	if !ok {
		return nil, errors.New("not ours")
	}
	return []byte(plain), nil
}

type house struct {
	*presence.Door
	at time.Time
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{at: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)}
	m := session.NewMemory()
	m.Now = func() time.Time { return h.at }
	purse := budget.New(budget.Options{Tally: m, Hash: func(parts ...string) string { return strings.Join(parts, "/") }, Now: m.Now})
	h.Door = &presence.Door{Cache: m, Purse: purse, Sealer: box{}, Now: m.Now}
	return h
}

var from = budget.From("203.0.113.9")

func ask(t *testing.T, h *house, person string) presence.Question {
	t.Helper()
	q, err := h.Ask(person)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func work(t *testing.T, token string) string {
	t.Helper()
	for n := range 1 << 24 {
		if w := strconv.Itoa(n); presence.Worked(token, w) {
			return w
		}
	}
	t.Fatal("no work is enough")
	return ""
}

// right is the choice of a question that whoever reads Chinese takes.
func right(t *testing.T, q presence.Question) string {
	t.Helper()
	for i, c := range q.Choices {
		if slices.Contains([]string{"苹果", "星期二", "小鸟", "七", "雨伞", "蓝色"}, c) {
			return strconv.Itoa(i)
		}
	}
	t.Fatalf("%s has no answer among %q", q.Words, q.Choices)
	return ""
}

func TestOneIsLetInOnceThenAskedAndThenLetInAgain(t *testing.T) {
	for name, answer := range map[string]func(t *testing.T, q presence.Question) presence.Answer{
		"by a page's work": func(t *testing.T, q presence.Question) presence.Answer {
			return presence.Answer{Token: q.Token, Work: work(t, q.Token)}
		},
		"by the answer, no script": func(t *testing.T, q presence.Question) presence.Answer {
			return presence.Answer{Token: q.Token, Choice: right(t, q)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, ctx := open(t), t.Context()
			if _, err := h.Enter(ctx, budget.FirstLetter, budget.Letter, "child", "net"); err != nil {
				t.Fatalf("the first: %v", err)
			}
			if _, err := h.Enter(ctx, budget.FirstLetter, budget.Letter, "child", "net"); !errors.Is(err, presence.ErrAsk) {
				t.Fatalf("the second: %v, want ErrAsk", err)
			}
			if err := h.Take(ctx, "child", from, answer(t, ask(t, h, "child"))); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Enter(ctx, budget.FirstLetter, budget.Letter, "child", "net"); err != nil {
				t.Errorf("after they showed that they are there: %v", err)
			}
			h.at = h.at.Add(25 * time.Hour)
			if h.Shown(ctx, "child") {
				t.Error("it holds for more than a day")
			}
		})
	}
}

func TestBehindAnAccountNobodyIsAsked(t *testing.T) {
	h, ctx := open(t), t.Context()
	for n := range 5 {
		if _, err := h.Enter(ctx, budget.FirstLetter, budget.Letter, "follower", ""); err != nil {
			t.Fatalf("letter %d: %v", n, err)
		}
	}
	var many *budget.RefusedError
	if _, err := h.Enter(ctx, budget.FirstLetter, budget.Letter, "follower", ""); !errors.As(err, &many) {
		t.Errorf("the sixth letter of a day: %v, want a refusal that says when", err)
	}
}

func TestWhatCameToNothingIsGivenBack(t *testing.T) {
	h, ctx := open(t), t.Context()
	for range 3 {
		leave, err := h.Enter(ctx, budget.FirstBooking, "", "parent", "net")
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
}

func TestAMintedCrowdIsAskedAfterTheNetworksFewAndWorkLetsEachThrough(t *testing.T) {
	h, ctx := open(t), t.Context()
	in := 0
	for n := range 100 {
		if _, err := h.Enter(ctx, budget.FirstBooking, "", fmt.Sprint("cookie ", n), "net"); err == nil {
			in++
		}
	}
	if in != 5 {
		t.Errorf("%d of a hundred new cookies of one network book, want 5", in)
	}
}

func TestAnAnswerIsGoodForItsPersonItsQuestionAndItsTime(t *testing.T) {
	h, ctx := open(t), t.Context()
	q := ask(t, h, "child")
	done := work(t, q.Token)
	tampered := hex.EncodeToString([]byte(`presence|{"p":"other","r":0,"u":99999999999}x`))
	for name, a := range map[string]presence.Answer{
		"another's question":      {Token: ask(t, h, "other").Token, Choice: "0"},
		"no work":                 {Token: q.Token, Work: "x"},
		"work on something else":  {Token: q.Token + "00", Work: done},
		"no choice":               {Token: q.Token},
		"what we did not seal":    {Token: tampered, Choice: "0"},
		"what is no token at all": {Token: "zz", Work: done},
		"a very long token":       {Token: strings.Repeat("ab", 4000), Work: done},
	} {
		if err := h.Take(ctx, "child", from, a); !errors.Is(err, presence.ErrWrong) {
			t.Errorf("%s: %v, want ErrWrong", name, err)
		}
	}
	if h.Shown(ctx, "child") {
		t.Fatal("a wrong answer was enough")
	}
	h.at = h.at.Add(31 * time.Minute)
	if err := h.Take(ctx, "child", from, presence.Answer{Token: q.Token, Work: done}); !errors.Is(err, presence.ErrWrong) {
		t.Errorf("after half an hour: %v", err)
	}
}

func TestGuessingEndsAndWorkGoesOn(t *testing.T) {
	h, ctx := open(t), t.Context()
	var spent *budget.RefusedError
	tries := 0
	for ; tries < 1000; tries++ {
		q := ask(t, h, "robot")
		wrong := (right(t, q)[0]-'0'+1)%4 + '0'
		if err := h.Take(ctx, "robot", from, presence.Answer{Token: q.Token, Choice: string(rune(wrong))}); errors.As(err, &spent) {
			break
		}
	}
	if tries > 40 {
		t.Errorf("somebody guesses %d times", tries)
	}
	q := ask(t, h, "child")
	if err := h.Take(ctx, "child", from, presence.Answer{Token: q.Token, Work: work(t, q.Token)}); err != nil {
		t.Errorf("a child of the same network, by their page's work: %v", err)
	}
}
