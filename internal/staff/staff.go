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

// Acts says to the audit trail that the account acts in ctx, from where ctx says.
func (a Account) Acts(ctx context.Context) context.Context {
	by, _ := audit.By(ctx)
	by.ID, by.Name, by.Role = a.ID, a.DisplayName, string(a.Role)
	return audit.With(ctx, by)
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
}
