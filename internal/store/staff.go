package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Staff keeps accounts, API tokens and failed sign-ins.
type Staff struct{ db *DB }

// Staff returns the view of staff.
func (db *DB) Staff() Staff { return Staff{db} }

var _ staff.Store = Staff{}

type staffRow struct {
	ID           string  `gorm:"column:id;primaryKey"`
	Name         string  `gorm:"column:name"`
	DisplayName  string  `gorm:"column:display_name"`
	Role         string  `gorm:"column:role"`
	PasswordHash string  `gorm:"column:password_hash"`
	PasswordAt   micros  `gorm:"column:password_at"`
	MustChange   int     `gorm:"column:must_change"`
	CreatedAt    micros  `gorm:"column:created_at"`
	DisabledAt   *micros `gorm:"column:disabled_at"`
	StationID    string  `gorm:"column:station_id"`
	Account      string  `gorm:"column:account"`
	Districts    string  `gorm:"column:districts"`
	RoleAt       micros  `gorm:"column:role_at"`
	WantsRole    string  `gorm:"column:wants_role"`
	WantsAt      *micros `gorm:"column:wants_at"`
	Stood        int     `gorm:"column:stood"`
	OneTimeUsed  *micros `gorm:"column:one_time_used_at"`
}

func (staffRow) TableName() string { return "staff" }

var staffColumns = []string{
	"id", "name", "display_name", "role", "password_hash", "password_at", "must_change", "created_at", "disabled_at", "station_id", "account", "one_time_used_at",
	"districts", "role_at", "wants_role", "wants_at", "stood",
}

func toStaffRow(a staff.Account) staffRow {
	r := staffRow{
		ID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Role: string(a.Role), PasswordHash: a.PasswordHash,
		PasswordAt: toMicros(a.PasswordAt), CreatedAt: toMicros(a.CreatedAt), DisabledAt: microsOrNil(a.DisabledAt),
		StationID: a.Station, Account: a.Serves, OneTimeUsed: microsOrNil(a.OneTimeUsed), Districts: strings.Join(a.Districts, ","), RoleAt: toMicros(a.RoleAt),
		WantsRole: string(a.Wants), WantsAt: microsOrNil(a.WantsAt),
	}
	if a.Stood {
		r.Stood = 1
	}
	if a.MustChange {
		r.MustChange = 1
	}
	return r
}

func (r staffRow) account() staff.Account {
	return staff.Account{
		ID: r.ID, Name: r.Name, DisplayName: r.DisplayName, Role: staff.Role(r.Role), PasswordHash: r.PasswordHash,
		PasswordAt: r.PasswordAt.Time(), MustChange: r.MustChange == 1, CreatedAt: r.CreatedAt.Time(),
		DisabledAt: timeOrZero(r.DisabledAt), Station: r.StationID, Serves: r.Account, OneTimeUsed: timeOrZero(r.OneTimeUsed), Districts: listOf(r.Districts),
		RoleAt: r.RoleAt.Time(), Wants: staff.Role(r.WantsRole), WantsAt: timeOrZero(r.WantsAt), Stood: r.Stood == 1,
	}
}

// listOf is a list that is kept with commas between.
func listOf(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, ",")
}

// Insert implements staff.Store.
func (s Staff) Insert(ctx context.Context, a staff.Account) error {
	r := toStaffRow(a)
	err := s.db.write(ctx).Create(&r).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return staff.ErrTaken
	}
	return err
}

// Update implements staff.Store.
func (s Staff) Update(ctx context.Context, a staff.Account) error {
	r := toStaffRow(a)
	return s.db.write(ctx).Table("staff").Where("id = ?", a.ID).Updates(map[string]any{
		"display_name": r.DisplayName, "role": r.Role, "password_hash": r.PasswordHash, "password_at": r.PasswordAt,
		"must_change": r.MustChange, "disabled_at": r.DisabledAt, "one_time_used_at": r.OneTimeUsed, "account": r.Account, "districts": r.Districts,
		"role_at": r.RoleAt, "wants_role": r.WantsRole, "wants_at": r.WantsAt, "stood": r.Stood,
	}).Error
}

// UseOneTime implements staff.Store. One statement decides, so that of two replicas one lets somebody in.
func (s Staff) UseOneTime(ctx context.Context, id string, at time.Time) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE staff SET one_time_used_at = ? WHERE id = ? AND must_change = 1 AND one_time_used_at IS NULL", toMicros(at), id)
	return res.RowsAffected == 1, res.Error
}

func (s Staff) one(ctx context.Context, where, arg string) (staff.Account, error) {
	var rows []staffRow
	if err := s.db.read(ctx).Select(staffColumns).Where(where, arg).Limit(1).Find(&rows).Error; err != nil {
		return staff.Account{}, err
	}
	if len(rows) == 0 {
		return staff.Account{}, staff.ErrNotFound
	}
	return rows[0].account(), nil
}

// ByName implements staff.Store.
func (s Staff) ByName(ctx context.Context, name string) (staff.Account, error) {
	return s.one(ctx, "name = ?", name)
}

// ByID implements staff.Store.
func (s Staff) ByID(ctx context.Context, id string) (staff.Account, error) {
	return s.one(ctx, "id = ?", id)
}

// All implements staff.Store.
func (s Staff) All(ctx context.Context) ([]staff.Account, error) {
	var rows []staffRow
	if err := s.db.read(ctx).Select(staffColumns).Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	as := make([]staff.Account, len(rows))
	for i, r := range rows {
		as[i] = r.account()
	}
	return as, nil
}

// CountTry implements staff.Store.
func (s Staff) CountTry(ctx context.Context, key string, now, since time.Time) (int, error) {
	return s.db.countTry(ctx, "login_attempts", key, now, since)
}

// ForgiveTry implements staff.Store.
func (s Staff) ForgiveTry(ctx context.Context, key string) error {
	return s.db.write(ctx).Exec("UPDATE login_attempts SET tries = tries - 1 WHERE id = ? AND tries > 0", key).Error
}

// DropTries forgets tries that no budget counts any more, so that whoever makes names up does not fill the table.
func (s Staff) DropTries(ctx context.Context, before time.Time) error {
	return s.db.write(ctx).Exec("DELETE FROM login_attempts WHERE since < ?", toMicros(before)).Error
}
