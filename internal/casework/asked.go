package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Asked is a question that the program put to a person because what they said was not clear. It is no case: nobody is
// called for it before the answer. Staff see what was asked and what came of it in a list of its own.
type Asked struct {
	ID         string // UUIDv7: the newest question has the highest
	Key        string // idempotency key: a question is recorded once
	Person     string // person ID
	Alias      string // filled in by the store when read
	Channel    string // filled in by the store when read
	Subject    risk.Subject
	Category   string  // what the reading is about, as risk names it: suicide, bullying
	Score      float64 // severity of the reading, 0 to 1
	Reason     string  // why it was asked, one plain Chinese sentence that quotes nothing
	Message    string  // transcript ID of what made the program ask
	At         time.Time
	Outcome    AskedOutcome
	Answer     string // transcript ID of the answer, "" while there is none
	AnsweredAt time.Time
	Case       string // the case that it became, "" where it became none
}

// AskedOutcome is what came of a question.
type AskedOutcome string

// The outcomes of a question. Yes, unclear, and silence after a grave sign became a case.
const (
	AskedWaiting AskedOutcome = "waiting"
	AskedNo      AskedOutcome = "no"
	AskedYes     AskedOutcome = "yes"
	AskedUnclear AskedOutcome = "unclear"
	AskedSilent  AskedOutcome = "silent" // nothing came
	AskedLeft    AskedOutcome = "left"   // the person went on with something else
)

// Label is the outcome as people read it.
func (o AskedOutcome) Label() string {
	switch o {
	case AskedWaiting:
		return "等对方回答"
	case AskedNo:
		return "说没有"
	case AskedYes:
		return "说有"
	case AskedUnclear:
		return "没说清"
	case AskedSilent:
		return "没有回话"
	case AskedLeft:
		return "去看别的了"
	}
	return string(o)
}

// ends says whether the outcome may end a question.
func (o AskedOutcome) ends() bool {
	switch o {
	case AskedNo, AskedYes, AskedUnclear, AskedSilent, AskedLeft:
		return true
	case AskedWaiting:
	}
	return false
}

// topics are the categories of risk in the words of staff.
var topics = map[string]string{
	"suicide": "可能想到了死", "self_harm": "可能在伤害自己", "overdose": "可能乱吃了药", "means": "可能备了危险的东西",
	"farewell": "像是在告别", "hopeless": "觉得没有希望", "distress": "心里很难受", "grief": "失去了重要的人",
	"abuse": "可能被家里人伤害", "sexual_abuse": "可能受到侵犯", "bullying": "可能被人欺负", "psychosis": "听到、看到让人害怕的东西",
	"eating": "吃东西成了难事", "runaway": "可能想离开家", "child_harm": "可能会伤到孩子", "burnout": "带孩子的人快撑不住",
	"violence": "可能会有人受伤",
}

// Topic says what the question was about, in the words of staff.
func (a Asked) Topic() string { return cmp.Or(topics[a.Category], "让人放心不下的话") }

// Result says what came of the question, and whether it is with staff.
func (a Asked) Result() string {
	label := a.Outcome.Label()
	if a.Case == "" {
		return label
	}
	switch a.Outcome {
	case AskedYes, AskedUnclear, AskedSilent:
		return label + " · 已进队列"
	case AskedWaiting, AskedNo, AskedLeft:
	}
	return label + " · 老师在跟进"
}

// AskedAnswer ends a question that waits: that of the Key, or the person's latest.
type AskedAnswer struct {
	Outcome AskedOutcome
	Key     string // of the question; "" is the latest
	Message string // transcript ID
	Case    string
	At      time.Time
}

// AskedCounts is how many questions were put, and how many of all wait for an answer.
type AskedCounts struct {
	Since   int
	Waiting int
}

// ErrNoAsked says that there is no such question.
var ErrNoAsked = errors.New("casework: no such question")

// AskedStore is what keeping asked talks needs of the database. Writes join the transaction that ctx carries.
type AskedStore interface {
	// AddAsked reports false when a question of this key was recorded before.
	AddAsked(ctx context.Context, a Asked) (bool, error)
	// EndAsked writes the outcome of the person's waiting question that a names, or of the latest; it reports false where none
	// waits. With the latest, earlier ones that still wait were left behind, and say so from then on. A case that staff made
	// of it stays, unless a names one.
	EndAsked(ctx context.Context, personID string, a AskedAnswer) (bool, error)
	// LinkAsked writes which case a question became, by its ID or its key; the first one counts.
	LinkAsked(ctx context.Context, idOrKey, caseID string) error
	// WaitingAsked returns the person's latest question that waits; ErrNoAsked where none does.
	WaitingAsked(ctx context.Context, personID string) (Asked, error)
}

