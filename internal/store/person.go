package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
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
	index := s.db.sealer.Index(a)
	if p, ok := s.db.people.get(index); ok {
		return p, nil
	}
	p, err := s.byIndex(ctx, index)
	for n := 0; n < resolveTries && errors.Is(err, person.ErrNotFound); n++ {
		if p, err = s.create(ctx, index, a); errors.Is(err, gorm.ErrDuplicatedKey) {
			p, err = s.byIndex(ctx, index) // another message of theirs was faster
		}
	}
	if err != nil {
		return person.Person{}, fmt.Errorf("find the person: %w", err)
	}
	if !s.db.inTx(ctx) { // what a transaction made may yet be undone
		known := p
		known.New = false
		s.db.people.put(index, known)
	}
	return p, nil
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
	var rows []personRow
	err := s.db.read(ctx).Table("persons").Select(personColumns).
		Joins("JOIN identities ON identities.person_id = persons.id").Where("identities.index_hash = ?", index).Limit(1).Find(&rows).Error
	if err != nil {
		return person.Person{}, err
	}
	if len(rows) == 0 {
		return person.Person{}, person.ErrNotFound
	}
	return rows[0].person(), nil
}

// create makes the person and the identity together. The identity goes first: it decides who was faster.
func (s People) create(ctx context.Context, index string, a channel.Address) (person.Person, error) {
	r := personRow{ID: s.db.newID(), Channel: a.Channel, Account: a.Account, CreatedAt: toMicros(s.db.now())}
	raw, err := json.Marshal(a)
	if err != nil {
		return person.Person{}, fmt.Errorf("write the address: %w", err)
	}
	sealed, err := s.db.sealer.Seal(raw, addressAAD(r.ID))
	if err != nil {
		return person.Person{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		if err := tx.Create(&identityRow{IndexHash: index, PersonID: r.ID, SealedAddress: sealed, CreatedAt: r.CreatedAt}).Error; err != nil {
			return err
		}
		return createMarked(tx, &r)
	})
	p := r.person()
	p.New = true
	return p, err
}

const (
	resolveTries  = 3
	markTries     = 4 // at one length: a quarter full already finds a free one in 255 of 256 cases
	markMaxDigits = 9
)

// createMarked makes a person with a mark that nobody bears: the unique index says whether somebody does.
func createMarked(tx *gorm.DB, r *personRow) error {
	for digits := 4; digits <= markMaxDigits; digits++ {
		for range markTries {
			r.Mark = person.NewMark(digits)
			r.Alias = person.Alias(person.Unknown, r.Mark)
			if err := tx.Create(r).Error; !errors.Is(err, gorm.ErrDuplicatedKey) {
				return err
			}
		}
	}
	return errors.New("no free alias was found")
}

// Get implements person.Directory.
func (s People) Get(ctx context.Context, id string) (person.Person, error) {
	r, err := s.row(ctx, id)
	return r.person(), err
}

func (s People) row(ctx context.Context, id string) (personRow, error) {
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
	raw, err := s.db.sealer.Open(rows[0].SealedAddress, addressAAD(id))
	if err != nil {
		return channel.Address{}, fmt.Errorf("open the address of person %s: %w", id, err)
	}
	var a channel.Address
	if err := json.Unmarshal(raw, &a); err != nil {
		return channel.Address{}, fmt.Errorf("the address of person %s cannot be read", id) // the cause may quote it
	}
	return a, nil
}
