package staff

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	budgets "github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Service decides about accounts, sign-in, sessions, tokens and the log. Everything but Store has a working default.
type Service struct {
	Store    Store
	Trail    *audit.Log
	Browsers BrowserStore `wired:"optional"` // nil where alerts go to no browsers
	// Bound runs do, which binds a chat to a member of staff or ends that, with what follows from it for the person of that chat;
	// nil: nothing follows.
	Bound func(ctx context.Context, person string, do func(ctx context.Context) error) error
	Codes *budgets.Purse // how often wrong codes for a chat are taken; nil: without bound
	citytime.Clock
	Idle    time.Duration // how long a session lasts without a sign of its owner
	Longest time.Duration // how long a session lasts at most

	OneTime time.Duration // how long a one-time password opens the desk
	// Demo lets people in without a second factor, where nobody but the machine's owner can open the desk. Whoever has set one
	// up is asked for it there too.
	Demo   bool
	Issuer string // what an authenticator calls the desk
	Tries  Tries  `wired:"optional"` // nil: counted in the store
	// Breached says whether a password stands in a list of those that are known to guessers; nil: none but the built-in one does.
	Breached func(password string) (bool, error)              `wired:"optional"`
	Own      []string                                         // words of the organisation that stand in no password
	Wait     func(ctx context.Context, d time.Duration) error `wired:"optional"` // how somebody is slowed down; nil: by a timer

	slowed atomic.Int32 // who waits just now
}

// tokenPrefix lets people and secret scanners know our tokens.
const tokenPrefix = "xq_"

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)

// dummyHash is compared with where no account is, so that a name is not told by the time that an answer takes. No password
// is known that gives a key of zeros, and none is hashed for it whenever a program starts.
var dummyHash = phc(make([]byte, argonSaltLen), make([]byte, argonKeyLen))

// Add makes an account with a one-time password, which it returns once.
func (s *Service) Add(ctx context.Context, name, displayName string, role Role) (Account, string, error) {
	return s.add(ctx, name, displayName, role, bounds{})
}

// AddServing is Add for somebody who works for one account of the service alone. Whether there is such an account its caller
// knows.
func (s *Service) AddServing(ctx context.Context, name, displayName string, role Role, account string) (Account, string, error) {
	return s.add(ctx, name, displayName, role, bounds{serves: account})
}

// AddAtStation is Add for somebody who keeps the appointments of one station. Whether there is such a station its caller
// knows.
func (s *Service) AddAtStation(ctx context.Context, name, displayName, station string) (Account, string, error) {
	return s.add(ctx, name, displayName, Station, bounds{station: station})
}

// bounds are what an account is bound to.
type bounds struct{ station, serves string }

// add makes an account. A role by which somebody oversees others may wait for a colleague's consent: see rise.
func (s *Service) add(ctx context.Context, name, displayName string, role Role, to bounds) (Account, string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if !nameForm.MatchString(name) || !role.Valid() || role == Reader || (role == Station) != (to.station != "") {
		return Account{}, "", fmt.Errorf("add staff %q as %q: %w", name, role, ErrInvalid)
	}
	password := oneTimePassword()
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return Account{}, "", fmt.Errorf("add staff %q: %w", name, err)
	}
	now := s.Time().UTC()
	a := Account{
		ID: s.ID(), Name: name, DisplayName: cmp.Or(strings.TrimSpace(displayName), name),
		PasswordHash: hash, PasswordAt: now, MustChange: true, CreatedAt: now,
		Station: to.station, Serves: to.serves,
	}
	if err := s.rise(ctx, &a, role); err != nil {
		return Account{}, "", fmt.Errorf("add staff %q: %w", name, err)
	}
	if err := s.Store.Insert(ctx, a); err != nil {
		return Account{}, "", fmt.Errorf("add staff %q: %w", name, err)
	}
	if err := s.recordChange(ctx, audit.Event{Kind: audit.AccountAdded, Object: a.ID, Note: string(role)}); err != nil {
		return Account{}, "", err
	}
	return a, password, s.recordWaiting(ctx, a)
}

// List returns all accounts by name.
func (s *Service) List(ctx context.Context) ([]Account, error) {
	as, err := s.Store.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return as, nil
}

