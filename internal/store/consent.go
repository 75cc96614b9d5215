package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Consents keeps what people said of their age, and agreed to.
type Consents struct{ db *DB }

// Consents returns the view of consents.
func (db *DB) Consents() Consents { return Consents{db} }

var _ consent.Store = Consents{}

type (
	ageRow struct {
		PersonID  string `gorm:"column:person_id;primaryKey"`
		Body      []byte `gorm:"column:body"`
		ChangedAt micros `gorm:"column:changed_at"`
	}
	givenRow struct {
		PersonID   string `gorm:"column:person_id;primaryKey"`
		Purpose    string `gorm:"column:purpose;primaryKey"`
		Side       string `gorm:"column:side;primaryKey"`
		Version    string `gorm:"column:version"`
		Agreed     int    `gorm:"column:agreed"`
		GuardianID string `gorm:"column:guardian_id"`
		Body       []byte `gorm:"column:body"`
		ChangedAt  micros `gorm:"column:changed_at"`
	}
	codeRow struct {
		ID       string `gorm:"column:id;primaryKey"`
		PersonID string `gorm:"column:person_id"`
		Purpose  string `gorm:"column:purpose"`
		Version  string `gorm:"column:version"`
		UntilAt  micros `gorm:"column:until_at"`
		OpenedBy string `gorm:"column:opened_by"`
		UsedAt   micros `gorm:"column:used_at"`
		At       micros `gorm:"column:at"`
	}
)

func (ageRow) TableName() string   { return "person_ages" }
func (givenRow) TableName() string { return "consents" }
func (codeRow) TableName() string  { return "guardian_codes" }

func ageAAD(personID string) string { return "age:" + personID }

func givenAAD(personID string, p consent.Purpose, side consent.Side) string {
	return "consent:" + personID + ":" + string(p) + ":" + string(side)
}

// InTx implements consent.Store.
func (s Consents) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Lock implements consent.Store.
func (s Consents) Lock(ctx context.Context, personID string) error {
	return s.db.lockPerson(ctx, personID)
}

// Age implements consent.Store. EXPLAIN: person_ages by its primary key.
func (s Consents) Age(ctx context.Context, personID string) (consent.Age, error) {
	var rows []ageRow
	if err := s.db.read(ctx).Where("person_id = ?", personID).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return consent.Age{}, err
	}
	var a consent.Age
	_, err := s.db.body(ctx, cell{"person_ages", personID, ageAAD(personID)}, rows[0].Body, &a)
	return a, err // where it cannot be read it is not known
}

func (s Consents) conceal(ctx context.Context, personID string, v any, aad string) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.db.sealFor(ctx, personID, string(raw), aad)
}

// KeepAge implements consent.Store.
func (s Consents) KeepAge(ctx context.Context, personID string, a consent.Age) error {
	// An age that cannot be read may be one that a later answer must not undo.
	if err := s.db.guard(ctx, cell{"person_ages", personID, ageAAD(personID)}, "SELECT body FROM person_ages WHERE person_id = ?", personID); err != nil {
		return err
	}
	body, err := s.conceal(ctx, personID, a, ageAAD(personID))
	if err != nil {
		return err
	}
	r := ageRow{personID, body, toMicros(a.At)}
	return s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person_id"}}, UpdateAll: true}).Create(&r).Error
}

// Given implements consent.Store. EXPLAIN: consents by the beginning of its primary key, six rows at most.
func (s Consents) Given(ctx context.Context, personID string) ([]consent.Given, error) {
	return s.given(ctx, "person_id = ?", personID)
}

// Wards implements consent.Store. EXPLAIN: consents_guardian.
func (s Consents) Wards(ctx context.Context, guardianID string) ([]consent.Given, error) {
	if guardianID == "" {
		return nil, nil
	}
	return s.given(ctx, "guardian_id = ?", guardianID)
}

