package store

import (
	"context"
	"time"
)

// StaffSessions keeps the sessions of signed-in staff for scs, so that every replica knows them. It is given hashed
// tokens only (scs's HashTokenInStore).
type StaffSessions struct{ db *DB }

// StaffSessions returns the view of staff sessions.
func (db *DB) StaffSessions() StaffSessions { return StaffSessions{db} }

// FindCtx returns a session's data; an expired one is not found.
func (s StaffSessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var rows []struct{ Data []byte }
	err := s.db.read(ctx).Raw("SELECT data FROM staff_sessions WHERE id = ? AND expires_at > ?", token, toMicros(s.db.now())).
		Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0].Data, true, nil
}

// CommitCtx saves a session and clears away expired ones: sign-ins are rare enough to carry that.
func (s StaffSessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		if err := tx.Exec("DELETE FROM staff_sessions WHERE id = ? OR expires_at < ?", token, toMicros(s.db.now())).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO staff_sessions (id, data, expires_at) VALUES (?, ?, ?)", token, data, toMicros(expiry)).Error
	})
}

// DeleteCtx removes a session.
func (s StaffSessions) DeleteCtx(ctx context.Context, token string) error {
	return s.db.write(ctx).Exec("DELETE FROM staff_sessions WHERE id = ?", token).Error
}

// Find makes up, with Commit and Delete, scs's older interface; scs calls the ones with a context.
func (s StaffSessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit saves a session.
func (s StaffSessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete removes a session.
func (s StaffSessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
