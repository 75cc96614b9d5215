package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Challenges keeps the challenges of 21 days.
type Challenges struct{ db *DB }

// Challenges returns the view of habits.
func (db *DB) Challenges() Challenges { return Challenges{db} }

var _ habit.Store = Challenges{}

type challengeRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	PersonID  string `gorm:"column:person_id"`
	Active    *int   `gorm:"column:active"`
	Habit     string `gorm:"column:habit"`
	FirstDay  string `gorm:"column:first_day"`
	RemindAt  string `gorm:"column:remind_at"`
	Token     string `gorm:"column:token"`
	MadeKey   string `gorm:"column:made_key"`
	StartedAt micros `gorm:"column:started_at"`
	EndedAt   micros `gorm:"column:ended_at"`
	Ending    string `gorm:"column:ending"`
}

func (challengeRow) TableName() string { return "habit_challenges" }

const challengeColumns = "id, person_id, active, habit, first_day, remind_at, token, made_key, started_at, ended_at, ending"

func (r challengeRow) challenge() habit.Challenge {
	return habit.Challenge{
		ID: r.ID, Person: r.PersonID, Habit: r.Habit, First: r.FirstDay, RemindAt: r.RemindAt, Token: r.Token, Key: r.MadeKey,
		StartedAt: r.StartedAt.Time(), EndedAt: r.EndedAt.Time(), Ending: habit.Ending(r.Ending),
	}
}

// InTx implements habit.Store.
func (s Challenges) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Add implements habit.Store: the unique index of what is under way decides.
func (s Challenges) Add(ctx context.Context, c habit.Challenge) error {
	active := 1
	row := challengeRow{
		ID: c.ID, PersonID: c.Person, Active: &active, Habit: c.Habit, FirstDay: c.First, RemindAt: c.RemindAt, Token: c.Token, MadeKey: c.Key,
		StartedAt: toMicros(c.StartedAt),
	}
	err := s.db.write(ctx).Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return habit.ErrAlready
	}
	if err != nil {
		return fmt.Errorf("add a challenge: %w", err)
	}
	return nil
}

// ByKey implements habit.Store.
func (s Challenges) ByKey(ctx context.Context, key string) (habit.Challenge, error) {
	return s.one(ctx, "made_key = ?", key)
}

// Get implements habit.Store.
func (s Challenges) Get(ctx context.Context, id string) (habit.Challenge, error) {
	return s.one(ctx, "id = ?", id)
}

// ByToken implements habit.Store.
func (s Challenges) ByToken(ctx context.Context, token string) (habit.Challenge, error) {
	return s.one(ctx, "token = ?", token)
}

// Running implements habit.Store.
func (s Challenges) Running(ctx context.Context, personID string) (habit.Challenge, error) {
	if err := s.db.lockPerson(ctx, personID); err != nil {
		return habit.Challenge{}, err
	}
	c, err := s.one(ctx, "person_id = ? AND active = 1", personID)
	if !errors.Is(err, habit.ErrNotFound) {
		return s.joined(ctx, c, err)
	}
	id, err := s.joinedBy(ctx, personID)
	if err != nil || id == "" {
		return habit.Challenge{}, orElse(err, habit.ErrNotFound)
	}
	if c, err = s.one(ctx, "id = ? AND active = 1", id); err != nil { // ended, or erased with its person
		return habit.Challenge{}, err
	}
	if err := s.db.lockPerson(ctx, c.Person); err != nil {
		return habit.Challenge{}, err
	}
	c, err = s.one(ctx, "id = ? AND active = 1", id)
	return s.joined(ctx, c, err)
}

// joined completes a challenge with who joined it.
func (s Challenges) joined(ctx context.Context, c habit.Challenge, err error) (habit.Challenge, error) {
	if err != nil {
		return c, err
	}
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT person_id FROM habit_partners WHERE challenge_id = ?", c.ID).Scan(&ids).Error; err != nil {
		return c, fmt.Errorf("read who joined a challenge: %w", err)
	}
	if len(ids) > 0 {
		c.Partner = ids[0]
	}
	return c, nil
}

