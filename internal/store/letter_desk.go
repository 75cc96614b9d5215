package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
)

type letterDraftRow struct {
	ID       string `gorm:"column:id;primaryKey"`
	LetterID string `gorm:"column:letter_id"`
	Slot     string `gorm:"column:slot"`
	Version  int    `gorm:"column:version"`
	Away     bool   `gorm:"column:away"`
	Body     []byte `gorm:"column:body"`
	SavedAt  micros `gorm:"column:saved_at"`
}

func (letterDraftRow) TableName() string { return "letter_drafts" }

// draftBody is what of a draft is sealed.
type draftBody struct {
	By   letter.Hand `json:"by"`
	Text string      `json:"text"`
}

// PutDraft implements letter.DraftStore. What cannot be read is not written over. A row that is written over keeps its ID, so the seal is bound to letter and slot.
func (s Letters) PutDraft(ctx context.Context, d letter.Draft) error {
	raw, err := json.Marshal(draftBody{d.By, d.Text})
	if err != nil {
		return err
	}
	at := cell{"letter_drafts", d.Letter, draftAAD(d.Letter, d.Slot)}
	if d.Text == Unreadable {
		return fmt.Errorf("save a draft: %w", ErrUnreadable)
	}
	if err := s.db.guard(ctx, at, "SELECT body FROM letter_drafts WHERE letter_id = ? AND slot = ?", d.Letter, d.Slot); err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	sealed, err := s.db.sealUnder(ctx, "letters", d.Letter, string(raw), at.aad)
	if err != nil {
		return fmt.Errorf("seal a draft: %w", err)
	}
	row := letterDraftRow{ID: d.ID, LetterID: d.Letter, Slot: d.Slot, Version: d.Version, Away: d.Away, Body: sealed, SavedAt: toMicros(d.By.At)}
	err = s.db.write(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "letter_id"}, {Name: "slot"}},
		DoUpdates: clause.AssignmentColumns([]string{"version", "away", "body", "saved_at"}),
	}).Create(&row).Error
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	return nil
}

func draftAAD(letterID, slot string) string { return "letter-draft:" + letterID + ":" + slot }

// Drafts implements letter.DraftStore.
func (s Letters) Drafts(ctx context.Context, letterID string) ([]letter.Draft, error) {
	var rows []letterDraftRow
	err := s.db.read(ctx).Raw("SELECT id, letter_id, slot, version, away, body, saved_at FROM letter_drafts WHERE letter_id = ? ORDER BY saved_at, id", letterID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	out := make([]letter.Draft, len(rows))
	for i, r := range rows {
		var b draftBody
		readable, err := s.db.body(ctx, cell{"letter_drafts", r.ID, draftAAD(r.LetterID, r.Slot)}, r.Body, &b)
		if err != nil {
			return nil, err
		}
		if !readable {
			b = draftBody{By: letter.Hand{At: r.SavedAt.Time()}, Text: Unreadable}
		}
		out[i] = letter.Draft{ID: r.ID, Letter: r.LetterID, Slot: r.Slot, By: b.By, Version: r.Version, Text: b.Text, Away: r.Away}
	}
	return out, nil
}

// DropDraft implements letter.DraftStore.
func (s Letters) DropDraft(ctx context.Context, letterID, slot string) error {
	at := cell{"letter_drafts", letterID, draftAAD(letterID, slot)}
	switch err := s.db.guard(ctx, at, "SELECT body FROM letter_drafts WHERE letter_id = ? AND slot = ?", letterID, slot); {
	case errors.Is(err, ErrUnreadable): // nobody has seen what it says
		return nil
	case err != nil:
		return fmt.Errorf("drop a draft: %w", err)
	}
	if err := s.db.write(ctx).Exec("DELETE FROM letter_drafts WHERE letter_id = ? AND slot = ?", letterID, slot).Error; err != nil {
		return fmt.Errorf("drop a draft: %w", err)
	}
	return nil
}

type pieceRow struct {
	ID          string  `gorm:"column:id;primaryKey"`
	LetterID    string  `gorm:"column:letter_id"`
	State       string  `gorm:"column:state"`
	Version     int     `gorm:"column:version"`
	Body        []byte  `gorm:"column:body"`
	ChangedAt   micros  `gorm:"column:changed_at"`
	PublishedAt *micros `gorm:"column:published_at"`
}

func (pieceRow) TableName() string { return "letter_pieces" }

// pieceBody is what of a piece is sealed.
type pieceBody struct {
	Words     letter.Words `json:"words"`
	Edited    letter.Hand  `json:"edited"`
	Publisher string       `json:"publisher,omitempty"`
}

const pieceColumns = "id, letter_id, state, version, body, changed_at, published_at"

func (s Letters) pieces(ctx context.Context, tail string, args ...any) ([]letter.Piece, error) {
	var rows []pieceRow
	if err := s.db.read(ctx).Raw("SELECT "+pieceColumns+" FROM letter_pieces "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the column: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r pieceRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]letter.Piece, 0, len(rows))
	for _, r := range rows {
		var b pieceBody
		readable, err := s.db.body(ctx, cell{"letter_pieces", r.ID, "letter-piece:" + r.ID}, r.Body, &b)
		if err != nil {
			return nil, err
		}
		if !readable {
			b.Words = letter.Words{Title: Unreadable, Letter: Unreadable, Answer: Unreadable}
		}
		out = append(out, letter.Piece{
			ID: r.ID, Letter: r.LetterID, State: letter.PieceState(r.State), Version: r.Version, Words: b.Words, Edited: b.Edited, Publisher: b.Publisher,
			ChangedAt: r.ChangedAt.Time(), PublishedAt: timeOrZero(r.PublishedAt),
		})
	}
	return out, nil
}

