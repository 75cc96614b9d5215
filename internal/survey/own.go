package survey

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// trendLength is how many earlier results a page shows, listLength how many results a person finds in their list.
const (
	trendLength = 8
	listLength  = 50
)

// Own returns a person's result by the token of its page; ErrNotFound also where it is somebody else's.
func (s *Service) Own(ctx context.Context, personID, token string) (Result, error) {
	r, err := s.Store.ByToken(ctx, token)
	if err == nil && (r.Person != personID || personID == "") {
		err = ErrNotFound
	}
	if err != nil {
		return Result{}, fmt.Errorf("open a result: %w", err)
	}
	r.View.At, r.View.Shared = r.At, r.Shared
	before, err := s.Store.Of(ctx, r.Person, r.Survey, trendLength)
	if err != nil {
		return Result{}, fmt.Errorf("open earlier results: %w", err)
	}
	for _, b := range before {
		if b.Run.Version == r.Run.Version && !b.At.After(r.At) { // other items cannot be compared
			r.View.Earlier = append(r.View.Earlier, Point{b.At, b.View.Score})
		}
	}
	slices.Reverse(r.View.Earlier)
	return r, nil
}

// Mine lists a person's results, the newest first.
func (s *Service) Mine(ctx context.Context, personID string) ([]Result, error) {
	rs, err := s.Store.All(ctx, personID, listLength)
	if err != nil {
		return nil, fmt.Errorf("list a person's results: %w", err)
	}
	for i := range rs {
		rs[i].View.At, rs[i].View.Shared = rs[i].At, rs[i].Shared
	}
	return rs, nil
}

// Show shows a person's result to the counsellors, or hides it from them again.
func (s *Service) Show(ctx context.Context, personID, id string, shown bool) error {
	var at time.Time
	if shown {
		at = s.Time()
	}
	if err := s.Store.Share(ctx, personID, id, at); err != nil {
		return fmt.Errorf("share a result: %w", err)
	}
	return nil
}
