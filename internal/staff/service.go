package staff

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Service decides about accounts, sign-in, sessions, tokens and the log. Everything but Store has a working default.
type Service struct {
	Store    Store
	Trail    *audit.Log
	Browsers BrowserStore // nil where alerts go to no browsers
	// Bound runs do, which binds a chat to a member of staff or ends that, with what follows from it for the person of that chat;
	// nil: nothing follows.
	Bound func(ctx context.Context, person string, do func(ctx context.Context) error) error
	citytime.Clock
	Idle    time.Duration // how long a session lasts without a sign of its owner
	Longest time.Duration // how long a session lasts at most
}

// Guessing is slowed by refusing more tries than these within the window, for an account and for a network address. A
// whole school may sit behind one address, so that one is wider.
const (
	tryWindow      = 15 * time.Minute
	triesByAccount = 8
	triesByAddress = 200
)

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

func (s *Service) add(ctx context.Context, name, displayName string, role Role, to bounds) (Account, string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if !nameForm.MatchString(name) || !role.Valid() || role == Reader || (role == Station) != (to.station != "") {
		return Account{}, "", fmt.Errorf("add staff %q as %q: %w", name, role, ErrInvalid)
	}
	password := oneTimePassword()
	now := s.Time().UTC()
	a := Account{
		ID: s.ID(), Name: name, DisplayName: cmp.Or(strings.TrimSpace(displayName), name), Role: role,
		PasswordHash: hashPassword(password), PasswordAt: now, MustChange: true, CreatedAt: now,
		Station: to.station, Serves: to.serves,
	}
	if err := s.Store.Insert(ctx, a); err != nil {
		return Account{}, "", fmt.Errorf("add staff %q: %w", name, err)
	}
	return a, password, nil
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
	return nil
}

// Reset gives an account a new one-time password, opens it again where it was disabled, and ends its sessions.
func (s *Service) Reset(ctx context.Context, name string) (string, error) {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	password := oneTimePassword()
	a.PasswordHash, a.PasswordAt, a.MustChange, a.DisabledAt = hashPassword(password), s.Time().UTC(), true, time.Time{}
	if err := s.Store.Update(ctx, a); err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return "", fmt.Errorf("end the sessions of %q: %w", name, err)
	}
	if err := s.Store.ForgetTries(ctx, tryKey("name", a.Name)); err != nil {
		return "", fmt.Errorf("reset staff %q: %w", name, err)
	}
	return password, nil
}

// Authenticate checks a name and password that came from a network address. A try is counted before it is checked, so
// that many at once do not slip through.
func (s *Service) Authenticate(ctx context.Context, name, password, address string) (Account, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if len(name) > 64 || len(password) > 256 {
		return Account{}, ErrWrong
	}
	now := s.Time().UTC()
	byName, byAddress := tryKey("name", name), tryKey("address", address)
	for key, most := range map[string]int{byName: triesByAccount, byAddress: triesByAddress} {
		n, err := s.Store.CountTry(ctx, key, now, now.Add(-tryWindow))
		if err != nil {
			return Account{}, fmt.Errorf("count a sign-in: %w", err)
		}
		if n > most {
			return Account{}, ErrThrottled
		}
	}
	a, err := s.Store.ByName(ctx, name)
	if errors.Is(err, ErrNotFound) {
		checkPassword(dummyHash, password)
		return Account{}, ErrWrong
	}
	if err != nil {
		return Account{}, fmt.Errorf("sign in: %w", err)
	}
	if !checkPassword(a.PasswordHash, password) {
		return Account{}, ErrWrong
	}
	if !a.Active() {
		return Account{}, ErrDisabled
	}
	if err := s.Store.ForgetTries(ctx, byName); err != nil { // the address's count stays: one known account must not clear it
		return Account{}, fmt.Errorf("sign in: %w", err)
	}
	if err := s.Log(ctx, a, ActionSignIn, a.ID); err != nil {
		return Account{}, err
	}
	return a, nil
}

// ChangePassword sets a password that its owner chose. It ends their sessions, on other machines too.
func (s *Service) ChangePassword(ctx context.Context, id, old, chosen string) (Account, error) {
	a, err := s.Store.ByID(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("change a password: %w", err)
	}
	if !checkPassword(a.PasswordHash, old) {
		return Account{}, ErrWrong
	}
	if old == chosen {
		return Account{}, ErrWeak
	}
	if err := checkStrength(a.Name, chosen); err != nil {
		return Account{}, err
	}
	a.PasswordHash, a.PasswordAt, a.MustChange = hashPassword(chosen), s.Time().UTC(), false
	if err := s.Store.Update(ctx, a); err != nil {
		return Account{}, fmt.Errorf("change a password: %w", err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return Account{}, fmt.Errorf("end the sessions of %q: %w", a.Name, err)
	}
	return a, nil
}

// ByID returns an account, active or not.
func (s *Service) ByID(ctx context.Context, id string) (Account, error) {
	a, err := s.Store.ByID(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("find staff: %w", err)
	}
	return a, nil
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

// CreateToken makes an API token and returns its secret, once.
func (s *Service) CreateToken(ctx context.Context, name string, role Role) (Token, string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 64 || !role.Valid() || role == Station { // a token knows no station, so it would see all
		return Token{}, "", fmt.Errorf("create token %q as %q: %w", name, role, ErrInvalid)
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	t := Token{ID: s.ID(), Name: name, Role: role, Hash: hexHash(secret), CreatedAt: s.Time().UTC()}
	if err := s.Store.InsertToken(ctx, t); err != nil {
		return Token{}, "", fmt.Errorf("create token %q: %w", name, err)
	}
	return t, secret, nil
}

// CheckToken returns the token of a secret; ErrToken where there is none. Its last use is written at most once a minute.
func (s *Service) CheckToken(ctx context.Context, secret string) (Token, error) {
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 128 {
		return Token{}, ErrToken
	}
	t, err := s.Store.TokenByHash(ctx, hexHash(secret))
	if err != nil {
		return Token{}, fmt.Errorf("check a token: %w", err)
	}
	if now := s.Time().UTC(); now.Sub(t.LastUsedAt) > time.Minute {
		t.LastUsedAt = now
		if err := s.Store.TouchToken(ctx, t.ID, now); err != nil {
			return Token{}, fmt.Errorf("check a token: %w", err)
		}
	}
	return t, nil
}

// Log writes a line into the audit trail, by an account. What is opened without its line being written must not be shown.
func (s *Service) Log(ctx context.Context, a Account, action Action, object string) error {
	return s.Trail.Record(a.Acts(ctx), audit.Event{Kind: action, Object: object})
}

func tryKey(kind, value string) string { return hexHash(kind + ":" + value) }

func hexHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
