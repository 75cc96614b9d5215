package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// People finds people by their sealed addresses.
type People struct{ db *DB }

// People returns the view of person.
func (db *DB) People() People { return People{db} }

var _ person.Directory = People{}

type personRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	Alias     string `gorm:"column:alias"`
	Mark      string `gorm:"column:mark"`
	Audience  string `gorm:"column:audience"`
	Channel   string `gorm:"column:channel"`
	Account   string `gorm:"column:account"`
	CreatedAt micros `gorm:"column:created_at"`
}

func (personRow) TableName() string { return "persons" }

const personColumns = "persons.id, persons.alias, persons.mark, persons.audience, persons.channel, persons.account, persons.created_at"

func (r personRow) person() person.Person {
	return person.Person{ID: r.ID, Alias: r.Alias, Audience: person.Audience(r.Audience), Channel: r.Channel, Account: r.Account, CreatedAt: r.CreatedAt.Time()}
}

type identityRow struct {
	IndexHash     string `gorm:"column:index_hash;primaryKey"`
	PersonID      string `gorm:"column:person_id"`
	SealedAddress []byte `gorm:"column:sealed_address"`
	CreatedAt     micros `gorm:"column:created_at"`
}

func (identityRow) TableName() string { return "identities" }

func addressAAD(personID string) string { return "identity:" + personID }

// Resolve implements person.Directory.
func (s People) Resolve(ctx context.Context, a channel.Address) (person.Person, error) {
	for n := 0; ; n++ {
		p, err := s.Find(ctx, a)
		if !errors.Is(err, person.ErrNotFound) {
			return p, err
		}
		r, create, err := s.newcomer(a)
		if err == nil {
			err = s.db.InTx(ctx, create)
		}
		if errors.Is(err, person.ErrTaken) && n < resolveTries { // another message of theirs was faster
			continue
		}
		if err != nil {
			return person.Person{}, fmt.Errorf("make a person: %w", err)
		}
		p = r.person()
		p.New = true
		return p, nil
	}
}

// Meet implements person.Directory.
func (s People) Meet(ctx context.Context, a channel.Address) (person.Person, func(context.Context) error, error) {
	p, err := s.Find(ctx, a)
	if !errors.Is(err, person.ErrNotFound) {
		return p, nil, err
	}
	r, create, err := s.newcomer(a)
	if err != nil {
		return person.Person{}, nil, err
	}
	p = r.person()
	p.New = true
	return p, create, nil
}

// newcomer is a person who is written by create, which gives them another mark where somebody bears theirs.
func (s People) newcomer(a channel.Address) (r *personRow, create func(context.Context) error, err error) {
	r = &personRow{ID: s.db.newID(), Channel: a.Channel, Account: a.Account, CreatedAt: toMicros(s.db.now())}
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, nil, fmt.Errorf("write the address: %w", err)
	}
	k, err := seal.NewPersonKey()
	if err != nil {
		return nil, nil, err
	}
	sealed, err := k.Seal(raw, addressAAD(r.ID))
	if err != nil {
		return nil, nil, err
	}
	r.mark(markMinDigits)
	s.db.keys.put(heldKey{key: k, person: r.ID}) // what is written before them is sealed under it, too
	return r, func(ctx context.Context) error { return s.create(ctx, newcomer{r, k, s.db.sealer.Index(a), sealed}) }, nil
}

// Find implements person.Directory. Nobody is remembered as unknown: that would outlive their first word.
func (s People) Find(ctx context.Context, a channel.Address) (person.Person, error) {
	index := s.db.sealer.Index(a)
	if p, ok := s.db.people.get(index); ok {
		return p, nil
	}
	p, err := s.byIndex(ctx, index)
	if err != nil {
		return person.Person{}, fmt.Errorf("find the person: %w", err)
	}
	if !s.db.inTx(ctx) {
		s.db.people.put(index, p)
	}
	return p, nil
}

func (s People) byIndex(ctx context.Context, index string) (person.Person, error) {
	var (
		r personRow
		k personKeyRow
	)
	// With their key: whoever is found is about to be written of.
	err := s.db.row(ctx, "SELECT "+personColumns+`, COALESCE(person_keys.id, ''), person_keys.body FROM persons JOIN identities ON identities.person_id = persons.id
LEFT JOIN person_keys ON person_keys.person_id = persons.id WHERE identities.index_hash = ?`, index).
		Scan(&r.ID, &r.Alias, &r.Mark, &r.Audience, &r.Channel, &r.Account, &r.CreatedAt, &k.ID, &k.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return person.Person{}, person.ErrNotFound
	}
	if _, held := s.db.keys.of(r.ID); err == nil && !held && k.ID != "" {
		k.PersonID = r.ID
		s.db.unwrap(ctx, []personKeyRow{k})
	}
	return r.person(), err
}

// newcomer is somebody who is about to be written.
type newcomer struct {
	row     *personRow
	key     *seal.PersonKey
	index   string // of their address
	address []byte // sealed
}

// create makes the person, their key and the identity together. The identity goes first: it decides who was faster.
func (s People) create(ctx context.Context, n newcomer) error {
	_, err := s.db.exec(ctx, "INSERT INTO identities (index_hash, person_id, sealed_address, created_at) VALUES (?,?,?,?)", n.index, n.row.ID, n.address, n.row.CreatedAt)
	if duplicate(err) {
		return person.ErrTaken
	}
	if err == nil {
		err = s.createMarked(ctx, n.row)
	}
	if err == nil {
		_, err = s.db.writeKey(ctx, n.key, n.row.ID, false)
	}
	if err == nil {
		if u := s.db.unit(ctx); u != nil {
			u.made = append(u.made, madePerson{personRow: *n.row})
		}
		s.db.holdKey(ctx, heldKey{key: n.key, person: n.row.ID, written: true})
		s.db.After(ctx, func() { s.db.people.put(n.index, n.row.person()) })
	}
	return err
}

