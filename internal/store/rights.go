package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Rights exports and erases what is held of a person.
type Rights struct{ db *DB }

// Rights returns the view of rights.
func (db *DB) Rights() Rights { return Rights{db} }

var _ rights.Store = Rights{}

// personal lists every table that holds something of a person; impersonal every other one, with the reason. A test reads
// the schema: a table or a person's column that stands in neither list fails it, so that none is forgotten.
var personal = []personalTable{
	{name: "identities", gone: true, why: "the address itself: shown to nobody, opened for delivery alone"},
	{name: "messages", gone: true, entries: Rights.messages},
	{name: "media_items", gone: true, entries: Rights.media},
	{name: "media_pieces", gone: true, why: "the bytes of what stands in media_items"},
	{name: "outbox", gone: true, why: "work that is under way; what it says stands in the conversation once it is said"},
	{name: "operations", gone: true, why: "what a step of theirs came to, for some days; the thing itself is shown"},
	{name: "results", gone: true, entries: Rights.results},
	{name: "survey_drafts", gone: true, entries: Rights.drafts},
	{name: "calendar_feeds", gone: true, entries: Rights.feeds},
	{name: "booking_waits", gone: true, why: "a wait for a place, until there is one"},
	{name: "booking_holds", gone: true, why: "a slot that they are choosing, for five minutes"},
	{name: "visit_ratings", gone: true, entries: Rights.visits},
	{name: "appointment_steps", of: "appointment_id", gone: true, why: "shown with its appointment"},
	{name: "appointments", gone: true, entries: Rights.appointments},
	{name: "letter_drafts", of: "letter_id", gone: true, why: "what colleagues thought of writing and did not send"},
	{name: "letter_pieces", of: "letter_id", gone: true, entries: Rights.pieces},
	{name: "letters", gone: true, entries: Rights.letters},
	{name: "lesson_marks", gone: true, entries: Rights.lessons},
	{name: "lesson_weekly", gone: true, entries: Rights.weekly},
	{name: "event_signups", gone: true, entries: Rights.signups},
	{name: "habit_codes", gone: true, why: "a code by which somebody may join, for half an hour"},
	{name: "habit_partners", gone: true, entries: Rights.partners},
	{name: "habit_ticks", gone: true, why: "shown with its challenge"},
	{name: "habit_challenges", gone: true, entries: Rights.habits},
	{name: "school_request_steps", of: "request_id", gone: true, why: "shown with its request"},
	{name: "school_requests", gone: true, entries: Rights.requests},
	{name: "person_ages", gone: true, entries: Rights.aged},
	{name: "guardian_codes", gone: true, why: "a code that a guardian may agree by, for a day"},
	{name: "consents", gone: true, why: "what the lines of the history have come to"},
	{name: "consent_steps", gone: true, entries: Rights.consented},
	{name: "campaign_recipients", gone: true, why: "shown with the consent"},
	{name: "campaign_consents", gone: true, entries: Rights.notices},
	{name: "notice_steps", gone: true, entries: Rights.agreed},
	{name: "notice_consents", gone: true, why: "what the lines of the ledger have come to"},
	{name: "person_vars", gone: true, entries: Rights.kept},
	{name: "child_profiles", gone: true, entries: Rights.children},
	{name: "staff_chats", gone: true, why: "that they work at the desk, which the desk shows them"},
	{name: "asked_talks", gone: true, entries: Rights.asked},
	{name: "case_calls", of: "case_id", gone: true, why: "which colleagues were called; that they were stands in the steps of the case"},
	{name: "identity_asks", of: "case_id", gone: true, why: "that a colleague asked who they are; the wish and what came of it stand in the steps of the case"},
	{name: "case_mentions", of: "case_id", gone: true, why: "which colleague was asked to look; the note stands in the steps of the case"},
	{name: "case_messages", of: "case_id", gone: true, why: "which message a counsellor wrote; the message stands in the conversation"},
	{name: "case_signals", of: "case_id", keyed: true, blank: map[string]string{"reason": "signal:"}, clear: []string{"message"}, why: "shown with its case"},
	{name: "case_tasks", of: "case_id", gone: true, why: "what it says stands in the steps of the case"},
	{name: "case_referrals", of: "case_id", blank: map[string]string{"body": "referral:"}, why: "where to and why stands in the steps of the case"},
	{name: "case_steps", of: "case_id", blank: map[string]string{"note": "step:"}, why: "shown with its case"},
	{name: "cases", blank: map[string]string{"reason": "case:"}, clear: []string{"mark", "origin"}, entries: Rights.cases},
	{name: "person_keys", gone: true, wipe: "body", why: "the key under which all of it is sealed"},
	{name: "persons", of: "id", gone: true, why: "stands at the head of the record"},
}

