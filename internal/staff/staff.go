// Package staff is who works here and what each may do: accounts with a role, sign-in that resists guessing, tokens for
// the API, and the log of who opened what. It knows no HTTP and no page. What a role may do stands in one table
// (rights.go); start reading at Service.
package staff

import (
	"context"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// The errors of staff.
var (
	ErrNotFound  = errors.New("staff: no such account")
	ErrTaken     = errors.New("staff: the name is taken")
	ErrWrong     = errors.New("staff: wrong name or password")
	ErrThrottled = errors.New("staff: too many failed sign-ins")
	ErrDisabled  = errors.New("staff: the account is disabled")
	ErrWeak      = errors.New("staff: the password is too short or too common")
	ErrToken     = errors.New("staff: no such token")
	ErrInvalid   = errors.New("staff: name or role is not valid")
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
	Station      string    // ID of the one station that they work at; empty but for the role Station
	Serves       string    // name of the one account of the service that they work for, a school's or a district's; empty: all
}

// Active says whether the account may sign in.
func (a Account) Active() bool { return a.DisabledAt.IsZero() }

// Acts says to the audit trail that the account acts in ctx, from where ctx says.
func (a Account) Acts(ctx context.Context) context.Context {
	by, _ := audit.By(ctx)
	by.ID, by.Name, by.Role = a.ID, a.DisplayName, string(a.Role)
	return audit.With(ctx, by)
}

// Token lets a program use the API. Only the hash of its secret is kept.
type Token struct {
	ID         string
	Name       string
	Role       Role
	Hash       string
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// Action names what an Entry of the log is about.
type Action = audit.Kind

// The audited actions.
const (
	ActionSignIn           Action = "sign_in"
	ActionOpenConversation Action = "open_conversation"
	ActionOpenRequest      Action = "open_request"
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

// Store is what staff needs of the database.
type Store interface {
	// Insert fails with ErrTaken when the name is known.
	Insert(ctx context.Context, a Account) error
	Update(ctx context.Context, a Account) error
	ByName(ctx context.Context, name string) (Account, error)
	ByID(ctx context.Context, id string) (Account, error)
	All(ctx context.Context) ([]Account, error)

	InsertToken(ctx context.Context, t Token) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	TouchToken(ctx context.Context, id string, at time.Time) error

	// PutPhone writes how a member of staff is reached, over what was known of them.
	PutPhone(ctx context.Context, p Phone) error
	Phone(ctx context.Context, staffID string) (Phone, error)
	PhoneByCode(ctx context.Context, hash string) (Phone, error)
	DropPhone(ctx context.Context, staffID string) error

	SessionStore

	// CountTry counts one more try under a key and returns how many there were since the window began; a window older
	// than since begins anew.
	CountTry(ctx context.Context, key string, now, since time.Time) (int, error)
	ForgetTries(ctx context.Context, key string) error
}