func (s Consents) given(ctx context.Context, where, id string) ([]consent.Given, error) {
	var rows []givenRow
	if err := s.db.read(ctx).Where(where, id).Order("person_id, purpose, side").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	out := make([]consent.Given, 0, len(rows))
	for _, r := range rows {
		g := consent.Given{
			Person: r.PersonID, Purpose: consent.Purpose(r.Purpose), Side: consent.Side(r.Side), Version: r.Version, Agreed: r.Agreed != 0, Guardian: r.GuardianID, At: r.ChangedAt.Time(),
		}
		if _, err := s.db.body(ctx, cell{"consents", r.PersonID, givenAAD(g.Person, g.Purpose, g.Side)}, r.Body, &g.How); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// Put implements consent.Store.
func (s Consents) Put(ctx context.Context, g consent.Given) error {
	body, err := s.conceal(ctx, g.Person, g.How, givenAAD(g.Person, g.Purpose, g.Side))
	if err != nil {
		return err
	}
	r := givenRow{PersonID: g.Person, Purpose: string(g.Purpose), Side: string(g.Side), Version: g.Version, GuardianID: g.Guardian, Body: body, ChangedAt: toMicros(g.At)}
	if g.Agreed {
		r.Agreed = 1
	}
	return s.db.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person_id"}, {Name: "purpose"}, {Name: "side"}}, UpdateAll: true}).Create(&r).Error
}

// AddStep implements consent.Store.
func (s Consents) AddStep(ctx context.Context, st consent.Step) error {
	body, err := s.db.sealFor(ctx, st.Person, st.Note, "consent-step:"+st.ID)
	if err != nil {
		return err
	}
	_, err = s.db.exec(ctx, "INSERT INTO consent_steps (id, op_key, person_id, purpose, side, kind, version, body, at) VALUES (?,?,?,?,?,?,?,?,?)"+s.db.keep("id"),
		st.ID, st.Key, st.Person, string(st.Purpose), string(st.Side), string(st.Kind), st.Version, body, int64(toMicros(st.At)))
	return err
}

func (s Consents) codeID(code string) string { return s.db.sealer.Digest("guardian-code", code) }

// PutCode implements consent.Store. The codes before stay as rows for the count of a day, and are over.
func (s Consents) PutCode(ctx context.Context, c consent.Code) error {
	tx := s.db.write(ctx)
	if err := tx.Exec("UPDATE guardian_codes SET until_at = ? WHERE person_id = ? AND until_at > ?", toMicros(c.At), c.Person, toMicros(c.At)).Error; err != nil {
		return err
	}
	r := codeRow{ID: s.codeID(c.Code), PersonID: c.Person, Purpose: string(c.Purpose), Version: c.Version, UntilAt: toMicros(c.Until), At: toMicros(c.At)}
	return tx.Create(&r).Error
}

// CodesSince implements consent.Store. EXPLAIN: guardian_codes_person.
func (s Consents) CodesSince(ctx context.Context, personID string, since time.Time) (n int, err error) {
	err = s.db.read(ctx).Raw("SELECT COUNT(*) FROM guardian_codes WHERE person_id = ? AND at > ?", personID, toMicros(since)).Scan(&n).Error
	return n, err
}

// ByCode implements consent.Store.
func (s Consents) ByCode(ctx context.Context, code string) (consent.Code, error) {
	tx, lock := s.db.read(ctx), ""
	if s.db.inTx(ctx) {
		lock = s.db.lock()
	}
	var rows []codeRow
	err := tx.Raw("SELECT id, person_id, purpose, version, until_at, opened_by, used_at, at FROM guardian_codes WHERE id = ?"+lock, s.codeID(code)).Scan(&rows).Error
	if err != nil {
		return consent.Code{}, fmt.Errorf("look for a guardian's code: %w", err)
	}
	if len(rows) == 0 {
		return consent.Code{}, consent.ErrNotFound
	}
	r := rows[0]
	return consent.Code{
		Person: r.PersonID, Purpose: consent.Purpose(r.Purpose), Version: r.Version, Until: r.UntilAt.Time(), OpenedBy: r.OpenedBy, Used: r.UsedAt != 0, At: r.At.Time(),
	}, nil
}

// Enter implements consent.Store.
func (s Consents) Enter(ctx context.Context, code, guardianID string) error {
	return s.db.write(ctx).Exec("UPDATE guardian_codes SET opened_by = ? WHERE id = ? AND opened_by = ''", guardianID, s.codeID(code)).Error
}

// Use implements consent.Store.
func (s Consents) Use(ctx context.Context, code string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE guardian_codes SET used_at = ? WHERE id = ?", toMicros(at), s.codeID(code)).Error
}

// CountTry implements consent.Store. Windows that are over go with each try: nothing is left of who tried.
func (s Consents) CountTry(ctx context.Context, key string, now, since time.Time) (int, error) {
	if err := s.db.write(ctx).Exec("DELETE FROM guardian_tries WHERE since < ?", toMicros(since)).Error; err != nil {
		return 0, err
	}
	return s.db.countTry(ctx, "guardian_tries", s.db.sealer.Digest("guardian-try", key), now, since)
}

// EraseLetters erases a person's letters, and the answers to them, but for one that a counsellor is at work on.
func (s Consents) EraseLetters(ctx context.Context, personID string) error {
	tx := s.db.write(ctx)
	var ids []string
	if err := tx.Raw("SELECT id FROM letters WHERE person_id = ? ORDER BY id", personID).Scan(&ids).Error; err != nil {
		return fmt.Errorf("erase letters: %w", err)
	}
	open, err := s.db.Cases().OpenOf(ctx, personID)
	if err != nil && !errors.Is(err, casework.ErrNotFound) {
		return err
	}
	for _, id := range ids {
		if open.ID != "" {
			if l, err := s.db.Letters().Get(ctx, id); err == nil && l.Case == open.ID {
				continue
			}
		}
		for _, q := range []string{"DELETE FROM letter_drafts WHERE letter_id = ?", "DELETE FROM letter_pieces WHERE letter_id = ?", "DELETE FROM letters WHERE id = ?"} {
			if err := tx.Exec(q, id).Error; err != nil {
				return fmt.Errorf("erase letters: %w", err)
			}
		}
	}
	return nil
}

// EraseChecks erases a person's results, and what they left in the middle.
func (s Consents) EraseChecks(ctx context.Context, personID string) error {
	for _, q := range []string{"DELETE FROM survey_drafts WHERE person_id = ?", "DELETE FROM results WHERE person_id = ?"} {
		if err := s.db.write(ctx).Exec(q, personID).Error; err != nil {
			return fmt.Errorf("erase results: %w", err)
		}
	}
	return nil
}

// EraseNotes takes away what a person wrote with their appointments: nobody awaits them any more.
func (s Consents) EraseNotes(ctx context.Context, personID string) error {
	if err := s.db.Appointments().EndWait(ctx, personID); err != nil {
		return err
	}
	as, err := s.db.Appointments().query(ctx, "WHERE person_id = ? ORDER BY id", personID)
	if err != nil {
		return err
	}
	for _, a := range as {
		if a.Note == "" {
			continue
		}
		a.Note = ""
		if err := s.db.Appointments().Rehouse(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// eraseGuardian takes a person's word for children away with them: it rests on knowing that somebody gave it.
func (s Consents) eraseGuardian(ctx context.Context, personID string) error {
	tx := s.db.write(ctx)
	if err := tx.Exec("DELETE FROM consents WHERE guardian_id = ?", personID).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE guardian_codes SET opened_by = '' WHERE opened_by = ?", personID).Error
}

// aged is what a person sees of what is held of their age.
func (s Rights) aged(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "说过的年龄"}
	a, err := s.db.Consents().Age(ctx, personID)
	if err == nil && a.Said != consent.UnknownAge {
		sec.Entries = []rights.Entry{{At: a.At, What: a.Words(s.db.now()), Details: []rights.Detail{{Name: "在哪里说的", Value: a.By}}}}
	}
	return sec, err
}

// consented is what a person sees of their consents, each with the version of its words.
func (s Rights) consented(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "同意和年龄的经过"}
	var rows []struct {
		ID, Purpose, Side, Kind, Version string
		Body                             []byte
		At                               micros
	}
	err := s.db.read(ctx).Raw("SELECT id, purpose, side, kind, version, body, at FROM consent_steps WHERE person_id = ? ORDER BY id", personID).Scan(&rows).Error
	if err != nil {
		return sec, err
	}
	for _, r := range rows {
		note, err := s.db.text(ctx, cell{"consent_steps", r.ID, "consent-step:" + r.ID}, r.Body)
		if err != nil {
			return sec, err
		}
		e := rights.Entry{At: r.At.Time(), What: consent.StepKind(r.Kind).Label(consent.Purpose(r.Purpose), consent.Side(r.Side))}
		for _, d := range []rights.Detail{{Name: "同意书的版本", Value: r.Version}, {Name: "说明", Value: note}} {
			if d.Value != "" {
				e.Details = append(e.Details, d)
			}
		}
		sec.Entries = append(sec.Entries, e)
	}
	wards, err := s.db.Consents().Wards(ctx, personID)
	for _, g := range wards {
		if g.Agreed {
			sec.Entries = append(sec.Entries, rights.Entry{At: g.At, What: "替孩子同意：" + g.Purpose.Label(), Details: []rights.Detail{{Name: "同意书的版本", Value: g.Version}}})
		}
	}
	return sec, err
}
