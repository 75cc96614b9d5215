package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

type ratingRow struct {
	AppointmentID string `gorm:"column:appointment_id;primaryKey"`
	PersonID      string `gorm:"column:person_id"`
	StationID     string `gorm:"column:station_id"`
	Month         string `gorm:"column:month"`
	Body          []byte `gorm:"column:body"`
	RatedAt       micros `gorm:"column:rated_at"`
}

func (ratingRow) TableName() string { return "visit_ratings" }

const ratingColumns = "appointment_id, person_id, station_id, month, body, rated_at"

// ratingBody is what of a rating is sealed.
type ratingBody struct {
	Opinion booking.Opinion `json:"opinion"`
	Words   string          `json:"words,omitempty"`
	Named   bool            `json:"named,omitempty"`
}

func ratingAAD(appointmentID string) string { return "visit:" + appointmentID }

func (s Appointments) ratingBody(ctx context.Context, r booking.Rating) ([]byte, error) {
	body, err := json.Marshal(ratingBody{r.Opinion, r.Words, r.Named})
	if err != nil {
		return nil, err
	}
	return s.db.sealFor(ctx, r.Person, string(body), ratingAAD(r.Appointment))
}

// Rate implements booking.RatingStore: the row of an appointment decides whether it was rated before.
func (s Appointments) Rate(ctx context.Context, r booking.Rating) (fresh bool, err error) {
	sealed, err := s.ratingBody(ctx, r)
	if err != nil {
		return false, fmt.Errorf("rate a visit: %w", err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.db.write(ctx).Create(&ratingRow{r.Appointment, r.Person, r.Station, r.Month, sealed, toMicros(r.At)}).Error; err != nil {
			return err
		}
		query := "INSERT INTO visit_counts (station_id, month, opinion, people) VALUES (?, ?, ?, 1) ON CONFLICT (station_id, month, opinion) DO UPDATE SET people = people + 1"
		if s.db.mysql() {
			query = "INSERT INTO visit_counts (station_id, month, opinion, people) VALUES (?, ?, ?, 1) ON DUPLICATE KEY UPDATE people = people + 1"
		}
		return s.db.write(ctx).Exec(query, r.Station, r.Month, string(r.Opinion)).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("rate a visit: %w", err)
	}
	return true, nil
}

// Reword implements booking.RatingStore.
func (s Appointments) Reword(ctx context.Context, r booking.Rating) error {
	sealed, err := s.ratingBody(ctx, r)
	if err == nil {
		err = s.db.write(ctx).Exec("UPDATE visit_ratings SET body = ? WHERE appointment_id = ?", sealed, r.Appointment).Error
	}
	if err != nil {
		return fmt.Errorf("write words about a visit: %w", err)
	}
	return nil
}

// Rated implements booking.RatingStore.
func (s Appointments) Rated(ctx context.Context, appointmentID string) (booking.Rating, error) {
	rs, err := s.ratings(ctx, "WHERE appointment_id = ?", appointmentID)
	if err != nil || len(rs) == 0 {
		return booking.Rating{}, cmp.Or(err, booking.ErrNotFound)
	}
	return rs[0], nil
}

func (s Appointments) ratings(ctx context.Context, tail string, args ...any) ([]booking.Rating, error) {
	var rows []ratingRow
	if err := s.db.read(ctx).Raw("SELECT "+ratingColumns+" FROM visit_ratings "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read what was said of visits: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r ratingRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]booking.Rating, 0, len(rows))
	for _, r := range rows {
		var body ratingBody
		readable, err := s.db.body(ctx, cell{"visit_ratings", r.AppointmentID, ratingAAD(r.AppointmentID)}, r.Body, &body)
		if err != nil {
			return nil, err
		}
		if !readable {
			body.Words = Unreadable
		}
		out = append(out, booking.Rating{Appointment: r.AppointmentID, Person: r.PersonID, Station: r.StationID, Month: r.Month, Opinion: body.Opinion, Words: body.Words, Named: body.Named, At: r.RatedAt.Time()})
	}
	return out, nil
}

// Visits implements booking.RatingStore. EXPLAIN: appointments_person.
func (s Appointments) Visits(ctx context.Context, personID string, from, to time.Time) ([]booking.Appointment, error) {
	return s.query(ctx, "WHERE person_id = ? AND start_at > ? AND start_at <= ? AND place_no IS NOT NULL ORDER BY start_at DESC LIMIT 20", personID, toMicros(from), toMicros(to))
}

// Ratings implements booking.RatingStore.
func (s Appointments) Ratings(ctx context.Context) ([]booking.RatingCount, error) {
	var rows []struct {
		StationID, Month, Opinion string
		People                    int
	}
	if err := s.db.read(ctx).Raw("SELECT station_id, month, opinion, people FROM visit_counts").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count what was said of visits: %w", err)
	}
	out := make([]booking.RatingCount, len(rows))
	for i, r := range rows {
		out[i] = booking.RatingCount{Station: r.StationID, Month: r.Month, Opinion: booking.Opinion(r.Opinion), People: r.People}
	}
	return out, nil
}

// RatedWords implements booking.RatingStore. EXPLAIN: visit_ratings_station. They stand in the order of their words.
func (s Appointments) RatedWords(ctx context.Context, stationID string, n int) ([]booking.Rating, error) {
	rs, err := s.ratings(ctx, "WHERE station_id = ? ORDER BY appointment_id DESC LIMIT ?", stationID, n)
	rs = slices.DeleteFunc(rs, func(r booking.Rating) bool { return r.Words == "" })
	slices.SortFunc(rs, func(a, b booking.Rating) int { return cmp.Compare(a.Words, b.Words) })
	return rs, err
}

// visits are what a person said of their appointments.
func (s Rights) visits(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "去过站点以后说的"}
	rs, err := s.db.Appointments().ratings(ctx, "WHERE person_id = ? ORDER BY rated_at", personID)
	for _, r := range rs {
		e := rights.Entry{At: r.At, What: r.Station, Ref: r.Station, Details: []rights.Detail{{Name: "有没有帮助", Value: r.Opinion.Label()}, {Name: "去的月份", Value: r.Month}}}
		if r.Words != "" {
			name := "不带代号"
			if r.Named {
				name = "带上代号"
			}
			e.Details = append(e.Details, rights.Detail{Name: "写的话", Value: r.Words}, rights.Detail{Name: "给负责人看时", Value: name})
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, err
}
