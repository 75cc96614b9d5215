package store

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
)

// Notices keeps the ledger of agreements to notices.
type Notices struct{ db *DB }

// Notices returns the view of agreements to notices.
func (db *DB) Notices() Notices { return Notices{db} }

var _ subscribe.Store = Notices{}

type consentRow struct {
	Template  string
	Remaining int
	Refused   int
	ChangedAt micros
}

// InTx implements subscribe.Store.
func (s Notices) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Lock implements subscribe.Store. It locks the person first, as an erasure does, so that nothing is written of one who is
// being erased. EXPLAIN: notice_consents by its primary key.
func (s Notices) Lock(ctx context.Context, personID, template string) (subscribe.Balance, error) {
	if err := s.db.lockPerson(ctx, personID); err != nil {
		return subscribe.Balance{}, err
	}
	var rows []consentRow
	err := s.db.write(ctx).Raw("SELECT template, remaining, refused, changed_at FROM notice_consents WHERE person_id = ? AND template = ?"+s.db.lock(), personID, template).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return subscribe.Balance{}, err
	}
	return rows[0].balance(), nil
}

func (r consentRow) balance() subscribe.Balance {
	return subscribe.Balance{Template: r.Template, Remaining: r.Remaining, Refused: r.Refused != 0, At: r.ChangedAt.Time()}
}

// Save implements subscribe.Store. Lock keeps two from writing the first balance at once.
func (s Notices) Save(ctx context.Context, personID string, b subscribe.Balance) error {
	refused := 0
	if b.Refused {
		refused = 1
	}
	tx := s.db.write(ctx)
	res := tx.Exec("UPDATE notice_consents SET remaining = ?, refused = ?, changed_at = ? WHERE person_id = ? AND template = ?", b.Remaining, refused, toMicros(b.At), personID, b.Template)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	_, err := s.db.exec(ctx, "INSERT INTO notice_consents (person_id, template, remaining, refused, changed_at) VALUES (?,?,?,?,?)"+s.db.keep("person_id"),
		personID, b.Template, b.Remaining, refused, int64(toMicros(b.At)))
	return err
}

// AddStep implements subscribe.Store.
func (s Notices) AddStep(ctx context.Context, st subscribe.Step) (bool, error) {
	res, err := s.db.exec(ctx, "INSERT INTO notice_steps (id, op_key, person_id, template, kind, code, remaining, at) VALUES (?,?,?,?,?,?,?,?)"+s.db.keep("id"),
		st.ID, st.Key, st.Person, st.Template, string(st.Kind), st.Code, st.Remaining, int64(toMicros(st.At)))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Turn implements subscribe.Store.
func (s Notices) Turn(ctx context.Context, key string, from, to subscribe.StepKind, code string) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE notice_steps SET kind = ?, code = ? WHERE op_key = ? AND kind = ?", string(to), code, key, string(from))
	if res.Error != nil {
		return false, fmt.Errorf("note what became of a notice: %w", res.Error)
	}
	return res.RowsAffected == 1, nil
}

// Balances are what a person's agreements have come to, in the order of their templates.
func (s Notices) Balances(ctx context.Context, personID string) ([]subscribe.Balance, error) {
	var rows []consentRow
	if err := s.db.read(ctx).Raw("SELECT template, remaining, refused, changed_at FROM notice_consents WHERE person_id = ? ORDER BY template", personID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the agreements to notices: %w", err)
	}
	out := make([]subscribe.Balance, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.balance())
	}
	return out, nil
}

// agreed is what a person sees of their agreements.
func (s Rights) agreed(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "微信通知的同意和使用"}
	var rows []struct {
		Template, Kind, Code string
		Remaining            int
		At                   micros
	}
	err := s.db.read(ctx).Raw("SELECT template, kind, code, remaining, at FROM notice_steps WHERE person_id = ? ORDER BY id", personID).Scan(&rows).Error
	for _, r := range rows {
		sec.Entries = append(sec.Entries, rights.Entry{
			At: r.At.Time(), What: subscribe.StepKind(r.Kind).Label(), Ref: r.Template,
			Details: []rights.Detail{{Name: "还可以发几条", Value: fmt.Sprint(r.Remaining)}},
		})
	}
	return sec, err
}
