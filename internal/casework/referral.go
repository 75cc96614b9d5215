package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ReferralKind says where a person is sent on to.
type ReferralKind string

// The ways out of the chat: the green channel to a hospital, or a talk face to face at a station.
const (
	ToHospital ReferralKind = "hospital"
	ToStation  ReferralKind = "station"
)

// ReferralStatus is where a referral stands.
type ReferralStatus string

// The statuses of a referral. It is tracked until the other side answers.
const (
	ReferralOpen      ReferralStatus = "open" // the form is filled
	ReferralSent      ReferralStatus = "sent" // it was handed over
	ReferralConfirmed ReferralStatus = "confirmed"
	ReferralRefused   ReferralStatus = "refused"   // the other side cannot take the person
	ReferralWithdrawn ReferralStatus = "withdrawn" // the person, or the guardian, did not want it, or it was filled by mistake
)

// After lists where a referral may go from a status; nothing where it has ended.
func (s ReferralStatus) After() []ReferralStatus {
	switch s {
	case ReferralOpen:
		return []ReferralStatus{ReferralSent, ReferralWithdrawn}
	case ReferralSent:
		return []ReferralStatus{ReferralConfirmed, ReferralRefused, ReferralWithdrawn}
	case ReferralConfirmed, ReferralRefused, ReferralWithdrawn:
	}
	return nil
}

// Pending says that somebody still has to do, or to answer, something.
func (s ReferralStatus) Pending() bool { return len(s.After()) > 0 }

// The errors of referrals.
var (
	ErrNoReferral    = errors.New("casework: no such referral")
	ErrReferralKind  = errors.New("casework: not a kind of referral")
	ErrReferralMove  = errors.New("casework: the referral does not go there from where it stands")
	ErrReferralWaits = errors.New("casework: a referral has no answer yet")
)

// ReferralForm is what staff fill in: as much as the other side needs and no more. The name of a person is written by
// hand on the printed form, with their consent, and is not kept here.
type ReferralForm struct {
	Kind    ReferralKind `json:"-"`
	Place   string       `json:"place"`   // hospital and department, or station
	Why     string       `json:"why"`     // what the other side should help with
	Known   string       `json:"known"`   // what it should know: medicine, school, who comes along
	Contact string       `json:"contact"` // whom to call back at our side
	Key     string       `json:"-"`
}

// Referral is a form and where it stands.
type Referral struct {
	ReferralForm
	ID        string
	Case      string
	Status    ReferralStatus
	MadeBy    string
	MadeAt    time.Time
	ChangedAt time.Time
}

// ReferralStore is what referrals need of the database.
type ReferralStore interface {
	AddReferral(ctx context.Context, r Referral) error
	// Referrals returns those of a case, the newest first.
	Referrals(ctx context.Context, caseID string) ([]Referral, error)
	MoveReferral(ctx context.Context, id string, to ReferralStatus, at time.Time) error
}

const (
	maxPlace = 100
	maxField = 1000
)

func (f *ReferralForm) check() error {
	if f.Kind != ToHospital && f.Kind != ToStation {
		return ErrReferralKind
	}
	for _, field := range []struct {
		text   *string
		limit  int
		needed bool
	}{{&f.Place, maxPlace, true}, {&f.Why, maxField, true}, {&f.Known, maxField, false}, {&f.Contact, maxPlace, true}} {
		*field.text = strings.TrimSpace(strings.ReplaceAll(*field.text, "\r\n", "\n"))
		switch {
		case field.needed && *field.text == "":
			return ErrEmpty
		case utf8.RuneCountInString(*field.text) > field.limit:
			return ErrTooLong
		}
	}
	return nil
}

// Refer fills a referral form.
func (s *Service) Refer(ctx context.Context, id string, by Actor, f ReferralForm) (Case, error) {
	if err := f.check(); err != nil {
		return Case{}, err
	}
	return s.change(ctx, "refer", id, s.once(f.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		now := s.now()
		r := Referral{ReferralForm: f, ID: s.ID(), Case: c.ID, Status: ReferralOpen, MadeBy: by.Name, MadeAt: now, ChangedAt: now}
		if err := s.Store.AddReferral(ctx, r); err != nil {
			return nil, err
		}
		st := by.step(StepReferral, f.Place+"："+f.Why)
		st.Ref, st.Code = r.ID, string(r.Status)
		return st, s.seen(ctx, c, by)
	}))
}

// ReferralMove says where a referral stands now.
type ReferralMove struct {
	Referral string
	To       ReferralStatus
	Note     string // how it was handed over, who answered what
	Key      string
}

// MoveReferral records what became of a referral, also after the case is closed.
func (s *Service) MoveReferral(ctx context.Context, id string, by Actor, m ReferralMove) (Case, error) {
	note, err := checkNote(m.Note)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, "move a referral of", id, s.once(m.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		r, err := s.referral(ctx, c.ID, m.Referral)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(r.Status.After(), m.To) {
			return nil, ErrReferralMove
		}
		if err := s.Store.MoveReferral(ctx, r.ID, m.To, s.now()); err != nil {
			return nil, err
		}
		if m.To == ReferralConfirmed { // somebody else has them in hand
			s.acted(c)
		}
		st := by.step(StepReferral, r.Place+"："+note)
		st.Ref, st.Code = r.ID, string(m.To)
		return st, nil
	}))
}

// Referral returns one referral of a case.
func (s *Service) Referral(ctx context.Context, caseID, id string) (Referral, error) {
	r, err := s.referral(ctx, caseID, id)
	if err != nil {
		return Referral{}, fmt.Errorf("read referral %s: %w", id, err)
	}
	return r, nil
}

func (s *Service) referral(ctx context.Context, caseID, id string) (Referral, error) {
	rs, err := s.Store.Referrals(ctx, caseID)
	if err != nil {
		return Referral{}, err
	}
	i := slices.IndexFunc(rs, func(r Referral) bool { return r.ID == id })
	if i < 0 {
		return Referral{}, ErrNoReferral
	}
	return rs[i], nil
}
