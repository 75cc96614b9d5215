// Package casework is the file of a person in danger: one person, one open case, with its signals, its level, who has
// it and every step stamped with who and when. It decides what may happen to a case; it shows nothing and sends nothing.
package casework

import (
	"context"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// The errors of casework.
var (
	ErrNotFound = errors.New("casework: no such case")
	ErrTaken    = errors.New("casework: another colleague has the case")
	ErrClosed   = errors.New("casework: the case is closed")
	ErrNotYours = errors.New("casework: take the case first")
)

// Status is where a case stands.
type Status string

// The statuses of a case, in their order.
const (
	StatusOpen         Status = "open"         // nobody has seen it
	StatusAcknowledged Status = "acknowledged" // somebody said: I have seen it
	StatusTalking      Status = "talking"      // a counsellor has the conversation; the dialog is silent
	StatusHandedBack   Status = "handed_back"  // the counsellor gave the conversation back; the case is still open work
	StatusClosed       Status = "closed"
)

// Case is one person's file. Level only rises by signals; only staff lower it.
type Case struct {
	ID             string
	Person         string // person ID
	Alias          string
	Channel        string
	Level          risk.Level
	Subject        risk.Subject
	Status         Status
	Reason         string // why it was opened, one plain Chinese sentence that quotes nothing
	OpenedAt       time.Time
	LastSignalAt   time.Time
	AcknowledgedAt time.Time // zero while nobody has
	Assignee       string    // staff ID, "" while nobody has the conversation
	AssigneeName   string
	ClosedAt       time.Time
	Unread         int // messages of the person since staff last looked
}

// Signal is one sign of danger, or a wish to talk with a human (Level low, Rule "human").
type Signal struct {
	ID      string
	Person  string
	Level   risk.Level
	Subject risk.Subject
	Rule    string
	Reason  string
	Message string // transcript message ID, "" where there is none
	Key     string // idempotency key: a signal is recorded once
	At      time.Time
}

// StepKind names something that was done for a case.
type StepKind string

// The steps.
const (
	StepOpened       StepKind = "opened"
	StepSignal       StepKind = "signal"
	StepAcknowledged StepKind = "acknowledged"
	StepTaken        StepKind = "taken"
	StepHandedBack   StepKind = "handed_back"
	StepClosed       StepKind = "closed"
)

// Step is one line of a case's history.
type Step struct {
	Kind  StepKind
	Staff string // staff display name, "" for the program
	Note  string
	At    time.Time
}

// Actor is the member of staff, or API client, who does something.
type Actor struct {
	ID   string
	Name string
}

// Filter chooses cases for a list.
type Filter struct {
	Open   bool   // only what is not closed
	Limit  int    // at most 200; 0 means 50
	Cursor string // from the last page
}

// Store is what casework needs of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// OpenOf returns the person's open case, locked for update inside a transaction; ErrNotFound where there is none.
	OpenOf(ctx context.Context, personID string) (Case, error)
	// ForUpdate returns a case locked for update inside a transaction.
	ForUpdate(ctx context.Context, id string) (Case, error)
	Get(ctx context.Context, id string) (Case, error)
	// Insert fails with ErrTaken when the person has an open case already (a unique constraint).
	Insert(ctx context.Context, c Case) error
	Update(ctx context.Context, c Case) error
	// AddSignal reports false when the signal's Key is known.
	AddSignal(ctx context.Context, caseID string, s Signal) (bool, error)
	AddStep(ctx context.Context, caseID string, s Step) error
	Signals(ctx context.Context, caseID string) ([]Signal, error)
	Steps(ctx context.Context, caseID string) ([]Step, error)
	// List returns cases by urgency: imminent first, unacknowledged before acknowledged, then the oldest signal first; next is "" at the end.
	List(ctx context.Context, f Filter) (cases []Case, next string, err error)
}

// Service decides. Methods (see service.go):
//
//	Raise(ctx, Signal) (Case, error)                      joins the person's open case or opens one; idempotent by Signal.Key
//	Acknowledge(ctx, id, Actor) (Case, error)             idempotent
//	Take(ctx, id, Actor) (Case, error)                    gives the actor the conversation; ErrTaken
//	HandBack(ctx, id, Actor, closing string) (Case, error) gives it back to the dialog
//	Close(ctx, id, Actor, outcome string) (Case, error)
//	TalkingWith(ctx, personID) (caseID string, err error)  "" where the dialog speaks
//
// Every change writes, in the same transaction, its Step and the outbox rows that AfterChange returns.
