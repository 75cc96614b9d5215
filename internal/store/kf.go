package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// KfProgress keeps how far the messages of WeCom customer service were pulled.
type KfProgress struct{ db *DB }

// KfProgress returns the view of the channel to WeCom.
func (db *DB) KfProgress() KfProgress { return KfProgress{db} }

type kfRow struct {
	OpenKfID string `gorm:"column:open_kfid;primaryKey"`
	Place    string `gorm:"column:place"`
	Done     string `gorm:"column:done"`
	Version  int64  `gorm:"column:version"`
}

func (kfRow) TableName() string { return "kf_progress" }

// Progress returns the zero value for an account that was never pulled.
func (s KfProgress) Progress(ctx context.Context, openKfID string) (p channel.Progress, err error) {
	var rows []kfRow
	if err := s.db.read(ctx).Where("open_kfid = ?", openKfID).Limit(1).Find(&rows).Error; err != nil {
		return p, fmt.Errorf("read how far messages were pulled: %w", err)
	}
	if len(rows) == 0 {
		return p, nil
	}
	p.Cursor, p.Version = rows[0].Place, rows[0].Version
	if err := json.Unmarshal([]byte(rows[0].Done), &p.Done); err != nil {
		return channel.Progress{}, fmt.Errorf("read which messages were taken: %w", err)
	}
	return p, nil
}

// Advance keeps a progress unless a later one is there.
func (s KfProgress) Advance(ctx context.Context, openKfID string, p channel.Progress) error {
	if p.Done == nil {
		p.Done = []string{}
	}
	done, err := json.Marshal(p.Done)
	if err != nil {
		return fmt.Errorf("keep which messages were taken: %w", err)
	}
	r := kfRow{OpenKfID: openKfID, Place: p.Cursor, Done: string(done), Version: p.Version}
	res := s.db.write(ctx).Model(&kfRow{}).Where("open_kfid = ? AND version < ?", openKfID, p.Version).Select("place", "done", "version").Updates(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		res = s.db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r) // the first, or a later one is there
	}
	if res.Error != nil {
		return fmt.Errorf("keep how far messages were pulled: %w", res.Error)
	}
	return nil
}
