package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func factorAAD(staffID string) string { return "staff_factor:" + staffID }

// recoveryID is the keyed hash of a recovery code: of no use to whoever has the database alone.
func (s Staff) recoveryID(staffID, code string) string {
	return s.db.sealer.Digest("staff recovery", staffID, code)
}

// Factor implements staff.FactorStore.
func (s Staff) Factor(ctx context.Context, staffID string) (staff.Factor, error) {
	var rows []struct {
		Secret, NextSecret []byte
		SinceAt, NextAt    *micros
		LastStep           int64
	}
	err := s.db.read(ctx).Raw("SELECT secret, since_at, last_step, next_secret, next_at FROM staff_factors WHERE staff_id = ?", staffID).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return staff.Factor{}, err
	}
	r := rows[0]
	f := staff.Factor{Since: timeOrZero(r.SinceAt), NextAt: timeOrZero(r.NextAt)}
	if len(r.Secret) > 0 {
		plain, err := s.db.sealer.Open(r.Secret, factorAAD(staffID))
		if err != nil {
			return staff.Factor{}, errors.Join(staff.ErrUnreadable, err)
		}
		f.Secret = string(plain)
	}
	if len(r.NextSecret) > 0 { // one that cannot be read is made anew
		if plain, err := s.db.sealer.Open(r.NextSecret, factorAAD(staffID)); err == nil {
			f.Next = string(plain)
		}
	}
	return f, nil
}

// OfferFactor implements staff.FactorStore.
func (s Staff) OfferFactor(ctx context.Context, staffID, secret string, at time.Time) error {
	sealed, err := s.db.sealer.Seal([]byte(secret), factorAAD(staffID))
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		for range 2 {
			res := tx.Exec("UPDATE staff_factors SET next_secret = ?, next_at = ? WHERE staff_id = ?", sealed, toMicros(at), staffID)
			if res.Error != nil || res.RowsAffected > 0 {
				return res.Error
			}
			err := tx.Exec("INSERT INTO staff_factors (staff_id, last_step, next_secret, next_at) VALUES (?, 0, ?, ?)", staffID, sealed, toMicros(at)).Error
			if !errors.Is(err, gorm.ErrDuplicatedKey) { // else another page was first
				return err
			}
		}
		return errors.New("offer a second factor: the row comes and goes")
	})
}

// KeepFactor implements staff.FactorStore.
func (s Staff) KeepFactor(ctx context.Context, staffID, secret string, step int64, codes []string, at time.Time) error {
	sealed, err := s.db.sealer.Seal([]byte(secret), factorAAD(staffID))
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		res := s.db.write(ctx).Exec(`UPDATE staff_factors SET secret = ?, since_at = ?, last_step = ?, next_secret = NULL, next_at = NULL
WHERE staff_id = ? AND next_secret IS NOT NULL`, sealed, toMicros(at), step, staffID)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 { // another page was first
			return staff.ErrWrongCode
		}
		return s.PutRecovery(ctx, staffID, codes)
	})
}

// UseStep implements staff.FactorStore. One statement decides, so that of two replicas one takes the code.
func (s Staff) UseStep(ctx context.Context, staffID string, step int64) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE staff_factors SET last_step = ? WHERE staff_id = ? AND last_step < ?", step, staffID, step)
	return res.RowsAffected == 1, res.Error
}

// PutRecovery implements staff.FactorStore.
func (s Staff) PutRecovery(ctx context.Context, staffID string, codes []string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		if err := tx.Exec("DELETE FROM staff_recovery WHERE staff_id = ?", staffID).Error; err != nil {
			return err
		}
		for _, code := range codes {
			if err := tx.Exec("INSERT INTO staff_recovery (id, staff_id) VALUES (?, ?)", s.recoveryID(staffID, code), staffID).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// UseRecovery implements staff.FactorStore.
func (s Staff) UseRecovery(ctx context.Context, staffID, code string, at time.Time) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE staff_recovery SET used_at = ? WHERE id = ? AND staff_id = ? AND used_at IS NULL",
		toMicros(at), s.recoveryID(staffID, code), staffID)
	return res.RowsAffected == 1, res.Error
}

// RecoveryLeft implements staff.FactorStore.
func (s Staff) RecoveryLeft(ctx context.Context, staffID string) (n int, err error) {
	err = s.db.read(ctx).Raw("SELECT COUNT(*) FROM staff_recovery WHERE staff_id = ? AND used_at IS NULL", staffID).Scan(&n).Error
	return n, err
}

// DropFactor implements staff.FactorStore.
func (s Staff) DropFactor(ctx context.Context, staffID string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.db.write(ctx).Exec("DELETE FROM staff_recovery WHERE staff_id = ?", staffID).Error; err != nil {
			return err
		}
		return s.db.write(ctx).Exec("DELETE FROM staff_factors WHERE staff_id = ?", staffID).Error
	})
}

// WithFactor implements staff.FactorStore.
func (s Staff) WithFactor(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.db.read(ctx).Raw("SELECT staff_id FROM staff_factors WHERE since_at IS NOT NULL").Scan(&ids).Error
	return ids, err
}
