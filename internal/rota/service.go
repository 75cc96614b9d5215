package rota

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// The errors of changing the rota.
var (
	ErrNoRota   = errors.New("rota: there is none to change")
	ErrNotFound = errors.New("rota: no such change")
	ErrRight    = errors.New("rota: that is for a supervisor")
	ErrNotNamed = errors.New("rota: only the two who are named may")
	ErrNotTheir = errors.New("rota: the duty is not theirs, or no longer")
	ErrPerson   = errors.New("rota: no such person in the rota, or the same one twice")
	ErrDistrict = errors.New("rota: no such district")
	ErrSpan     = errors.New("rota: it ends before it begins, or lasts too long")
	ErrPast     = errors.New("rota: it is over")
	ErrMoved    = errors.New("rota: somebody answered or withdrew it meanwhile")
	ErrLong     = errors.New("rota: the note is too long")
	ErrKey      = errors.New("rota: the form has no key")
	ErrFile     = errors.New("rota: its base stands in a file")
	ErrConflict = errors.New("rota: somebody else wrote the base meanwhile")
)

// GapError says that a change would leave times without anybody on duty, which were not so before.
type GapError struct{ Gaps []Gap }

func (e *GapError) Error() string { return fmt.Sprintf("rota: %d gaps without anybody", len(e.Gaps)) }

// Store is what changing the rota needs of the database. Writes join the transaction that ctx carries.
type Store interface {
	Source
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// AddChange keeps a change and returns it, or the one that its Key has already.
	AddChange(ctx context.Context, c Change) (kept Change, fresh bool, err error)
	// Change fails with ErrNotFound where there is none.
	Change(ctx context.Context, id string) (Change, error)
	// MoveChange writes a change that stood in a state; ErrMoved where it stands in another by now.
	MoveChange(ctx context.Context, c Change, from ChangeState) error
	// History lists the changes of the last time, whatever became of them, the last one that was touched first.
	History(ctx context.Context, n int) ([]Change, error)
	// SavePlan writes a base under its version; ErrConflict where that is taken by another form.
	SavePlan(ctx context.Context, p SavedPlan) error
	// Plans lists who wrote the base and when, the newest first, without what they wrote.
	Plans(ctx context.Context, n int) ([]SavedPlan, error)
}

// Service changes the rota. Trail has each change; Bus may be nil; Now and NewID have working defaults.
type Service struct {
	Store Store
	Book  *Book
	Trail *audit.Log
	Bus   live.Bus
	citytime.Clock
}

// Limits of a change.
const (
	longestChange = 366 * 24 * time.Hour
	noteRunes     = 200
)

// Propose makes a change, or asks for it: a swap waits for the one who is to come, leave for a supervisor unless one sets
// it. Without anyway a change that leaves times without anybody is not kept but returned as a *GapError.
func (s *Service) Propose(ctx context.Context, by staff.Account, c Change, anyway bool) (Change, error) {
	r := s.fresh(ctx)
	if err := s.check(r, by, c); err != nil {
		return Change{}, err
	}
	now := s.Time().UTC()
	c.ID, c.State, c.Asked = s.ID(), Asked, Act{by.ID, by.DisplayName, now}
	if c.Kind != Swap && r.Manages(by, c) {
		c.State, c.Decided = Agreed, c.Asked
	}
	if err := s.warn(r, agreed(c, now), anyway); err != nil {
		return Change{}, err
	}
	action := audit.RotaAsk
	if c.State == Agreed {
		action = audit.RotaSet
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		kept, fresh, err := s.Store.AddChange(ctx, c)
		if err != nil || !fresh {
			c = kept
			return err
		}
		return s.Trail.Record(by.Acts(ctx), audit.Event{Kind: action, Object: c.ID})
	})
	if err != nil {
		return Change{}, fmt.Errorf("propose a %s: %w", c.Kind, err)
	}
	s.tell(ctx)
	return c, nil
}

