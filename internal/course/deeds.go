package course

import (
	"context"
	"fmt"
)

// Learn notes that a person has learnt a lesson, with so many right answers in its check.
func (s *Service) Learn(ctx context.Context, personID string, l Lesson, right int) error {
	asked := len(l.Check)
	if _, err := s.Store.Note(ctx, personID, l.ID, Deed{Kind: Learnt, At: s.Time(), Right: min(right, asked), Asked: asked}); err != nil {
		return fmt.Errorf("note that a lesson is learnt: %w", err)
	}
	return nil
}

// Open notes that a person opened a lesson, and says what they did with it so far.
func (s *Service) Open(ctx context.Context, personID, lessonID string) (Mark, error) {
	mark, err := s.Store.Note(ctx, personID, lessonID, Deed{Kind: Opened, At: s.Time()})
	if err != nil {
		return Mark{}, fmt.Errorf("open lesson %s: %w", lessonID, err)
	}
	return mark, nil
}

// Like puts a lesson aside for a person, or no longer.
func (s *Service) Like(ctx context.Context, personID, lessonID string, likes bool) error {
	kind := Unliked
	if likes {
		kind = Liked
	}
	if _, err := s.Store.Note(ctx, personID, lessonID, Deed{Kind: kind, At: s.Time()}); err != nil {
		return fmt.Errorf("note that a lesson is %s: %w", kind, err)
	}
	return nil
}

// Marks is what a person did with each lesson, by the lesson's ID.
func (s *Service) Marks(ctx context.Context, personID string) (map[string]Mark, error) {
	marks, err := s.Store.Marks(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("read what somebody did with lessons: %w", err)
	}
	out := make(map[string]Mark, len(marks))
	for _, m := range marks {
		out[m.Lesson] = m
	}
	return out, nil
}

// Weekly returns a person's weekly suggestion; not Active where they want none.
func (s *Service) Weekly(ctx context.Context, personID string) (Subscription, error) {
	sub, err := s.Store.Subscription(ctx, personID)
	if err != nil {
		return Subscription{}, fmt.Errorf("look for a subscription: %w", err)
	}
	return sub, nil
}

// EndWeekly ends a person's weekly suggestion; false where there was none.
func (s *Service) EndWeekly(ctx context.Context, personID string) (ended bool, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		sub, err := s.Store.Subscription(ctx, personID)
		if err != nil || !sub.Active {
			ended = false
			return err
		}
		ended, sub.Active = true, false
		return s.Store.SaveSubscription(ctx, sub)
	})
	if err != nil {
		return false, fmt.Errorf("end the weekly suggestion: %w", err)
	}
	return ended, nil
}
