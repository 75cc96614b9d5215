package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Letters keeps anonymous letters, the drafts of their answers, and the pieces of the public column (letter_desk.go).
type Letters struct{ db *DB }

// Letters returns the view of letters.
func (db *DB) Letters() Letters { return Letters{db} }

var _ letter.Store = Letters{}

type letterRow struct {
	ID           string  `gorm:"column:id;primaryKey"`
	PersonID     string  `gorm:"column:person_id"`
	Code         string  `gorm:"column:code"`
	OpKey        string  `gorm:"column:op_key"`
	Level        string  `gorm:"column:level"`
	Urgency      int     `gorm:"column:urgency"`
	Body         []byte  `gorm:"column:body"`
	SentAt       micros  `gorm:"column:sent_at"`
	AnsweredAt   *micros `gorm:"column:answered_at"`
	State        string  `gorm:"column:state"`
	Drafting     int     `gorm:"column:drafting"`
	TurnAt       micros  `gorm:"column:turn_at"`
	ClaimedID    string  `gorm:"column:claimed_id"`
	DraftVersion int     `gorm:"column:draft_version"`
	Rating       string  `gorm:"column:rating"`
	Consent      string  `gorm:"column:consent"`
}

func (letterRow) TableName() string { return "letters" }

const letterColumns = "id, person_id, code, op_key, level, urgency, body, sent_at, answered_at, state, drafting, turn_at, claimed_id, draft_version, rating, consent"

// letterBody is what of a letter is sealed. Text, Answer and By are of letters from before letters had turns.
type letterBody struct {
	Code    string         `json:"code"`
	Turns   []letter.Turn  `json:"turns,omitempty"`
	Parts   []letter.Part  `json:"parts,omitempty"`
	Case    string         `json:"case,omitempty"`
	Claim   letter.Hand    `json:"claim,omitzero"`
	Pending letter.Hand    `json:"pending,omitzero"`
	Back    letter.Hand    `json:"back,omitzero"`
	Consent letter.Consent `json:"consent,omitzero"`

	Text   string `json:"text,omitempty"`
	Answer string `json:"answer,omitempty"`
	By     string `json:"by,omitempty"`
}

func letterCell(id string) cell { return cell{"letters", id, "letter:" + id} }

// InTx implements letter.Store.
func (s Letters) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// letterUrgency sorts the desk's list by level, the gravest first.
func letterUrgency(l letter.Letter) int { return risk.Imminent.Rank() - l.Level.Rank() }

func (s Letters) row(ctx context.Context, l letter.Letter) (letterRow, error) {
	raw, err := json.Marshal(letterBody{Code: l.Code, Turns: l.Turns, Parts: l.Parts, Case: l.Case, Claim: l.Claim, Pending: l.Pending, Back: l.Back, Consent: l.Consent})
	if err != nil {
		return letterRow{}, err
	}
	sealed, err := s.db.sealFor(ctx, l.Person, string(raw), "letter:"+l.ID)
	if err != nil {
		return letterRow{}, err
	}
	r := letterRow{
		ID: l.ID, PersonID: l.Person, Code: s.db.sealer.Digest("letter", l.Code), OpKey: l.Key, Level: string(l.Level), Urgency: letterUrgency(l), Body: sealed,
		SentAt: toMicros(l.SentAt), State: string(l.State), TurnAt: toMicros(l.TurnAt), ClaimedID: l.Claim.ID, DraftVersion: l.DraftVersion,
		Rating: string(l.Rating), Consent: string(l.Consent.Agreed),
	}
	if l.Drafting {
		r.Drafting = 1
	}
	if at := toMicros(l.AnsweredAt); at != 0 {
		r.AnsweredAt = &at
	}
	return r, nil
}

func (s Letters) letter(ctx context.Context, r letterRow) (letter.Letter, error) {
	var b letterBody
	readable, err := s.db.body(ctx, letterCell(r.ID), r.Body, &b)
	if err != nil {
		return letter.Letter{}, err
	}
	if !readable {
		b = letterBody{Turns: []letter.Turn{{Text: Unreadable, At: r.SentAt.Time(), AnsweredAt: timeOrZero(r.AnsweredAt)}}, Claim: letter.Hand{ID: r.ClaimedID}}
	}
	if len(b.Turns) == 0 && b.Text != "" {
		b.Turns = []letter.Turn{{Text: b.Text, At: r.SentAt.Time(), Answer: b.Answer, By: b.By, AnsweredAt: timeOrZero(r.AnsweredAt)}}
	}
	return letter.Letter{
		ID: r.ID, Person: r.PersonID, Code: b.Code, Key: r.OpKey, State: letter.State(r.State), Level: risk.Level(r.Level), Turns: b.Turns, Parts: b.Parts,
		Drafting: r.Drafting != 0, Case: b.Case, Claim: b.Claim, Pending: b.Pending, Back: b.Back, DraftVersion: r.DraftVersion, Rating: letter.Rating(r.Rating),
		Consent: b.Consent, SentAt: r.SentAt.Time(), TurnAt: r.TurnAt.Time(), AnsweredAt: timeOrZero(r.AnsweredAt),
	}, nil
}

