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
func (s Staff) OwnSession(ctx context.Context, x staff.Session) error {
	return s.db.write(ctx).Exec(`UPDATE staff_sessions SET staff_id = ?, seen_at = ?, began_at = ?, confirmed_at = ?, second_factor = ?,
device = ?, label = ?, network = ? WHERE id = ?`,
		x.Of, toMicros(x.Seen), toMicros(x.Began), toMicros(x.Confirmed), truth(x.Second), x.Device, x.Label, x.Network, x.ID).Error
}

type sessionRow struct {
	ID, StaffID                             string
	SeenAt, BeganAt, ConfirmedAt, ExpiresAt micros
	SecondFactor                            int
	Device, Label, Network                  string
}

const sessionColumns = "id, staff_id, seen_at, began_at, confirmed_at, expires_at, second_factor, device, label, network"

func (r sessionRow) session() staff.Session {
	return staff.Session{
		ID: r.ID, Of: r.StaffID, Seen: r.SeenAt.Time(), Began: r.BeganAt.Time(), Confirmed: r.ConfirmedAt.Time(), Ends: r.ExpiresAt.Time(),
		Second: r.SecondFactor == 1, Device: r.Device, Label: r.Label, Network: r.Network,
	}
}

// Session implements staff.SessionStore.
func (s Staff) Session(ctx context.Context, id string) (staff.Session, error) {
	var rows []sessionRow
	if err := s.db.read(ctx).Raw("SELECT "+sessionColumns+" FROM staff_sessions WHERE id = ?", id).Scan(&rows).Error; err != nil {
		return staff.Session{}, err
	}
	if len(rows) == 0 {
		return staff.Session{}, staff.ErrNotFound
	}
	return rows[0].session(), nil
}

// SessionsOf implements staff.SessionStore. It walks the index staff_sessions_staff.
func (s Staff) SessionsOf(ctx context.Context, staffID string, now time.Time) ([]staff.Session, error) {
	var rows []sessionRow
	err := s.db.read(ctx).Raw("SELECT "+sessionColumns+" FROM staff_sessions WHERE staff_id = ? AND expires_at > ? ORDER BY seen_at DESC, id LIMIT 100",
		staffID, toMicros(now)).Scan(&rows).Error
	out := make([]staff.Session, len(rows))
	for i, r := range rows {
		out[i] = r.session()
	}
	return out, err
}

// ConfirmSession implements staff.SessionStore.
func (s Staff) ConfirmSession(ctx context.Context, id string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE staff_sessions SET confirmed_at = ? WHERE id = ?", toMicros(at), id).Error
}

// SecondSession implements staff.SessionStore.
func (s Staff) SecondSession(ctx context.Context, id string) error {
	return s.db.write(ctx).Exec("UPDATE staff_sessions SET second_factor = 1 WHERE id = ?", id).Error
}

// EndSession implements staff.SessionStore.
func (s Staff) EndSession(ctx context.Context, staffID, id string) error {
	return s.db.write(ctx).Exec("DELETE FROM staff_sessions WHERE staff_id = ? AND id = ?", staffID, id).Error
}

// EndOthers implements staff.SessionStore.
func (s Staff) EndOthers(ctx context.Context, staffID, but string) error {
	return s.db.write(ctx).Exec("DELETE FROM staff_sessions WHERE staff_id = ? AND id <> ?", staffID, but).Error
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
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
