package casework

import (
	"context"
	"slices"
	"time"
)

// Outcome is how the work on a case ended.
type Outcome string

// The outcomes.
const (
	OutcomeSafe        Outcome = "safe"        // the person is safe and in contact
	OutcomeCared       Outcome = "cared"       // family or school look after the person
	OutcomeReferred    Outcome = "referred"    // a hospital or a station took over
	OutcomeUnreachable Outcome = "unreachable" // several ways were tried in vain
	OutcomeMistaken    Outcome = "mistaken"    // there was no danger: the words meant something else
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome {
	return []Outcome{OutcomeSafe, OutcomeCared, OutcomeReferred, OutcomeUnreachable, OutcomeMistaken}
}

// Report answers whether the law asks to tell the police: abuse of a minor, once known to staff of schools, hospitals or
// social services, must be reported (未成年人保护法 art. 11).
type Report string

// The answers.
const (
	ReportNotAsked Report = "not_asked" // no minor was harmed, as far as is known
	ReportMade     Report = "made"      // the police were told; the file has the step
)

// Closing ends the work on a case.
type Closing struct {
	Outcome Outcome
	Report  Report
	Reason  string
	Key     string
	Seen    time.Time // LastSignalAt of the case that the actor looked at; zero where they looked at it just now
}

// Close ends the work on a case. A conversation that the actor still has goes back to the dialog with it. A case of high
// or imminent level is closed only after another person reviewed it, and no case while words of danger stand unanswered, or
// a referral waits for its answer; closing twice is closing once.
func (s *Service) Close(ctx context.Context, id string, by Actor, cl Closing) (Case, error) {
	reason, err := checkNote(cl.Reason)
	switch {
	case err != nil:
		return Case{}, err
	case !slices.Contains(Outcomes(), cl.Outcome):
		return Case{}, ErrOutcome
	case cl.Report != ReportNotAsked && cl.Report != ReportMade:
		return Case{}, ErrReport
	}
	return s.change(ctx, "close", id, s.once(cl.Key, func(ctx context.Context, c *Case, steps []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, nil
		}
		referrals, err := s.Store.Referrals(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		switch {
		case c.Assignee != "" && c.Assignee != by.ID:
			return nil, ErrTaken
		case !cl.Seen.IsZero() && c.LastSignalAt.After(cl.Seen):
			return nil, ErrNews
		}
		if err := s.reviewed(ctx, *c, steps, by); err != nil {
			return nil, err
		}
		switch {
		case cl.Report == ReportMade && !slices.ContainsFunc(steps, func(st Step) bool { return st.Kind == StepPolice }):
			return nil, ErrReportFirst
		case slices.ContainsFunc(referrals, func(r Referral) bool { return r.Status.Pending() }):
			return nil, ErrReferralWaits
		case !answeredEnough(*c, steps, cl.Outcome):
			return nil, ErrUnanswered
		}
		if cl.Outcome == OutcomeMistaken {
			if err := s.dropTasks(ctx, *c, by); err != nil {
				return nil, err
			}
		}
		s.rest(c)
		c.Status, c.Assignee, c.AssigneeName, c.ClosedAt = StatusClosed, "", "", s.now()
		c.Offered, c.OfferedAt, c.Second = Actor{}, time.Time{}, Actor{}
		st := by.step(StepClosed, reason)
		st.Code = string(cl.Outcome)
		return st, nil
	}))
}

// answeredEnough says whether a case may end with what stands in it: no words of danger are left without a human answer,
// but where they were none, or where every try to reach the person since stands in the file.
func answeredEnough(c Case, steps []Step, o Outcome) bool {
	switch {
	case !c.Unanswered(), o == OutcomeMistaken:
		return true
	case o == OutcomeUnreachable:
		return slices.ContainsFunc(steps, func(st Step) bool {
			return st.At.After(c.LastSignalAt) && st.By != "" && slices.Contains(ByHand(), st.Kind)
		})
	}
	return false
}
