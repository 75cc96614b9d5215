package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// ErrCode says that a code is none that a member of staff was given in the last minutes.
var ErrCode = errors.New("staff: no such code, or it is too old")

// Phone is how a member of staff is reached in their own chat: as a person like any other, whose address stands with all
// the others, sealed. Until a code was said in the chat there is only the code.
type Phone struct {
	StaffID   string
	CodeHash  string // "" where no code waits
	CodeUntil time.Time
	Person    string // person ID, "" while nobody said the code
	BoundAt   time.Time
}

// codeLife is how long a code may be said; eight digits cannot be guessed meanwhile at the speed of a chat.
const (
	codeLife   = 10 * time.Minute
	codeDigits = 8
)

// NewPhoneCode returns a code that the member of staff says in the chat they want to be called in. An earlier code ends;
// a bound chat stays bound until the new code was said.
func (s *Service) NewPhoneCode(ctx context.Context, staffID string) (code string, until time.Time, err error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make a code: %w", err)
	}
	code = fmt.Sprintf("%0*d", codeDigits, n)
	p, err := s.Phone(ctx, staffID)
	if err != nil {
		return "", time.Time{}, err
	}
	p.CodeHash, p.CodeUntil = hashCode(code), s.Time().UTC().Add(codeLife)
	if err := s.Store.PutPhone(ctx, p); err != nil {
		return "", time.Time{}, fmt.Errorf("keep a code: %w", err)
	}
	return code, p.CodeUntil, nil
}

// Phone returns how a member of staff is reached; the zero Phone with their ID where they never asked to be.
func (s *Service) Phone(ctx context.Context, staffID string) (Phone, error) {
	p, err := s.Store.Phone(ctx, staffID)
	if errors.Is(err, ErrNotFound) {
		return Phone{StaffID: staffID}, nil
	}
	if err != nil {
		return Phone{}, fmt.Errorf("read how %s is reached: %w", staffID, err)
	}
	return p, nil
}

// BindPhone makes a person of the chat the member of staff whose code they said. The error is ErrCode for any other text.
func (s *Service) BindPhone(ctx context.Context, person, code string) (Account, error) {
	code = strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, code)
	if len(code) != codeDigits {
		return Account{}, ErrCode
	}
	p, err := s.Store.PhoneByCode(ctx, hashCode(code))
	if errors.Is(err, ErrNotFound) {
		return Account{}, ErrCode
	}
	if err != nil {
		return Account{}, fmt.Errorf("find a code: %w", err)
	}
	a, err := s.Store.ByID(ctx, p.StaffID)
	if err != nil {
		return Account{}, fmt.Errorf("find whose code it is: %w", err)
	}
	now := s.Time().UTC()
	if !now.Before(p.CodeUntil) || !a.Active() {
		return Account{}, ErrCode
	}
	put := func(ctx context.Context) error {
		return s.Store.PutPhone(ctx, Phone{StaffID: a.ID, Person: person, BoundAt: now})
	}
	if err := s.bound(ctx, person, put); err != nil {
		return Account{}, fmt.Errorf("bind a phone: %w", err)
	}
	return a, nil
}

// UnbindPhone ends a binding and every code.
func (s *Service) UnbindPhone(ctx context.Context, staffID string) error {
	p, err := s.Phone(ctx, staffID)
	if err == nil {
		err = s.bound(ctx, p.Person, func(ctx context.Context) error { return s.Store.DropPhone(ctx, staffID) })
	}
	if err != nil {
		return fmt.Errorf("unbind a phone: %w", err)
	}
	return nil
}

func (s *Service) bound(ctx context.Context, person string, do func(ctx context.Context) error) error {
	if s.Bound == nil {
		return do(ctx)
	}
	return s.Bound(ctx, person, do)
}

// PhonesOf returns the persons who are the named active members of staff, and of all who may acknowledge a case where
// names is empty.
func (s *Service) PhonesOf(ctx context.Context, names []string) ([]string, error) {
	as, err := s.Store.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[strings.ToLower(n)] = true
	}
	var persons []string
	for _, a := range as {
		if !a.Active() || !a.May(Acknowledge) || len(names) > 0 && !wanted[a.Name] {
			continue
		}
		p, err := s.Phone(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		if p.Person != "" {
			persons = append(persons, p.Person)
		}
	}
	return persons, nil
}

func hashCode(code string) string {
	sum := sha256.Sum256([]byte("phone:" + code))
	return hex.EncodeToString(sum[:])
}

// WhosePhone is the name, as colleagues know it, of the member of staff whose chat a person is; "" where they are none's.
func (s *Service) WhosePhone(ctx context.Context, person string) (string, error) {
	as, err := s.Store.All(ctx)
	if err != nil {
		return "", fmt.Errorf("list staff: %w", err)
	}
	for _, a := range as {
		p, err := s.Phone(ctx, a.ID)
		if err != nil {
			return "", err
		}
		if p.Person == person {
			return a.DisplayName, nil
		}
	}
	return "", nil
}
