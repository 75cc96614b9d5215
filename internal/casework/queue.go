package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Group is one part of the queue, as one member of staff sees it.
type Group string

// The groups of the queue. A case that is not closed stands in exactly one of them for everybody who looks.
const (
	GroupNobody     Group = "nobody"     // it asks for a human, and its person is known
	GroupVisitors   Group = "visitors"   // it asks for a human, and its person is an unproved visitor
	GroupMine       Group = "mine"       // the viewer has the conversation, was asked into it, or is offered it
	GroupColleagues Group = "colleagues" // a colleague has it
	GroupSeen       Group = "seen"       // somebody has seen it, and nobody has the conversation
)

// Asks says whether a case asks whoever is on duty to act: nobody has it and nobody has seen it, or whoever has it did not
// answer when they were called, so that anybody may take it.
func (c Case) Asks() bool {
	switch {
	case c.Status == StatusClosed:
		return false
	case c.Assignee == "":
		return c.AcknowledgedAt.IsZero()
	}
	return c.escalated()
}

// With says whether a member of staff is in the conversation, or is offered it.
func (c Case) With(staffID string) bool {
	return staffID != "" && c.Assignee != "" && (c.Assignee == staffID || c.Offered.ID == staffID || c.Second.ID == staffID)
}

// Overdue says whether the clock of a case has run out, or ran out before and was set again.
func (c Case) Overdue(now time.Time) bool {
	return c.Waits != WaitsNothing && !c.DueAt.IsZero() && (c.Rung > 0 || now.After(c.DueAt))
}

// Filter chooses cases for a list. What is left empty chooses nothing.
type Filter struct {
	Open     bool       // only what is not closed
	Closed   bool       // only what is
	Group    Group      // of the queue that Viewer sees
	Viewer   string     // staff ID
	Query    string     // a part of an alias, or a case number with or without #
	Level    risk.Level // the level that it has now
	Owner    string     // staff ID of who has the conversation, or had it last
	District string
	From, To time.Time // opened from here on, and before there
	Limit    int       // at most 200; 0 means 50
	Cursor   string    // from the last page
}

// Searches says whether the filter looks for cases of any time, rather than at work that waits: the newest come first.
func (f Filter) Searches() bool {
	return f.Group == "" && !f.Open && (f.Closed || f.Query != "" || f.Level != "" || f.Owner != "" || f.District != "" || !f.From.IsZero() || !f.To.IsZero())
}

// QueueMost is how far the queue counts: a screen says "more than" from there on, and no flood makes counting slow.
const QueueMost = 2000

// QueueCounts is how many cases stand in each group, at most QueueMost.
type QueueCounts map[Group]int

// Flood is how many cases of a level unproved visitors wait in, and from how many networks; both at most QueueMost.
type Flood struct {
	Level    risk.Level
	Cases    int
	Networks int // unknown ones count as one
}

// QueueStore is what the queue and its lists need of the database.
type QueueStore interface {
	// List returns cases, and the cursor of the next page, "" at the end. Without a group the order is by urgency: imminent
	// first, unacknowledged before acknowledged, known people before unproved visitors, then the one whose last signal is
	// oldest; a filter that searches has the newest first. In a group it is by urgency and then the longest wait; mine has what
	// is offered first, then what waits longest for an answer.
	List(ctx context.Context, f Filter) (cases []Case, next string, err error)
	QueueCounts(ctx context.Context, viewer string) (QueueCounts, error)
	// Waited counts the cases whose clock runs.
	Waited(ctx context.Context) ([]Waited, error)
	// Changes is a short word that changes with any case and with any asked talk.
	Changes(ctx context.Context) (string, error)
	// Districts lists the districts that cases have.
	Districts(ctx context.Context) ([]string, error)
}

// List returns cases, the most urgent first, or the newest where f searches, which the trail has first: whoever looks for one
// of all cases that there ever were leaves a trace. What was asked for stays out of it.
func (s *Service) List(ctx context.Context, f Filter) ([]Case, string, error) {
	if f.Searches() {
		if err := s.Trail.RecordOnce(ctx, audit.Event{Kind: audit.Search, Object: "cases"}); err != nil {
			return nil, "", fmt.Errorf("list cases: %w", err)
		}
	}
	cs, next, err := s.Store.List(ctx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	return cs, next, nil
}

// QueueCounts returns how many cases stand in each group of the queue.
func (s *Service) QueueCounts(ctx context.Context, viewer string) (QueueCounts, error) {
	n, err := s.Store.QueueCounts(ctx, viewer)
	if err != nil {
		return nil, fmt.Errorf("count the queue: %w", err)
	}
	return n, nil
}

// Floods returns the levels in which unproved visitors wait, the gravest first.
func (s *Service) Floods(ctx context.Context) ([]Flood, error) {
	fs, err := s.Store.Floods(ctx)
	if err != nil {
		return nil, fmt.Errorf("count new visitors: %w", err)
	}
	return fs, nil
}

// Changes is a short word for how everything in the queue stands: an open page reads the queue again when it changes.
func (s *Service) Changes(ctx context.Context) (string, error) {
	word, err := s.Store.Changes(ctx)
	if err != nil {
		return "", fmt.Errorf("ask whether the queue changed: %w", err)
	}
	return word, nil
}

// Districts lists the districts that cases have.
func (s *Service) Districts(ctx context.Context) ([]string, error) {
	ds, err := s.Store.Districts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list districts: %w", err)
	}
	return ds, nil
}
