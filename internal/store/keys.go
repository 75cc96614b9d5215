package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// What a person wrote, and what was written of them, is sealed under a key of their own (person_keys). The key is made with the
// person and destroyed with them: see Rights.Erase. Rows of nobody, and of people who are erased, are sealed with the key file's.

type personKeyRow struct {
	ID       string `gorm:"column:id;primaryKey"`
	PersonID string `gorm:"column:person_id"`
	Body     []byte `gorm:"column:body"`
	MadeAt   micros `gorm:"column:made_at"`
}

func (personKeyRow) TableName() string { return "person_keys" }

const keysCached = 50_000 // in each of two generations; some 20 MB in all when full

// heldKey is a person's key in memory.
type heldKey struct {
	key     *seal.PersonKey
	person  string
	written bool // it stands in the database; else a transaction is about to write it
}

// keyCache remembers the keys of people, so that an ordinary message needs no query. It has two generations, as peopleCache has.
type keyCache struct {
	mu         sync.Mutex
	young, old keyGeneration
}

type keyGeneration struct {
	ids     map[seal.PersonID]heldKey
	persons map[string]seal.PersonID
}

func newKeyGeneration() keyGeneration {
	return keyGeneration{map[seal.PersonID]heldKey{}, map[string]seal.PersonID{}}
}

func newKeyCache() *keyCache { return &keyCache{young: newKeyGeneration(), old: newKeyGeneration()} }

func (c *keyCache) byID(id seal.PersonID) (heldKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.young.ids[id]
	if !ok {
		if h, ok = c.old.ids[id]; ok {
			c.add(h)
		}
	}
	return h, ok
}

func (c *keyCache) of(person string) (heldKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id, ok := c.young.persons[person]; ok {
		return c.young.ids[id], true
	}
	id, ok := c.old.persons[person]
	if !ok {
		return heldKey{}, false
	}
	h := c.old.ids[id]
	c.add(h)
	return h, true
}

func (c *keyCache) put(h heldKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(h)
}

func (c *keyCache) add(h heldKey) {
	if len(c.young.ids) >= keysCached {
		c.old, c.young = c.young, newKeyGeneration()
	}
	c.young.ids[h.key.ID], c.young.persons[h.person] = h, h.key.ID
}

func (c *keyCache) forget(person string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range []keyGeneration{c.young, c.old} {
		if id, ok := g.persons[person]; ok {
			delete(g.ids, id)
			delete(g.persons, person)
		}
	}
}

func (c *keyCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = newKeyGeneration(), newKeyGeneration()
}

func keyID(id seal.PersonID) string { return hex.EncodeToString(id[:]) }

func parseKeyID(s string) (id seal.PersonID, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, errors.New("the ID of a person's key cannot be read")
	}
	copy(id[:], raw)
	return id, nil
}

// unwrap takes up keys as they are stored; one that cannot be opened is left out.
func (db *DB) unwrap(ctx context.Context, rows []personKeyRow) {
	for _, r := range rows {
		id, err := parseKeyID(r.ID)
		if err != nil {
			continue
		}
		k, err := db.sealer.Unwrap(id, r.Body)
		if err != nil {
			db.unreadable("person_keys", r.ID, err)
			continue
		}
		db.holdKey(ctx, heldKey{key: k, person: r.PersonID, written: true})
	}
}

// holdKey takes a key up. Inside a transaction it may be one that the transaction wrote: it counts as written once that is so.
func (db *DB) holdKey(ctx context.Context, h heldKey) {
	if db.inTx(ctx) {
		h.written = false
		db.keys.put(h)
		db.After(ctx, func() {
			h.written = true
			db.keys.put(h)
		})
		return
	}
	db.keys.put(h)
}

const personKeyColumns = "SELECT id, person_id, body, made_at FROM person_keys WHERE "

