package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

// Missed counts what people asked and nobody had an answer to.
type Missed struct{ db *DB }

// Missed returns the view of unanswered questions.
func (db *DB) Missed() Missed { return Missed{db} }

var _ unanswered.Store = Missed{}

func dayOf(t time.Time) string { return t.In(citytime.Zone).Format(time.DateOnly) }

// missedDaily bounds how many different texts are kept of a day, so that nobody fills the table with inventions; known ones
// are counted on.
const missedDaily = 2000

// missedRoom says whether a day has room for one more text, or has this one already.
func (s Missed) missedRoom(ctx context.Context, digest, day string) (bool, error) {
	var texts, known int64
	err := s.db.read(ctx).Raw("SELECT (SELECT COUNT(*) FROM missed_texts WHERE day = ?), (SELECT COUNT(*) FROM missed_texts WHERE digest = ? AND day = ?)", day, digest, day).
		Row().Scan(&texts, &known)
	if err != nil {
		return false, fmt.Errorf("count the questions of a day: %w", err)
	}
	return known > 0 || texts < missedDaily, nil
}

// Count implements unanswered.Store. Whether a person said a text before is asked of a hash of both: it leads to neither.
func (s Missed) Count(ctx context.Context, ts ...unanswered.Text) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		for _, t := range ts {
			digest, day := s.db.sealer.Digest("missed", t.Folded), dayOf(t.At)
			if room, err := s.missedRoom(ctx, digest, day); err != nil || !room {
				if err != nil {
					return err
				}
				continue
			}
			body, err := s.db.seal(t.Words, "missed:"+digest)
			if err != nil {
				return fmt.Errorf("seal a question: %w", err)
			}
			add := " ON CONFLICT (digest, day) DO UPDATE SET said = missed_texts.said + 1, last_at = excluded.last_at"
			if s.db.mysql() {
				add = " ON DUPLICATE KEY UPDATE said = said + 1, last_at = VALUES(last_at)"
			}
			if err := tx.Exec("INSERT INTO missed_texts (digest, day, said, body, last_at) VALUES (?, ?, 1, ?, ?)"+add, digest, day, body, toMicros(t.At)).Error; err != nil {
				return fmt.Errorf("count a question: %w", err)
			}
			mark := s.db.sealer.Digest("missed-by", t.Person, t.Folded)
			if err := tx.Exec("INSERT INTO missed_marks (mark, digest, day) VALUES (?, ?, ?)"+s.db.keep("mark"), mark, digest, day).Error; err != nil {
				return fmt.Errorf("count who asked: %w", err)
			}
		}
		return nil
	})
}

type missedRow struct {
	Digest string `gorm:"column:digest"`
	Said   int    `gorm:"column:said"`
	People int    `gorm:"column:people"`
	Last   micros `gorm:"column:last_at"`
	Body   []byte `gorm:"column:body"`
}

// missedShown bounds the list: more questions in a week are not read one by one.
const missedShown = 300

// Since implements unanswered.Store. It reads the index missed_texts_day. A mark stands at the day of the first time.
func (s Missed) Since(ctx context.Context, day time.Time) ([]unanswered.Question, error) {
	var rows []missedRow
	err := s.db.read(ctx).Raw(`SELECT t.digest, SUM(t.said) AS said, MAX(t.last_at) AS last_at, MAX(t.body) AS body,
(SELECT COUNT(*) FROM missed_marks m WHERE m.digest = t.digest) AS people
FROM missed_texts t LEFT JOIN missed_settled d ON d.digest = t.digest WHERE t.day >= ? AND d.digest IS NULL
GROUP BY t.digest ORDER BY people DESC, said DESC, last_at DESC, t.digest LIMIT ?`, dayOf(day), missedShown).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read unanswered questions: %w", err)
	}
	return s.questions(ctx, rows)
}

// Question implements unanswered.Store.
func (s Missed) Question(ctx context.Context, id string) (unanswered.Question, error) {
	var rows []missedRow
	err := s.db.read(ctx).Raw(`SELECT digest, said, last_at, body, (SELECT COUNT(*) FROM missed_marks m WHERE m.digest = t.digest) AS people
FROM missed_texts t WHERE digest = ? ORDER BY day DESC LIMIT 1`, id).Scan(&rows).Error
	if err != nil {
		return unanswered.Question{}, fmt.Errorf("read an unanswered question: %w", err)
	}
	qs, err := s.questions(ctx, rows)
	if err != nil || len(qs) == 0 {
		return unanswered.Question{}, err
	}
	return qs[0], nil
}

func (s Missed) questions(ctx context.Context, rows []missedRow) ([]unanswered.Question, error) {
	out := make([]unanswered.Question, 0, len(rows))
	for _, r := range rows {
		words, err := s.db.text(ctx, cell{"missed_texts", r.Digest, "missed:" + r.Digest}, r.Body)
		if err != nil {
			return nil, err
		}
		out = append(out, unanswered.Question{ID: r.Digest, Words: words, Said: r.Said, People: r.People, Last: r.Last.Time()})
	}
	return out, nil
}

// Settle implements unanswered.Store; the first word stands.
func (s Missed) Settle(ctx context.Context, id string, o unanswered.Outcome, by string) error {
	return s.db.write(ctx).Exec("INSERT INTO missed_settled (digest, outcome, by_name, at) VALUES (?, ?, ?, ?)"+s.db.keep("digest"), id, string(o), by, toMicros(s.db.now())).Error
}

// settledDays is how long it is remembered that a question was settled: it holds no word of it.
const settledDays = 365

// Purge implements unanswered.Store.
func (s Missed) Purge(ctx context.Context, day time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		for _, table := range []string{"missed_texts", "missed_marks"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE day < ?", dayOf(day)).Error; err != nil {
				return fmt.Errorf("drop old questions: %w", err)
			}
		}
		return tx.Exec("DELETE FROM missed_settled WHERE at < ?", toMicros(day.AddDate(0, 0, -settledDays))).Error
	})
}
