package event

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Standing is how a date stands for somebody who looks at it.
type Standing struct {
	Left    int    // places that are free
	Waiting int    // families that wait
	CanWait bool   // full, but one can wait for a place
	Open    bool   // somebody can still sign up, or give a place back
	Mine    Signup // the person's own, the zero value where they have none
	Text    string // where, when and with which code, for who signed up
}

// Standing counts who comes to a date, and finds the person's own sign-up; "" is a person who is not known.
func (s *Service) Standing(ctx context.Context, personID, dateID string) (Standing, error) {
	date, ok := s.Calendar().Date(dateID)
	if !ok {
		return Standing{}, ErrGone
	}
	all, err := s.Store.At(ctx, date.ID)
	if err != nil {
		return Standing{}, fmt.Errorf("look who comes: %w", err)
	}
	st := Standing{Open: date.Open(s.Time())}
	seated := 0
	for _, x := range all {
		switch {
		case !x.Active():
			continue
		case x.Waits():
			st.Waiting++
		default:
			seated++
		}
		if personID != "" && x.Person == personID {
			st.Mine = x
		}
	}
	st.Left = max(date.Capacity-seated-st.Waiting, 0)
	st.CanWait = st.Left == 0 && st.Waiting < date.Waiting
	if st.Mine.ID != "" {
		st.Text, err = s.describe(ctx, st.Mine)
	}
	return st, err
}

// Coming lists a person's sign-ups for dates that are still to come.
func (s *Service) Coming(ctx context.Context, personID string) ([]Signup, error) {
	return s.coming(ctx, personID, s.Time())
}

// Newest returns a person's last sign-up for a date, also one that they gave back; ErrNotFound where they never had one.
func (s *Service) Newest(ctx context.Context, personID, dateID string) (Signup, error) {
	all, err := s.Store.At(ctx, dateID)
	if err != nil {
		return Signup{}, fmt.Errorf("look for a sign-up: %w", err)
	}
	for _, x := range slices.Backward(all) {
		if personID != "" && x.Person == personID {
			return x, nil
		}
	}
	return Signup{}, ErrNotFound
}

// Problem says to a person why a sign-up did not come about, "" for an error that is none of theirs.
func Problem(err error) string {
	switch {
	case errors.Is(err, ErrFull):
		return "名额和候补刚刚都满了。"
	case errors.Is(err, ErrAlready):
		return "已经报过这一场了，或者还没去的活动已经有五场。"
	case errors.Is(err, ErrGone):
		return "这一场现在报不了名了。"
	case errors.Is(err, ErrNotFound):
		return "这个报名已经不在了。"
	}
	return ""
}