func (s *Service) check(r *Rota, by staff.Account, c Change) error {
	known := func(id string) bool { _, ok := r.Contact(id); return ok }
	_, district := rOf(r)[c.District]
	manages, me := r.Manages(by, c), r.PersonOf(by.Name)
	switch {
	case r == nil:
		return ErrNoRota
	case c.Key == "":
		return ErrKey
	case utf8.RuneCountInString(c.Note) > noteRunes:
		return ErrLong
	case !c.From.Before(c.To) || c.To.Sub(c.From) > longestChange:
		return ErrSpan
	case !c.To.After(s.Time().UTC()):
		return ErrPast
	}
	switch c.Kind {
	case Swap:
		switch {
		case !district:
			return ErrDistrict
		case !known(c.In) || c.In == c.Out:
			return ErrPerson
		case me == "" || c.Out != me || !r.holds(c.District, c.From, c.To, c.Out):
			return ErrNotTheir
		}
	case Leave:
		switch {
		case !known(c.Out) || c.In != "" && !known(c.In) || c.In == c.Out:
			return ErrPerson
		case !manages && c.Out != me:
			return ErrRight
		}
	case Extra:
		switch {
		case !manages:
			return ErrRight
		case !district:
			return ErrDistrict
		case c.Out != "" || !known(c.In):
			return ErrPerson
		}
	case Holiday, Workday:
		switch {
		case !manages:
			return ErrRight
		case !c.From.Equal(Midnight(c.From)) || !c.To.Equal(Midnight(c.To)):
			return ErrSpan
		}
	default:
		return fmt.Errorf("rota: unknown kind of change %q", c.Kind)
	}
	return nil
}

// rOf is the districts of a rota that may not be there.
func rOf(r *Rota) map[string]district {
	if r == nil {
		return nil
	}
	return r.districts
}

// Answer agrees to a change that was asked for, or refuses it: a swap is answered by the one who is to come, leave by a
// supervisor, who may name another to stand in.
func (s *Service) Answer(ctx context.Context, by staff.Account, id string, a Answer) error {
	c, err := s.Store.Change(ctx, id)
	if err != nil {
		return fmt.Errorf("answer a change: %w", err)
	}
	r := s.fresh(ctx)
	switch {
	case r == nil:
		return ErrNoRota
	case c.Kind == Swap && r.PersonOf(by.Name) != c.In:
		return ErrNotNamed
	case c.Kind != Swap && !r.Manages(by, c):
		return ErrRight
	case c.Decided.StaffID == by.ID && c.State == a.state():
		return nil // a double click
	case c.State != Asked:
		return ErrMoved
	}
	now := s.Time().UTC()
	c.Decided = Act{by.ID, by.DisplayName, now}
	action := audit.RotaRefuse
	if c.State = a.state(); a.Agree {
		action = audit.RotaAgree
		if c.Kind == Leave {
			c.In = a.In
		}
		_, known := r.Contact(c.In)
		switch {
		case !c.To.After(now):
			return ErrPast
		case c.In != "" && !known || c.In == c.Out:
			return ErrPerson
		case c.Kind == Swap && !r.holds(c.District, later(c.From, now), c.To, c.Out):
			return ErrNotTheir
		}
		if err := s.warn(r, c, a.Anyway); err != nil {
			return err
		}
	}
	return s.move(ctx, by, c, Asked, action)
}

// Answer is what somebody says to a change that was asked for.
type Answer struct {
	Agree  bool
	In     string // who stands in for leave; "" for nobody
	Anyway bool   // though it leaves times without anybody
}

func (a Answer) state() ChangeState {
	if a.Agree {
		return Agreed
	}
	return Refused
}

