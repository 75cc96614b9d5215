package store

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
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

// CommitCtx saves a session, as yet of nobody (see OwnSession), and clears away expired ones: sign-ins are rare enough to carry that.
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

// OwnSession implements staff.SessionStore.
func (s Staff) OwnSession(ctx context.Context, id, staffID string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE staff_sessions SET staff_id = ?, seen_at = ? WHERE id = ?", staffID, toMicros(at), id).Error
}

// Session implements staff.SessionStore.
func (s Staff) Session(ctx context.Context, id string) (staff.Session, error) {
	var rows []struct {
		StaffID           string
		SeenAt, ExpiresAt micros
	}
	err := s.db.read(ctx).Raw("SELECT staff_id, seen_at, expires_at FROM staff_sessions WHERE id = ?", id).Scan(&rows).Error
	if err != nil {
		return staff.Session{}, err
	}
	if len(rows) == 0 {
		return staff.Session{}, staff.ErrNotFound
	}
	return staff.Session{ID: id, Of: rows[0].StaffID, Seen: rows[0].SeenAt.Time(), Ends: rows[0].ExpiresAt.Time()}, nil
}

// TouchSession implements staff.SessionStore.
func (s Staff) TouchSession(ctx context.Context, id string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE staff_sessions SET seen_at = ? WHERE id = ? AND seen_at < ?", toMicros(at), id, toMicros(at)).Error
}

// Present implements staff.SessionStore. There are as many rows as people who are signed in.
func (s Staff) Present(ctx context.Context, now, since time.Time) ([]string, error) {
	var ids []string
	err := s.db.read(ctx).Raw(`SELECT DISTINCT staff_sessions.staff_id FROM staff_sessions JOIN staff ON staff.id = staff_sessions.staff_id
WHERE staff.disabled_at IS NULL AND staff_sessions.expires_at > ? AND staff_sessions.seen_at > ?`, toMicros(now), toMicros(since)).Scan(&ids).Error
	return ids, err
}

// EndSessions implements staff.SessionStore. It walks the index staff_sessions_staff.
func (s Staff) EndSessions(ctx context.Context, staffID string) error {
	return s.db.write(ctx).Exec("DELETE FROM staff_sessions WHERE staff_id = ?", staffID).Error
}
