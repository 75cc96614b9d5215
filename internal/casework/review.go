package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Verdict is what a second person says of a case.
type Verdict string

// The verdicts.
const (
	VerdictAgree  Verdict = "agree"  // the judgement holds: the level may be lowered, the case may be closed
	VerdictDiffer Verdict = "differ" // more must be done first
)

// Valid says whether the verdict is known.
func (v Verdict) Valid() bool { return v == VerdictAgree || v == VerdictDiffer }

// Review is a second look at a case by another person (2对1复核).
type Review struct {
	Verdict Verdict
	Note    string // what was looked at, why
	Key     string
}

// NeedsReview says whether a case of the level is lowered or closed only after a second person agreed.
func NeedsReview(l risk.Level) bool { return l.Rank() >= risk.High.Rank() }

// Standing is where the second review of a case stands, for one member of staff.
type Standing struct {
	Needed   bool
	Latest   Verdict // of the latest review since the last sign of danger, "" where there is none
	Reviewer string  // who gave it
	At       time.Time
	Own      bool     // the reviewer is the member of staff who asks: somebody else must close
	Worked   bool     // the member of staff has worked on the case last, and so cannot review it
	reviewer string   // staff ID
	workers  []string // staff IDs of whoever worked on it last
}

// Passed says that the member of staff may lower or close the case.
func (st Standing) Passed() bool { return !st.Needed || st.Latest == VerdictAgree && !st.Own }

// StandingOf reads the history of a case. A new sign, or a level that rose, makes an earlier review void: it judged
// another situation. Who had the conversation last, and who did the triage last, do not review themselves.
func StandingOf(c Case, steps []Step, by Actor) Standing {
	st := Standing{Needed: NeedsReview(c.Level)}
	var talked, triaged string
	level := risk.None
	for _, s := range steps {
		rose := s.Level != "" && s.Level.Rank() > level.Rank()
		if s.Level != "" {
			level = s.Level
		}
		if rose || s.Kind == StepSignal || s.Kind == StepOpened {
			st.Latest, st.Reviewer, st.At, st.Own, st.reviewer = "", "", time.Time{}, false, ""
		}
		if s.Kind.Gives() {
			talked = s.By
		}
		switch s.Kind {
		case StepJoined:
			st.workers = append(st.workers, s.By)
		case StepTriage:
			triaged = s.By
		case StepReviewed:
			st.Latest, st.Reviewer, st.At, st.Own = Verdict(s.Code), s.Staff, s.At, s.By == by.ID
			st.reviewer = s.By
		}
	}
	for _, id := range []string{talked, triaged} {
		if id != "" {
			st.workers = append(st.workers, id)
		}
	}
	st.Worked = slices.Contains(st.workers, by.ID)
	return st
}

// Review records the judgement of a second person.
func (s *Service) Review(ctx context.Context, id string, by Actor, r Review) (Case, error) {
	note, err := checkNote(r.Note)
	if err != nil {
		return Case{}, err
	}
	if !r.Verdict.Valid() {
		return Case{}, ErrVerdict
	}
	return s.change(ctx, "review", id, s.once(r.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		for _, worker := range StandingOf(*c, steps, by).workers {
			switch err := s.second(ctx, Pair{For: SecondEye, First: worker, Second: by.ID}); {
			case errors.Is(err, ErrSecondPerson):
				return nil, ErrReviewOwn
			case err != nil:
				return nil, err
			}
		}
		st := by.step(StepReviewed, note)
		st.Code = string(r.Verdict)
		return st, nil
	}))
}