const (
	resolveTries  = 3
	markTries     = 4 // at one length: a quarter full already finds a free one in 255 of 256 cases
	markMinDigits = 4
	markMaxDigits = 9
)

// mark gives a person whose audience nobody knows yet a mark by chance, and the alias of it.
func (r *personRow) mark(digits int) {
	r.Mark = person.NewMark(digits)
	r.Alias = person.Alias(person.Unknown, r.Mark)
}

// createMarked makes a person with a mark that nobody bears: the unique index says whether somebody does.
func (s People) createMarked(ctx context.Context, r *personRow) error {
	for digits := markMinDigits; digits <= markMaxDigits; digits++ {
		for range markTries {
			_, err := s.db.exec(ctx, "INSERT INTO persons (id, alias, mark, audience, channel, account, created_at) VALUES (?,?,?,?,?,?,?)",
				r.ID, r.Alias, r.Mark, r.Audience, r.Channel, r.Account, r.CreatedAt)
			if !duplicate(err) {
				return err
			}
			r.mark(digits)
		}
	}
	return errors.New("no free alias was found")
}

// Get implements person.Directory.
func (s People) Get(ctx context.Context, id string) (person.Person, error) {
	r, err := s.row(ctx, id)
	return r.person(), err
}

// made returns the person where this very transaction made them: whatever is kept of them came in it as well.
func (db *DB) made(ctx context.Context, personID string) *madePerson {
	if u := db.unit(ctx); u != nil {
		for i := range u.made {
			if u.made[i].ID == personID {
				return &u.made[i]
			}
		}
	}
	return nil
}

// madePerson is somebody whom a transaction made.
type madePerson struct {
	personRow
	inCase bool // it made a case of them, too
}

func (s People) row(ctx context.Context, id string) (personRow, error) {
	if m := s.db.made(ctx, id); m != nil {
		return m.personRow, nil
	}
	var rows []personRow
	if err := s.db.read(ctx).Select(personColumns).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return personRow{}, fmt.Errorf("read person %s: %w", id, err)
	}
	if len(rows) == 0 {
		return personRow{}, person.ErrNotFound
	}
	return rows[0], nil
}

// SetAudience implements person.Directory.
func (s People) SetAudience(ctx context.Context, id string, a person.Audience) (person.Person, error) {
	r, err := s.row(ctx, id)
	if err != nil {
		return person.Person{}, err
	}
	if r.Audience == string(a) && r.Alias == person.Alias(a, r.Mark) { // said again: whoever remembers them remembers them rightly
		return r.person(), nil
	}
	r.Audience, r.Alias = string(a), person.Alias(a, r.Mark)
	err = s.db.write(ctx).Table("persons").Where("id = ?", id).Updates(map[string]any{"audience": r.Audience, "alias": r.Alias}).Error
	if err != nil {
		return person.Person{}, fmt.Errorf("set the audience of person %s: %w", id, err)
	}
	if m := s.db.made(ctx, id); m != nil {
		m.personRow = r
	}
	var index []string
	if err := s.db.read(ctx).Table("identities").Where("person_id = ?", id).Limit(1).Pluck("index_hash", &index).Error; err != nil {
		return person.Person{}, fmt.Errorf("find person %s: %w", id, err)
	}
	for _, i := range index {
		s.db.people.forget(i)
	}
	return r.person(), nil
}

// Met says whether a human has spoken with a person, or they hold an appointment. EXPLAIN: messages_person and
// appointments_person, of one person.
func (s People) Met(ctx context.Context, id string) (bool, error) {
	if s.db.made(ctx, id) != nil {
		return false, nil
	}
	var n int
	err := s.db.read(ctx).Raw(`SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM messages WHERE person_id = ? AND speaker = ? LIMIT 1) spoken)
+ (SELECT COUNT(*) FROM (SELECT 1 AS one FROM appointments WHERE person_id = ? AND place_no IS NOT NULL LIMIT 1) booked)`,
		id, string(transcript.FromStaff), id).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("ask whether person %s was met: %w", id, err)
	}
	return n > 0, nil
}

// Address implements person.Directory.
func (s People) Address(ctx context.Context, id string) (channel.Address, error) {
	var rows []identityRow
	err := s.db.read(ctx).Select("index_hash", "person_id", "sealed_address", "created_at").Where("person_id = ?", id).Limit(1).Find(&rows).Error
	if err != nil {
		return channel.Address{}, fmt.Errorf("read the address of person %s: %w", id, err)
	}
	if len(rows) == 0 {
		return channel.Address{}, person.ErrNotFound
	}
	raw, err := s.db.unseal(ctx, rows[0].SealedAddress, addressAAD(id))
	if err != nil {
		return channel.Address{}, fmt.Errorf("open the address of person %s: %w", id, err)
	}
	var a channel.Address
	if err := json.Unmarshal(raw, &a); err != nil {
		return channel.Address{}, fmt.Errorf("the address of person %s cannot be read", id) // the cause may quote it
	}
	return a, nil
}
