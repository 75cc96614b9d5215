package letter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// A person writes at one thing at a time: a letter, or something to ask on about an answer. What they wrote is kept with
// every message, so that neither danger, nor a lost session, nor a week's thought takes a word of it.

// KindStale is the outbox kind of the look at a letter that was begun and never sent.
const KindStale = "letter.stale"

// staleAfter is how long what was begun and not sent is kept after its last part: no longer than it is of use.
const staleAfter = 30 * 24 * time.Hour

type stale struct {
	Letter string `json:"letter"`
}

// Kind implements outbox.Job.
func (stale) Kind() string { return KindStale }

// Unsent returns what the person is writing; ErrNotFound where they are at nothing.
func (s *Service) Unsent(ctx context.Context, personID string) (Letter, error) {
	l, err := s.Store.WrittenBy(ctx, personID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return l, fmt.Errorf("look for a letter that is being written: %w", err)
	}
	return l, err
}

// Add keeps one more part of what the person is writing, where it was said, and begins a letter where they are at none. A part
// whose key is known is there already. The level rises with the parts.
func (s *Service) Add(ctx context.Context, personID string, p Part) (l Letter, err error) {
	if p.Text = strings.TrimSpace(p.Text); p.Text == "" {
		return l, ErrEmpty
	}
	p.Level, p.At = s.read(p.Text).Level, s.Time()
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err = s.Store.WrittenBy(ctx, personID)
		begun := errors.Is(err, ErrNotFound)
		if err != nil && !begun {
			return err
		}
		if begun {
			l = Letter{ID: s.ID(), Person: personID, Code: s.newCode(), Key: "begun:" + p.Key, State: Writing, Level: risk.None, Drafting: true, SentAt: s.Time(), TurnAt: s.Time()}
		}
		if slices.ContainsFunc(l.Parts, func(known Part) bool { return known.Key == p.Key }) {
			return nil
		}
		if len(l.Parts) >= MaxParts || utf8.RuneCountInString(joined(l.Parts))+utf8.RuneCountInString(p.Text) > MaxRunes {
			return ErrLong
		}
		l.Parts = slices.Insert(l.Parts, placeOf(l.Parts, p), p)
		if err := s.noteCase(ctx, &l, p.Level); err != nil {
			return err
		}
		if !begun {
			return s.Store.Update(ctx, l)
		}
		if l, err = s.Store.Save(ctx, l); err != nil {
			return err
		}
		return s.lookLater(ctx, l)
	})
	if err != nil {
		return l, fmt.Errorf("keep a part of a letter: %w", err)
	}
	return l, nil
}

// placeOf is where a part belongs: in an outage, lines that were said one after the other may be handled by several replicas.
func placeOf(parts []Part, p Part) int {
	at := len(parts)
	for p.Order != "" && at > 0 && parts[at-1].Order > p.Order {
		at--
	}
	return at
}

// noteCase remembers which case grave words raised: the letter's page leads there.
func (s *Service) noteCase(ctx context.Context, l *Letter, level risk.Level) error {
	if !level.AtLeast(risk.Medium) || s.OpenCase == nil {
		return nil
	}
	id, err := s.OpenCase(ctx, l.Person)
	if err == nil && id != "" {
		l.Case = id
	}
	return err
}

func (s *Service) lookLater(ctx context.Context, l Letter) error {
	at := s.Time()
	if n := len(l.Parts); n > 0 {
		at = l.Parts[n-1].At
	}
	at = at.Add(staleAfter)
	return outbox.Ask(ctx, s.Outbox, stale{l.ID}, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("%s:%s:%d", KindStale, l.ID, at.UnixMicro()), Person: l.Person, RunAt: at})
}

// Stale is the outbox's look at a letter that was begun a month ago: where nothing was added since, it is taken away.
func (s *Service) Stale(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[stale](r)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.ForUpdate(ctx, p.Letter)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil || len(l.Parts) == 0 {
			return err
		}
		if s.Time().Before(l.Parts[len(l.Parts)-1].At.Add(staleAfter)) {
			return s.lookLater(ctx, l)
		}
		return s.drop(ctx, l)
	})
	if err != nil {
		return fmt.Errorf("take away a letter that was never sent: %w", err)
	}
	return nil
}

// Unadd takes away the last part.
func (s *Service) Unadd(ctx context.Context, personID string) (l Letter, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err = s.Store.WrittenBy(ctx, personID)
		if err != nil {
			return err
		}
		if len(l.Parts) == 0 {
			return ErrEmpty
		}
		l.Parts = l.Parts[:len(l.Parts)-1]
		return s.Store.Update(ctx, l)
	})
	return l, err
}

// Discard takes away all that the person is writing.
func (s *Service) Discard(ctx context.Context, personID string) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.WrittenBy(ctx, personID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.drop(ctx, l)
	})
}

