package editing

import (
	"context"
	"slices"
)

// Version is one state that an item had: as it was before its first change here, or after one of them.
type Version struct {
	Draft        // the change that led to it; of the first, the one that ended it
	First bool   // before the first change
	Text  string // the item's lines; "" where it did not exist
	Now   bool   // it is like that in its file
}

// History lists the states of an item, the latest first. An item that was renamed is followed back.
func (s *Service) History(ctx context.Context, k Kind, key string) ([]Version, error) {
	all, err := s.Store.PublishedOf(ctx, k)
	if err != nil {
		return nil, err
	}
	var out []Version
	names := []string{key}
	for _, d := range slices.Backward(all) {
		if !slices.Contains(names, d.Item) && !slices.Contains(names, d.After) {
			continue
		}
		if d.Item != "" {
			names = append(names, d.Item)
		}
		out = append(out, Version{Draft: d, Text: d.New})
	}
	if n := len(out); n > 0 && !out[n-1].Adds() {
		out = append(out, Version{Draft: out[n-1].Draft, First: true, Text: out[n-1].Old})
	}
	now := s.current(k, key)
	for i := range out {
		if lf(out[i].Text) == lf(now) {
			out[i].Now = true
			break
		}
	}
	return out, nil
}

// current are the lines of an item in its file; "" where it is not there.
func (s *Service) current(k Kind, key string) string {
	if k == Flow {
		text, _ := s.flowText(key)
		return text
	}
	sh, _ := shapeOf(k)
	src, e, err := s.where(sh, key)
	if err != nil {
		return ""
	}
	return src.text(e)
}

// Restore drafts that an item becomes again what it was: after the change with this number, or before it.
func (s *Service) Restore(ctx context.Context, by Person, k Kind, key string, number int64, before bool) (Draft, error) {
	if e, err := s.Open(ctx, k, key); err == nil && e.Draft.ID != "" {
		return e.Draft, ErrChanged
	}
	history, err := s.History(ctx, k, key)
	if err != nil {
		return Draft{}, err
	}
	i := slices.IndexFunc(history, func(v Version) bool { return v.Number == number && v.First == before })
	if i < 0 {
		return Draft{}, ErrNotFound
	}
	v := history[i]
	d := Draft{Kind: k, File: v.File, Title: v.Title, Item: key, After: v.After, Old: s.current(k, key), New: v.Text}
	if v.First {
		d.After = v.Item
	}
	if d.Old == "" {
		d.Item = ""
	}
	if d.New == "" {
		if d.After = ""; !Removable(k, key) {
			return d, ErrComplex
		}
	}
	if lf(d.Old) == lf(d.New) {
		return d, ErrNothing
	}
	if d.Old != "" && k != Flow {
		sh, _ := shapeOf(k)
		src, _, err := s.where(sh, key)
		if err != nil {
			return d, err
		}
		d.File = src.name // it may have been moved to another file
	}
	return s.keep(ctx, by, d, 0, true)
}