func (s Challenges) joinedBy(ctx context.Context, personID string) (string, error) {
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT challenge_id FROM habit_partners WHERE person_id = ?", personID).Scan(&ids).Error; err != nil {
		return "", fmt.Errorf("read which challenge somebody joined: %w", err)
	}
	if len(ids) == 0 {
		return "", nil
	}
	return ids[0], nil
}

func (s Challenges) codeHash(code string) string { return s.db.sealer.Digest("habit code", code) }

// PutCode implements habit.Store.
func (s Challenges) PutCode(ctx context.Context, personID string, c habit.Code) error {
	tx := s.db.write(ctx)
	err := tx.Exec("DELETE FROM habit_codes WHERE person_id = ?", personID).Error
	if err == nil {
		err = tx.Exec("INSERT INTO habit_codes (person_id, challenge_id, code, until_at) VALUES (?, ?, ?, ?)", personID, c.Challenge, s.codeHash(c.Code), toMicros(c.Until)).Error
	}
	if err != nil {
		return fmt.Errorf("keep a code: %w", err)
	}
	return nil
}

// Invited implements habit.Store.
func (s Challenges) Invited(ctx context.Context, code string, now time.Time) (habit.Challenge, error) {
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT challenge_id FROM habit_codes WHERE code = ? AND until_at > ?", s.codeHash(code), toMicros(now)).Scan(&ids).Error; err != nil {
		return habit.Challenge{}, fmt.Errorf("look for a code: %w", err)
	}
	if len(ids) == 0 {
		return habit.Challenge{}, habit.ErrNotFound
	}
	c, err := s.one(ctx, "id = ? AND active = 1", ids[0])
	return s.joined(ctx, c, err)
}

// Join implements habit.Store: the unique index of who joined a challenge decides.
func (s Challenges) Join(ctx context.Context, personID, id string, at time.Time) error {
	if err := s.Leave(ctx, personID); err != nil {
		return err
	}
	tx := s.db.write(ctx)
	err := tx.Exec("INSERT INTO habit_partners (person_id, challenge_id, joined_at) VALUES (?, ?, ?)", personID, id, toMicros(at)).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return habit.ErrAlready
	}
	if err == nil {
		err = tx.Exec("DELETE FROM habit_codes WHERE challenge_id = ?", id).Error
	}
	if err != nil {
		return fmt.Errorf("join a challenge: %w", err)
	}
	return nil
}

// Leave implements habit.Store.
func (s Challenges) Leave(ctx context.Context, personID string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM habit_partners WHERE person_id = ?", personID).Error; err != nil {
		return fmt.Errorf("leave a challenge: %w", err)
	}
	return nil
}

func (s Challenges) one(ctx context.Context, where, arg string) (habit.Challenge, error) {
	cs, err := s.query(ctx, "WHERE "+where+" LIMIT 1", arg)
	if err != nil {
		return habit.Challenge{}, err
	}
	if len(cs) == 0 {
		return habit.Challenge{}, habit.ErrNotFound
	}
	return cs[0], nil
}

func (s Challenges) query(ctx context.Context, tail string, args ...any) ([]habit.Challenge, error) {
	var rows []challengeRow
	if err := s.db.read(ctx).Raw("SELECT "+challengeColumns+" FROM habit_challenges "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read challenges: %w", err)
	}
	out := make([]habit.Challenge, len(rows))
	for i, r := range rows {
		out[i] = r.challenge()
	}
	return out, nil
}

// RemindAt implements habit.Store.
func (s Challenges) RemindAt(ctx context.Context, id, clock string) error {
	if err := s.db.write(ctx).Exec("UPDATE habit_challenges SET remind_at = ? WHERE id = ?", clock, id).Error; err != nil {
		return fmt.Errorf("change a reminder: %w", err)
	}
	return nil
}

