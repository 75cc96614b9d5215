package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

var _ staff.BrowserStore = Staff{}

type browserRow struct {
	ID      string `gorm:"column:id;primaryKey"`
	StaffID string `gorm:"column:staff_id"`
	Label   string `gorm:"column:label"`
	Body    []byte `gorm:"column:body"`
	At      micros `gorm:"column:at"`
}

func (browserRow) TableName() string { return "staff_browsers" }

// browserBody is what leads to a browser.
type browserBody struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

// PutBrowser implements staff.BrowserStore.
func (s Staff) PutBrowser(ctx context.Context, b staff.Browser) error {
	raw, err := json.Marshal(browserBody{b.Endpoint, b.P256dh, b.Auth})
	if err != nil {
		return fmt.Errorf("encode a browser: %w", err)
	}
	body, err := s.db.seal(string(raw), "browser:"+b.ID)
	if err != nil {
		return fmt.Errorf("seal a browser: %w", err)
	}
	r := browserRow{ID: b.ID, StaffID: b.StaffID, Label: b.Label, Body: body, At: toMicros(b.At)}
	return s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}).Create(&r).Error
}

// BrowsersOf implements staff.BrowserStore.
func (s Staff) BrowsersOf(ctx context.Context, staffID string) ([]staff.Browser, error) {
	q := s.db.read(ctx).Select("id", "staff_id", "label", "body", "at").Order("at, id")
	if staffID != "" {
		q = q.Where("staff_id = ?", staffID)
	}
	var rows []browserRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]staff.Browser, 0, len(rows))
	for _, r := range rows {
		var body browserBody
		readable, err := s.db.body(ctx, cell{"staff_browsers", r.ID, "browser:" + r.ID}, r.Body, &body)
		if err != nil {
			return nil, err
		}
		if !readable { // the others ring
			continue
		}
		out = append(out, staff.Browser{ID: r.ID, StaffID: r.StaffID, Label: r.Label, Endpoint: body.Endpoint, P256dh: body.P256dh, Auth: body.Auth, At: r.At.Time()})
	}
	return out, nil
}

// DropBrowser implements staff.BrowserStore.
func (s Staff) DropBrowser(ctx context.Context, staffID, id string) error {
	q := s.db.write(ctx).Where("id = ?", id)
	if staffID != "" {
		q = q.Where("staff_id = ?", staffID)
	}
	return q.Delete(&browserRow{}).Error
}

// pushKeys is the name of the push keys among the program's keys.
const pushKeys = "push"

// PushKeys returns the keys by which push services know this program. They are made once, by whichever replica asks first.
func (db *DB) PushKeys(ctx context.Context) (notify.PushKeys, error) {
	var keys notify.PushKeys
	found, err := db.programKey(ctx, pushKeys, &keys)
	if err != nil || found {
		return keys, err
	}
	fresh, err := notify.NewPushKeys()
	if err != nil {
		return keys, err
	}
	raw, err := json.Marshal(fresh)
	if err != nil {
		return keys, fmt.Errorf("encode the push keys: %w", err)
	}
	body, err := db.seal(string(raw), "program-key:"+pushKeys)
	if err != nil {
		return keys, fmt.Errorf("seal the push keys: %w", err)
	}
	if err := db.write(ctx).Exec("INSERT INTO program_keys (name, body, at) VALUES (?, ?, ?)"+db.keep("name"), pushKeys, body, toMicros(db.now())).Error; err != nil {
		return keys, fmt.Errorf("keep the push keys: %w", err)
	}
	if found, err = db.programKey(ctx, pushKeys, &keys); err == nil && !found {
		err = errors.New("the push keys were kept and are not there")
	}
	return keys, err
}

func (db *DB) programKey(ctx context.Context, name string, v any) (found bool, err error) {
	var body [][]byte
	if err := db.read(ctx).Raw("SELECT body FROM program_keys WHERE name = ?", name).Scan(&body).Error; err != nil {
		return false, fmt.Errorf("read a key of the program: %w", err)
	}
	if len(body) == 0 {
		return false, nil
	}
	raw, err := db.open(ctx, body[0], "program-key:"+name)
	if err != nil {
		return false, fmt.Errorf("open a key of the program: %w", err)
	}
	return true, json.Unmarshal([]byte(raw), v)
}
