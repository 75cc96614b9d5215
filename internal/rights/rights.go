// Package rights is what the law gives everyone who talks with us: to see all that is held about them, and to have it
// erased (Personal Information Protection Law, articles 45 and 47). It decides when that may be done; what stands in
// which table is the store's. Start reading at Service.
package rights

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// The errors of rights.
var (
	// ErrOpenCase says that a counsellor is still at work for the person: a life goes before an erasure.
	ErrOpenCase = errors.New("rights: the person has an open case; close it at the desk first")
)

// Record is all that is held of one person, in words that the person can read.
type Record struct {
	MadeAt   time.Time `json:"made_at"`
	Alias    string    `json:"alias"`
	Audience string    `json:"audience"`
	Channel  string    `json:"channel"`
	Since    time.Time `json:"since"`
	Sections []Section `json:"sections"`
}

// Section is one kind of thing that is held.
type Section struct {
	Title   string  `json:"title"`
	Entries []Entry `json:"entries"`
}

// Entry is one thing that is held: when it came, a line that says what it is, and its details in order.
type Entry struct {
	At      time.Time `json:"at,omitzero"`
	What    string    `json:"what"`
	Ref     string    `json:"ref,omitempty"` // the lesson, station, self-check or event that it is about
	Details []Detail  `json:"details,omitempty"`
}

// Detail is one field of an entry.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Erased says what an erasure did.
type Erased struct {
	Rows  int    // rows that are gone
	Cases int    // closed files that stay, without anything that leads to the person
	Ghost string // the name that those files bear now, which belongs to nobody
}

// Store is what rights needs of the database.
type Store interface {
	// Find returns the person with this ID or alias; person.ErrNotFound where there is none.
	Find(ctx context.Context, idOrAlias string) (person.Person, error)
	Address(ctx context.Context, id string) (channel.Address, error)
	Export(ctx context.Context, personID string) (Record, error)
	// Erase removes the person from every table in one transaction and leaves a line in the trail that does not name them;
	// ErrOpenCase where a case is open.
	Erase(ctx context.Context, personID, by string) (Erased, error)
}

// Service gives people their rights. Store must be set; the others where there is a running server.
type Service struct {
	Store  Store
	Trail  *audit.Log                                         // who took the data away, or had it erased; without it nothing is handed out
	Flush  func(ctx context.Context) error                    // writes what is still to be written behind
	Forget func(ctx context.Context, a channel.Address) error // drops the session
	Erased func(ctx context.Context) error                    // tells every replica that somebody is no more
	Title  func(ref string) string                            // what the content calls a Ref, "" where it is not known any more
}

// Export hands out all that is held of a person, once the trail says to whom.
func (s *Service) Export(ctx context.Context, personID string) (Record, error) {
	if err := s.Trail.RecordOnce(ctx, audit.Event{Kind: audit.ExportPerson, Person: personID}); err != nil {
		return Record{}, fmt.Errorf("export a person's record: %w", err)
	}
	return s.record(ctx, personID)
}

func (s *Service) record(ctx context.Context, personID string) (Record, error) {
	if s.Flush != nil {
		if err := s.Flush(ctx); err != nil {
			return Record{}, fmt.Errorf("export a person's record: %w", err)
		}
	}
	r, err := s.Store.Export(ctx, personID)
	if err != nil {
		return Record{}, err
	}
	for _, sec := range r.Sections {
		for i := range sec.Entries {
			e := &sec.Entries[i]
			if e.Ref == "" || s.Title == nil {
				continue
			}
			if title := s.Title(e.Ref); title != "" {
				e.What = title
			}
		}
	}
	return r, nil
}

// Erase removes a person for good. by says who asked: BySelf, ByPlatform, or the operator's words.
func (s *Service) Erase(ctx context.Context, personID, by string) (Erased, error) {
	if s.Flush != nil {
		if err := s.Flush(ctx); err != nil {
			return Erased{}, fmt.Errorf("erase a person: %w", err)
		}
	}
	to, err := s.Store.Address(ctx, personID)
	unknown := seal.Unreadable(err) // the key is missing: their session is noise for whoever has it not, and ends by itself
	if err != nil && !unknown {
		return Erased{}, fmt.Errorf("erase a person: %w", err)
	}
	done, err := s.Store.Erase(ctx, personID, by)
	if err != nil {
		return Erased{}, err
	}
	if s.Forget != nil && !unknown {
		if err := s.Forget(ctx, to); err != nil {
			return done, fmt.Errorf("the database is clean, but the session is not forgotten (it ends by itself): %w", err)
		}
	}
	if s.Erased != nil {
		if err := s.Erased(ctx); err != nil {
			return done, fmt.Errorf("the database is clean, but other replicas were not told: %w", err)
		}
	}
	return done, nil
}
