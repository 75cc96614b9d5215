// Package casework is the file of a person in danger: one person, one open case, with its signals, its level, who has
// it and every step stamped with who and when. It decides what may happen to a case; it shows nothing and
// sends nothing: what must be sent or alerted is an outbox row in the same transaction. Start reading at Service.
package casework

import (
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

	ErrUnanswered = errors.New("casework: words of danger stand that nobody has answered")
	ErrNews       = errors.New("casework: the person wrote again since the form was made")
	ErrColleague  = errors.New("casework: not a colleague to hand over to, or to ask in")
	ErrOffer      = errors.New("casework: the hand-over is not offered any more")

	ErrEmpty   = errors.New("casework: nothing to say")
	ErrTooLong = errors.New("casework: the message is too long")
	ErrCursor  = errors.New("casework: the cursor is not one of ours")

	ErrKey          = errors.New("casework: the form has no key")
	ErrKind         = errors.New("casework: not a step that is written by hand")
	ErrLevel        = errors.New("casework: not a level to set")
	ErrReviewNeeded = errors.New("casework: another person must review first")
	ErrReviewOwn    = errors.New("casework: nobody reviews their own work")
	ErrVerdict      = errors.New("casework: not a verdict")
	ErrOutcome      = errors.New("casework: not an outcome")
	ErrReport       = errors.New("casework: whether the police must be told is not answered")
	ErrReportFirst  = errors.New("casework: the police must be told first")
	ErrAnswers      = errors.New("casework: not every question is answered")
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

// Waits is what a case waits for from a human while its clock runs (see clock.go).
type Waits string

// What a case may wait for, in the order in which it is usually given.
const (
	WaitsNothing Waits = ""
	WaitsEyes    Waits = "eyes"   // that somebody says: I have seen it
	WaitsTaking  Waits = "taking" // that whoever said so takes it, or writes down what they did
	WaitsAnswer  Waits = "answer" // that whoever has the conversation answers words of danger
)

// Case is one person's file. Level only rises by signals; only staff lower it (see SetLevel).
type Case struct {
	ID             string
	Number         int    // short, counts up, said aloud and written on paper: 1027
	Person         string // person ID
	Alias          string
	Channel        string
	Account        string // of the service, by which the person came
	Level          risk.Level
	Subject        risk.Subject
	Status         Status
	Reason         string // why it was opened, one plain Chinese sentence that quotes nothing
	OpenedAt       time.Time
	LastSignalAt   time.Time
	Waits          Waits
	WaitingSince   time.Time // since when it waits for that, or waited last
	DueAt          time.Time // when the next on the ladder is called; zero while no clock runs
	Rung           int       // how far up the ladder the calls of this wait have come, 0 for the first
	AnsweredAt     time.Time // when a human last spoke to the person, or did something for them; zero while none has
	AcknowledgedAt time.Time // zero while nobody has
	Promised       Actor     // who said 收到 and has not taken it yet; zero where nobody did
	Assignee       string    // staff ID, "" while nobody has the conversation
	AssigneeName   string
	Offered        Actor // the colleague to whom the assignee wants to hand over; zero while nobody
	OfferedAt      time.Time
	Second         Actor  // a colleague who was asked in, and may speak too
	District       string // whose duty it is; "" where it is not known
	Unproved       bool   // the person is a web visitor of whom nothing is known yet: anybody can make many of them
	Origin         string // keyed hash of the network address that an unproved visitor came from, "" where it is not known
	ClosedAt       time.Time
	Unread         int  // messages of the person since staff last looked
	Opened         bool // by this very signal; it is kept nowhere
}

// OpenState is what of an open case says who speaks with its person.
type OpenState struct {
	Case     string // its ID
	Status   Status
	Assignee string
}

// Before is what must be known before a signal is recorded.
type Before struct {
	Open    Case   // the person's open case; its ID is "" where there is none
	Alias   string // what the person is called, "" where they are no more
	Channel string
	Account string
	Known   string // the ID of the case in which the signal is recorded already, "" where it is new
}

// Unanswered says whether words of danger stand that no human has answered.
func (c Case) Unanswered() bool {
	return c.Status != StatusClosed && c.Level.AtLeast(risk.Medium) && c.LastSignalAt.After(c.AnsweredAt)
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

	Category string  // what the reading is about, as risk names it; "" where nothing was read
	Score    float64 // severity of the reading, 0 to 1

	Unproved bool   // see Case
	Origin   string // see Case
	At       time.Time

	// Unread says that the signal is a message of the person, which is counted with a case that it opens. In a case that was
	// open PersonSaid counts it.
	Unread bool
}

// StepKind names something that was done for a case.
type StepKind string

// The steps.
const (
	StepOpened          StepKind = "opened"
	StepSignal          StepKind = "signal"
	StepAcknowledged    StepKind = "acknowledged"
	StepTaken           StepKind = "taken"
	StepHandedBack      StepKind = "handed_back"
	StepReleased        StepKind = "released"       // whoever had it is not there any more: it is nobody's
	StepTakenOver       StepKind = "taken_over"     // a supervisor took it over
	StepOffered         StepKind = "offered"        // whoever has it wants to hand it over; Ref is to whom
	StepOfferBack       StepKind = "offer_returned" // the colleague did not take it
	StepHandedOver      StepKind = "handed_over"    // the colleague took it
	StepInvited         StepKind = "invited"        // a second counsellor was asked in; Ref is who
	StepJoined          StepKind = "joined"         // and spoke for the first time
	StepLeft            StepKind = "left"           // and is not in it any more
	StepRead            StepKind = "read"           // whoever has it read the last words, which need no answer
	StepCalled          StepKind = "called"         // staff called a colleague to it; Ref is whom
	StepClosed          StepKind = "closed"
	StepNote            StepKind = "note"
	StepContacted       StepKind = "contacted"  // the person, or who is beside them, was reached outside the chat
	StepWork            StepKind = "one_to_one" // one-to-one work (1对1干预)
	StepGuardian        StepKind = "guardian"   // a guardian was told
	StepSchool          StepKind = "school"     // the school was told
	StepPolice          StepKind = "police"     // the police were told, as 未成年人保护法 art. 11 asks
	StepTriage          StepKind = "triage"     // Code is the level that the answers suggest
	StepLevel           StepKind = "level"      // staff set the level
	StepReviewed        StepKind = "reviewed"   // a second person looked at it; Code is the verdict
	StepReferral        StepKind = "referral"   // Code is where it stands, Ref which
	StepPlanned         StepKind = "planned"    // staff set a follow-up
	StepReminded        StepKind = "reminded"   // the time of a follow-up has come
	StepFollowedUp      StepKind = "followed_up"
	StepNoAnswer        StepKind = "no_answer"
	StepIdentityAsked   StepKind = "identity_asked"   // one of two asked to open the person's identity
	StepIdentityOpened  StepKind = "identity_opened"  // the other agreed
	StepIdentityRefused StepKind = "identity_refused" // or said no
	StepIdentityAlone   StepKind = "identity_alone"   // whoever asked opened it by themselves: nobody answered
	StepIdentitySigned  StepKind = "identity_signed"  // a supervisor looked at that
	StepIdentityShown   StepKind = "identity_shown"
	StepSilent          StepKind = "silent"       // the person did not answer for some minutes
	StepSaidSafe        StepKind = "said_safe"    // the person said that they are safe
	StepSaidGone        StepKind = "said_gone"    // says that what could hurt is put away
	StepSaidStop        StepKind = "said_stop"    // wants to stop talking with the program
	StepSaidWrong       StepKind = "said_wrong"   // the person said that they were misunderstood
	StepUnfollowed      StepKind = "unfollowed"   // follows the account no more: nothing can be said to them
	StepFollowed        StepKind = "followed"     // follows it again
	StepSaidRevoked     StepKind = "said_revoked" // the person took back their consent on their platform
	StepOverdue         StepKind = "overdue"      // nobody acknowledged the case within the time of its level
	StepAlerted         StepKind = "alerted"      // staff were called, by the way and on the rung that the note says
	StepAlertFailed     StepKind = "alert_failed"
	StepUnreached       StepKind = "unreached" // the platform took a call to somebody's phone, and it did not arrive
	StepSwept           StepKind = "swept"     // a supervisor closed it with others of a flood of new visitors; Ref is the sweep
	StepKnown           StepKind = "known"     // staff say that the new visitor is a real person
)

// Gives says whether with the step the conversation became whoever's did it.
func (k StepKind) Gives() bool {
	return k == StepTaken || k == StepHandedOver || k == StepTakenOver
}

// Step is one line of a case's history.
type Step struct {
	Kind  StepKind
	Staff string // staff display name, "" for the program
	By    string // staff ID, "" for the program
	Note  string
	Code  string     // what of it: the outcome of a closing, the verdict of a review, where a referral stands
	Level risk.Level // the level of the case from here on, where the step set it
	Ref   string     // the referral or the follow-up that it belongs to
	Key   string     // of the form it was written on: a double click is one step
	At    time.Time
}

// Actor is the member of staff, or API client, who does something.
type Actor struct {
	ID   string
	Name string
}

// Delivery says where a message of staff is on its way to the person.
type Delivery string

// The deliveries.
const (
	DeliverySending Delivery = "sending" // in the queue, or being tried again
	DeliveryDone    Delivery = "delivered"
	DeliveryWaiting Delivery = "waiting" // the platform lets us answer only at the person's next contact
	DeliveryFailed  Delivery = "failed"  // can never arrive
)

// DeliveryKey is the outbox key of a staff message, by which its delivery is found again.
func DeliveryKey(messageID string) string { return "say:" + messageID }

// Counts is how many cases stand where.
type Counts struct {
	Open           int                // not closed
	Unacknowledged int                // open, and nobody has said that they saw it
	ByLevel        map[risk.Level]int // open ones
}

// Store is what casework needs of the database: the stores of its parts, each declared beside the part that uses it. Writes
// join the transaction that ctx carries.
type Store interface {
	SignalStore
	ChangeStore
	TalkStore
	HolderStore
	FileStore
	TaskStore
	TaskList
	ReferralStore
	AskedStore
	AskedList
	PastStore
	MentionStore
	QueueStore
	FloodStore
	NumberStore
	CallStore
	WishStore
}
