package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Messages keeps what was said.
type Messages struct{ db *DB }

// Messages returns the view of transcript.
func (db *DB) Messages() Messages { return Messages{db} }

var _ transcript.Store = Messages{}

const (
	messageInsert  = "INSERT INTO messages (id, person_id, inbound, speaker, body, at) VALUES "
	messageValues  = "(?,?,?,?,?,?)"
	messageColumns = 6
	messageBatch   = 500 // rows in one statement: 3,000 parameters, far under the protocol's bound
	sqliteBatch    = 25  // its driver looks through all parameters for each of them
)

// messageAAD binds a body to its person and its place.
func messageAAD(personID string) string { return "message:" + personID }

// Append implements transcript.Store.
func (s Messages) Append(ctx context.Context, ms ...transcript.Message) error {
	var err error
	switch {
	case s.db.mysql():
		err = s.chunks(ctx, messageBatch, ms)
	case len(ms) <= sqliteBatch:
		err = s.append(ctx, ms)
	default: // one commit for all
		err = s.db.InTx(ctx, func(ctx context.Context) error { return s.chunks(ctx, sqliteBatch, ms) })
	}
	if err != nil {
		return fmt.Errorf("append to the transcript: %w", err)
	}
	return nil
}

func (s Messages) chunks(ctx context.Context, size int, ms []transcript.Message) error {
	for chunk := range slices.Chunk(ms, size) {
		if err := s.append(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (s Messages) append(ctx context.Context, ms []transcript.Message) error {
	if len(ms) == 0 {
		return nil
	}
	persons := make([]string, len(ms))
	for i := range ms {
		persons[i] = ms[i].Person
	}
	if err := s.db.keysOf(ctx, persons...); err != nil {
		return err
	}
	args := make([]any, 0, len(ms)*messageColumns)
	var body []byte // of one after the other: what is sealed is a copy
	for i := range ms {
		m := &ms[i]
		var err error
		if body, err = m.AppendJSON(body[:0]); err != nil {
			return err
		}
		sealed, err := s.db.sealAs(ctx, m.Person, body, messageAAD(m.Person))
		if err != nil {
			return err
		}
		var inbound any // NULL is never equal to another
		if m.Inbound != "" {
			inbound = s.db.sealer.Digest("inbound", m.Person, m.Inbound) // a platform's message ID may hold its user's key
		}
		args = append(args, m.ID, m.Person, inbound, string(m.From), sealed, int64(toMicros(m.At)))
	}
	_, err := s.db.exec(ctx, s.statement(len(ms)), args...)
	return err
}

// statement leaves a row whose ID, or whose inbound message, is known as it is.
func (s Messages) statement(n int) string {
	var b strings.Builder
	b.Grow(len(messageInsert) + n*(len(messageValues)+1) + 40)
	b.WriteString(messageInsert)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(messageValues)
	}
	b.WriteString(s.db.keep("id"))
	return b.String()
}

// Latest implements transcript.Store.
func (s Messages) Latest(ctx context.Context, personID, before string, n int) ([]transcript.Message, error) {
	q := s.db.read(ctx).Table("messages").Select("id", "person_id", "speaker", "at", "body").Where("person_id = ?", personID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var rows []messageRow
	if err := q.Order("id DESC").Limit(n).Find(&rows).Error; err != nil { // walks messages_person backwards
		return nil, fmt.Errorf("read the transcript of person %s: %w", personID, err)
	}
	ms := make([]transcript.Message, len(rows))
	for i, r := range rows {
		m, err := s.open(ctx, r)
		if err != nil {
			return nil, err
		}
		ms[len(rows)-1-i] = m
	}
	return ms, nil
}

// LastSaid implements transcript.Store. EXPLAIN: for each person messages_person backwards until their first own words,
// then one message by its primary key.
func (s Messages) LastSaid(ctx context.Context, personIDs ...string) (map[string]transcript.Message, error) {
	var rows []messageRow
	if len(personIDs) > 0 {
		err := s.db.read(ctx).Raw(`SELECT messages.id, messages.person_id, messages.speaker, messages.at, messages.body FROM
(SELECT (SELECT said.id FROM messages said WHERE said.person_id = persons.id AND said.speaker = ? ORDER BY said.id DESC LIMIT 1) AS id
FROM persons WHERE persons.id IN ?) latest JOIN messages ON messages.id = latest.id`, string(transcript.FromPerson), personIDs).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read what people said last: %w", err)
		}
	}
	if err := keysFor(ctx, s.db, rows, messageBodyOf); err != nil {
		return nil, err
	}
	ms := make(map[string]transcript.Message, len(rows))
	for _, r := range rows {
		m, err := s.open(ctx, r)
		if err != nil {
			return nil, err
		}
		ms[r.PersonID] = m
	}
	return ms, nil
}

// Get implements transcript.Store.
func (s Messages) Get(ctx context.Context, ids ...string) (map[string]transcript.Message, error) {
	var rows []messageRow
	if len(ids) > 0 {
		if err := s.db.read(ctx).Table("messages").Select("id", "person_id", "speaker", "at", "body").Where("id IN ?", ids).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read messages of the transcript: %w", err)
		}
	}
	if err := keysFor(ctx, s.db, rows, messageBodyOf); err != nil {
		return nil, err
	}
	ms := make(map[string]transcript.Message, len(rows))
	for _, r := range rows {
		m, err := s.open(ctx, r)
		if err != nil {
			return nil, err
		}
		ms[r.ID] = m
	}
	return ms, nil
}

// open opens a message. Of one that cannot be opened it is said who spoke and when.
func (s Messages) open(ctx context.Context, r messageRow) (m transcript.Message, err error) {
	readable, err := s.db.body(ctx, cell{"messages", r.ID, messageAAD(r.PersonID)}, r.Body, &m)
	if err != nil {
		return m, err
	}
	if readable && m.ID != r.ID {
		s.db.unreadable("messages", r.ID, seal.ErrTampered)
		readable = false
	}
	if !readable {
		m = transcript.Message{ID: r.ID, From: transcript.Speaker(r.Speaker), At: r.At.Time(), Text: Unreadable}
	}
	m.Person = r.PersonID
	return m, nil
}

// messageRow is what of a message is read. The speaker and the time stand in what is sealed, too.
type messageRow struct {
	ID       string
	PersonID string
	Speaker  string
	At       micros
	Body     []byte
}

func messageBodyOf(r messageRow) []byte { return r.Body }