// PieceOf implements letter.ColumnStore.
func (s Letters) PieceOf(ctx context.Context, letterID string) (letter.Piece, error) {
	ps, err := s.pieces(ctx, "WHERE letter_id = ?", letterID)
	if err != nil {
		return letter.Piece{}, err
	}
	if len(ps) == 0 {
		return letter.Piece{}, letter.ErrNotFound
	}
	return ps[0], nil
}

// PutPiece implements letter.ColumnStore.
func (s Letters) PutPiece(ctx context.Context, p letter.Piece) error {
	raw, err := json.Marshal(pieceBody{p.Words, p.Edited, p.Publisher})
	if err != nil {
		return err
	}
	at := cell{"letter_pieces", p.ID, "letter-piece:" + p.ID}
	if err := s.db.guard(ctx, at, "SELECT body FROM letter_pieces WHERE id = ?", p.ID); err != nil {
		return fmt.Errorf("save a piece: %w", err)
	}
	sealed, err := s.db.sealUnder(ctx, "letters", p.Letter, string(raw), at.aad)
	if err != nil {
		return fmt.Errorf("seal a piece: %w", err)
	}
	row := pieceRow{ID: p.ID, LetterID: p.Letter, State: string(p.State), Version: p.Version, Body: sealed, ChangedAt: toMicros(p.ChangedAt)}
	if at := toMicros(p.PublishedAt); at != 0 {
		row.PublishedAt = &at
	}
	if err := s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("save a piece: %w", err)
	}
	return nil
}

// DropPiece implements letter.ColumnStore.
func (s Letters) DropPiece(ctx context.Context, letterID string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM letter_pieces WHERE letter_id = ?", letterID).Error; err != nil {
		return fmt.Errorf("drop a piece: %w", err)
	}
	return nil
}

// Pieces implements letter.ColumnStore.
func (s Letters) Pieces(ctx context.Context) ([]letter.Piece, error) {
	return s.pieces(ctx, "ORDER BY changed_at DESC, id")
}

// PublishedMark implements letter.ColumnStore: a piece that comes, changes or goes changes the count, the newest change or
// the sum of versions.
func (s Letters) PublishedMark(ctx context.Context) (string, error) {
	var r struct {
		N, Last, Versions int64
	}
	err := s.db.read(ctx).Raw("SELECT COUNT(*) AS n, COALESCE(MAX(changed_at), 0) AS last, COALESCE(SUM(version), 0) AS versions FROM letter_pieces WHERE state = 'published'").Scan(&r).Error
	return fmt.Sprintf("%d %d %d", r.N, r.Last, r.Versions), err
}