// drop ends the writing of a letter: one that was never sent is gone with it.
func (s *Service) drop(ctx context.Context, l Letter) error {
	if l.State == Writing {
		return s.Store.Remove(ctx, l.ID)
	}
	l.Parts, l.Drafting = nil, false
	return s.Store.Update(ctx, l)
}

// AskOn begins to ask on about a letter's answer. ErrChanged says that the person is in the middle of something else.
func (s *Service) AskOn(ctx context.Context, personID, code string) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		at, err := s.Store.WrittenBy(ctx, personID)
		switch {
		case err == nil && at.Code != code && len(at.Parts) > 0:
			return ErrChanged
		case err == nil && at.Code == code:
			return nil
		case err == nil:
			if err := s.drop(ctx, at); err != nil {
				return err
			}
		case !errors.Is(err, ErrNotFound):
			return err
		}
		l, err := s.own(ctx, personID, code)
		if err != nil {
			return err
		}
		if l.State != Answered {
			return ErrWaits
		}
		l.Drafting = true
		return s.Store.Update(ctx, l)
	})
}

// own returns a letter of the person's own by its code, for update.
func (s *Service) own(ctx context.Context, personID, code string) (Letter, error) {
	l, err := s.Store.ByCode(ctx, code)
	if err != nil {
		return l, err
	}
	if l.Person != personID || l.State == Writing {
		return Letter{}, ErrNotFound
	}
	return s.Store.ForUpdate(ctx, l.ID)
}

// Sent is what came of sending. Whole is set where the letter as a whole says more danger than any of its parts did.
type Sent struct {
	Letter
	AskedOn bool
	Whole   risk.Reading
}

// Send sends what the person is writing: a letter, or what they ask on. A second call with the key returns the first one's.
func (s *Service) Send(ctx context.Context, key, personID string) (sent Sent, err error) {
	leave := func() {}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		sent = Sent{}
		l, err := s.Store.WrittenBy(ctx, personID)
		if errors.Is(err, ErrNotFound) { // a repeated message, or nothing was written
			sent.Letter, err = s.Store.ByKey(ctx, key)
			if errors.Is(err, ErrNotFound) {
				return ErrEmpty
			}
			sent.AskedOn = len(sent.Turns) > 1
			return err
		}
		if err != nil {
			return err
		}
		if len(l.Parts) == 0 {
			return ErrEmpty
		}
		text, most, called := joined(l.Parts), risk.None, false
		for _, p := range l.Parts {
			most = risk.Max(most, p.Level)
			called = called || p.Level.AtLeast(risk.Medium)
		}
		whole := s.read(text)
		if whole.Calls() && !called {
			sent.Whole = whole
		}
		l.Level = risk.Max(l.Level, risk.Max(most, whole.Level))
		sent.AskedOn = l.State != Writing
		if !sent.AskedOn {
			l.SentAt = s.Time()
			leave() // a transaction may run again
			if leave, err = s.door(ctx, l); err != nil {
				return err
			}
		}
		l.Turns = append(l.Turns, Turn{Text: text, At: s.Time()})
		l.Parts, l.Drafting, l.Key = nil, false, key
		l.State, l.TurnAt, l.AnsweredAt, l.Rating, l.Back = Waiting, s.Time(), time.Time{}, "", Hand{}
		sent.Letter = l
		if !l.Publishable() { // what its writer says now is graver than what was published
			if err := s.dropPiece(ctx, l.ID); err != nil {
				return err
			}
		}
		return s.Store.Update(ctx, l)
	})
	if err != nil {
		leave()
		return sent, fmt.Errorf("send a letter: %w", err)
	}
	s.touch(ctx)
	return sent, nil
}

// door asks whether one more letter may be sent. Whoever is in danger is let through: nothing stands before help.
func (s *Service) door(ctx context.Context, l Letter) (leave func(), err error) {
	if s.Door == nil || l.Level.AtLeast(risk.Medium) {
		return func() {}, nil
	}
	return s.Door(ctx, l.Person, budget.Of(ctx).Network)
}

func joined(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return strings.Join(texts, "\n")
}

// The lengths of what is shown of a letter before it is sent: a chat bubble holds no more.
const (
	shownWhole = 300
	shownHead  = 180
	shownTail  = 80
)

// Preview is what its writer sees of what they wrote before they send it: all of it, or its beginning and its end.
func (l Letter) Preview() string {
	text := []rune(joined(l.Parts))
	if len(text) <= shownWhole {
		return string(text)
	}
	return string(text[:shownHead]) + fmt.Sprintf("\n……（中间 %d 个字）……\n", len(text)-shownHead-shownTail) + string(text[len(text)-shownTail:])
}
