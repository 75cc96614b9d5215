package casework

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
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

// File reads a case with its signals, its history and its conversation, once the trail says by whom.
func (s *Service) File(ctx context.Context, id string) (File, error) {
	f, err := s.papers(ctx, audit.Event{Kind: audit.OpenConversation, Object: id})
	if err != nil {
		return File{}, err
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

// Paper reads a case for a paper of that title: what File reads, without a word of the conversation.
func (s *Service) Paper(ctx context.Context, id, title string) (File, error) {
	return s.papers(ctx, audit.Event{Kind: audit.OpenReport, Object: id, Note: title})
}

// papers reads what staff wrote of a case and the reasons of its signals, once the trail has the opening.
func (s *Service) papers(ctx context.Context, as audit.Event) (f File, err error) {
	id := as.Object
	if f.Case, err = s.Store.Get(ctx, id); err != nil {
		return File{}, fmt.Errorf("open case %s: %w", id, err)
	}
	if err := s.Trail.RecordOnce(ctx, as); err != nil {
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
	return f, nil
}

// LastWords reads what people said last, by person ID, for the rows of a list.
func (s *Service) LastWords(ctx context.Context, people ...string) (map[string]transcript.Message, error) {
	by, _ := audit.By(ctx)
	if err := s.Trail.RecordWatching(ctx, audit.Event{Kind: audit.SeeQueue, Object: by.ID}); err != nil {
		return nil, fmt.Errorf("read what people said last: %w", err)
	}
	said, err := s.Transcript.LastSaid(ctx, people...)
	if err != nil {
		return nil, fmt.Errorf("read what people said last: %w", err)
	}
	return said, nil
}

// Words reads single messages, by their IDs. About says what for, and which case or list it is.
func (s *Service) Words(ctx context.Context, about audit.Event, ids ...string) (map[string]transcript.Message, error) {
	if len(ids) == 0 {
		return map[string]transcript.Message{}, nil
	}
	if err := s.Trail.RecordOnce(ctx, about); err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	said, err := s.Transcript.Get(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return said, nil
}

// Steps returns the history of a case, the oldest step first.
func (s *Service) Steps(ctx context.Context, id string) ([]Step, error) {
	steps, err := s.Store.Steps(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read the steps of case %s: %w", id, err)
	}
	return steps, nil
}