var impersonal = map[string]string{
	"staff": "those who work at the desk", "api_tokens": "programs", "staff_sessions": "those who work at the desk",
	"staff_factors": "those who work at the desk", "staff_recovery": "those who work at the desk", "staff_devices": "those who work at the desk",
	"login_attempts": "those who work at the desk", "audit_log": "what staff did; an object that is a person is renamed",
	"audit_lines": "who did what to which case or letter; a person stands there by a keyed hash alone", "audit_marks": "where the trail begins and ends",
	"event_halls": "how often a list changed", "letter_tries": "a keyed hash of who tried codes, for a quarter of an hour", "guardian_tries": "a keyed hash of who tried codes, for a day", "visit_counts": "how many people said what of a station's visits in a month", "booking_days": "how often a station's day changed", "booking_blocks": "when a station takes nobody", "counters": "how many cases there were", "campaigns": "how far each has come", "survey_counts": "how many people came out in a band in a month", "survey_items": "how many people answered a question of a quiz right in a month",
	"rota_plans": "those who work at the desk", "rota_changes": "those who work at the desk",
	"content_edits": "changes of the content, which is for everybody, and who works on it",
	"missed_texts":  "what was asked, counted by day, masked and kept for a month: nothing leads from it to whoever asked", "missed_marks": "a keyed hash of a person and a text together: it counts people and leads to none", "missed_settled": "which questions editors have dealt with",
	"retention_runs": "when what was dropped that is kept no longer",
	"trials":         "one row, written to find out whether the database takes what is written",
	"staff_browsers": "those who work at the desk", "program_keys": "keys of the program itself",
	"erasures":     "a keyed hash of who was erased: it leads to nobody, and loses them again where an old backup is put back",
	"key_replicas": "which keys each replica knows", "key_marks": "a keyed hash by which the key file is known", "reseals": "how far each table was sealed anew",
	"kf_progress": "how far an account was read; the platform's numbers of messages lead to nobody here",
}

// personalTable is how one table holds something of a person and what becomes of it. A row that stays is the file of a
// closed case, which the law tells us to keep: it bears the name of nobody, and what was said in it is blanked.
type personalTable struct {
	name    string
	of      string            // the column that leads to the person: person_id where empty; case_id, appointment_id, letter_id, request_id and id are the other ways
	gone    bool              // rows are deleted
	wipe    string            // rows that are deleted: a column that is written over before
	keyed   bool              // rows that stay: op_key, which is made of the person's keyed hash, is replaced
	blank   map[string]string // rows that stay: sealed columns, with what their aad begins with
	clear   []string          // rows that stay: columns made empty
	entries func(s Rights, ctx context.Context, personID string) (rights.Section, error)
	why     string // why it has no entries
}

// Find implements rights.Store.
func (s Rights) Find(ctx context.Context, idOrAlias string) (person.Person, error) {
	var rows []personRow
	err := s.db.read(ctx).Select(personColumns).Where("id = ? OR alias = ? OR mark = ?", idOrAlias, idOrAlias, idOrAlias).Limit(2).Find(&rows).Error
	if err != nil {
		return person.Person{}, fmt.Errorf("find a person: %w", err)
	}
	if len(rows) != 1 {
		return person.Person{}, person.ErrNotFound
	}
	return rows[0].person(), nil
}

// Address implements rights.Store.
func (s Rights) Address(ctx context.Context, id string) (channel.Address, error) {
	return s.db.People().Address(ctx, id)
}

