package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// KnowsDevice implements staff.DeviceStore.
func (s Staff) KnowsDevice(ctx context.Context, staffID, device string) (bool, error) {
	var n int
	err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM staff_devices WHERE staff_id = ? AND device = ?", staffID, device).Scan(&n).Error
	return n > 0, err
}

// PutDevice implements staff.DeviceStore.
func (s Staff) PutDevice(ctx context.Context, d staff.Device, most int) (news bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		res := tx.Exec("UPDATE staff_devices SET label = ?, network = ?, last_at = ? WHERE staff_id = ? AND device = ?", d.Label, d.Network, toMicros(d.At), d.StaffID, d.ID)
		if res.Error != nil || res.RowsAffected > 0 {
			return res.Error
		}
		var known []string // the one that was used last stands first
		if err := tx.Raw("SELECT device FROM staff_devices WHERE staff_id = ? ORDER BY last_at DESC, device", d.StaffID).Scan(&known).Error; err != nil {
			return err
		}
		told := toMicros(d.At) // the first one is no news
		row := map[string]any{"staff_id": d.StaffID, "device": d.ID, "label": d.Label, "network": d.Network, "first_at": toMicros(d.At), "last_at": toMicros(d.At), "told_at": told}
		if news = len(known) > 0; news {
			row["told_at"] = nil
		}
		err := tx.Table("staff_devices").Create(row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) { // another request of the same browser was first
			news = false
			return nil
		}
		for _, old := range known[min(len(known), most-1):] {
			if err == nil {
				err = tx.Exec("DELETE FROM staff_devices WHERE staff_id = ? AND device = ?", d.StaffID, old).Error
			}
		}
		return err
	})
	return news, err
}

// UntoldDevices implements staff.DeviceStore.
func (s Staff) UntoldDevices(ctx context.Context, staffID, but string) ([]staff.Device, error) {
	var rows []struct {
		Device, Label, Network string
		FirstAt                micros
	}
	err := s.db.read(ctx).Raw("SELECT device, label, network, first_at FROM staff_devices WHERE staff_id = ? AND told_at IS NULL AND device <> ? ORDER BY first_at DESC LIMIT 5",
		staffID, but).Scan(&rows).Error
	out := make([]staff.Device, len(rows))
	for i, r := range rows {
		out[i] = staff.Device{ID: r.Device, StaffID: staffID, Label: r.Label, Network: r.Network, At: r.FirstAt.Time()}
	}
	return out, err
}

// ToldDevices implements staff.DeviceStore.
func (s Staff) ToldDevices(ctx context.Context, staffID, but string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE staff_devices SET told_at = ? WHERE staff_id = ? AND told_at IS NULL AND device <> ?", toMicros(at), staffID, but).Error
}

// DropDevices implements staff.DeviceStore.
func (s Staff) DropDevices(ctx context.Context, staffID, but string) error {
	return s.db.write(ctx).Exec("DELETE FROM staff_devices WHERE staff_id = ? AND device <> ?", staffID, but).Error
}
