package casework

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// File is a case with all that a counsellor reads of it.
type File struct {
	Case       Case
	Signals    []Signal
	Steps      []Step
	Messages   []transcript.Message // the newest ones, oldest first
	Deliveries map[string]Delivery  // of the staff messages among them, by message ID
	Referrals  []Referral           // the newest first
	Tasks      []Task               // follow-ups, the earliest first
}

// fileMessages is how much of a conversation a file shows; more is a click away in a later page.
const fileMessages = 200

// FileStore is what reading a case's file needs.
type FileStore interface {
	Signals(ctx context.Context, caseID string) ([]Signal, error)
	Steps(ctx context.Context, caseID string) ([]Step, error)
	// Deliveries says where staff messages are; a message that was never queued is left out.
	Deliveries(ctx context.Context, messageIDs []string) (map[string]Delivery, error)
	Counts(ctx context.Context) (Counts, error)
}

// Get returns one case.
func (s *Service) Get(ctx context.Context, id string) (Case, error) {
	c, err := s.Store.Get(ctx, id)
	if err != nil {
		return Case{}, fmt.Errorf("read case %s: %w", id, err)
	}
	return c, nil
}

// Counts returns how many cases stand where.
func (s *Service) Counts(ctx context.Context) (Counts, error) {
	n, err := s.Store.Counts(ctx)
	if err != nil {
		return Counts{}, fmt.Errorf("count cases: %w", err)
	}
	return n, nil
}

// Holding counts the open conversations of each member of staff who has any, by their ID.
func (s *Service) Holding(ctx context.Context) (map[string]int, error) {
	n, err := s.Store.Holding(ctx)
	if err != nil {
		return nil, fmt.Errorf("count who has which conversations: %w", err)
	}
	return n, nil
}

// File reads a case with its signals, its history and its conversation. Whoever calls it audits it.
func (s *Service) File(ctx context.Context, id string) (f File, err error) {
	if f.Case, err = s.Store.Get(ctx, id); err != nil {
		return File{}, fmt.Errorf("open case %s: %w", id, err)
	}
	if f.Signals, err = s.Store.Signals(ctx, id); err != nil {
		return File{}, fmt.Errorf("read the signals of case %s: %w", id, err)
	}
	if f.Steps, err = s.Store.Steps(ctx, id); err != nil {
		return File{}, fmt.Errorf("read the steps of case %s: %w", id, err)
	}
	if f.Referrals, err = s.Store.Referrals(ctx, id); err != nil {
		return File{}, fmt.Errorf("read the referrals of case %s: %w", id, err)
	}
	if f.Tasks, err = s.Store.Tasks(ctx, id); err != nil {
		return File{}, fmt.Errorf("read the follow-ups of case %s: %w", id, err)
	}
	if f.Messages, err = s.Transcript.Latest(ctx, f.Case.Person, "", fileMessages); err != nil {
		return File{}, fmt.Errorf("read the conversation of case %s: %w", id, err)
	}
	var sent []string
	for _, m := range f.Messages {
		if m.From == transcript.FromStaff {
			sent = append(sent, m.ID)
		}
	}
	if f.Deliveries, err = s.Store.Deliveries(ctx, sent); err != nil {
		return File{}, fmt.Errorf("read the deliveries of case %s: %w", id, err)
	}
	return f, nil
}

// Steps returns the history of a case, the oldest step first.
func (s *Service) Steps(ctx context.Context, id string) ([]Step, error) {
	steps, err := s.Store.Steps(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read the steps of case %s: %w", id, err)
	}
	return steps, nil
}
