package request

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// maxOpen is how many requests of a person may be under way, noteLength how long a word to them may be.
const (
	maxOpen    = 5
	noteLength = 300
)

// Filter chooses requests for the desk.
type Filter struct {
	Open    bool   // those that are under way, the oldest first; else the ended ones, the latest first
	Account string // of the service, which alone is looked at; "" for every one
	// Late leaves out the concerns that came before it and that nobody has read; Overdue has those alone.
	Late    time.Time
	Overdue bool
	Cursor  string // the ID after which the page begins
	Limit   int
}

// Store is what requests need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Hold holds off others that make or change requests of the person until the transaction of ctx ends.
	Hold(ctx context.Context, personID string) error
	// Add keeps a new request and gives it its number.
	Add(ctx context.Context, r Request) (Request, error)
	// ByKey returns the request that a command with this key made; ErrNotFound where there was none.
	ByKey(ctx context.Context, key string) (Request, error)
	Get(ctx context.Context, id string) (Request, error)
	// Of returns a person's requests, the latest first.
	Of(ctx context.Context, personID string) ([]Request, error)
	List(ctx context.Context, f Filter) (rs []Request, next string, err error)
	// CountNew counts the requests of an account, "" for every one, that nobody has read.
	CountNew(ctx context.Context, account string) (int, error)
	// Move changes the state of a request that stands as from; ErrState where it does not.
	Move(ctx context.Context, id string, from, to State, at time.Time) error
	AddStep(ctx context.Context, s Step) error
	Steps(ctx context.Context, id string) ([]Step, error)
}

// Service makes and moves requests. Now and NewID have working defaults.
type Service struct {
	Store  Store
	Outbox outbox.Queue
	Trail  *audit.Log                                   // who opened what; without it nothing is opened
	OnDuty func(at time.Time) (on bool, next time.Time) // whether somebody is, and when next; nil: always
	Ways   []string                                     // by which staff are called
	// Door lets somebody of whom nothing is known ask for a visit so often, and then asks them to show that they are there, by an error
	// of its own; leave gives it back. nil: nobody is asked.
	Door func(ctx context.Context, personID, network string) (leave func(), err error)
	citytime.Clock
}

// Make keeps a request. A second call with the key returns the first one's.
func (s *Service) Make(ctx context.Context, key, personID string, k Kind, f Form) (Request, error) {
	var made Request
	leave := func() {}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		leave() // a transaction may run again
		leave = func() {}
		if err := s.Store.Hold(ctx, personID); err != nil {
			return err
		}
		known, err := s.Store.ByKey(ctx, key)
		if !errors.Is(err, ErrNotFound) {
			made = known
			return err
		}
		mine, err := s.Store.Of(ctx, personID)
		if err != nil {
			return err
		}
		mine = slices.DeleteFunc(mine, func(r Request) bool { return !r.State.Open() })
		if len(mine) >= maxOpen && !f.Danger {
			return ErrMany
		}
		if s.Door != nil && k != Concern { // a word for somebody else is taken from everybody
			if leave, err = s.Door(ctx, personID, budget.Of(ctx).Network); err != nil {
				return err
			}
		}
		now := s.Time()
		made, err = s.Store.Add(ctx, Request{ID: s.ID(), Person: personID, Kind: k, State: New, Form: f, Key: key, MadeAt: now, ChangedAt: now})
		if err == nil && k == Concern && !f.Danger { // danger has a case, whose alerts call
			err = s.putUnread(ctx, made.ID, now.Add(ReadWithin))
		}
		return err
	})
	if err != nil {
		leave()
		return Request{}, fmt.Errorf("make a request: %w", err)
	}
	return made, nil
}

// Open returns a request with its history to a member of staff, once the trail has it; one of another account than theirs does
// not exist for them.
func (s *Service) Open(ctx context.Context, by Actor, id string) (Request, []Step, error) {
	r, err := s.Store.Get(ctx, id)
	if err == nil && !by.reaches(r) {
		err = ErrNotFound
	}
	if err == nil {
		err = s.Trail.RecordOnce(ctx, audit.Event{Kind: audit.OpenRequest, Object: id})
	}
	if err != nil {
		return Request{}, nil, fmt.Errorf("open a request: %w", err)
	}
	steps, err := s.Store.Steps(ctx, id)
	if err != nil {
		return Request{}, nil, fmt.Errorf("open a request: %w", err)
	}
	return r, steps, nil
}

