// Package letter is the anonymous letter: a person writes, gets a code, and reads the answer by it. Who wrote is kept for
// delivering the answer alone and is shown to nobody; the words are sealed. Start reading at Service.
package letter

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// The errors of letters.
var (
	ErrNotFound = errors.New("letter: no such letter")
	ErrAnswered = errors.New("letter: it has an answer")
	ErrEmpty    = errors.New("letter: it is empty")
	ErrLong     = errors.New("letter: it is too long")
)

// MaxRunes is how long a letter, or an answer, may be.
const MaxRunes = 2000

// Letter is one letter with its answer. Code is known only when it is sent and to its writer.
type Letter struct {
	ID         string
	Person     string
	Code       string
	Key        string
	Level      risk.Level
	Text       string
	Answer     string
	AnsweredBy string // display name
	SentAt     time.Time
	AnsweredAt time.Time // zero while it waits
}

// Store is what letters need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Save keeps a letter and returns it, or the one that its Key has already.
	Save(ctx context.Context, l Letter) (Letter, error)
	Get(ctx context.Context, id string) (Letter, error)
	ByCode(ctx context.Context, code string) (Letter, error)
	// Answer writes the answer; ErrAnswered where there is one.
	Answer(ctx context.Context, l Letter) error
	Of(ctx context.Context, personID string, n int) ([]Letter, error)
	// Waiting lists letters for the desk: waiting ones first, the more dangerous before, then the oldest.
	Desk(ctx context.Context, cursor string, limit int) ([]Letter, string, error)
	// Newest lists letters, the newest first.
	Newest(ctx context.Context, cursor string, limit int) ([]Letter, string, error)
	CountWaiting(ctx context.Context) (int, error)
}

// Service sends and answers letters. Risk reads a letter's level; Bus may be nil; NewID and NewCode have working defaults.
type Service struct {
	Store   Store
	Outbox  outbox.Queue
	Bus     live.Bus
	Now     func() time.Time
	NewID   func() string
	NewCode func() string // 9 characters in threes, 43 random bits
	Risk    func(text string) risk.Level
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Service) newID() string {
	if s.NewID != nil {
		return s.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	const alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
	code := make([]byte, 0, 11)
	for i := range 9 {
		if i > 0 && i%3 == 0 {
			code = append(code, '-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		code = append(code, alphabet[n.Int64()])
	}
	return string(code)
}

// normalCode brings a code that somebody typed to its one form.
func normalCode(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
	if len(s) != 9 {
		return ""
	}
	return s[:3] + "-" + s[3:6] + "-" + s[6:]
}

func (s *Service) touch(ctx context.Context) {
	if s.Bus != nil {
		_ = s.Bus.Publish(ctx, live.TopicLetters) // pages read again by themselves within seconds
	}
}

// Send keeps a letter; a second call with the key returns the first one's.
func (s *Service) Send(ctx context.Context, key, personID, text string) (Letter, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return Letter{}, ErrEmpty
	case n > MaxRunes:
		return Letter{}, ErrLong
	}
	l := Letter{ID: s.newID(), Person: personID, Code: s.newCode(), Key: key, Level: risk.None, Text: text, SentAt: s.now()}
	if s.Risk != nil {
		l.Level = s.Risk(text)
	}
	l, err := s.Store.Save(ctx, l)
	if err != nil {
		return Letter{}, fmt.Errorf("send a letter: %w", err)
	}
	s.touch(ctx)
	return l, nil
}

// Answer writes an answer, and tells the writer that there is one, in one transaction.
func (s *Service) Answer(ctx context.Context, id, staffName, text string) error {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return ErrEmpty
	case n > 2*MaxRunes:
		return ErrLong
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		if !l.AnsweredAt.IsZero() {
			return ErrAnswered
		}
		l.Answer, l.AnsweredBy, l.AnsweredAt = text, staffName, s.now()
		if err := s.Store.Answer(ctx, l); err != nil {
			return err
		}
		payload, err := json.Marshal(map[string]any{"person": l.Person, "replies": []channel.Reply{{Text: "你寄的信，老师回信了。发“看回信”就能看到。"}}})
		if err != nil {
			return err
		}
		return s.Outbox.Put(ctx, outbox.Row{ID: s.newID(), Key: "letter-answered:" + l.ID, Kind: "deliver", Person: l.Person, Payload: payload, RunAt: s.now()})
	})
	if err != nil {
		return fmt.Errorf("answer letter %s: %w", id, err)
	}
	s.touch(ctx)
	return nil
}

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	return []dialog.Command{
		{Name: "letter.send", Args: types{"text": dialog.TypeText}, Results: types{"code": dialog.TypeText}, Outcomes: []string{"ok", "empty", "long"}, Run: s.send},
		{Name: "letter.read", Args: types{"code": dialog.TypeText}, Results: types{"answer": dialog.TypeText}, Outcomes: []string{"answered", "waiting", "missing"}, Run: s.read},
		{Name: "letter.mine", Results: types{"letters": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.mine},
	}
}

func (s *Service) send(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, err := s.Send(ctx, c.Key, c.Person, c.Text("text"))
	switch {
	case errors.Is(err, ErrEmpty):
		return dialog.Result{Outcome: "empty"}, nil
	case errors.Is(err, ErrLong):
		return dialog.Result{Outcome: "long"}, nil
	case err != nil:
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"code": l.Code}}, nil
}

func (s *Service) read(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	code := normalCode(c.Text("code"))
	if code == "" {
		return dialog.Result{Outcome: "missing"}, nil
	}
	l, err := s.Store.ByCode(ctx, code)
	switch {
	case errors.Is(err, ErrNotFound):
		return dialog.Result{Outcome: "missing"}, nil
	case err != nil:
		return dialog.Result{}, fmt.Errorf("read a letter: %w", err)
	case l.AnsweredAt.IsZero():
		return dialog.Result{Outcome: "waiting"}, nil
	}
	return dialog.Result{Outcome: "answered", Vars: map[string]any{"answer": l.Answer}}, nil
}

// mineShown is how many of their letters a person is offered.
const mineShown = 5

func (s *Service) mine(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	ls, err := s.Store.Of(ctx, c.Person, mineShown)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list letters: %w", err)
	}
	if len(ls) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	var cs []channel.Choice
	for _, l := range ls {
		state := "还没回"
		if !l.AnsweredAt.IsZero() {
			state = "已回信"
		}
		cs = append(cs, channel.Choice{Label: l.SentAt.In(guangzhou).Format("1月2日 15:04") + "（" + state + "）", Say: l.Code})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"letters": cs}}, nil
}

// guangzhou keeps one time all year.
var guangzhou = time.FixedZone("Asia/Shanghai", 8*3600)
