package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

var _ booking.ReceptionStore = Appointments{}

type appointmentStepRow struct {
	ID            string `gorm:"column:id;primaryKey"`
	AppointmentID string `gorm:"column:appointment_id"`
	Kind          string `gorm:"column:kind"`
	StaffID       string `gorm:"column:staff_id"`
	StaffName     string `gorm:"column:staff_name"`
	OpKey         string `gorm:"column:op_key"`
	Body          []byte `gorm:"column:body"` // the sealed note
	At            micros `gorm:"column:at"`
}

func (appointmentStepRow) TableName() string { return "appointment_steps" }

func appointmentStepAAD(id string) string { return "appointment-step:" + id }

// AddStep implements booking.Store.
func (s Appointments) AddStep(ctx context.Context, st booking.Step) error {
	body, err := s.db.sealUnder(ctx, "appointments", st.Appointment, st.Note, appointmentStepAAD(st.ID))
	if err == nil {
		err = s.db.write(ctx).Create(&appointmentStepRow{
			ID: st.ID, AppointmentID: st.Appointment, Kind: string(st.Kind), StaffID: st.By, StaffName: st.Staff, OpKey: st.Key, Body: body, At: toMicros(st.At),
		}).Error
	}
	if err != nil {
		return fmt.Errorf("write the history of an appointment: %w", err)
	}
	return nil
}

// Steps implements booking.ReceptionStore: the oldest first. EXPLAIN: appointment_steps_of.
func (s Appointments) Steps(ctx context.Context, appointmentID string) ([]booking.Step, error) {
	return s.steps(ctx, "appointment_id = ? ORDER BY at, id", appointmentID)
}

// StepByKey implements booking.ReceptionStore.
func (s Appointments) StepByKey(ctx context.Context, key string) (booking.Step, error) {
	sts, err := s.steps(ctx, "op_key = ?", key)
	if err == nil && len(sts) == 0 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return booking.Step{}, err
	}
	return sts[0], nil
}

func (s Appointments) steps(ctx context.Context, where, arg string) ([]booking.Step, error) {
	var rows []appointmentStepRow
	err := s.db.read(ctx).Raw("SELECT id, appointment_id, kind, staff_id, staff_name, op_key, body, at FROM appointment_steps WHERE "+where, arg).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the history of an appointment: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r appointmentStepRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]booking.Step, len(rows))
	for i, r := range rows {
		note, err := s.db.text(ctx, cell{"appointment_steps", r.ID, appointmentStepAAD(r.ID)}, r.Body)
		if err != nil {
			return nil, err
		}
		out[i] = booking.Step{
			ID: r.ID, Appointment: r.AppointmentID, Kind: booking.StepKind(r.Kind), By: r.StaffID, Staff: r.StaffName, Note: note, Key: r.OpKey, At: r.At.Time(),
		}
	}
	return out, nil
}

// LockDay implements booking.Store: one row a day, which every change writes first.
func (s Appointments) LockDay(ctx context.Context, stationID string, day time.Time) error {
	query := "INSERT INTO booking_days (id, changes) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET changes = changes + 1"
	if s.db.mysql() {
		query = "INSERT INTO booking_days (id, changes) VALUES (?, 1) ON DUPLICATE KEY UPDATE changes = changes + 1"
	}
	if _, err := s.db.exec(ctx, query, stationID+"@"+day.In(citytime.Zone).Format("20060102")); err != nil {
		return fmt.Errorf("lock a station's day: %w", err)
	}
	return nil
}

// ByCode implements booking.ReceptionStore. EXPLAIN: appointments_code.
func (s Appointments) ByCode(ctx context.Context, code string) ([]booking.Appointment, error) {
	return s.query(ctx, "WHERE code = ? ORDER BY start_at DESC LIMIT 20", code)
}

// At implements booking.ReceptionStore. EXPLAIN: appointments_station.
func (s Appointments) At(ctx context.Context, stationID string, from, to time.Time) ([]booking.Appointment, error) {
	return s.query(ctx, "WHERE station_id = ? AND start_at >= ? AND start_at < ? ORDER BY start_at, booked_at, id", stationID, toMicros(from), toMicros(to))
}

