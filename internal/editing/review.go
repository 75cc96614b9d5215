package editing

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"
)

// longestRemark bounds, in characters, why a draft is sent back.
const longestRemark = 200

// Own says that somebody else must publish the draft. Who wrote in it may not, while anybody else could; where all the
// colleagues wrote in it, whoever did not save it last has read it; and who is alone looks twice.
func (s *Service) Own(ctx context.Context, by Person, d Draft) (bool, error) {
	if !d.WrittenBy(by.ID) {
		return false, nil
	}
	beside := append(strings.Fields(d.Authors), d.By.ID, by.ID)
	others, err := s.Others(ctx, beside...)
	if err != nil || others > 0 || d.By.ID != by.ID {
		return others > 0, err
	}
	others, err = s.Others(ctx, by.ID)
	return others > 0, err
}

// apart is ErrOwn where whoever publishes is one of those who wrote, by another account of theirs.
func (s *Service) apart(ctx context.Context, by Person, d Draft) error {
	if s.Apart == nil || d.WrittenBy(by.ID) { // then Own has decided
		return nil
	}
	for _, author := range append(strings.Fields(d.Authors), d.By.ID) {
		if err := s.Apart(ctx, author, by.ID); err != nil {
			return err
		}
	}
	return nil
}

// draft reads a draft that somebody looked at, or fails with ErrChanged.
func (s *Service) draft(ctx context.Context, id string, rev int) (Draft, error) {
	d, err := s.Store.Draft(ctx, id)
	if err == nil && d.Rev != rev {
		err = ErrChanged
	}
	return d, err
}

// Return sends a draft that waits back to its author, with a remark.
func (s *Service) Return(ctx context.Context, by Person, id string, rev int, remark string) error {
	d, err := s.draft(ctx, id, rev)
	if err != nil {
		return err
	}
	if d.State != Waiting {
		return ErrDone
	}
	if remark = clean(remark, false); remark == "" || utf8.RuneCountInString(remark) > longestRemark {
		return ErrRemark
	}
	d.State, d.Remark, d.RemarkBy, d.Rev = Writing, remark, by.Name, d.Rev+1
	return s.Store.SaveDraft(ctx, d)
}

// Withdraw puts a draft away. Its text stays, and can be taken up again.
func (s *Service) Withdraw(ctx context.Context, by Person, id string, rev int) error {
	d, err := s.draft(ctx, id, rev)
	switch {
	case err != nil:
		return err
	case !d.State.Open():
		return ErrDone
	case !d.MayWithdraw(by):
		return ErrTheirs
	}
	d.State, d.Saved, d.Rev = Withdrawn, s.Time(), d.Rev+1
	return s.Store.SaveDraft(ctx, d)
}

// Resume takes up a draft that was put away, on the item as it is now. Where the item has another open draft it returns
// that with ErrChanged.
func (s *Service) Resume(ctx context.Context, by Person, id string, rev int) (Draft, error) {
	d, err := s.draft(ctx, id, rev)
	switch {
	case err != nil:
		return d, err
	case d.State != Withdrawn:
		return d, ErrDone
	}
	if other, there, err := s.beside(ctx, d); err != nil || there {
		return other, cmp.Or(err, ErrChanged)
	}
	if fresh, err := s.again(d); err == nil { // else its page says what does not fit any more
		d = fresh
	}
	return s.keep(ctx, by, d, rev, false)
}

// beside is the open draft of the same item.
func (s *Service) beside(ctx context.Context, d Draft) (other Draft, there bool, err error) {
	open, err := s.Store.OpenDrafts(ctx)
	if err != nil {
		return d, false, err
	}
	for _, o := range open {
		if o.ID != d.ID && o.Kind == d.Kind && o.Item == d.Item && (d.Item != "" || o.After == d.After) {
			return o, true, nil
		}
	}
	return d, false, nil
}

// again works a draft out against the files as they are now.
func (s *Service) again(d Draft) (Draft, error) {
	if d.Removes() {
		if d.Old = s.current(d.Kind, d.Item); d.Old == "" {
			return d, ErrNotFound
		}
		return d, nil
	}
	e, err := s.OpenDraft(d)
	if err != nil {
		return d, err
	}
	return s.make(d, Change{Kind: d.Kind, Item: d.Item, Values: e.Values})
}
