package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
)

// Media keeps what people sent to be seen or heard.
type Media struct{ db *DB }

// Media returns the view of media.
func (db *DB) Media() Media { return Media{db} }

var _ media.Store = Media{}

type mediaRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	PersonID  string `gorm:"column:person_id"`
	CaseID    string `gorm:"column:case_id"`
	Kind      string `gorm:"column:kind"`
	State     string `gorm:"column:state"`
	Why       string `gorm:"column:why"`
	Type      string `gorm:"column:type"`
	Size      int64  `gorm:"column:size"`
	Pieces    int    `gorm:"column:pieces"`
	Width     int    `gorm:"column:width"`
	Height    int    `gorm:"column:height"`
	SentAt    micros `gorm:"column:sent_at"`
	EndedAt   micros `gorm:"column:ended_at"`
	ExpiresAt micros `gorm:"column:expires_at"`
}

func (mediaRow) TableName() string { return "media_items" }

const mediaColumns = "id, person_id, case_id, kind, state, why, type, size, pieces, width, height, sent_at, ended_at, expires_at"

func (r mediaRow) item() media.Item {
	return media.Item{
		ID: r.ID, Person: r.PersonID, Case: r.CaseID, Kind: channel.Kind(r.Kind), State: media.State(r.State), Why: media.Why(r.Why), Type: r.Type, Size: r.Size,
		Width: r.Width, Height: r.Height, Sent: r.SentAt.Time(), Ended: r.EndedAt.Time(), Expires: r.ExpiresAt.Time(),
	}
}

func mediaItems(rows []mediaRow) []media.Item {
	out := make([]media.Item, len(rows))
	for i, r := range rows {
		out[i] = r.item()
	}
	return out
}

// pieces is how many pieces an item of a size has.
func pieces(size int64) int { return int((size + media.PieceSize - 1) / media.PieceSize) }

// pieceAAD binds a piece to its item, its place and the item's size: none can be moved, and the last cannot be left out.
func pieceAAD(it media.Item, n int) string { return fmt.Sprintf("media:%s:%d:%d", it.ID, n, it.Size) }

// InTx runs f in a transaction; see DB.InTx.
func (s Media) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Add implements media.Store.
func (s Media) Add(ctx context.Context, it media.Item) (bool, error) {
	res := s.db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&mediaRow{
		ID: it.ID, PersonID: it.Person, CaseID: it.Case, Kind: string(it.Kind), State: string(it.State), Why: string(it.Why), Type: it.Type,
		SentAt: toMicros(it.Sent), EndedAt: toMicros(it.Ended), ExpiresAt: toMicros(it.Expires),
	})
	if res.Error != nil {
		return false, fmt.Errorf("note media: %w", res.Error)
	}
	return res.RowsAffected == 1, nil
}

// Get implements media.Store.
func (s Media) Get(ctx context.Context, ids ...string) (map[string]media.Item, error) {
	var rows []mediaRow
	if len(ids) > 0 {
		q := s.db.read(ctx).Select(mediaColumns).Where("id IN ?", ids)
		if in, args := casesInReach(ctx); in != whole { // what somebody sent is part of their case
			q = q.Where("EXISTS (SELECT 1 FROM cases WHERE cases.person_id = media_items.person_id AND "+in+")", args...)
		}
		if err := q.Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read media: %w", err)
		}
	}
	out := make(map[string]media.Item, len(rows))
	for _, r := range rows {
		out[r.ID] = r.item()
	}
	return out, nil
}