// Withdraw takes a change back: one that waits by whoever asked, any by a supervisor.
func (s *Service) Withdraw(ctx context.Context, by staff.Account, id string, anyway bool) error {
	c, err := s.Store.Change(ctx, id)
	if err != nil {
		return fmt.Errorf("withdraw a change: %w", err)
	}
	from := c.State
	switch {
	case !s.Book.Current().Manages(by, c) && (c.Asked.StaffID != by.ID || from == Agreed):
		return ErrRight
	case from == Withdrawn && c.Ended.StaffID == by.ID:
		return nil // a double click
	case from != Asked && from != Agreed:
		return ErrMoved
	}
	c.State, c.Ended = Withdrawn, Act{by.ID, by.DisplayName, s.Time().UTC()}
	if err := s.warn(s.fresh(ctx), c, anyway); err != nil {
		return err
	}
	return s.move(ctx, by, c, from, audit.RotaWithdraw)
}

func (s *Service) move(ctx context.Context, by staff.Account, c Change, from ChangeState, action audit.Kind) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.MoveChange(ctx, c, from); err != nil {
			return err
		}
		return s.Trail.Record(by.Acts(ctx), audit.Event{Kind: action, Object: c.ID})
	})
	if err != nil {
		return fmt.Errorf("move a change: %w", err)
	}
	s.tell(ctx)
	return nil
}

// SavePlan writes the base on the desk, over the version that was read.
func (s *Service) SavePlan(ctx context.Context, by staff.Account, p SavedPlan, anyway bool) error {
	switch {
	case !by.May(staff.ManageRota), by.Bound(): // the plan is the whole city's
		return ErrRight
	case s.Book.File() != "":
		return ErrFile
	case p.Key == "":
		return ErrKey
	}
	r, err := Compile(p.Plan)
	if err != nil {
		return err
	}
	now := s.Time().UTC()
	if gaps := r.With(s.Book.Saved().Changes).Gaps(now, now.Add(planAhead)); len(gaps) > 0 && !anyway {
		return &GapError{gaps}
	}
	p.Version, p.By = p.Version+1, Act{by.ID, by.DisplayName, now}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.SavePlan(ctx, p); err != nil {
			return err
		}
		return s.Trail.Record(by.Acts(ctx), audit.Event{Kind: audit.RotaPlan, Object: fmt.Sprint(p.Version)})
	})
	if err != nil {
		return fmt.Errorf("save the rota: %w", err)
	}
	s.tell(ctx)
	return nil
}

// planAhead is how far a new base is looked through for times without anybody: every day of the week stands in it twice.
const planAhead = 14 * 24 * time.Hour

// fresh is the rota with what another replica changed a moment ago.
func (s *Service) fresh(ctx context.Context) *Rota {
	_ = s.Book.Refresh(ctx) // logged there; where nothing can be read nothing can be written either
	return s.Book.Current()
}

// tell brings the change into use here at once and elsewhere in a moment.
func (s *Service) tell(ctx context.Context) {
	_ = s.Book.Refresh(ctx) // logged there; Follow tries again
	if s.Bus != nil {
		_ = s.Bus.Publish(ctx, live.TopicRota) // a lost word costs the others some seconds
	}
}

// warn returns the times that would be without anybody by a change and are not without it.
func (s *Service) warn(r *Rota, c Change, anyway bool) error {
	if anyway || r == nil {
		return nil
	}
	saved := s.Book.Saved().Changes
	with := make([]Change, 0, len(saved)+1)
	for _, other := range saved {
		if other.ID != c.ID {
			with = append(with, other)
		}
	}
	to := c.To
	if c.Kind.ofDays() {
		to = to.AddDate(0, 0, 1) // a night that begins on the last day
	}
	if gaps := newGaps(r, r.With(append(with, c)), later(c.From, s.Time().UTC()), to); len(gaps) > 0 {
		return &GapError{gaps}
	}
	return nil
}

func agreed(c Change, at time.Time) Change {
	c.State = Agreed
	if c.Decided.At.IsZero() {
		c.Decided.At = at
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