// Save implements letter.Store.
func (s Letters) Save(ctx context.Context, l letter.Letter) (letter.Letter, error) {
	row, err := s.row(ctx, l)
	if err != nil {
		return l, fmt.Errorf("save a letter: %w", err)
	}
	err = s.db.write(ctx).Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return s.ByKey(ctx, l.Key)
	}
	if err != nil {
		return l, fmt.Errorf("save a letter: %w", err)
	}
	return l, nil
}

// Update implements letter.Store. A letter that cannot be read is not written over.
func (s Letters) Update(ctx context.Context, l letter.Letter) error {
	if err := s.db.guard(ctx, letterCell(l.ID), "SELECT body FROM letters WHERE id = ?", l.ID); err != nil {
		return fmt.Errorf("write a letter: %w", err)
	}
	row, err := s.row(ctx, l)
	if err == nil {
		err = s.db.write(ctx).Select("*").Omit("id", "person_id", "code").Where("id = ?", l.ID).Updates(&row).Error
	}
	if err != nil {
		return fmt.Errorf("write a letter: %w", err)
	}
	return nil
}

// Remove implements letter.Store.
func (s Letters) Remove(ctx context.Context, id string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM letters WHERE id = ? AND state = ?", id, string(letter.Writing)).Error; err != nil {
		return fmt.Errorf("take away a letter: %w", err)
	}
	return nil
}

// Get implements letter.Store.
func (s Letters) Get(ctx context.Context, id string) (letter.Letter, error) {
	in, of := peopleInReach(ctx, reach.Letters, "letters.person_id")
	return s.first(s.query(ctx, "WHERE id = ? AND "+in+" LIMIT 1", append([]any{id}, of...)...))
}

// ForUpdate implements letter.Store.
func (s Letters) ForUpdate(ctx context.Context, id string) (letter.Letter, error) {
	in, of := peopleInReach(ctx, reach.Letters, "letters.person_id")
	return s.first(s.query(ctx, "WHERE id = ? AND "+in+" LIMIT 1"+s.lock(ctx), append([]any{id}, of...)...))
}

// lock ends a query whose rows nobody else may change until the transaction ends. SQLite has one writer at a time anyway.
func (s Letters) lock(ctx context.Context) string {
	if s.db.inTx(ctx) && s.db.mysql() {
		return " FOR UPDATE"
	}
	return ""
}

// ByCode implements letter.Store.
func (s Letters) ByCode(ctx context.Context, code string) (letter.Letter, error) {
	return s.one(ctx, "code = ?", s.db.sealer.Digest("letter", code))
}

// ByKey implements letter.Store.
func (s Letters) ByKey(ctx context.Context, key string) (letter.Letter, error) {
	return s.one(ctx, "op_key = ?", key)
}

// WrittenBy implements letter.Store.
func (s Letters) WrittenBy(ctx context.Context, personID string) (letter.Letter, error) {
	if err := s.db.lockPerson(ctx, personID); err != nil {
		return letter.Letter{}, err
	}
	return s.first(s.query(ctx, "WHERE person_id = ? AND drafting = 1 LIMIT 1"+s.lock(ctx), personID))
}

func (s Letters) one(ctx context.Context, where, arg string) (letter.Letter, error) {
	return s.first(s.query(ctx, "WHERE "+where+" LIMIT 1", arg))
}

