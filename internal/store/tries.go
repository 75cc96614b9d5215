package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// countTry counts a try in one of the tables of tries. The update is tried first, so that concurrent tries are all counted.
func (db *DB) countTry(ctx context.Context, table, key string, now, since time.Time) (n int, err error) {
	err = db.InTx(ctx, func(ctx context.Context) error {
		tx := db.write(ctx)
		for range 2 {
			res := tx.Exec("UPDATE "+table+` SET tries = CASE WHEN since < ? THEN 1 ELSE tries + 1 END,
since = CASE WHEN since < ? THEN ? ELSE since END WHERE id = ?`, toMicros(since), toMicros(since), toMicros(now), key)
			if res.Error != nil {
				return res.Error
			}
			if res.RowsAffected > 0 {
				return tx.Raw("SELECT tries FROM "+table+" WHERE id = ?", key).Scan(&n).Error
			}
			err := tx.Exec("INSERT INTO "+table+" (id, tries, since) VALUES (?, 1, ?)", key, toMicros(now)).Error
			if err == nil {
				n = 1
				return nil
			}
			if !errors.Is(err, gorm.ErrDuplicatedKey) { // else another try was first: count on its row
				return err
			}
		}
		return errors.New("count a try: the row comes and goes")
	})
	return n, err
}
