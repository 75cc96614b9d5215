// Package letter is the anonymous letter: a person writes it in as many messages as they like, gets a code, reads the answer
// by it and may ask on. Staff claim it, write the answer together, and have it seen by a second pair of eyes before it goes
// out. With the writer's consent an edited piece of it stands in the public column. Who wrote is kept for delivering the
// answer alone and is shown to nobody; the words are sealed. Start reading at Service; writing.go is the writer's side,
// answering.go the desk's, consent.go and column.go what is published.
package letter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/shortcode"
)

// The errors of letters.
var (
	ErrNotFound = errors.New("letter: no such letter")
	ErrEmpty    = errors.New("letter: it is empty")
	ErrLong     = errors.New("letter: it is too long")
	ErrAnswered = errors.New("letter: it has an answer")
	ErrWaits    = errors.New("letter: it still waits for an answer")
	ErrChecking = errors.New("letter: the answer is with a colleague")
	ErrClaimed  = errors.New("letter: a colleague has it")
	ErrConflict = errors.New("letter: a colleague saved the draft in between; both texts are kept")
	ErrChanged  = errors.New("letter: it changed in between")
	ErrOwn      = errors.New("letter: a second person must do this")
	ErrRight    = errors.New("letter: not for this role")
	ErrReason   = errors.New("letter: a reason is needed")
	ErrConsent  = errors.New("letter: its writer has not agreed to publishing")
	ErrTicks    = errors.New("letter: the checklist of traces is not complete")
	ErrGrave    = errors.New("letter: it tells of danger and is not for the public column")
	ErrPaused   = errors.New("letter: too many codes were tried")
)

// The bounds of a letter. A part is one message; the answer may be longer than what one message holds.
const (
	MaxRunes  = 5000 // of a letter, and of what is asked on at a time
	MaxParts  = 60
	MaxAnswer = 4000
)

// State is where a letter stands.
type State string

// The states.
const (
	Writing  State = "writing"  // its writer has not sent it: nobody else sees it
	Waiting  State = "waiting"  // for an answer
	Checking State = "checking" // an answer is written and waits for a second pair of eyes
	Answered State = "answered"
)

// Part is one message of what its writer is still writing. Key is the message's, and Order compares like when it was said;
// without one it belongs at the end.
type Part struct {
	Key   string     `json:"key"`
	Order string     `json:"order,omitempty"`
	Text  string     `json:"text"`
	Level risk.Level `json:"level"`
	At    time.Time  `json:"at"`
}

// Turn is what was written at one time and its answer. The first turn is the letter, later ones what was asked on.
type Turn struct {
	Text       string    `json:"text"`
	At         time.Time `json:"at"`
	Answer     string    `json:"answer,omitempty"`
	By         string    `json:"by,omitempty"`     // display name of who handed the answer in
	Second     string    `json:"second,omitempty"` // of who approved it; empty where nobody else was there, or Alone says why
	Alone      string    `json:"alone,omitempty"`  // the supervisor's reason for sending it without a second pair of eyes
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	OpenedAt   time.Time `json:"opened_at,omitzero"` // when its writer first read it
}

