// Package staff is who works here and what each may do: accounts with a role, sign-in that resists guessing, tokens for
// the API, and the log of who opened what. It knows no HTTP and no page. What a role may do stands in one table
// (rights.go); start reading at Service.
package staff

import (
	"context"
	"errors"
	"time"
)

// The errors of staff.
var (
	ErrNotFound  = errors.New("staff: no such account")
	ErrTaken     = errors.New("staff: the name is taken")
	ErrWrong     = errors.New("staff: wrong name or password")
	ErrThrottled = errors.New("staff: too many failed sign-ins")
	ErrDisabled  = errors.New("staff: the account is disabled")
	ErrBusy      = errors.New("staff: too many sign-ins at once")
	ErrUsed      = errors.New("staff: the one-time password was used before")
	ErrExpired   = errors.New("staff: the one-time password is too old")
	ErrWeak      = errors.New("staff: the password is too short or too common")
	ErrInvalid   = errors.New("staff: name or role is not valid")

	ErrSamePerson = errors.New("staff: two people are needed, and these are one")
	ErrNotSecond  = errors.New("staff: not a colleague who may agree to this")
	ErrNotWaiting = errors.New("staff: no role waits for consent")
)

// Account is a member of staff.
type Account struct {
	ID           string
	Name         string // what they sign in with
	DisplayName  string // what colleagues see
	Role         Role
	PasswordHash string // argon2id, PHC string
	PasswordAt   time.Time
	MustChange   bool // the password is a one-time one
	CreatedAt    time.Time
	DisabledAt   time.Time // zero while active
	OneTimeUsed  time.Time // when the one-time password let somebody in; zero while it has not, and for a chosen one
	Station      string    // ID of the one station that they work at; empty but for the role Station
	Serves       string    // name of the one account of the service that they work for, a school's or a district's; empty: all
	Districts    []string  // the districts that they work for; none: all

	RoleAt  time.Time // since when they have the role
	Wants   Role      // the role that waits until a colleague who oversees has agreed; "" for none
	WantsAt time.Time // when it takes effect by itself, since nobody is there who could agree; zero where somebody is
	Stood   bool      // has overseen others with a password that they chose
}

// Active says whether the account may sign in.
func (a Account) Active() bool { return a.DisabledAt.IsZero() }

// Action names what an Entry of the log is about.
type Action string

// The audited actions.
const (
	ActionOpenConversation Action = "open_conversation"
	ActionOpenRequest      Action = "open_request"
	ActionRecordConsent    Action = "record_consent"
	ActionMendAge          Action = "mend_age"
	ActionCampaign         Action = "campaign" // started, paused, resumed or tried; the object says which and how
	ActionOpenLetter       Action = "open_letter"
	ActionOpenAsked        Action = "open_asked"        // a page of the asked talks, by its newest one
	ActionSeeQueue         Action = "see_queue"         // what people said last, in the rows of the queue: once a shift, by the member of staff
	ActionSweep            Action = "sweep"             // closed cases of unproved visitors; the steps name the sweep
	ActionOpenMedia        Action = "open_media"        // a picture, voice or video
	ActionOpenReport       Action = "open_report"       // a case report or a referral form, to print
	ActionOpenIdentity     Action = "open_identity"     // who an anonymous person is, in imminent danger
	ActionDownloadBoard    Action = "download_board"    // figures that left the desk, by period and form
	ActionOpenBoardReport  Action = "open_board_report" // the report of a month, to print
	ActionSendLetterAlone  Action = "send_letter_alone" // an answer without a second pair of eyes; the reason stands with the letter
	ActionPublishLetter    Action = "publish_letter"    // a piece went into the public column
	ActionUnpublishLetter  Action = "unpublish_letter"
	ActionRotaAsk          Action = "rota_ask" // for a change of the rota
	ActionRotaSet          Action = "rota_set" // a change that nobody else need agree to
	ActionRotaAgree        Action = "rota_agree"
	ActionRotaRefuse       Action = "rota_refuse"
	ActionRotaWithdraw     Action = "rota_withdraw"
	ActionRotaPlan         Action = "rota_plan"   // the base of the rota, by its version
	ActionOpenPolice       Action = "open_police" // the page for the police, with who they are and what they said

	ActionOpenAppointment   Action = "open_appointment"
	ActionArrived           Action = "appointment_arrived"
	ActionNoShow            Action = "appointment_no_show"
	ActionUndo              Action = "appointment_undo" // arrived, or did not come, was marked by mistake
	ActionMoveAppointment   Action = "appointment_move"
	ActionCancelAppointment Action = "appointment_cancel"
	ActionWalkIn            Action = "appointment_walk_in"
	ActionReadFeedback      Action = "read_feedback"
	ActionBlockTime         Action = "block_time"
	ActionUnblockTime       Action = "unblock_time"
	ActionPublishContent    Action = "publish_content" // by its draft
	ActionPrintDay          Action = "print_day"       // a station's day: station@day

)

// Entry is one line of the audit log.
type Entry struct {
	StaffID   string
	StaffName string
	Action    Action
	Object    string // the ID of what was opened
	At        time.Time
}

// Store is what staff needs of the database.
type Store interface {
	// Insert fails with ErrTaken when the name is known.
	Insert(ctx context.Context, a Account) error
	Update(ctx context.Context, a Account) error
	ByName(ctx context.Context, name string) (Account, error)
	ByID(ctx context.Context, id string) (Account, error)
	All(ctx context.Context) ([]Account, error)

	// UseOneTime takes a one-time password once; false where it was used or none is set.
	UseOneTime(ctx context.Context, id string, at time.Time) (bool, error)

	TokenStore
	FactorStore
	DeviceStore

	// PutPhone writes how a member of staff is reached, over what was known of them.
	PutPhone(ctx context.Context, p Phone) error
	Phone(ctx context.Context, staffID string) (Phone, error)
	PhoneByCode(ctx context.Context, hash string) (Phone, error)
	DropPhone(ctx context.Context, staffID string) error

	SessionStore

	// CountTry counts one more try under a key and returns how many there were since the window began; a window older
	// than since begins anew.
	CountTry(ctx context.Context, key string, now, since time.Time) (int, error)
	// ForgiveTry takes one back.
	ForgiveTry(ctx context.Context, key string) error

	Log(ctx context.Context, e Entry) error
	Entries(ctx context.Context, object string, n int) ([]Entry, error)
}