// keyByID finds the key that a text was sealed with. EXPLAIN: person_keys by its primary key.
func (db *DB) keyByID(ctx context.Context, id seal.PersonID) (*seal.PersonKey, error) {
	if h, ok := db.keys.byID(id); ok {
		return h.key, nil
	}
	var rows []personKeyRow
	if err := db.read(ctx).Raw(personKeyColumns+"id = ?", keyID(id)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("find a person's key: %w", err)
	}
	if len(rows) == 0 {
		return nil, seal.ErrErased
	}
	db.unwrap(ctx, rows)
	if h, ok := db.keys.byID(id); ok {
		return h.key, nil
	}
	return nil, seal.ErrOtherKey
}

// keysOf finds the keys of several people at once, for whoever is about to seal for all of them.
func (db *DB) keysOf(ctx context.Context, persons ...string) error {
	var missing []string
	seen := map[string]bool{"": true}
	for _, p := range persons {
		if seen[p] {
			continue
		}
		seen[p] = true
		if _, ok := db.keys.of(p); !ok {
			missing = append(missing, p)
		}
	}
	if len(missing) < 2 { // keyOf asks for one by itself
		return nil
	}
	var rows []personKeyRow
	if err := db.read(ctx).Raw(personKeyColumns+"person_id IN ?", missing).Scan(&rows).Error; err != nil {
		return fmt.Errorf("find people's keys: %w", err)
	}
	db.unwrap(ctx, rows)
	return nil
}

// keyOf returns a person's key, and makes it where they have none yet; nil for nobody, and for whoever is erased.
func (db *DB) keyOf(ctx context.Context, person string) (*seal.PersonKey, error) {
	if person == "" {
		return nil, nil //nolint:nilnil // nobody has none
	}
	for try := 0; ; try++ {
		if h, ok := db.keys.of(person); ok {
			return h.key, nil
		}
		var rows []personKeyRow
		if err := db.read(ctx).Raw(personKeyColumns+"person_id = ?", person).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("find a person's key: %w", err)
		}
		db.unwrap(ctx, rows)
		if len(rows) > 0 || try > 0 {
			h, ok := db.keys.of(person)
			if !ok && len(rows) > 0 {
				return nil, fmt.Errorf("the key of person %s cannot be opened: %w", person, seal.ErrOtherKey)
			}
			if !ok {
				return nil, nil //nolint:nilnil // there is no such person, or no more
			}
			return h.key, nil
		}
		k, err := seal.NewPersonKey()
		if err != nil {
			return nil, err
		}
		if made, err := db.writeKey(ctx, k, person, true); err != nil || !made {
			if err != nil {
				return nil, err
			}
			continue // somebody else was faster, or there is no such person
		}
		db.holdKey(ctx, heldKey{key: k, person: person, written: true})
		return k, nil
	}
}