// Hand is a member of staff with the time of what they did.
type Hand struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`
}

// None says that nobody did it.
func (h Hand) None() bool { return h.ID == "" }

// Letter is one letter with all its turns. Code is known to its writer alone and is never shown to staff.
type Letter struct {
	ID           string
	Person       string
	Code         string
	Key          string
	State        State
	Level        risk.Level // the highest of its parts
	Turns        []Turn
	Parts        []Part // what is being written and not sent
	Drafting     bool   // its writer is at it: a letter of their own, or something to ask on
	Case         string // the case that its words raised, "" where none
	Claim        Hand   // who took it
	Pending      Hand   // who handed the answer in, while State is Checking
	Back         Hand   // who gave the answer back, with what is to be mended
	DraftVersion int    // of the shared draft of the answer
	Rating       Rating
	Consent      Consent
	SentAt       time.Time // of the first turn
	TurnAt       time.Time // of the latest: since when it waits
	AnsweredAt   time.Time // zero while it waits
}

// Number is what staff call a letter. It leads to nobody.
func (l Letter) Number() string {
	return l.SentAt.In(citytime.Zone).Format("0102-1504") + "-" + l.ID[max(0, len(l.ID)-4):]
}

// Waits says that the letter has turns without an answer.
func (l Letter) Waits() bool { return l.State == Waiting || l.State == Checking }

// Latest is its latest turn; the zero turn while the letter is being written.
func (l Letter) Latest() Turn {
	if len(l.Turns) == 0 {
		return Turn{}
	}
	return l.Turns[len(l.Turns)-1]
}

// LastAnswer is the latest turn that has an answer.
func (l Letter) LastAnswer() (Turn, bool) {
	for i := len(l.Turns) - 1; i >= 0; i-- {
		if !l.Turns[i].AnsweredAt.IsZero() {
			return l.Turns[i], true
		}
	}
	return Turn{}, false
}

// Actor is the member of staff who does something. Leads says that they may publish, and send an answer alone.
type Actor struct {
	ID    string
	Name  string
	Leads bool
}

// Tab is a part of the desk's list.
type Tab string

// The tabs.
const (
	TabWaiting  Tab = "waiting"  // all that wait for an answer, whoever has them
	TabMine     Tab = "mine"     // those that I took
	TabChecking Tab = "checking" // answers that wait for a second pair of eyes
	TabAnswered Tab = "answered"
	TabColumn   Tab = "column" // those whose writers agreed to publishing
)

// Filter asks for a page of the desk's list.
type Filter struct {
	Tab    Tab
	Staff  string // whose, for TabMine
	Cursor string
	Limit  int
}

// Store is what letters need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Save keeps a new letter and returns it, or the one that its Key has already.
	Save(ctx context.Context, l Letter) (Letter, error)
	Get(ctx context.Context, id string) (Letter, error)
	// ForUpdate returns a letter locked for update inside a transaction.
	ForUpdate(ctx context.Context, id string) (Letter, error)
	// Update writes everything of a letter.
	Update(ctx context.Context, l Letter) error
	// Remove takes away a letter that was never sent.
	Remove(ctx context.Context, id string) error
	ByCode(ctx context.Context, code string) (Letter, error)
	// ByKey returns the letter that was last sent under a key.
	ByKey(ctx context.Context, key string) (Letter, error)
	// WrittenBy returns the letter that a person is writing at, and holds the person until the transaction ends.
	WrittenBy(ctx context.Context, personID string) (Letter, error)
	// Of lists letters that a person sent, the newest first.
	Of(ctx context.Context, personID string, n int) ([]Letter, error)
	// Desk lists letters for the desk: the more dangerous first, then the one that waits longest; answered ones the newest first.
	Desk(ctx context.Context, f Filter) ([]Letter, string, error)
	// Newest lists letters that were sent, the newest first.
	Newest(ctx context.Context, cursor string, limit int) ([]Letter, string, error)
	CountWaiting(ctx context.Context) (int, error)
	// Counts says how many letters stand in each tab, for one member of staff.
	Counts(ctx context.Context, staffID string) (map[Tab]int, error)
	// Ratings counts the answers that writers rated.
	Ratings(ctx context.Context) (map[Rating]int, error)
	DraftStore
	ColumnStore
	// CountTry counts one more try under a key and returns how many there were since the window began; a window older than
	// since begins anew.
	CountTry(ctx context.Context, key string, now, since time.Time) (int, error)
}

// Service sends, answers and publishes letters. Bus may be nil; NewID, NewCode and Now have working defaults.
type Service struct {
	Store  Store
	Outbox outbox.Queue
	Trail  *audit.Log // who opened what at the desk; without it nothing is opened there
	Bus    live.Bus
	citytime.Clock
	NewCode  func() string                                                       `wired:"optional"` // 9 characters in threes, 43 random bits
	Risk     func(text string) risk.Reading                                      // how a letter reads; nil reads nothing
	OpenCase func(ctx context.Context, personID string) (string, error)          // the person's open case, "" for none; may be nil
	Address  func(ctx context.Context, personID string) (channel.Address, error) // to count tries by account; may be nil
	Eyes     func(ctx context.Context) (int, error)                              // how many active colleagues may answer letters; nil is one
	Apart    func(ctx context.Context, first, second string) error               // ErrOwn where two accounts are one person's; nil: two accounts are two people
	// Door lets somebody send so many letters, and asks whoever is new from a network to show that they are there, by an error
	// of its own; leave gives it back. A letter of somebody in danger does not come to it. nil: nobody is asked.
	Door func(ctx context.Context, personID, network string) (leave func(), err error)

	column columnCache
}

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	c := shortcode.New(9)
	return c[:3] + "-" + c[3:6] + "-" + c[6:]
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

func (s *Service) read(text string) risk.Reading {
	if s.Risk == nil {
		return risk.Reading{Level: risk.None}
	}
	return s.Risk(text)
}

func (s *Service) touch(ctx context.Context) {
	if s.Bus != nil {
		_ = s.Bus.Publish(ctx, live.TopicLetters) // pages read again by themselves within seconds
	}
}

// change reads a letter for update, lets f change it and writes it, in one transaction. What f returns ends it unwritten.
func (s *Service) change(ctx context.Context, id, doing string, f func(ctx context.Context, l *Letter) error) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.ForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if l.State == Writing {
			return ErrNotFound // staff know nothing of it
		}
		if err := f(ctx, &l); err != nil {
			return err
		}
		return s.Store.Update(ctx, l)
	})
	if err != nil {
		return fmt.Errorf("%s letter %s: %w", doing, id, err)
	}
	s.touch(ctx)
	return nil
}