// Erase implements rights.Store. Where neither staff nor an operator acts, it is the person.
func (s Rights) Erase(ctx context.Context, personID, by string) (rights.Erased, error) {
	if _, known := audit.By(ctx); !known {
		ctx = audit.With(ctx, audit.Person(personID))
	}
	var (
		done  rights.Erased
		index []string
	)
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		done, index = rights.Erased{Ghost: s.db.newID()}, nil
		if err := s.db.lockPerson(ctx, personID); err != nil {
			return err
		}
		who, err := s.db.People().Get(ctx, personID)
		if err != nil {
			return err
		}
		if err := s.noOpenCase(ctx, personID); err != nil {
			return err
		}
		tx := s.db.write(ctx)
		if err := tx.Raw("SELECT index_hash FROM identities WHERE person_id = ?", personID).Scan(&index).Error; err != nil {
			return err
		}
		if err := tx.Raw("SELECT COUNT(*) FROM cases WHERE person_id = ?", personID).Scan(&done.Cases).Error; err != nil {
			return err
		}
		if err := s.db.Consents().eraseGuardian(ctx, personID); err != nil {
			return err
		}
		for _, t := range personal {
			if err := s.eraseTable(ctx, t, personID, &done); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		if err := tx.Exec("INSERT INTO erasures (mark, at) VALUES (?, ?)"+s.db.keep("mark"), s.db.erasureMark(personID), toMicros(s.db.now())).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE cases SET person_id = ? WHERE person_id = ?", done.Ghost, personID).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE audit_log SET object = ? WHERE object IN (?, ?)", done.Ghost, personID, who.Alias).Error; err != nil {
			return err // lines that were not carried over yet: those of the trail name nobody
		}
		return s.db.trail.Record(ctx, audit.Event{Kind: audit.ErasePerson, Object: done.Ghost, Note: by})
	})
	if err != nil {
		return rights.Erased{}, fmt.Errorf("erase a person: %w", err)
	}
	s.db.After(ctx, func() { // once it is so, whoever asks finds them no more
		for _, i := range index {
			s.db.people.forget(i)
		}
		s.db.keys.forget(personID)
		s.db.owned.clear()
		if err := s.db.scrub(context.Background()); err != nil {
			s.db.failed(scrubFailed)
		}
	})
	return done, nil
}

// wipedBytes is as long as a sealed key: what overwrites it takes its place in the file.
const wipedBytes = 65

func (s Rights) noOpenCase(ctx context.Context, personID string) error {
	_, err := s.db.Cases().OpenOf(ctx, personID)
	if errors.Is(err, casework.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return rights.ErrOpenCase
}

// where is the condition that finds a person's rows.
func (t personalTable) where() string {
	switch t.of {
	case "":
		return "person_id = ?"
	case "case_id":
		return "case_id IN (SELECT cases.id FROM cases WHERE cases.person_id = ?)"
	case "appointment_id":
		return "appointment_id IN (SELECT appointments.id FROM appointments WHERE appointments.person_id = ?)"
	case "request_id":
		return "request_id IN (SELECT school_requests.id FROM school_requests WHERE school_requests.person_id = ?)"
	case "letter_id":
		return "letter_id IN (SELECT letters.id FROM letters WHERE letters.person_id = ?)"
	}
	return t.of + " = ?"
}

func (s Rights) eraseTable(ctx context.Context, t personalTable, personID string, done *rights.Erased) error {
	tx := s.db.write(ctx)
	if t.gone {
		if t.wipe != "" {
			if err := tx.Exec("UPDATE "+t.name+" SET "+t.wipe+" = ? WHERE "+t.where(), make([]byte, wipedBytes), personID).Error; err != nil {
				return err
			}
		}
		res := tx.Exec("DELETE FROM "+t.name+" WHERE "+t.where(), personID)
		done.Rows += int(res.RowsAffected)
		return res.Error
	}
	var ids []string
	if err := tx.Raw("SELECT id FROM "+t.name+" WHERE "+t.where(), personID).Scan(&ids).Error; err != nil {
		return err
	}
	for _, id := range ids { // each row is sealed for itself
		set := map[string]any{}
		for column, aad := range t.blank {
			sealed, err := s.db.seal("", aad+id)
			if err != nil {
				return err
			}
			set[column] = sealed
		}
		for _, column := range t.clear {
			set[column] = ""
		}
		if t.keyed {
			set["op_key"] = "erased:" + id
		}
		if err := tx.Table(t.name).Where("id = ?", id).Updates(set).Error; err != nil {
			return err
		}
	}
	return nil
}

// Forget empties the memory of who is behind an address, and of keys, after somebody was erased through another replica.
func (s People) Forget() {
	s.db.people.clear()
	s.db.keys.clear()
	s.db.owned.clear()
}
