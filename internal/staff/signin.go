package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// DefaultOneTime is how long a one-time password opens the desk where the service says nothing else.
const DefaultOneTime = 24 * time.Hour

// Attempt is somebody who tries to sign in.
type Attempt struct {
	Name, Password string
	Address        string // network address that they come from
	Device         string // what their browser's cookie of the device says, "" for none
}

// SignIn is somebody whose password was right. Where NeedsCode is set, they are not in yet: CheckCode decides.
type SignIn struct {
	Account
	NeedsCode bool
}

// Authenticate checks a name and password. A try is counted before it is checked, so that many at once do not slip through; one
// that was right is forgiven, so that a school that begins to work does not use its budget up.
func (s *Service) Authenticate(ctx context.Context, t Attempt) (SignIn, error) {
	name := strings.ToLower(strings.TrimSpace(t.Name))
	if len(name) > 64 || len(t.Password) > 256 {
		return SignIn{}, ErrWrong
	}
	a, err := s.Store.ByName(ctx, name)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return SignIn{}, fmt.Errorf("sign in: %w", err)
	}
	familiar, err := s.familiar(ctx, a.ID, t.Device) // asked for a name that nobody has too: the time that it takes must not tell
	if err != nil {
		return SignIn{}, err
	}
	lane := &strangers
	if familiar {
		lane = &acquainted
	}
	if lane.full() { // before anything is written: a flood must not fill the database either
		return SignIn{}, ErrBusy
	}
	forgive, err := s.admit(ctx, a, name, t, familiar)
	if errors.Is(err, ErrThrottled) {
		return SignIn{}, errors.Join(err, s.recordRefusal(ctx, a, t, audit.Event{Kind: audit.SignInLocked}))
	}
	if err != nil {
		return SignIn{}, err
	}
	hash := dummyHash
	if known {
		hash = a.PasswordHash
	}
	right, err := checkPassword(ctx, lane, hash, t.Password)
	switch {
	case err != nil:
		return SignIn{}, err
	case !right || !known:
		return SignIn{}, errors.Join(ErrWrong, s.recordRefusal(ctx, a, t, audit.Event{Kind: audit.SignInFailed}))
	}
	if err := forgive(ctx); err != nil {
		return SignIn{}, err
	}
	if err := s.usable(a); err != nil {
		return SignIn{}, errors.Join(err, s.recordRefusal(ctx, a, t, audit.Event{Kind: audit.SignInFailed, Note: "密码对，账号或一次性密码不能用了"}))
	}
	has, err := s.HasFactor(ctx, a.ID)
	return SignIn{Account: a, NeedsCode: has}, err
}

// admit counts a try at a password, and refuses it where too many were wrong. The time of the password is part of the key, so
// that a reset clears what was counted against the old one.
func (s *Service) admit(ctx context.Context, a Account, name string, t Attempt, familiar bool) (forgive func(context.Context) error, err error) {
	if familiar {
		return s.spend(ctx, budget{tryKey("device", a.ID, t.Device), triesByDevice, tryWindow})
	}
	network, since := networkOf(t.Address), strconv.FormatInt(a.PasswordAt.UnixMicro(), 10)
	back, err := s.spend(ctx, budget{tryKey("address", network), triesByNetwork, tryWindow}, budget{tryKey("pair", name, network, since), triesByPair, tryWindow})
	if err != nil {
		return nil, err
	}
	faster, err := s.slow(ctx, name)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return errors.Join(back(ctx), faster(ctx)) }, nil
}

// usable refuses an account that is closed, and a one-time password that was used or is too old.
func (s *Service) usable(a Account) error {
	switch {
	case !a.Active():
		return ErrDisabled
	case a.MustChange && !a.OneTimeUsed.IsZero():
		return ErrUsed
	case a.MustChange && !s.Time().Before(a.PasswordAt.Add(s.oneTime())):
		return ErrExpired
	}
	return nil
}

func (s *Service) oneTime() time.Duration {
	if s.OneTime == 0 {
		return DefaultOneTime
	}
	return s.OneTime
}

// Enter begins the session of somebody who has given all that is asked of them, and remembers their device. A one-time password
// lets them in once. It returns whether the account's owner is to be told of a device that they have never used.
func (s *Service) Enter(ctx context.Context, a Account, x Session, device string) (news bool, err error) {
	now := s.Time().UTC()
	if a.MustChange {
		ok, err := s.Store.UseOneTime(ctx, a.ID, now)
		if err != nil {
			return false, fmt.Errorf("use a one-time password: %w", err)
		}
		if !ok {
			return false, ErrUsed
		}
	}
	x.Of, x.Seen, x.Began, x.Confirmed, x.Device = a.ID, now, now, now, deviceID(device)
	if err := s.Store.OwnSession(ctx, x); err != nil {
		return false, fmt.Errorf("begin a session: %w", err)
	}
	news, err = s.Store.PutDevice(ctx, Device{ID: x.Device, StaffID: a.ID, Label: x.Label, Network: x.Network, At: now}, mostDevices)
	if err != nil {
		return false, fmt.Errorf("remember a device: %w", err)
	}
	return news, nil
}

// Confirm checks that whoever is signed in knows their own password, or has their authenticator: six digits are a code.
func (s *Service) Confirm(ctx context.Context, a Account, sessionID, answer string) error {
	forgive, err := s.spend(ctx, budget{tryKey("confirm", a.ID, sessionID), triesOfOwner, tryWindow})
	if err != nil {
		return err
	}
	answer = strings.TrimSpace(answer)
	if codeForm.MatchString(answer) {
		err = s.useCode(ctx, a.ID, answer)
	} else {
		var right bool
		if right, err = checkPassword(ctx, &acquainted, a.PasswordHash, answer); err == nil && !right {
			err = ErrWrong
		}
	}
	if err != nil {
		return err
	}
	if err := s.Store.ConfirmSession(ctx, sessionID, s.Time().UTC()); err != nil {
		return fmt.Errorf("confirm a session: %w", err)
	}
	if err := s.Record(ctx, a, audit.Event{Kind: audit.Confirmed, Object: a.ID}); err != nil {
		return err
	}
	return forgive(ctx)
}

// randomSecret is 256 bits, for a cookie or a token.
func randomSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}
