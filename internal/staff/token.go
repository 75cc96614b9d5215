package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// The errors of tokens. Every one but ErrToken is told to whoever holds the token: they have its secret.
var (
	ErrToken        = errors.New("staff: no such token")
	ErrTokenExpired = errors.New("staff: the token has expired")
	ErrTokenRevoked = errors.New("staff: the token was revoked")
)

// How long a token may last. One of before tokens expired goes on without an end, and the lists say so.
const (
	DefaultTokenLife = 90 * 24 * time.Hour
	LongestTokenLife = 366 * 24 * time.Hour
)

// Token lets a program use the API. Only the hash of its secret is kept.
type Token struct {
	ID         string
	Name       string
	Role       Role
	Scope      []Right // of its role's rights, those that it has; none: all, as tokens of before have
	Hash       string
	MadeBy     string // who made it, as colleagues see them
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero while it is good
	Serves     string    // as of an Account
	Districts  []string  // as of an Account
}

// May says whether the token has a right: its role must have it, and its scope name it.
func (t Token) May(right Right) bool {
	return t.holder().may(right) && (len(t.Scope) == 0 || slices.Contains(t.Scope, right))
}

// Good says whether the token can still be used.
func (t Token) Good(now time.Time) error {
	switch {
	case !t.RevokedAt.IsZero():
		return ErrTokenRevoked
	case !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		return ErrTokenExpired
	}
	return nil
}

// TokenStore keeps API tokens.
type TokenStore interface {
	InsertToken(ctx context.Context, t Token) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// Tokens lists all, the newest first.
	Tokens(ctx context.Context) ([]Token, error)
	// RevokeToken ends a token; false where there is none of the ID that is good.
	RevokeToken(ctx context.Context, id string, at time.Time) (bool, error)
	TouchToken(ctx context.Context, id string, at time.Time) error
}

// TokenRights are the rights that an operation of the API asks for, so that a scope can be made of them.
func TokenRights() []Right {
	return []Right{SeeCases, Acknowledge, SeeLetters, SeeAppointments, SeeStations, SeeStats}
}

// NewToken is what a token is made of.
type NewToken struct {
	Name   string
	Role   Role
	Scope  []Right       // none: all that the API offers to the role
	Life   time.Duration // 0: DefaultTokenLife
	MadeBy string

	Serves    string   // the one account of the service of which it may see; "" is any
	Districts []string // the districts of which it may see; none: all
}

// CreateToken makes an API token and returns its secret, once.
func (s *Service) CreateToken(ctx context.Context, n NewToken) (Token, string, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.Life == 0 {
		n.Life = DefaultTokenLife
	}
	if n.Name == "" || len(n.Name) > 64 || !n.Role.Valid() || n.Role == Station || n.Life < 0 || n.Life > LongestTokenLife { // a token knows no station, so it would see all
		return Token{}, "", fmt.Errorf("create token %q as %q: %w", n.Name, n.Role, ErrInvalid)
	}
	for _, r := range n.Scope {
		if !slices.Contains(TokenRights(), r) || !n.Role.May(r) {
			return Token{}, "", fmt.Errorf("create token %q: a %s has no right %q in the API: %w", n.Name, n.Role, r, ErrInvalid)
		}
	}
	if len(n.Scope) == 0 {
		for _, r := range TokenRights() {
			if n.Role.May(r) {
				n.Scope = append(n.Scope, r)
			}
		}
	}
	if len(n.Scope) == 0 {
		return Token{}, "", fmt.Errorf("create token %q: a %s has no right in the API: %w", n.Name, n.Role, ErrInvalid)
	}
	districts, err := cleanDistricts(n.Districts)
	if err != nil {
		return Token{}, "", fmt.Errorf("create token %q: %w", n.Name, err)
	}
	secret := tokenPrefix + randomSecret()
	now := s.Time().UTC()
	t := Token{ID: s.ID(), Name: n.Name, Role: n.Role, Scope: n.Scope, Hash: hexHash(secret), MadeBy: n.MadeBy, CreatedAt: now, ExpiresAt: now.Add(n.Life), Serves: n.Serves, Districts: districts}
	if err := s.Store.InsertToken(ctx, t); err != nil {
		return Token{}, "", fmt.Errorf("create token %q: %w", n.Name, err)
	}
	if err := s.recordChange(ctx, audit.Event{Kind: audit.TokenMade, Object: t.ID, Note: t.Name}); err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

// Tokens lists all tokens, the newest first.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) {
	ts, err := s.Store.Tokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return ts, nil
}

// RevokeToken ends a token by its ID; ErrToken where no good one has it.
func (s *Service) RevokeToken(ctx context.Context, id string) error {
	ok, err := s.Store.RevokeToken(ctx, id, s.Time().UTC())
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	if !ok {
		return ErrToken
	}
	return s.recordChange(ctx, audit.Event{Kind: audit.TokenRevoked, Object: id})
}

// CheckToken returns the token of a secret; ErrToken where there is none, ErrTokenExpired or ErrTokenRevoked with the token
// where it is good no more. Its last use is written at most once a minute.
func (s *Service) CheckToken(ctx context.Context, secret string) (Token, error) {
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 100 {
		return Token{}, ErrToken
	}
	t, err := s.Store.TokenByHash(ctx, hexHash(secret))
	if err != nil {
		if errors.Is(err, ErrToken) {
			return Token{}, ErrToken
		}
		return Token{}, fmt.Errorf("check a token: %w", err)
	}
	now := s.Time().UTC()
	if err := t.Good(now); err != nil {
		return t, err
	}
	if now.Sub(t.LastUsedAt) >= time.Minute {
		if err := s.Store.TouchToken(ctx, t.ID, now); err != nil {
			return Token{}, fmt.Errorf("check a token: %w", err)
		}
		t.LastUsedAt = now
	}
	return t, nil
}