// Disable ends an account: its sessions end with it, its name stays in the history.
func (s *Service) Disable(ctx context.Context, name string) error {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return fmt.Errorf("disable staff %q: %w", name, err)
	}
	if !a.Active() {
		return nil
	}
	a.DisabledAt = s.Time().UTC()
	if err := s.Store.Update(ctx, a); err != nil {
		return fmt.Errorf("disable staff %q: %w", name, err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return fmt.Errorf("end the sessions of %q: %w", name, err)
	}
	return s.recordChange(ctx, audit.Event{Kind: audit.AccountDisabled, Object: a.ID})
}

// Reset gives an account a new one-time password, opens it again where it was disabled, ends its sessions and forgets its devices.
// Whoever made the reset knows the password: a role by which somebody oversees others waits for a colleague's consent again.
func (s *Service) Reset(ctx context.Context, name string) (string, error) {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	password := oneTimePassword()
	if a.PasswordHash, err = hashPassword(ctx, password); err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	a.PasswordAt, a.MustChange, a.DisabledAt, a.OneTimeUsed = s.Time().UTC(), true, time.Time{}, time.Time{}
	if role := cmp.Or(a.Wants, a.Role); role.Oversees() {
		if err := s.rise(ctx, &a, role); err != nil {
			return "", fmt.Errorf("reset staff %q: %w", name, err)
		}
	}
	if err := s.Store.Update(ctx, a); err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return "", fmt.Errorf("end the sessions of %q: %w", name, err)
	}
	if err := s.Store.DropDevices(ctx, a.ID, ""); err != nil {
		return "", fmt.Errorf("forget the devices of %q: %w", name, err)
	}
	if err := s.recordChange(ctx, audit.Event{Kind: audit.PasswordReset, Object: a.ID}); err != nil {
		return "", err
	}
	return password, s.recordWaiting(ctx, a)
}

// ChangePassword sets a password that its owner chose. It ends their sessions, on other machines too.
func (s *Service) ChangePassword(ctx context.Context, id, old, chosen string) (Account, error) {
	a, err := s.Store.ByID(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("change a password: %w", err)
	}
	forgive, err := s.spend(ctx, budget{tryKey("change", a.ID), triesOfOwner, tryWindow})
	if err != nil {
		return Account{}, err
	}
	if right, err := checkPassword(ctx, &acquainted, a.PasswordHash, old); err != nil {
		return Account{}, err
	} else if !right {
		return Account{}, ErrWrong
	}
	if err := forgive(ctx); err != nil {
		return Account{}, err
	}
	if old == chosen {
		return Account{}, ErrSame
	}
	if err := s.checkStrength(a, chosen); err != nil {
		return Account{}, err
	}
	if a.PasswordHash, err = hashPassword(ctx, chosen); err != nil {
		return Account{}, fmt.Errorf("change a password: %w", err)
	}
	a.PasswordAt, a.MustChange, a.OneTimeUsed = s.Time().UTC(), false, time.Time{}
	a.Stood = a.Stood || a.Role.Oversees()
	if err := s.Store.Update(ctx, a); err != nil {
		return Account{}, fmt.Errorf("change a password: %w", err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return Account{}, fmt.Errorf("end the sessions of %q: %w", a.Name, err)
	}
	return a, s.Record(ctx, a, audit.Event{Kind: audit.PasswordChange, Object: a.ID})
}

// ByID returns an account, active or not.
func (s *Service) ByID(ctx context.Context, id string) (Account, error) {
	a, err := s.Store.ByID(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("find staff: %w", err)
	}
	return s.ripen(ctx, a)
}

// EnsureDemo makes the account "demo" with a one-time password where there is no account at all.
func (s *Service) EnsureDemo(ctx context.Context) (password string, created bool, err error) {
	as, err := s.Store.All(ctx)
	if err != nil {
		return "", false, fmt.Errorf("look for staff: %w", err)
	}
	if len(as) > 0 {
		return "", false, nil
	}
	_, password, err = s.Add(ctx, "demo", "示例老师", Supervisor)
	if errors.Is(err, ErrTaken) { // another replica was first
		return "", false, nil
	}
	return password, err == nil, err
}

func hexHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