// Keep implements media.Store. The pieces are sealed before the transaction, which on SQLite holds the only write lock.
func (s Media) Keep(ctx context.Context, it media.Item, data []byte) (kept bool, err error) {
	sealed := make([][]byte, 0, pieces(it.Size))
	for piece := range slices.Chunk(data, media.PieceSize) {
		b, err := s.db.sealAs(ctx, it.Person, piece, pieceAAD(it, len(sealed)))
		if err != nil {
			return false, err
		}
		sealed = append(sealed, b)
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		// First the item: it decides whether another try was faster, and holds off an erasure that runs beside.
		res := tx.Exec("UPDATE media_items SET state = ?, type = ?, size = ?, pieces = ?, width = ?, height = ?, ended_at = ? WHERE id = ? AND state = ?",
			string(media.Kept), it.Type, it.Size, len(sealed), it.Width, it.Height, toMicros(it.Ended), it.ID, string(media.Coming))
		if kept = res.RowsAffected == 1; res.Error != nil || !kept {
			return res.Error
		}
		for n, b := range sealed { // one statement a piece: a packet of the protocol has its bound
			if _, err := s.db.exec(ctx, "INSERT INTO media_pieces (item_id, seq, person_id, body) VALUES (?,?,?,?)", it.ID, n, it.Person, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("store media %s: %w", it.ID, err)
	}
	return kept, nil
}

// Fail implements media.Store.
func (s Media) Fail(ctx context.Context, id string, why media.Why, at time.Time) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE media_items SET state = ?, why = ?, ended_at = ? WHERE id = ? AND state = ?",
		string(media.Failed), string(why), toMicros(at), id, string(media.Coming))
	if res.Error != nil {
		return false, fmt.Errorf("end media %s: %w", id, res.Error)
	}
	return res.RowsAffected == 1, nil
}

// Adopt implements media.Store.
func (s Media) Adopt(ctx context.Context, it media.Item) error {
	err := s.db.write(ctx).Exec("UPDATE media_items SET case_id = ?, expires_at = ? WHERE id = ? AND person_id = ? AND case_id = '' AND state = ?",
		it.Case, toMicros(it.Expires), it.ID, it.Person, string(media.Kept)).Error
	if err != nil {
		return fmt.Errorf("give media %s to a case: %w", it.ID, err)
	}
	return nil
}

// Piece implements media.Store.
func (s Media) Piece(ctx context.Context, it media.Item, n int) ([]byte, error) {
	var rows []struct{ Body []byte }
	err := s.db.read(ctx).Raw("SELECT body FROM media_pieces WHERE item_id = ? AND seq = ?", it.ID, n).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read a piece of media %s: %w", it.ID, err)
	}
	if len(rows) == 0 {
		return nil, media.ErrGone
	}
	plain, err := s.db.unseal(ctx, rows[0].Body, pieceAAD(it, n))
	if err != nil {
		return nil, fmt.Errorf("open a piece of media %s: %w", it.ID, err)
	}
	return plain, nil
}

// CountSince implements media.Store.
func (s Media) CountSince(ctx context.Context, personID string, since time.Time) (int, error) {
	var n int
	err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM media_items WHERE person_id = ? AND sent_at > ?", personID, toMicros(since)).Scan(&n).Error
	return n, err
}

// Purge implements media.Store. Only what is kept is looked through: that is of the last weeks, however many cases there were.
func (s Media) Purge(ctx context.Context, now, closed time.Time, n int) (int, error) {
	var ids []string
	err := s.db.read(ctx).Raw(`SELECT id FROM media_items WHERE state = ? AND (expires_at <= ? OR
EXISTS (SELECT 1 FROM cases WHERE cases.id = media_items.case_id AND cases.closed_at <= ?)) ORDER BY expires_at LIMIT ?`,
		string(media.Kept), toMicros(now), toMicros(closed), n).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("look for media to drop: %w", err)
	}
	for _, id := range ids {
		err := s.db.InTx(ctx, func(ctx context.Context) error {
			tx := s.db.write(ctx)
			if err := tx.Exec("UPDATE media_items SET state = ?, pieces = 0 WHERE id = ?", string(media.Expired), id).Error; err != nil {
				return err
			}
			return tx.Exec("DELETE FROM media_pieces WHERE item_id = ?", id).Error
		})
		if err != nil {
			return 0, fmt.Errorf("drop media %s: %w", id, err)
		}
	}
	return len(ids), nil
}

// Overdue implements media.Store.
func (s Media) Overdue(ctx context.Context, t time.Time, n int) ([]media.Item, error) {
	var rows []mediaRow
	err := s.db.read(ctx).Select(mediaColumns).Where("state = ? AND sent_at < ?", string(media.Coming), toMicros(t)).Order("sent_at").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for media that never came: %w", err)
	}
	return mediaItems(rows), nil
}

// of returns everything of a person, the oldest first.
func (s Media) of(ctx context.Context, personID string) ([]media.Item, error) {
	var rows []mediaRow
	err := s.db.read(ctx).Select(mediaColumns).Where("person_id = ?", personID).Order("sent_at, id").Find(&rows).Error
	return mediaItems(rows), err
}
