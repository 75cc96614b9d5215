package staff

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// Oversees says whether the role agrees to what others ask. Nobody comes to it by account management alone: whoever keeps the
// accounts could else make a second person of themselves.
func (r Role) Oversees() bool { return r.May(GrantIdentity) }

// roleWaits is how long a role by which somebody oversees waits where nobody is left who could agree to it: long enough that
// everybody who works here has seen that it is coming.
const roleWaits = 24 * time.Hour

// rise gives an account a role. The first who oversee a desk have nobody to ask: until one of them has signed in with a
// password of their own, such a role takes effect at once. From then on it waits for the consent of a colleague who has it, and
// the account works as a counsellor meanwhile, so that nobody in danger waits. Where none of those colleagues is left it takes
// effect after roleWaits, for all to see.
func (s *Service) rise(ctx context.Context, a *Account, role Role) error {
	now := s.Time().UTC()
	if a.Role != role {
		a.RoleAt = now
	}
	a.Role, a.Wants, a.WantsAt = role, "", time.Time{}
	if !role.Oversees() {
		return nil
	}
	all, err := s.Store.All(ctx)
	if err != nil {
		return fmt.Errorf("look who oversees: %w", err)
	}
	ever, there := a.Stood, false
	for _, x := range all {
		if x.ID == a.ID {
			continue
		}
		ever = ever || x.Stood
		there = there || x.Active() && x.Role.Oversees() && !x.MustChange
	}
	if !ever && !there {
		return nil
	}
	a.Role, a.Wants, a.RoleAt = Counsellor, role, now
	if !there {
		a.WantsAt = now.Add(roleWaits)
	}
	return nil
}

// recordWaiting writes that a role waits.
func (s *Service) recordWaiting(ctx context.Context, a Account) error {
	if a.Wants == "" {
		return nil
	}
	return s.recordChange(ctx, audit.Event{Kind: audit.RoleChanged, Object: a.ID, Note: "等确认：" + a.Wants.Label()})
}

// ripen gives an account the role that waited until now.
func (s *Service) ripen(ctx context.Context, a Account) (Account, error) {
	if a.Wants == "" || a.WantsAt.IsZero() || s.Time().UTC().Before(a.WantsAt) {
		return a, nil
	}
	ctx = audit.With(ctx, audit.Program("xinqiao"))
	return s.settle(ctx, Account{}, a, true)
}

// settle ends the waiting of an account's role.
func (s *Service) settle(ctx context.Context, by, a Account, agreed bool) (Account, error) {
	note := "没有同意：" + a.Wants.Label()
	if agreed {
		note = "生效：" + a.Wants.Label()
		a.Role, a.RoleAt = a.Wants, s.Time().UTC()
		a.Stood = a.Stood || !a.MustChange
	}
	a.Wants, a.WantsAt = "", time.Time{}
	if err := s.Record(ctx, by, audit.Event{Kind: audit.RoleChanged, Object: a.ID, Note: note}); err != nil {
		return Account{}, err
	}
	if err := s.Store.Update(ctx, a); err != nil {
		return Account{}, fmt.Errorf("change the role of %q: %w", a.Name, err)
	}
	return a, nil
}

// Risen are the accounts whose role waits for consent.
func (s *Service) Risen(ctx context.Context) ([]Account, error) {
	all, err := s.List(ctx)
	var out []Account
	for _, a := range all {
		if a.Wants != "" && a.Active() {
			out = append(out, a)
		}
	}
	return out, err
}

// AnswerRole agrees to the role that waits for an account, or refuses it: a colleague who oversees, and who is somebody else.
func (s *Service) AnswerRole(ctx context.Context, by Account, id string, agree bool) error {
	a, err := s.Store.ByID(ctx, id)
	if err != nil {
		return fmt.Errorf("answer for a role: %w", err)
	}
	if a.Wants == "" {
		return ErrNotWaiting
	}
	if err := s.Second(ctx, Pair{First: a.ID, Second: by.ID, Right: GrantIdentity, Since: a.RoleAt}); err != nil {
		return err
	}
	_, err = s.settle(ctx, by, a, agree)
	return err
}

// SetRole gives an account another role; false where it waits for a colleague's consent. Its sessions end: what is open was
// opened by another right.
func (s *Service) SetRole(ctx context.Context, name string, role Role) (Account, error) {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return Account{}, fmt.Errorf("change the role of %q: %w", name, err)
	}
	if !role.Valid() || role == Reader || role == Station || a.Role == Station {
		return Account{}, fmt.Errorf("change the role of %q to %q: %w", name, role, ErrInvalid)
	}
	if a.Role == role && a.Wants == "" {
		return a, nil
	}
	if err := s.rise(ctx, &a, role); err != nil {
		return Account{}, fmt.Errorf("change the role of %q: %w", name, err)
	}
	return a, s.change(ctx, a, audit.Event{Kind: audit.RoleChanged, Object: a.ID, Note: string(cmp.Or(a.Wants, a.Role))})
}

// Bind says for which districts, and for which account of the service, somebody works; none of either: the whole city.
func (s *Service) Bind(ctx context.Context, name string, districts []string, serves string) (Account, error) {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err != nil {
		return Account{}, fmt.Errorf("bind staff %q: %w", name, err)
	}
	if a.Role == Station {
		return Account{}, fmt.Errorf("bind staff %q, who works at a station: %w", name, ErrInvalid)
	}
	if a.Districts, err = cleanDistricts(districts); err != nil {
		return Account{}, fmt.Errorf("bind staff %q: %w", name, err)
	}
	a.Serves = serves
	return a, s.change(ctx, a, audit.Event{Kind: audit.AccountChanged, Object: a.ID, Note: strings.Join(append(a.Districts, a.Serves), " ")})
}

// change writes an account and its line of the log, and ends its sessions.
func (s *Service) change(ctx context.Context, a Account, e audit.Event) error {
	if err := s.recordChange(ctx, e); err != nil {
		return err
	}
	if err := s.Store.Update(ctx, a); err != nil {
		return fmt.Errorf("change staff %q: %w", a.Name, err)
	}
	if err := s.Store.EndSessions(ctx, a.ID); err != nil {
		return fmt.Errorf("end the sessions of %q: %w", a.Name, err)
	}
	return nil
}

// mostDistricts is how many characters the districts of one account may have together.
const mostDistricts = 160

func cleanDistricts(in []string) ([]string, error) {
	var out []string
	for _, d := range in {
		if d = strings.TrimSpace(d); d != "" {
			out = append(out, d)
		}
	}
	if joined := strings.Join(out, ","); len([]rune(joined)) > mostDistricts || strings.Count(joined, ",") >= len(out) && len(out) > 0 {
		return nil, fmt.Errorf("districts %q: %w", in, ErrInvalid)
	}
	return out, nil
}
