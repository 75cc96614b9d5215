package store

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/course"
)

// Lessons keeps what people did with lessons.
type Lessons struct{ db *DB }

// Lessons returns the view of the parents' school.
func (db *DB) Lessons() Lessons { return Lessons{db} }

var _ course.Store = Lessons{}

type markRow struct {
	PersonID     string `gorm:"column:person_id;primaryKey"`
	LessonID     string `gorm:"column:lesson_id;primaryKey"`
	OpenedAt     micros `gorm:"column:opened_at"`
	LikedAt      micros `gorm:"column:liked_at"`
	LearntAt     micros `gorm:"column:learnt_at"`
	SuggestedAt  micros `gorm:"column:suggested_at"`
	RightAnswers int    `gorm:"column:right_answers"`
	Asked        int    `gorm:"column:asked"`
}

func (markRow) TableName() string { return "lesson_marks" }

const markColumns = "person_id, lesson_id, opened_at, liked_at, learnt_at, suggested_at, right_answers, asked"

func (r markRow) mark() course.Mark {
	return course.Mark{
		Lesson: r.LessonID, Opened: r.OpenedAt.Time(), Liked: r.LikedAt.Time(), Learnt: r.LearntAt.Time(), Suggested: r.SuggestedAt.Time(),
		Right: r.RightAnswers, Asked: r.Asked,
	}
}

// InTx implements course.Store.
func (s Lessons) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Note implements course.Store.
func (s Lessons) Note(ctx context.Context, personID, lessonID string, d course.Deed) (course.Mark, error) {
	row := markRow{PersonID: personID, LessonID: lessonID}
	var columns []string
	at := toMicros(d.At)
	switch d.Kind {
	case course.Opened:
		row.OpenedAt, columns = at, []string{"opened_at"}
	case course.Liked:
		row.LikedAt, columns = at, []string{"liked_at"}
	case course.Unliked:
		row.LikedAt, columns = 0, []string{"liked_at"}
	case course.Learnt:
		row.LearntAt, row.RightAnswers, row.Asked = at, d.Right, d.Asked
		columns = []string{"learnt_at", "right_answers", "asked"}
	case course.Suggested:
		row.SuggestedAt, columns = at, []string{"suggested_at"}
	default:
		return course.Mark{}, fmt.Errorf("note a lesson: nothing is called %q", d.Kind)
	}
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		err := s.db.write(ctx).Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "person_id"}, {Name: "lesson_id"}}, DoUpdates: clause.AssignmentColumns(columns),
		}).Create(&row).Error
		if err != nil {
			return err
		}
		return s.db.read(ctx).Raw("SELECT "+markColumns+" FROM lesson_marks WHERE person_id = ? AND lesson_id = ?", personID, lessonID).Scan(&row).Error
	})
	if err != nil {
		return course.Mark{}, fmt.Errorf("note a lesson: %w", err)
	}
	return row.mark(), nil
}

// Marks implements course.Store. The primary key finds them; a person has at most one a lesson.
func (s Lessons) Marks(ctx context.Context, personID string) ([]course.Mark, error) {
	var rows []markRow
	err := s.db.read(ctx).Raw("SELECT "+markColumns+" FROM lesson_marks WHERE person_id = ? ORDER BY opened_at DESC, lesson_id", personID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read marks of lessons: %w", err)
	}
	out := make([]course.Mark, len(rows))
	for i, r := range rows {
		out[i] = r.mark()
	}
	return out, nil
}

type weeklyRow struct {
	PersonID string `gorm:"column:person_id;primaryKey"`
	Stage    string `gorm:"column:stage"`
	Active   int    `gorm:"column:active"`
	Serial   int    `gorm:"column:serial"`
	Week     int    `gorm:"column:week"`
	LastKey  string `gorm:"column:last_key"`
}

func (weeklyRow) TableName() string { return "lesson_weekly" }

// Subscription implements course.Store. In a transaction the person's row is locked, so that two changes of one person
// see each other even where there is no subscription yet.
func (s Lessons) Subscription(ctx context.Context, personID string) (course.Subscription, error) {
	if err := s.db.lockPerson(ctx, personID); err != nil {
		return course.Subscription{}, err
	}
	var rows []weeklyRow
	if err := s.db.read(ctx).Raw("SELECT person_id, stage, active, serial, week, last_key FROM lesson_weekly WHERE person_id = ?", personID).Scan(&rows).Error; err != nil {
		return course.Subscription{}, fmt.Errorf("read a subscription: %w", err)
	}
	if len(rows) == 0 {
		return course.Subscription{Person: personID}, nil
	}
	r := rows[0]
	sub := course.Subscription{Person: r.PersonID, Stage: r.Stage, Active: r.Active != 0, Serial: r.Serial, Week: r.Week, LastKey: r.LastKey}
	if sub.LastKey == "" {
		return sub, nil
	}
	var states []string
	if err := s.db.read(ctx).Table("outbox").Where("op_key = ?", sub.LastKey).Pluck("state", &states).Error; err != nil {
		return course.Subscription{}, fmt.Errorf("look what became of a suggestion: %w", err)
	}
	if len(states) > 0 {
		sub.Last = states[0]
	}
	return sub, nil
}

// SaveSubscription implements course.Store.
func (s Lessons) SaveSubscription(ctx context.Context, sub course.Subscription) error {
	row := weeklyRow{PersonID: sub.Person, Stage: sub.Stage, Serial: sub.Serial, Week: sub.Week, LastKey: sub.LastKey}
	if sub.Active {
		row.Active = 1
	}
	err := s.db.write(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "person_id"}}, DoUpdates: clause.AssignmentColumns([]string{"stage", "active", "serial", "week", "last_key"}),
	}).Create(&row).Error
	if err != nil {
		return fmt.Errorf("save a subscription: %w", err)
	}
	return nil
}
