package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Mention tells a colleague that they were named in a note of a case. It waits until they open the case.
type Mention struct {
	Case   string
	Number int
	Alias  string
	Level  risk.Level
	By     string // who wrote the note
	Note   string // what stands in it
	Key    string // of the form it was written on
	At     time.Time
}

// MentionStore is what mentions need of the database.
type MentionStore interface {
	// AddMention writes that a member of staff was named; a second time under the same key changes nothing.
	AddMention(ctx context.Context, staffID string, m Mention) error
	// Mentions returns what a member of staff was named in and has not read, the newest first.
	Mentions(ctx context.Context, staffID string, n int) ([]Mention, error)
	// CountMentions counts them.
	CountMentions(ctx context.Context, staffID string) (int, error)
	// ReadMentions says that a member of staff has read those of a case; how many there were.
	ReadMentions(ctx context.Context, caseID, staffID string, at time.Time) (int, error)
}

func (s *Service) mention(ctx context.Context, c Case, by Actor, e Entry) error {
	for _, who := range e.Mentions {
		if who.ID == by.ID {
			continue
		}
		if err := s.Store.AddMention(ctx, who.ID, Mention{Case: c.ID, By: by.Name, Key: e.Key, At: s.now()}); err != nil {
			return fmt.Errorf("mention a colleague: %w", err)
		}
	}
	return nil
}

// tell touches the topic of everybody who was named, so that their open desk shows it at once.
func (s *Service) tell(ctx context.Context, who []Actor) {
	if s.Bus == nil {
		return
	}
	for _, a := range who {
		_ = s.Bus.Publish(ctx, live.TopicStaff(a.ID))
	}
}

// Mentions returns what a member of staff was named in and has not read, the newest first, once the trail has it: notes tell
// what was heard.
func (s *Service) Mentions(ctx context.Context, staffID string, n int) ([]Mention, error) {
	if err := s.Trail.RecordWatching(ctx, audit.Event{Kind: audit.SeeMentions, Object: staffID}); err != nil {
		return nil, fmt.Errorf("list mentions: %w", err)
	}
	ms, err := s.Store.Mentions(ctx, staffID, n)
	if err != nil {
		return nil, fmt.Errorf("list mentions: %w", err)
	}
	return ms, nil
}

// CountMentions counts them.
func (s *Service) CountMentions(ctx context.Context, staffID string) (int, error) {
	n, err := s.Store.CountMentions(ctx, staffID)
	if err != nil {
		return 0, fmt.Errorf("count mentions: %w", err)
	}
	return n, nil
}

// MentionsRead says that a member of staff has opened a case in which they were named.
func (s *Service) MentionsRead(ctx context.Context, caseID, staffID string) error {
	n, err := s.Store.ReadMentions(ctx, caseID, staffID, s.now())
	if err != nil {
		return fmt.Errorf("read the mentions in case %s: %w", caseID, err)
	}
	if n > 0 {
		s.tell(ctx, []Actor{{ID: staffID}})
	}
	return nil
}