// Move changes a request as staff decide, notes who did it and puts the word to the person on its way, in one transaction.
// From is how the page showed it: whoever was slower is told.
func (s *Service) Move(ctx context.Context, id string, by Actor, from, to State, note string) error {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > noteLength || to == Declined && note == "" || to == Agreed && note == "" {
		return ErrReason
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Store.Get(ctx, id)
		if err != nil {
			return err
		}
		if !by.reaches(r) {
			return ErrNotFound
		}
		if r.State != from || !slices.Contains(r.Next(), to) {
			return ErrState
		}
		step := Step{ID: s.ID(), Request: id, State: to, Staff: by.ID, Name: by.Name, Note: note, At: s.Time()}
		if err := s.Store.Move(ctx, id, from, to, step.At); err != nil {
			return err
		}
		if err := s.Store.AddStep(ctx, step); err != nil {
			return err
		}
		return s.tell(ctx, r, step)
	})
	if err != nil {
		return fmt.Errorf("move a request: %w", err)
	}
	return nil
}

// tell puts what became of a request on its way to the person: at once where the account may push, else at their next contact.
func (s *Service) tell(ctx context.Context, r Request, step Step) error {
	return outbox.Ask(ctx, s.Outbox, channel.Tell(r.Person, r.news(step)), outbox.Row{ID: s.ID(), Key: "request-told:" + step.ID, Person: r.Person, RunAt: step.At})
}

// news is what the person is told of a change.
func (r Request) news(step Step) string {
	head := fmt.Sprintf("%s（%s）", r.Kind.Label(), r.Number)
	var text string
	switch {
	case r.Kind == Concern && step.State == Passed:
		text = head + "：老师看过了，正在想办法。后面的事要替当事人保密，不能都说出来；还看到什么，随时告诉我们。"
	case r.Kind == Concern && step.State == Done:
		text = head + "：老师已经处理好了。谢谢愿意说出来。"
	case step.State == Passed:
		text = head + "：已经转给学校，学校会联系。"
	case step.State == Agreed:
		text = head + "：约好了。"
	case step.State == Done:
		text = head + "：办完了。还有需要，随时再说。"
	case step.State == Declined:
		text = head + "：这一次没有办。"
	default:
		text = head + "：" + r.Kind.label(step.State)
	}
	if step.Note != "" {
		text += "\n" + step.Note
	}
	return text + "\n想看走到哪一步，发“我的请求”。"
}

// Withdraw takes a request of the person back.
func (s *Service) Withdraw(ctx context.Context, personID, id string) (Request, error) {
	var r Request
	err := s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if r, err = s.mine(ctx, personID, id); err != nil || !r.State.Open() {
			return err
		}
		at := s.Time()
		if err := s.Store.Move(ctx, id, r.State, Withdrawn, at); err != nil {
			return err
		}
		r.State = Withdrawn
		return s.Store.AddStep(ctx, Step{ID: s.ID(), Request: id, State: Withdrawn, At: at})
	})
	if err != nil {
		return Request{}, fmt.Errorf("withdraw a request: %w", err)
	}
	return r, nil
}

// WithdrawAll takes back what a person asked the school for: they took back their consent. What they told of somebody else, who
// may be in danger, stays.
func (s *Service) WithdrawAll(ctx context.Context, personID string) error {
	rs, err := s.Store.Of(ctx, personID)
	if err != nil {
		return fmt.Errorf("list a person's requests: %w", err)
	}
	for _, r := range rs {
		if r.Kind == Concern || !r.State.Open() {
			continue
		}
		if _, err := s.Withdraw(ctx, personID, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// mine returns a request of the person; another's does not exist for them.
func (s *Service) mine(ctx context.Context, personID, id string) (Request, error) {
	r, err := s.Store.Get(ctx, id)
	if err == nil && r.Person != personID {
		return Request{}, ErrNotFound
	}
	return r, err
}