// writeKey stores a person's key; false where they have one. known says that only somebody who is written gets one: it would
// outlive an erasure else.
func (db *DB) writeKey(ctx context.Context, k *seal.PersonKey, person string, known bool) (bool, error) {
	wrapped, err := db.sealer.Wrap(k)
	if err != nil {
		return false, err
	}
	at := int64(toMicros(db.now()))
	query, args := "INSERT INTO person_keys (id, person_id, body, made_at) VALUES (?,?,?,?)", []any{keyID(k.ID), person, wrapped, at}
	if known {
		query = "INSERT INTO person_keys (id, person_id, body, made_at) SELECT ?, persons.id, ?, ? FROM persons WHERE persons.id = ?" + db.keepSelected("person_keys", "made_at")
		args = []any{keyID(k.ID), wrapped, at, person}
	}
	res, err := db.exec(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("write a person's key: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// keepSelected is keep for rows that are selected, whose columns it must tell from those of the other table.
func (db *DB) keepSelected(table, column string) string {
	if db.mysql() {
		return " ON DUPLICATE KEY UPDATE " + table + "." + column + " = " + table + "." + column
	}
	return " ON CONFLICT DO NOTHING"
}

// sealAs seals bytes under a person's key; "" is nobody, whose rows are sealed with the key file's.
func (db *DB) sealAs(ctx context.Context, person string, plain []byte, aad string) ([]byte, error) {
	k, err := db.keyOf(ctx, person)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return db.sealer.Seal(plain, aad)
	}
	return k.Seal(plain, aad)
}

// sealFor seals a text of a person for a column; aad says which row it belongs to.
func (db *DB) sealFor(ctx context.Context, person, text, aad string) ([]byte, error) {
	return db.sealAs(ctx, person, []byte(text), aad)
}

// seal seals a text that is nobody's.
func (db *DB) seal(text, aad string) ([]byte, error) { return db.sealer.Seal([]byte(text), aad) }

// unseal opens what was sealed for a row.
func (db *DB) unseal(ctx context.Context, sealed []byte, aad string) ([]byte, error) {
	id, ok := seal.PersonKeyOf(sealed)
	if !ok {
		return db.sealer.Open(sealed, aad)
	}
	k, err := db.keyByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return k.Open(sealed, aad)
}

// open opens a text that was sealed for a column.
func (db *DB) open(ctx context.Context, sealed []byte, aad string) (string, error) {
	plain, err := db.unseal(ctx, sealed, aad)
	return string(plain), err
}

// keysFor finds the keys of the rows of a list at once. bodies returns the sealed column of each.
func keysFor[R any](ctx context.Context, db *DB, rows []R, body func(R) []byte) error {
	var missing []string
	seen := map[seal.PersonID]bool{}
	for _, r := range rows {
		id, ok := seal.PersonKeyOf(body(r))
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		if _, held := db.keys.byID(id); !held {
			missing = append(missing, keyID(id))
		}
	}
	if len(missing) < 2 { // keyByID asks for one by itself
		return nil
	}
	var keys []personKeyRow
	if err := db.read(ctx).Raw(personKeyColumns+"id IN ?", missing).Scan(&keys).Error; err != nil {
		return fmt.Errorf("find people's keys: %w", err)
	}
	db.unwrap(ctx, keys)
	return nil
}

// keyPatience is how long whoever has no context of their own waits for a key.
const keyPatience = time.Second

// Key implements seal.People.
func (c vault) Key(id seal.PersonID) (*seal.PersonKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), keyPatience)
	defer cancel()
	return c.db.keyByID(ctx, id)
}

// KeyOf implements seal.People: a key that is not written yet may never be.
func (c vault) KeyOf(person string) (*seal.PersonKey, bool) {
	h, ok := c.db.keys.of(person)
	return h.key, ok && h.written
}

// vault hands keys of people to the sealer, for sessions.
type vault struct{ db *DB }

var _ seal.People = vault{}

// owners remembers whose a case, a letter, an appointment or a request is, for what is written to it.
type owners struct {
	mu sync.Mutex
	of map[string]string
}

const ownersCached = 50_000

func (o *owners) get(key string) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, ok := o.of[key]
	return p, ok
}

func (o *owners) put(key, person string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of == nil || len(o.of) >= ownersCached {
		o.of = map[string]string{}
	}
	o.of[key] = person
}

func (o *owners) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.of = nil
}

// owner says whose a row of a table is, "" where it is nobody's. EXPLAIN: by the primary key.
func (db *DB) owner(ctx context.Context, table, id string) (string, error) {
	if p, ok := db.owned.get(table + ":" + id); ok {
		return p, nil
	}
	var persons []string
	if err := db.read(ctx).Raw("SELECT person_id FROM "+table+" WHERE id = ?", id).Scan(&persons).Error; err != nil {
		return "", fmt.Errorf("find whose a row of %s is: %w", table, err)
	}
	if len(persons) == 0 {
		return "", nil
	}
	db.owned.put(table+":"+id, persons[0])
	return persons[0], nil
}

// sealUnder seals a text of whoever a row of another table belongs to.
func (db *DB) sealUnder(ctx context.Context, table, id, text, aad string) ([]byte, error) {
	person, err := db.owner(ctx, table, id)
	if err != nil {
		return nil, err
	}
	return db.sealFor(ctx, person, text, aad)
}