// CountAt implements booking.ReceptionStore. EXPLAIN: appointments_start.
func (s Appointments) CountAt(ctx context.Context, from, to time.Time) (map[string]map[booking.Status]int, error) {
	var rows []struct {
		StationID, Status string
		N                 int
	}
	err := s.db.read(ctx).Raw("SELECT station_id, status, COUNT(*) AS n FROM appointments WHERE start_at >= ? AND start_at < ? GROUP BY station_id, status",
		toMicros(from), toMicros(to)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count appointments: %w", err)
	}
	out := map[string]map[booking.Status]int{}
	for _, r := range rows {
		if out[r.StationID] == nil {
			out[r.StationID] = map[booking.Status]int{}
		}
		out[r.StationID][booking.Status(r.Status)] = r.N
	}
	return out, nil
}

type blockRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	StationID  string  `gorm:"column:station_id"`
	FromAt     micros  `gorm:"column:from_at"`
	ToAt       micros  `gorm:"column:to_at"`
	MadeKey    string  `gorm:"column:made_key"`
	MadeBy     string  `gorm:"column:made_by"`
	MadeName   string  `gorm:"column:made_name"`
	MadeAt     micros  `gorm:"column:made_at"`
	LiftedName string  `gorm:"column:lifted_name"`
	LiftedAt   *micros `gorm:"column:lifted_at"`
	Body       []byte  `gorm:"column:body"` // the sealed reason
}

func (blockRow) TableName() string { return "booking_blocks" }

func blockAAD(id string) string { return "block:" + id }

// AddBlock implements booking.ReceptionStore.
func (s Appointments) AddBlock(ctx context.Context, b booking.Block) error {
	body, err := s.db.seal(b.Reason, blockAAD(b.ID))
	if err == nil {
		err = s.db.write(ctx).Create(&blockRow{
			ID: b.ID, StationID: b.Station, FromAt: toMicros(b.From), ToAt: toMicros(b.To), MadeKey: b.Key, MadeBy: b.By, MadeName: b.Staff, MadeAt: toMicros(b.At), Body: body,
		}).Error
	}
	if err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	return nil
}

// LiftBlock implements booking.ReceptionStore.
func (s Appointments) LiftBlock(ctx context.Context, id, staffName string, at time.Time) error {
	err := s.db.write(ctx).Exec("UPDATE booking_blocks SET lifted_name = ?, lifted_at = ? WHERE id = ? AND lifted_at IS NULL", staffName, toMicros(at), id).Error
	if err != nil {
		return fmt.Errorf("lift a block: %w", err)
	}
	return nil
}

// Block implements booking.ReceptionStore.
func (s Appointments) Block(ctx context.Context, id string) (booking.Block, error) {
	return s.oneBlock(ctx, "id = ?", id)
}

// BlockByKey implements booking.ReceptionStore.
func (s Appointments) BlockByKey(ctx context.Context, key string) (booking.Block, error) {
	return s.oneBlock(ctx, "made_key = ?", key)
}

func (s Appointments) oneBlock(ctx context.Context, where, arg string) (booking.Block, error) {
	bs, err := s.blocks(ctx, where, arg)
	if err == nil && len(bs) == 0 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return booking.Block{}, err
	}
	return bs[0], nil
}

// Blocks implements booking.Store. A block lies within a day, so the index bounds what is read. EXPLAIN: booking_blocks_station.
func (s Appointments) Blocks(ctx context.Context, stationID string, from, to time.Time) ([]booking.Block, error) {
	return s.blocks(ctx, "station_id = ? AND from_at > ? AND from_at < ? AND to_at > ? AND lifted_at IS NULL ORDER BY from_at, id",
		stationID, toMicros(from.Add(-24*time.Hour)), toMicros(to), toMicros(from))
}

func (s Appointments) blocks(ctx context.Context, where string, args ...any) ([]booking.Block, error) {
	var rows []blockRow
	err := s.db.read(ctx).Raw("SELECT id, station_id, from_at, to_at, made_key, made_by, made_name, made_at, lifted_at, body FROM booking_blocks WHERE "+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read blocks: %w", err)
	}
	out := make([]booking.Block, len(rows))
	for i, r := range rows {
		reason, err := s.db.text(ctx, cell{"booking_blocks", r.ID, blockAAD(r.ID)}, r.Body)
		if err != nil {
			return nil, err
		}
		out[i] = booking.Block{
			ID: r.ID, Station: r.StationID, From: r.FromAt.Time(), To: r.ToAt.Time(), Reason: reason, Key: r.MadeKey, By: r.MadeBy, Staff: r.MadeName, At: r.MadeAt.Time(),
			LiftedAt: timeOrZero(r.LiftedAt),
		}
	}
	return out, nil
}
