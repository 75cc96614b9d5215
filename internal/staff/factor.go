package staff

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// The second factor is a code of six digits that an authenticator makes of a secret and the time (RFC 6238), with recovery codes
// for whoever has lost it.
const (
	codePeriod    = 30 // seconds, what every authenticator takes for granted
	codeDrift     = 1  // steps that a clock may be off, either way
	offerFor      = time.Hour
	recoveryCodes = 10
	recoveryLen   = 10 // letters
)

var codeForm = regexp.MustCompile(`^[0-9]{6}$`)

var codeOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// The errors of the second factor.
var (
	ErrWrongCode  = errors.New("staff: wrong code")
	ErrCodeUsed   = errors.New("staff: the code was used before")
	ErrUnreadable = errors.New("staff: the secret of the second factor cannot be read")
)

// Factor is what is kept of somebody's second factor.
type Factor struct {
	Secret string    // base32; "" where none was set up
	Since  time.Time // zero with it
	Next   string    // the one that is being set up
	NextAt time.Time
}

// FactorStore keeps second factors, their secrets sealed, and recovery codes, of which only a keyed hash is kept.
type FactorStore interface {
	// Factor is empty where somebody has none; ErrUnreadable where its secret cannot be opened.
	Factor(ctx context.Context, staffID string) (Factor, error)
	OfferFactor(ctx context.Context, staffID, secret string, at time.Time) error
	// KeepFactor makes the offered secret the one that counts, with new recovery codes; ErrWrongCode where none is offered.
	KeepFactor(ctx context.Context, staffID, secret string, step int64, codes []string, at time.Time) error
	// UseStep takes a step of time once; false where it or a later one was used.
	UseStep(ctx context.Context, staffID string, step int64) (bool, error)
	// PutRecovery replaces all recovery codes.
	PutRecovery(ctx context.Context, staffID string, codes []string) error
	// UseRecovery takes a recovery code once.
	UseRecovery(ctx context.Context, staffID, code string, at time.Time) (bool, error)
	RecoveryLeft(ctx context.Context, staffID string) (int, error)
	DropFactor(ctx context.Context, staffID string) error
	// WithFactor lists who has a second factor.
	WithFactor(ctx context.Context) ([]string, error)
}

// Offer is a second factor that is being set up: Key is what somebody types who cannot scan URI.
type Offer struct{ Key, URI string }

// OfferFactor offers somebody a second factor, the same one for an hour. What they have counts until EnrolFactor.
func (s *Service) OfferFactor(ctx context.Context, a Account) (Offer, error) {
	f, err := s.Store.Factor(ctx, a.ID)
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return Offer{}, fmt.Errorf("read a second factor: %w", err)
	}
	o := totp.GenerateOpts{Issuer: s.issuer(), AccountName: a.Name, Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	now := s.Time().UTC()
	fresh := f.Next == "" || now.Sub(f.NextAt) > offerFor
	if !fresh {
		if o.Secret, err = unbase32(f.Next); err != nil {
			return Offer{}, fmt.Errorf("read an offered second factor: %w", err)
		}
	}
	key, err := totp.Generate(o)
	if err != nil {
		return Offer{}, fmt.Errorf("make a second factor: %w", err)
	}
	if fresh {
		if err := s.Store.OfferFactor(ctx, a.ID, key.Secret(), now); err != nil {
			return Offer{}, fmt.Errorf("offer a second factor: %w", err)
		}
	}
	return Offer{Key: key.Secret(), URI: key.URL()}, nil
}

func (s *Service) issuer() string {
	if s.Issuer == "" {
		return "心桥值班台"
	}
	return s.Issuer
}

// EnrolFactor makes the offered second factor the one that counts, once a code of it proves that the authenticator has it. It
// returns the recovery codes, once; sessions of before end with it but the one that asks.
func (s *Service) EnrolFactor(ctx context.Context, a Account, x Session, code string) ([]string, error) {
	forgive, err := s.spend(ctx, budget{tryKey("enrol", a.ID), triesOfOwner, tryWindow})
	if err != nil {
		return nil, err
	}
	f, err := s.Store.Factor(ctx, a.ID)
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return nil, fmt.Errorf("read a second factor: %w", err)
	}
	now := s.Time().UTC()
	if f.Next == "" || now.Sub(f.NextAt) > 2*offerFor {
		return nil, ErrWrongCode
	}
	step, ok := stepOf(f.Next, squeeze(code), now)
	if !ok {
		return nil, ErrWrongCode
	}
	codes := newRecovery()
	if err := s.Store.KeepFactor(ctx, a.ID, f.Next, step, codes, now); err != nil {
		return nil, fmt.Errorf("keep a second factor: %w", err)
	}
	if err := s.Store.SecondSession(ctx, x.ID); err != nil {
		return nil, fmt.Errorf("note the second factor of a session: %w", err)
	}
	if err := s.EndOthers(ctx, x); err != nil {
		return nil, err
	}
	if err := forgive(ctx); err != nil {
		return nil, err
	}
	return codes, s.Record(ctx, a, audit.Event{Kind: audit.SecondFactor, Object: a.ID, Note: "设置了验证器"})
}

// HasFactor says whether somebody has set up a second factor.
func (s *Service) HasFactor(ctx context.Context, staffID string) (bool, error) {
	f, err := s.Store.Factor(ctx, staffID)
	if errors.Is(err, ErrUnreadable) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a second factor: %w", err)
	}
	return f.Secret != "", nil
}

