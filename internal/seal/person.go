package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// PersonPrefix begins every text that a person's key sealed.
const PersonPrefix = "\x03"

// A text that is sealed under a person's key begins with personVersion and the ID of that key. Tink's own texts begin with
// another byte.
const (
	personVersion = 3
	personIDBytes = 16
	personBytes   = 32 // AES-256
	nonceBytes    = 12
	personPrefix  = 1 + personIDBytes
)

// PersonID names a person's key. It is drawn by chance and says nothing of the person.
type PersonID [personIDBytes]byte

// PersonKey seals what one person wrote. Whoever destroys it makes noise of all of that, wherever a copy of it lies.
type PersonKey struct {
	ID    PersonID
	raw   [personBytes]byte
	ready atomic.Pointer[cipher.AEAD] // what it seals with, while it is one of those that were used last
}

// NewPersonKey draws a key.
func NewPersonKey() (*PersonKey, error) {
	k := &PersonKey{}
	if _, err := rand.Read(k.ID[:]); err != nil {
		return nil, fmt.Errorf("make a person's key: %w", err)
	}
	if _, err := rand.Read(k.raw[:]); err != nil {
		return nil, fmt.Errorf("make a person's key: %w", err)
	}
	return k, nil
}

// String keeps the key out of logs.
func (k *PersonKey) String() string { return "[key]" }

// GoString keeps it out of them in every form.
func (k *PersonKey) GoString() string { return "[key]" }

// readyKeys holds what the keys that were used last seal with: a message seals and opens several times, and to make it anew was
// an eighth of all memory that a message took. It is a kilobyte a key, too much to keep for every key that is known.
var readyKeys struct {
	mu   sync.Mutex
	keys [2048]*PersonKey
	next int
}

func (k *PersonKey) aead() (cipher.AEAD, error) {
	if a := k.ready.Load(); a != nil {
		return *a, nil
	}
	block, err := aes.NewCipher(k.raw[:])
	if err != nil {
		return nil, fmt.Errorf("use a person's key: %w", err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	readyKeys.mu.Lock()
	defer readyKeys.mu.Unlock()
	if !k.ready.CompareAndSwap(nil, &a) { // somebody else was faster, and it stands among them
		return a, nil
	}
	if old := readyKeys.keys[readyKeys.next]; old != nil {
		old.ready.Store(nil)
	}
	readyKeys.keys[readyKeys.next] = k
	readyKeys.next = (readyKeys.next + 1) % len(readyKeys.keys)
	return a, nil
}

// Seal seals plain for the row that aad names, as Sealer.Seal does.
func (k *PersonKey) Seal(plain []byte, aad string) ([]byte, error) {
	a, err := k.aead()
	if err != nil {
		return nil, err
	}
	out := make([]byte, personPrefix+nonceBytes, personPrefix+nonceBytes+len(plain)+a.Overhead())
	out[0] = personVersion
	copy(out[1:], k.ID[:])
	nonce := out[personPrefix:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return a.Seal(out, nonce, plain, []byte(aad)), nil
}

// Open opens what Seal made.
func (k *PersonKey) Open(sealed []byte, aad string) ([]byte, error) {
	if id, ok := PersonKeyOf(sealed); !ok || id != k.ID {
		return nil, ErrTampered
	}
	a, err := k.aead()
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, sealed[personPrefix:personPrefix+nonceBytes], sealed[personPrefix+nonceBytes:], []byte(aad))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// PersonKeyOf is the ID of the person's key that a text was sealed with; false where it was none.
func PersonKeyOf(sealed []byte) (id PersonID, ok bool) {
	if len(sealed) < personPrefix+nonceBytes || sealed[0] != personVersion {
		return id, false
	}
	copy(id[:], sealed[1:personPrefix])
	return id, true
}

func personKeyAAD(id PersonID) string { return fmt.Sprintf("person-key:%x", id[:]) }

// Wrap seals a person's key with a key of the key file, to be stored.
func (s *Sealer) Wrap(k *PersonKey) ([]byte, error) { return s.Seal(k.raw[:], personKeyAAD(k.ID)) }

// Unwrap opens what Wrap made.
func (s *Sealer) Unwrap(id PersonID, wrapped []byte) (*PersonKey, error) {
	raw, err := s.Open(wrapped, personKeyAAD(id))
	if err != nil {
		return nil, err
	}
	k := &PersonKey{ID: id}
	if len(raw) != personBytes {
		return nil, ErrTampered
	}
	copy(k.raw[:], raw)
	return k, nil
}

// People finds the keys of people for whoever has no database at hand.
type People interface {
	// Key returns the key with an ID; ErrErased where it is destroyed.
	Key(id PersonID) (*PersonKey, error)
	// KeyOf returns the key of a person who is written in the database, where it is at hand without asking for it.
	KeyOf(person string) (*PersonKey, bool)
}

// Know tells the sealer who has the keys of people.
func (s *Sealer) Know(p People) { s.people.Store(&p) }

// SealFor seals under the key of a person where it is at hand, else as Seal does: a word of danger waits for no key.
func (s *Sealer) SealFor(person string, plain []byte, aad string) ([]byte, error) {
	if p := s.people.Load(); p != nil && person != "" {
		if k, ok := (*p).KeyOf(person); ok {
			return k.Seal(plain, aad)
		}
	}
	return s.Seal(plain, aad)
}

func (s *Sealer) openPersons(id PersonID, sealed []byte, aad string) ([]byte, error) {
	p := s.people.Load()
	if p == nil {
		return nil, ErrOtherKey
	}
	k, err := (*p).Key(id)
	if err != nil {
		return nil, err
	}
	return k.Open(sealed, aad)
}

// ErrOtherFile says that a key file is not the one that the program began with.
var ErrOtherFile = errors.New("it is another file, not a newer version of the one in use; put the right one back")