func (s Letters) first(ls []letter.Letter, err error) (letter.Letter, error) {
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
	if err := keysFor(ctx, s.db, rows, func(r letterRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]letter.Letter, 0, len(rows))
	for _, r := range rows {
		l, err := s.letter(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// Of implements letter.Store.
func (s Letters) Of(ctx context.Context, personID string, n int) ([]letter.Letter, error) {
	return s.query(ctx, "WHERE person_id = ? AND state <> 'writing' ORDER BY id DESC LIMIT ?", personID, n)
}

// letterTabs are the conditions of the desk's lists, and their order: by urgency and time, or the newest first.
var letterTabs = map[letter.Tab]struct {
	where  string
	newest bool
}{
	letter.TabWaiting:  {where: "state = 'waiting'"},
	letter.TabMine:     {where: "claimed_id = ? AND state IN ('waiting', 'checking')"},
	letter.TabChecking: {where: "state = 'checking'"},
	letter.TabAnswered: {where: "state = 'answered'", newest: true},
	letter.TabColumn:   {where: "consent = 'yes'", newest: true},
}

func tabOf(t letter.Tab, staffID string) (where string, args []any, newest bool) {
	tab, known := letterTabs[t]
	if !known {
		tab = letterTabs[letter.TabWaiting]
	}
	if t == letter.TabMine {
		args = []any{staffID}
	}
	return tab.where, args, tab.newest
}

// Desk implements letter.Store. The cursor is the place of a page's last letter: its urgency, time and ID.
func (s Letters) Desk(ctx context.Context, f letter.Filter) ([]letter.Letter, string, error) {
	where, args, newest := tabOf(f.Tab, f.Staff)
	order := " ORDER BY urgency, turn_at, id LIMIT ?"
	if newest {
		order = " ORDER BY turn_at DESC, id DESC LIMIT ?"
	}
	if p := strings.Split(f.Cursor, "."); len(p) == 3 {
		u, err1 := strconv.Atoi(p[0])
		at, err2 := strconv.ParseInt(p[1], 10, 64)
		if err := errors.Join(err1, err2); err == nil && newest {
			where, args = where+" AND (turn_at < ? OR turn_at = ? AND id < ?)", append(args, at, at, p[2])
		} else if err == nil {
			where, args = where+" AND (urgency > ? OR urgency = ? AND (turn_at > ? OR turn_at = ? AND id > ?))", append(args, u, u, at, at, p[2])
		}
	}
	in, of := peopleInReach(ctx, reach.Letters, "letters.person_id")
	ls, err := s.query(ctx, "WHERE "+where+" AND "+in+order, slices.Concat(args, of, []any{f.Limit + 1})...)
	if err != nil || len(ls) <= f.Limit {
		return ls, "", err
	}
	last := ls[f.Limit-1]
	return ls[:f.Limit], fmt.Sprintf("%d.%d.%s", letterUrgency(last), toMicros(last.TurnAt), last.ID), nil
}

// Newest implements letter.Store.
func (s Letters) Newest(ctx context.Context, cursor string, limit int) ([]letter.Letter, string, error) {
	in, args := peopleInReach(ctx, reach.Letters, "letters.person_id")
	where := "WHERE state <> 'writing' AND " + in + " "
	if cursor != "" {
		where, args = where+"AND id < ? ", append(args, cursor)
	}
	ls, err := s.query(ctx, where+"ORDER BY id DESC LIMIT ?", slices.Concat(args, []any{limit + 1})...)
	if err != nil || len(ls) <= limit {
		return ls, "", err
	}
	return ls[:limit], ls[limit-1].ID, nil
}

// CountWaiting implements letter.Store.
func (s Letters) CountWaiting(ctx context.Context) (n int, err error) {
	in, of := peopleInReach(ctx, reach.Letters, "letters.person_id")
	if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM letters WHERE state IN ('waiting', 'checking') AND "+in, of...).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count letters: %w", err)
	}
	return n, nil
}

// Counts implements letter.Store.
func (s Letters) Counts(ctx context.Context, staffID string) (map[letter.Tab]int, error) {
	out := map[letter.Tab]int{}
	in, of := peopleInReach(ctx, reach.Letters, "letters.person_id")
	for tab := range letterTabs {
		where, args, _ := tabOf(tab, staffID)
		var n int
		if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM letters WHERE "+where+" AND "+in, slices.Concat(args, of)...).Scan(&n).Error; err != nil {
			return nil, fmt.Errorf("count letters: %w", err)
		}
		out[tab] = n
	}
	return out, nil
}

// Ratings implements letter.Store.
func (s Letters) Ratings(ctx context.Context) (map[letter.Rating]int, error) {
	var rows []struct {
		Rating string
		N      int
	}
	if err := s.db.read(ctx).Raw("SELECT rating, COUNT(*) AS n FROM letters WHERE rating <> '' GROUP BY rating").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count ratings: %w", err)
	}
	out := map[letter.Rating]int{}
	for _, r := range rows {
		out[letter.Rating(r.Rating)] = r.N
	}
	return out, nil
}

// CountTry implements letter.Store. Windows that are over go with each try: nothing is left of who tried.
func (s Letters) CountTry(ctx context.Context, key string, now, since time.Time) (int, error) {
	if err := s.db.write(ctx).Exec("DELETE FROM letter_tries WHERE since < ?", toMicros(since)).Error; err != nil {
		return 0, err
	}
	return s.db.countTry(ctx, "letter_tries", s.db.sealer.Digest("letter-try", key), now, since)
}