// End implements habit.Store.
func (s Challenges) End(ctx context.Context, id string, how habit.Ending, at time.Time) error {
	err := s.db.write(ctx).Exec("UPDATE habit_challenges SET active = NULL, ending = ?, ended_at = ? WHERE id = ? AND active = 1", string(how), toMicros(at), id).Error
	if err != nil {
		return fmt.Errorf("end a challenge: %w", err)
	}
	return nil
}

// Tick implements habit.Store.
func (s Challenges) Tick(ctx context.Context, personID, id string, t habit.Tick) error {
	madeUp := 0
	if t.MadeUp {
		madeUp = 1
	}
	_, err := s.db.exec(ctx, "INSERT INTO habit_ticks (challenge_id, day_no, who, person_id, made_up, ticked_at) VALUES (?,?,?,?,?,?)"+s.db.keep("day_no"),
		id, t.Day, string(t.Who), personID, madeUp, int64(toMicros(t.At)))
	if err != nil {
		return fmt.Errorf("tick a day: %w", err)
	}
	return nil
}

// Ticks implements habit.Store.
func (s Challenges) Ticks(ctx context.Context, id string) ([]habit.Tick, error) {
	var rows []struct {
		DayNo    int
		Who      string
		MadeUp   int
		TickedAt micros
	}
	err := s.db.read(ctx).Raw("SELECT day_no, who, made_up, ticked_at FROM habit_ticks WHERE challenge_id = ? ORDER BY day_no, who", id).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read ticks: %w", err)
	}
	out := make([]habit.Tick, len(rows))
	for i, r := range rows {
		out[i] = habit.Tick{Day: r.DayNo, Who: habit.Who(r.Who), MadeUp: r.MadeUp == 1, At: r.TickedAt.Time()}
	}
	return out, nil
}

// habits are the challenges of a person and the days that were ticked.
func (s Rights) habits(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "21 天习惯"}
	cs, err := s.db.Challenges().query(ctx, "WHERE person_id = ? ORDER BY started_at", personID)
	if err != nil {
		return sec, err
	}
	for _, c := range cs {
		ticks, err := s.db.Challenges().Ticks(ctx, c.ID)
		if err != nil {
			return sec, err
		}
		e := rights.Entry{At: c.StartedAt, What: c.Habit, Ref: c.Habit, Details: []rights.Detail{{Name: "状态", Value: c.Ending.Label()}, {Name: "每天提醒", Value: c.RemindAt}}}
		for _, t := range ticks {
			who := "大人"
			if t.Who == habit.Child {
				who = "孩子"
			}
			e.Details = append(e.Details, rights.Detail{Name: fmt.Sprintf("第 %d 天", t.Day), Value: who + "，" + local(t.At)})
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, nil
}

// partners is the challenge of somebody else that a person joined, with the days that they ticked.
func (s Rights) partners(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "和家里一起打卡的习惯"}
	var rows []struct {
		ChallengeID, Habit string
		JoinedAt           micros
	}
	err := s.db.read(ctx).Raw(`SELECT p.challenge_id, c.habit, p.joined_at FROM habit_partners p JOIN habit_challenges c ON c.id = p.challenge_id
WHERE p.person_id = ?`, personID).Scan(&rows).Error
	if err != nil {
		return sec, fmt.Errorf("read which challenge somebody joined: %w", err)
	}
	for _, r := range rows {
		e := rights.Entry{At: r.JoinedAt.Time(), What: r.Habit, Ref: r.Habit}
		ticks, err := s.db.Challenges().Ticks(ctx, r.ChallengeID)
		if err != nil {
			return sec, err
		}
		for _, t := range ticks {
			if t.Who == habit.Child {
				e.Details = append(e.Details, rights.Detail{Name: fmt.Sprintf("第 %d 天", t.Day), Value: local(t.At)})
			}
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, nil
}
