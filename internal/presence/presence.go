// Package presence finds out whether somebody is there: a new visitor of the web chat taps once, and their page does a little
// work, or they answer an easy question. It is asked before a second appointment or letter of a visitor of whom nothing else
// is known, never before help and never in the middle of danger. It says nothing of who somebody is, and ends with a day, by
// when time itself has told. Start reading at Door.
package presence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// How long what is asked may wait for its answer, and how long an answer holds.
const (
	asksFor  = 30 * time.Minute
	holdsFor = 24 * time.Hour
)

// Bits is how many zeros a page's work begins with: a second of a phone, in the mean.
const Bits = 16

// ErrAsk says that somebody is asked to show that they are there before this is done.
var ErrAsk = errors.New("presence: not shown yet")

// ErrWrong says that an answer is not the one, or comes too late.
var ErrWrong = errors.New("presence: wrong or late answer")

// Sealer seals what a browser keeps for us.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
}

// Door asks, and remembers who has answered. All fields must be set.
type Door struct {
	Cache  session.Cache
	Purse  *budget.Purse
	Sealer Sealer
	Now    func() time.Time
}

// Shown says whether somebody has shown within a day that they are there. Where nobody can say, they have not.
func (d *Door) Shown(ctx context.Context, personID string) bool {
	_, there, err := d.Cache.Get(ctx, key(personID))
	return err == nil && there
}

func key(personID string) string { return "present:" + personID }

// Enter lets somebody do what a new visitor may do a few times: first is the budget of who has not shown that they are there,
// then of who has ("" for one that is bounded elsewhere). network is "" on a channel whose platform knows its people: they are
// not asked. ErrAsk says that they are asked first; a budget.RefusedError that there is no more of it. leave gives it back
// where nothing came of it.
func (d *Door) Enter(ctx context.Context, first, then budget.Thing, personID, network string) (leave func(), err error) {
	by := budget.By{Person: personID, Network: network}
	if network != "" {
		by.Site = budget.Of(ctx).Site
	}
	thing := then
	if network != "" && !d.Shown(ctx, personID) {
		thing = first
	}
	if thing == "" {
		return func() {}, nil
	}
	if err := d.Purse.Take(ctx, thing, by); err != nil {
		if thing == first {
			return func() {}, ErrAsk
		}
		return func() {}, err
	}
	return func() { d.Purse.GiveBack(ctx, thing, by) }, nil
}

// Question is what a page asks: to tap, which does the work; or, where it has no script, to answer.
type Question struct {
	Token   string // what comes back with the answer; the work is on it
	Bits    int
	Words   string
	Choices []string
}

// asked is what a token holds, sealed.
type asked struct {
	Person string `json:"p"`
	Right  int    `json:"r"`
	Until  int64  `json:"u"`
	Salt   string `json:"s"`
}

// easy are the questions: whoever reads Chinese knows the answer, which is the first choice.
var easy = []struct {
	words   string
	choices [4]string
}{
	{"下面哪一个是水果？", [4]string{"苹果", "桌子", "铅笔", "下雨"}},
	{"星期一的后一天是哪一天？", [4]string{"星期二", "星期日", "星期五", "星期六"}},
	{"下面哪一个会飞？", [4]string{"小鸟", "石头", "椅子", "书包"}},
	{"三加四等于几？", [4]string{"七", "五", "八", "十"}},
	{"下雨天出门要带什么？", [4]string{"雨伞", "枕头", "电视", "算盘"}},
	{"下面哪一个是颜色？", [4]string{"蓝色", "跑步", "唱歌", "圆圈"}},
}

const use = "presence"

// Ask makes a question for somebody.
func (d *Door) Ask(personID string) (Question, error) {
	e := easy[rand.IntN(len(easy))] //nolint:gosec // which easy question is asked is no secret
	order := rand.Perm(len(e.choices))
	q := Question{Bits: Bits, Words: e.words, Choices: make([]string, len(e.choices))}
	a := asked{Person: personID, Until: d.Now().Add(asksFor).Unix(), Salt: strconv.FormatUint(rand.Uint64(), 36)} //nolint:gosec // the seal makes it unguessable
	for at, i := range order {
		q.Choices[at] = e.choices[i]
		if i == 0 {
			a.Right = at
		}
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return Question{}, fmt.Errorf("ask whether somebody is there: %w", err)
	}
	sealed, err := d.Sealer.Seal(raw, use)
	if err != nil {
		return Question{}, fmt.Errorf("ask whether somebody is there: %w", err)
	}
	q.Token = hex.EncodeToString(sealed)
	return q, nil
}

// Answer is what came back: the work of a page, or a choice.
type Answer struct {
	Token  string
	Work   string
	Choice string
}

// longest bounds what is looked at.
const longest = 1024

// Take takes an answer. A wrong one is ErrWrong, and counts: from where too many came, choices are refused by a
// budget.RefusedError, right ones too. Work is not: nobody guesses it.
func (d *Door) Take(ctx context.Context, personID string, by budget.By, a Answer) error {
	if a.Work == "" {
		if err := d.Purse.Spent(ctx, budget.Presence, by); err != nil {
			return err
		}
	}
	if !d.right(personID, a) {
		d.Purse.Note(ctx, budget.Presence, by)
		return ErrWrong
	}
	if err := d.Cache.Set(ctx, key(personID), "1", holdsFor); err != nil {
		return fmt.Errorf("remember that somebody is there: %w", err)
	}
	return nil
}

func (d *Door) right(personID string, a Answer) bool {
	if len(a.Token) > longest || len(a.Work) > 20 {
		return false
	}
	sealed, err := hex.DecodeString(a.Token)
	if err != nil {
		return false
	}
	raw, err := d.Sealer.Open(sealed, use)
	var q asked
	if err != nil || json.Unmarshal(raw, &q) != nil || q.Person != personID || d.Now().Unix() >= q.Until {
		return false
	}
	if a.Work != "" {
		return Worked(a.Token, a.Work)
	}
	return a.Choice == strconv.Itoa(q.Right)
}

// Worked says whether work is done on a token: their SHA-256 begins with enough zeros.
func Worked(token, work string) bool {
	sum := sha256.Sum256([]byte(token + "." + work))
	zeros := 0
	for _, b := range sum {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return zeros >= Bits
}