// WithFactor lists who has set up a second factor.
func (s *Service) WithFactor(ctx context.Context) ([]string, error) {
	ids, err := s.Store.WithFactor(ctx)
	if err != nil {
		return nil, fmt.Errorf("list second factors: %w", err)
	}
	return ids, nil
}

// CheckCode checks the code of somebody whose password was right, or one of their recovery codes, which it returns as used up
// with how many are left.
func (s *Service) CheckCode(ctx context.Context, a Account, code string, t Attempt) (recovery bool, err error) {
	familiar, err := s.familiar(ctx, a.ID, t.Device)
	if err != nil {
		return false, err
	}
	since := strconv.FormatInt(a.PasswordAt.UnixMicro(), 10)
	budgets := []budget{{tryKey("code device", a.ID, t.Device, since), triesByDevice, tryWindow}}
	if !familiar {
		budgets = []budget{
			{tryKey("code pair", a.ID, networkOf(t.Address), since), codesByPair, tryWindow}, {tryKey("code all", a.ID, since), codesOfAll, codeWindow},
		}
	}
	forgive, err := s.spend(ctx, budgets...)
	if errors.Is(err, ErrThrottled) {
		return false, errors.Join(err, s.recordRefusal(ctx, a, t, audit.Event{Kind: audit.SignInLocked, Note: "验证码"}))
	}
	if err != nil {
		return false, err
	}
	code = squeeze(code)
	if codeForm.MatchString(code) {
		err = s.useCode(ctx, a.ID, code)
	} else {
		recovery = true
		err = s.useRecovery(ctx, a, code)
	}
	if errors.Is(err, ErrWrongCode) || errors.Is(err, ErrCodeUsed) {
		return false, errors.Join(err, s.recordRefusal(ctx, a, t, audit.Event{Kind: audit.SignInFailed, Note: "密码对，验证码不对"}))
	}
	if err != nil {
		return false, err
	}
	return recovery, forgive(ctx)
}

// useCode takes a code once.
func (s *Service) useCode(ctx context.Context, staffID, code string) error {
	f, err := s.Store.Factor(ctx, staffID)
	if err != nil {
		return fmt.Errorf("read a second factor: %w", err)
	}
	if f.Secret == "" {
		return ErrWrongCode
	}
	step, ok := stepOf(f.Secret, code, s.Time().UTC())
	if !ok {
		return ErrWrongCode
	}
	first, err := s.Store.UseStep(ctx, staffID, step)
	if err != nil {
		return fmt.Errorf("use a code: %w", err)
	}
	if !first {
		return ErrCodeUsed
	}
	return nil
}

func (s *Service) useRecovery(ctx context.Context, a Account, code string) error {
	if len(code) != recoveryLen {
		return ErrWrongCode
	}
	ok, err := s.Store.UseRecovery(ctx, a.ID, code, s.Time().UTC())
	if err != nil {
		return fmt.Errorf("use a recovery code: %w", err)
	}
	if !ok {
		return ErrWrongCode
	}
	return s.Record(ctx, a, audit.Event{Kind: audit.SecondFactor, Object: a.ID, Note: "用了一个恢复码"})
}

// NewRecovery replaces somebody's recovery codes and returns them, once.
func (s *Service) NewRecovery(ctx context.Context, a Account) ([]string, error) {
	codes := newRecovery()
	if err := s.Store.PutRecovery(ctx, a.ID, codes); err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	return codes, s.Record(ctx, a, audit.Event{Kind: audit.SecondFactor, Object: a.ID, Note: "换了恢复码"})
}

// RecoveryLeft is how many recovery codes somebody still has.
func (s *Service) RecoveryLeft(ctx context.Context, a Account) (int, error) {
	n, err := s.Store.RecoveryLeft(ctx, a.ID)
	if err != nil {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return n, nil
}

// ResetFactor takes somebody's second factor away, for who has lost it and their recovery codes: they set up a new one at
// their next sign-in. Their sessions end.
func (s *Service) ResetFactor(ctx context.Context, name string) (Account, error) {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return Account{}, fmt.Errorf("reset the second factor of %q: %w", name, err)
	}
	if err := s.Store.DropFactor(ctx, a.ID); err != nil {
		return Account{}, fmt.Errorf("reset the second factor of %q: %w", name, err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return Account{}, fmt.Errorf("end the sessions of %q: %w", name, err)
	}
	return a, s.recordChange(ctx, audit.Event{Kind: audit.SecondFactor, Object: a.ID, Note: "重置了验证器"})
}

// stepOf finds the step of time that a code belongs to.
func stepOf(secret, code string, now time.Time) (int64, bool) {
	at := now.Unix() / codePeriod
	for _, drift := range []int64{0, -codeDrift, codeDrift} {
		if step := at + drift; step > 0 {
			if ok, err := hotp.ValidateCustom(code, uint64(step), secret, codeOptions); err == nil && ok {
				return step, true
			}
		}
	}
	return 0, false
}

// newRecovery are 50 bits each.
func newRecovery() []string {
	out := make([]string, recoveryCodes)
	for i := range out {
		out[i] = randomLetters(recoveryLen)
	}
	return out
}

// squeeze takes out what people put between the letters of a code, in whatever width they typed it.
func squeeze(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ', r == '-', r == '　', r == '\t', r == '－':
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(code)))
}

func unbase32(secret string) ([]byte, error) {
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
}
