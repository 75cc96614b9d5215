package survey

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// ErrNotFound says that there is no such result.
var ErrNotFound = errors.New("survey: no such result")

// Result is a finished self-check. It belongs to the person and is shown to nobody else unless it was shared. Token
// opens its page. View is what the person was told at the time: a later edit of the scale changes nothing in it.
type Result struct {
	ID       string    `json:"-"`
	Person   string    `json:"-"`
	Survey   string    `json:"-"`
	Audience string    `json:"-"`
	Key      string    `json:"-"` // the idempotency key of the command that finished it
	Shared   time.Time `json:"-"` // when the person showed it to the counsellors; zero where not
	At       time.Time `json:"-"`
	Token    string    `json:"token"`
	Run      Run       `json:"run"`
	View     View      `json:"view"`
	Marks    []Mark    `json:"-"` // of a quiz, to be counted without a name
}

// Draft is a run that was left in the middle.
type Draft struct {
	Run Run
	At  time.Time
}

// Store keeps results and drafts, sealed.
type Store interface {
	// Save keeps a result and returns it, or the one that its Key has already; it drops the person's draft.
	Save(ctx context.Context, r Result) (Result, error)
	ByToken(ctx context.Context, token string) (Result, error)
	// Get returns a person's result; ErrNotFound also where it is somebody else's.
	Get(ctx context.Context, personID, id string) (Result, error)
	// Of returns up to n results of a person on a scale, the newest first.
	Of(ctx context.Context, personID, survey string, n int) ([]Result, error)
	// All returns up to n results of a person, the newest first.
	All(ctx context.Context, personID string, n int) ([]Result, error)
	// Share shows a result to the counsellors, or with a zero time to nobody any more.
	Share(ctx context.Context, personID, id string, at time.Time) error
	// SharedBy returns what a person has shared, the newest first.
	SharedBy(ctx context.Context, personID string) ([]Result, error)
	KeepDraft(ctx context.Context, personID string, d Draft) error
	// Draft returns the person's draft; ErrNotFound where there is none.
	Draft(ctx context.Context, personID string) (Draft, error)
	// Counts returns how many people came out where, in months before one ("2026-03"), which never name anybody.
	Counts(ctx context.Context, before string) ([]Count, error)
	// ItemCounts returns how many people answered the questions of quizzes right, in months before one.
	ItemCounts(ctx context.Context, before string) ([]ItemCount, error)
}

// Service offers the scales to flows and their results to pages. NewID and NewToken have working defaults.
type Service struct {
	Library func() *Library
	Store   Store
	Trail   *audit.Log // who at the desk saw which results; without it they are shown to nobody there
	citytime.Clock
	NewToken func() string `wired:"optional"` // 128 random bits that nobody guesses
	// Aged hears how old somebody says they are, and returns how old they are taken for: who once said that they are younger stays
	// so. Nil: what they say.
	Aged func(ctx context.Context, personID, audience string, years int) (int, error)
}

func (s *Service) newToken() string {
	if s.NewToken != nil {
		return s.NewToken()
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}
