package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/editing"
)

// ContentEdits keeps drafts of the content and what was published.
type ContentEdits struct{ db *DB }

// ContentEdits returns the view of content edits.
func (db *DB) ContentEdits() ContentEdits { return ContentEdits{db} }

var _ editing.Store = ContentEdits{}

type contentEditRow struct {
	ID           string `gorm:"column:id;primaryKey"`
	Kind         string `gorm:"column:kind"`
	File         string `gorm:"column:file"`
	Item         string `gorm:"column:item"`
	ItemAfter    string `gorm:"column:item_after"`
	Title        string `gorm:"column:title"`
	Ask          string `gorm:"column:ask"`
	OldText      string `gorm:"column:old_text"`
	NewText      string `gorm:"column:new_text"`
	State        string `gorm:"column:state"`
	Rev          int    `gorm:"column:rev"`
	Number       *int64 `gorm:"column:number"`
	ByID         string `gorm:"column:by_id"`
	ByName       string `gorm:"column:by_name"`
	MadeAt       micros `gorm:"column:made_at"`
	SavedAt      micros `gorm:"column:saved_at"`
	ApproverID   string `gorm:"column:approver_id"`
	ApproverName string `gorm:"column:approver_name"`
	PublishedAt  micros `gorm:"column:published_at"`
	Authors      string `gorm:"column:authors"`
	Remark       string `gorm:"column:remark"`
	RemarkBy     string `gorm:"column:remark_by"`
}

func (contentEditRow) TableName() string { return "content_edits" }

const contentEditColumns = `id, kind, file, item, item_after, title, ask, old_text, new_text, state, rev, number, by_id, by_name, made_at, saved_at,
approver_id, approver_name, published_at, authors, remark, remark_by`

func editRow(d editing.Draft) contentEditRow {
	r := contentEditRow{
		ID: d.ID, Kind: string(d.Kind), File: d.File, Item: d.Item, ItemAfter: d.After, Title: d.Title, Ask: d.Ask, OldText: d.Old, NewText: d.New, State: string(d.State),
		Rev: d.Rev, ByID: d.By.ID, ByName: d.By.Name, MadeAt: toMicros(d.Made), SavedAt: toMicros(d.Saved), ApproverID: d.Approver.ID, ApproverName: d.Approver.Name,
		PublishedAt: toMicros(d.Published), Authors: d.Authors, Remark: d.Remark, RemarkBy: d.RemarkBy,
	}
	if d.Number > 0 {
		r.Number = &d.Number
	}
	return r
}

func (r contentEditRow) draft() editing.Draft {
	d := editing.Draft{
		ID: r.ID, Kind: editing.Kind(r.Kind), File: r.File, Item: r.Item, After: r.ItemAfter, Title: r.Title, Ask: r.Ask, Old: r.OldText, New: r.NewText,
		State: editing.State(r.State), Rev: r.Rev, By: editing.Person{ID: r.ByID, Name: r.ByName}, Made: r.MadeAt.Time(), Saved: r.SavedAt.Time(),
		Approver: editing.Person{ID: r.ApproverID, Name: r.ApproverName}, Published: r.PublishedAt.Time(),
		Authors: r.Authors, Remark: r.Remark, RemarkBy: r.RemarkBy,
	}
	if r.Number != nil {
		d.Number = *r.Number
	}
	return d
}

// SaveDraft implements editing.Store.
func (s ContentEdits) SaveDraft(ctx context.Context, d editing.Draft) error {
	row := editRow(d)
	if d.Rev == 1 {
		if err := s.db.write(ctx).Create(&row).Error; err != nil {
			return fmt.Errorf("keep a draft of content: %w", err)
		}
		return nil
	}
	return s.update(ctx, row)
}

// update changes a row of the revision before, unless it is published: that is history.
func (s ContentEdits) update(ctx context.Context, row contentEditRow) error {
	res := s.db.write(ctx).Model(&contentEditRow{}).Where("id = ? AND rev = ? AND state <> ?", row.ID, row.Rev-1, string(editing.Published)).
		Select("*").Updates(&row)
	if res.Error != nil {
		return fmt.Errorf("change a draft of content: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return editing.ErrChanged
	}
	return nil
}

// publishTries bounds how often a number is looked for that another replica does not take at the same time.
const publishTries = 5

// Publish implements editing.Store. The unique index on number decides who comes first: numbers have no gaps, so nobody who
// has read one can miss an earlier one.
func (s ContentEdits) Publish(ctx context.Context, d editing.Draft) (editing.Draft, error) {
	d.State, d.Rev = editing.Published, d.Rev+1
	for try := 1; ; try++ {
		err := s.db.InTx(ctx, func(ctx context.Context) error {
			var last int64
			if err := s.db.read(ctx).Raw("SELECT COALESCE(MAX(number), 0) FROM content_edits").Scan(&last).Error; err != nil {
				return err
			}
			d.Number = last + 1
			return s.update(ctx, editRow(d))
		})
		if err == nil || !errors.Is(err, gorm.ErrDuplicatedKey) || try == publishTries {
			return d, err
		}
	}
}

// Draft implements editing.Store.
func (s ContentEdits) Draft(ctx context.Context, id string) (editing.Draft, error) {
	ds, err := s.list(ctx, "WHERE id = ?", id)
	if err != nil || len(ds) == 0 {
		return editing.Draft{}, orMissing(err, editing.ErrNoDraft)
	}
	return ds[0], nil
}

// openDrafts bounds how many drafts are looked at; as many would mean that nobody publishes any.
const openDrafts = 500

// OpenDrafts implements editing.Store.
func (s ContentEdits) OpenDrafts(ctx context.Context) ([]editing.Draft, error) {
	return s.list(ctx, "WHERE state IN (?, ?) ORDER BY saved_at DESC, id LIMIT ?", string(editing.Writing), string(editing.Waiting), openDrafts)
}

// withdrawnDrafts bounds how many withdrawn drafts are shown.
const withdrawnDrafts = 20

// Withdrawn implements editing.Store.
func (s ContentEdits) Withdrawn(ctx context.Context) ([]editing.Draft, error) {
	return s.list(ctx, "WHERE state = ? ORDER BY saved_at DESC, id LIMIT ?", string(editing.Withdrawn), withdrawnDrafts)
}

// WithdrawnOf implements editing.Store.
func (s ContentEdits) WithdrawnOf(ctx context.Context, k editing.Kind, key string) ([]editing.Draft, error) {
	return s.list(ctx, "WHERE state = ? AND kind = ? AND (item = ? OR item_after = ?) ORDER BY saved_at DESC, id LIMIT ?",
		string(editing.Withdrawn), string(k), key, key, withdrawnDrafts)
}

// PublishedAfter implements editing.Store.
func (s ContentEdits) PublishedAfter(ctx context.Context, number int64, n int) ([]editing.Draft, error) {
	return s.list(ctx, "WHERE number > ? ORDER BY number LIMIT ?", number, n)
}

// PublishedOf implements editing.Store.
func (s ContentEdits) PublishedOf(ctx context.Context, k editing.Kind) ([]editing.Draft, error) {
	return s.list(ctx, "WHERE kind = ? AND number > 0 ORDER BY number", string(k))
}

func (s ContentEdits) list(ctx context.Context, where string, args ...any) ([]editing.Draft, error) {
	var rows []contentEditRow
	if err := s.db.read(ctx).Raw("SELECT "+contentEditColumns+" FROM content_edits "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read edits of content: %w", err)
	}
	out := make([]editing.Draft, len(rows))
	for i, r := range rows {
		out[i] = r.draft()
	}
	return out, nil
}
