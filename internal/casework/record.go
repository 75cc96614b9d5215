package casework

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxNote is how many characters a note of staff may have.
const maxNote = 4000

// Entry is a step that staff write by hand: what was done, to whom, what came of it.
type Entry struct {
	Kind StepKind
	Note string
	Key  string

	Mentions []Actor // colleagues who are named in it
}

// ByHand lists the steps that Record takes, in the order in which a form offers them.
func ByHand() []StepKind {
	return []StepKind{StepNote, StepContacted, StepGuardian, StepSchool, StepWork, StepPolice}
}

// Record writes a step into the file. The file only grows: a mistake is mended by another note. Whoever reached the
// person, or told those who can help, has acted. A closed case takes notes alone.
func (s *Service) Record(ctx context.Context, id string, by Actor, e Entry) (Case, error) {
	note, err := checkNote(e.Note)
	if err != nil {
		return Case{}, err
	}
	if !slices.Contains(ByHand(), e.Kind) {
		return Case{}, ErrKind
	}
	c, err := s.change(ctx, "record a step of", id, s.once(e.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed && e.Kind != StepNote {
			return nil, ErrClosed
		}
		if e.Kind != StepNote {
			s.acted(c)
		}
		return by.step(e.Kind, note), s.mention(ctx, *c, by, e)
	}))
	if err == nil {
		s.tell(ctx, e.Mentions)
	}
	return c, err
}

// seen says that the actor works on a case: where it waits for eyes, that is as good as a promise.
func (s *Service) seen(ctx context.Context, c *Case, by Actor) error {
	if !c.asks(by) {
		return nil
	}
	return s.promise(ctx, c, by)
}

// step is a step that the actor does.
func (a Actor) step(kind StepKind, note string) *Step {
	return &Step{Kind: kind, Staff: a.Name, By: a.ID, Note: note}
}

// maxKey is how long the key of a form may be; the desk's are UUIDs.
const maxKey = 80

// once makes of f, which is told the history, a change that one form makes once, however often it is sent.
func (s *Service) once(key string, f func(context.Context, *Case, []Step) (*Step, error)) func(context.Context, *Case) (*Step, error) {
	return func(ctx context.Context, c *Case) (*Step, error) {
		if key == "" || len(key) > maxKey {
			return nil, ErrKey
		}
		steps, err := s.Store.Steps(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(steps, func(st Step) bool { return st.Key == key }) {
			return nil, nil
		}
		st, err := f(ctx, c, steps)
		if st != nil {
			st.Key = key
		}
		return st, err
	}
}

func checkNote(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", ErrEmpty
	case n > maxNote:
		return "", ErrTooLong
	}
	return text, nil
}
