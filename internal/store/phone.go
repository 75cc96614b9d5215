package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

type phoneRow struct {
	StaffID   string  `gorm:"column:staff_id;primaryKey"`
	CodeHash  *string `gorm:"column:code_hash"`
	CodeUntil *micros `gorm:"column:code_until"`
	PersonID  *string `gorm:"column:person_id"`
	BoundAt   *micros `gorm:"column:bound_at"`
}

func (phoneRow) TableName() string { return "staff_chats" }

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// PutPhone implements staff.Store.
func (s Staff) PutPhone(ctx context.Context, p staff.Phone) error {
	r := phoneRow{
		StaffID: p.StaffID, CodeHash: textOrNil(p.CodeHash), CodeUntil: microsOrNil(p.CodeUntil), PersonID: textOrNil(p.Person), BoundAt: microsOrNil(p.BoundAt),
	}
	return s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "staff_id"}}, UpdateAll: true}).Create(&r).Error
}

// Phone implements staff.Store.
func (s Staff) Phone(ctx context.Context, staffID string) (staff.Phone, error) {
	return s.phone(s.db.read(ctx).Where("staff_id = ?", staffID))
}

// PhoneByCode implements staff.Store.
func (s Staff) PhoneByCode(ctx context.Context, hash string) (staff.Phone, error) {
	return s.phone(s.db.read(ctx).Where("code_hash = ?", hash))
}

func (s Staff) phone(q *gorm.DB) (staff.Phone, error) {
	var rows []phoneRow
	if err := q.Limit(1).Find(&rows).Error; err != nil {
		return staff.Phone{}, err
	}
	if len(rows) == 0 {
		return staff.Phone{}, staff.ErrNotFound
	}
	r := rows[0]
	return staff.Phone{
		StaffID: r.StaffID, CodeHash: textOf(r.CodeHash), CodeUntil: timeOrZero(r.CodeUntil), Person: textOf(r.PersonID), BoundAt: timeOrZero(r.BoundAt),
	}, nil
}

// DropPhone implements staff.Store.
func (s Staff) DropPhone(ctx context.Context, staffID string) error {
	return s.db.write(ctx).Where("staff_id = ?", staffID).Delete(&phoneRow{}).Error
}