// AskedList is what the list of them needs.
type AskedList interface {
	GetAsked(ctx context.Context, id string) (Asked, error)
	// ListAsked returns questions, newest first; next is "" at the end.
	ListAsked(ctx context.Context, f Filter) (list []Asked, next string, err error)
	CountAsked(ctx context.Context, since time.Time) (AskedCounts, error)
}

// Ask records a question that was put. The caller writes the conversation in the same transaction.
func (s *Service) Ask(ctx context.Context, a Asked) error {
	if a.Key == "" {
		return ErrKey
	}
	a.ID, a.Outcome = s.ID(), AskedWaiting
	if a.At.IsZero() {
		a.At = s.now()
	}
	if _, err := s.Store.AddAsked(ctx, a); err != nil {
		return fmt.Errorf("record a question: %w", err)
	}
	s.tellAsked(ctx)
	return nil
}

// Answered records what came of the person's question.
func (s *Service) Answered(ctx context.Context, personID string, a AskedAnswer) error {
	if !a.Outcome.ends() {
		return fmt.Errorf("record what came of a question: %w", ErrOutcome)
	}
	if a.At.IsZero() {
		a.At = s.now()
	}
	if _, err := s.Store.EndAsked(ctx, personID, a); err != nil {
		return fmt.Errorf("record what came of a question: %w", err)
	}
	s.tellAsked(ctx)
	return nil
}

// Waiting returns the question that waits for the person's answer; false where none does.
func (s *Service) Waiting(ctx context.Context, personID string) (Asked, bool, error) {
	a, err := s.Store.WaitingAsked(ctx, personID)
	if errors.Is(err, ErrNoAsked) {
		return Asked{}, false, nil
	}
	return a, err == nil, err
}

// Unanswered ends a question that nobody answered, and raises a signal for it where one is given. It does nothing, and
// reports false, where the question waits no more.
func (s *Service) Unanswered(ctx context.Context, personID, key string, sig *Signal) (waited bool, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		waited, err = s.Store.EndAsked(ctx, personID, AskedAnswer{Outcome: AskedSilent, Key: key, At: s.now()})
		if err != nil || !waited || sig == nil {
			return err
		}
		c, err := s.Raise(ctx, *sig)
		if err != nil {
			return err
		}
		return s.Store.LinkAsked(ctx, key, c.ID)
	})
	if err != nil {
		return false, fmt.Errorf("end a question that nobody answered: %w", err)
	}
	s.tellAsked(ctx)
	return waited, nil
}

// Asked returns asked talks, the newest first.
func (s *Service) Asked(ctx context.Context, f Filter) ([]Asked, string, error) {
	list, next, err := s.Store.ListAsked(ctx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list asked talks: %w", err)
	}
	return list, next, nil
}

// CountAsked returns how many questions were put since a moment, and how many wait.
func (s *Service) CountAsked(ctx context.Context, since time.Time) (AskedCounts, error) {
	n, err := s.Store.CountAsked(ctx, since)
	if err != nil {
		return AskedCounts{}, fmt.Errorf("count asked talks: %w", err)
	}
	return n, nil
}

// FollowAsked makes a case of an asked talk that staff do not want to let go, once. Whoever wants it has seen it, so that
// no colleague is called for it.
func (s *Service) FollowAsked(ctx context.Context, id string, by Actor) (Case, error) {
	a, err := s.Store.GetAsked(ctx, id)
	if err != nil {
		return Case{}, fmt.Errorf("follow an asked talk: %w", err)
	}
	if a.Case != "" {
		return s.Get(ctx, a.Case)
	}
	sig := Signal{Person: a.Person, Level: risk.Medium, Subject: a.Subject, Rule: "asked-staff",
		Reason: by.Name + "看过这段问答，觉得要跟进", Message: a.Message, Key: "asked:" + a.ID, At: s.now()}
	return s.raiseAnd(ctx, sig, func(ctx context.Context, c Case) (Case, error) {
		if err := s.Store.LinkAsked(ctx, a.ID, c.ID); err != nil || c.Status == StatusClosed {
			return c, err
		}
		return s.Acknowledge(ctx, c.ID, by)
	})
}

func (s *Service) tellAsked(ctx context.Context) {
	if s.Bus != nil { // a page that misses it hears with the next touch
		_ = s.Bus.Publish(ctx, live.TopicCases)
	}
}
