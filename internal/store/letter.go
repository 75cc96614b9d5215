package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Letters keeps anonymous letters.
type Letters struct{ db *DB }

// Letters returns the view of letters.
func (db *DB) Letters() Letters { return Letters{db} }

var _ letter.Store = Letters{}

type letterRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	PersonID   string  `gorm:"column:person_id"`
	Code       string  `gorm:"column:code"`
	OpKey      string  `gorm:"column:op_key"`
	Level      string  `gorm:"column:level"`
	Urgency    int     `gorm:"column:urgency"`
	Body       []byte  `gorm:"column:body"`
	SentAt     micros  `gorm:"column:sent_at"`
	AnsweredAt *micros `gorm:"column:answered_at"`
}

func (letterRow) TableName() string { return "letters" }

const letterColumns = "id, person_id, code, op_key, level, urgency, body, sent_at, answered_at"

// letterBody is what of a letter is sealed.
type letterBody struct {
	Text   string `json:"text"`
	Code   string `json:"code"`
	Answer string `json:"answer,omitempty"`
	By     string `json:"by,omitempty"`
}

// InTx implements letter.Store.
func (s Letters) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// letterUrgency sorts the desk's list: waiting before answered, then by level.
func letterUrgency(l letter.Letter) int {
	u := risk.Imminent.Rank() - l.Level.Rank()
	if !l.AnsweredAt.IsZero() {
		u += 100
	}
	return u
}

func (s Letters) sealBody(l letter.Letter) ([]byte, error) {
	raw, err := json.Marshal(letterBody{l.Text, l.Code, l.Answer, l.AnsweredBy})
	if err != nil {
		return nil, err
	}
	return s.db.seal(string(raw), "letter:"+l.ID)
}

// Save implements letter.Store.
func (s Letters) Save(ctx context.Context, l letter.Letter) (letter.Letter, error) {
	sealed, err := s.sealBody(l)
	if err != nil {
		return l, fmt.Errorf("save a letter: %w", err)
	}
	row := letterRow{ID: l.ID, PersonID: l.Person, Code: s.db.sealer.Digest("letter", l.Code), OpKey: l.Key, Level: string(l.Level), Urgency: letterUrgency(l), Body: sealed, SentAt: toMicros(l.SentAt)}
	err = s.db.write(ctx).Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return s.one(ctx, "op_key = ?", l.Key)
	}
	if err != nil {
		return l, fmt.Errorf("save a letter: %w", err)
	}
	return l, nil
}

// Get implements letter.Store; in a transaction the letter is locked.
func (s Letters) Get(ctx context.Context, id string) (letter.Letter, error) {
	return s.one(ctx, "id = ?", id)
}

// ByCode implements letter.Store.
func (s Letters) ByCode(ctx context.Context, code string) (letter.Letter, error) {
	return s.one(ctx, "code = ?", s.db.sealer.Digest("letter", code))
}

// Answer implements letter.Store: of two answers at once the first stays.
func (s Letters) Answer(ctx context.Context, l letter.Letter) error {
	sealed, err := s.sealBody(l)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	res := s.db.write(ctx).Exec("UPDATE letters SET body = ?, urgency = ?, answered_at = ? WHERE id = ? AND answered_at IS NULL", sealed, letterUrgency(l), toMicros(l.AnsweredAt), l.ID)
	if res.Error != nil {
		return fmt.Errorf("write an answer: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return letter.ErrAnswered
	}
	return nil
}

func (s Letters) one(ctx context.Context, where, arg string) (letter.Letter, error) {
	ls, err := s.query(ctx, "WHERE "+where+" LIMIT 1", arg)
	if err != nil {
		return letter.Letter{}, err
	}
	if len(ls) == 0 {
		return letter.Letter{}, letter.ErrNotFound
	}
	return ls[0], nil
}

func (s Letters) query(ctx context.Context, tail string, args ...any) ([]letter.Letter, error) {
	var rows []letterRow
	if err := s.db.read(ctx).Raw("SELECT "+letterColumns+" FROM letters "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	out := make([]letter.Letter, 0, len(rows))
	for _, r := range rows {
		raw, err := s.db.open(r.Body, "letter:"+r.ID)
		if err != nil {
			return nil, fmt.Errorf("open a letter: %w", err)
		}
		var b letterBody
		if err := json.Unmarshal([]byte(raw), &b); err != nil {
			return nil, fmt.Errorf("read a letter: %w", err)
		}
		out = append(out, letter.Letter{
			ID: r.ID, Person: r.PersonID, Code: b.Code, Key: r.OpKey, Level: risk.Level(r.Level), Text: b.Text, Answer: b.Answer, AnsweredBy: b.By,
			SentAt: r.SentAt.Time(), AnsweredAt: timeOrZero(r.AnsweredAt),
		})
	}
	return out, nil
}

// Of implements letter.Store.
func (s Letters) Of(ctx context.Context, personID string, n int) ([]letter.Letter, error) {
	return s.query(ctx, "WHERE person_id = ? ORDER BY id DESC LIMIT ?", personID, n)
}

// Desk implements letter.Store. The cursor is the urgency and the ID of a page's last letter.
func (s Letters) Desk(ctx context.Context, cursor string, limit int) ([]letter.Letter, string, error) {
	where, args := "", []any{}
	if u, id, ok := strings.Cut(cursor, "."); ok {
		n, err := strconv.Atoi(u)
		if err != nil {
			n, id = 0, ""
		}
		where, args = "WHERE urgency > ? OR (urgency = ? AND id > ?) ", []any{n, n, id}
	}
	ls, err := s.query(ctx, where+"ORDER BY urgency, id LIMIT ?", append(args, limit+1)...)
	if err != nil || len(ls) <= limit {
		return ls, "", err
	}
	last := ls[limit-1]
	return ls[:limit], strconv.Itoa(letterUrgency(last)) + "." + last.ID, nil
}

// Newest implements letter.Store.
func (s Letters) Newest(ctx context.Context, cursor string, limit int) ([]letter.Letter, string, error) {
	where, args := "", []any{}
	if cursor != "" {
		where, args = "WHERE id < ? ", []any{cursor}
	}
	ls, err := s.query(ctx, where+"ORDER BY id DESC LIMIT ?", slices.Concat(args, []any{limit + 1})...)
	if err != nil || len(ls) <= limit {
		return ls, "", err
	}
	return ls[:limit], ls[limit-1].ID, nil
}

// CountWaiting implements letter.Store.
func (s Letters) CountWaiting(ctx context.Context) (int, error) {
	var n int
	if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM letters WHERE answered_at IS NULL").Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count letters: %w", err)
	}
	return n, nil
}
