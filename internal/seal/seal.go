// Package seal keeps secret what people wrote and who they are: it seals bytes under a rotating set of keys (AES-256-GCM)
// and makes the keyed hash by which a platform address can be searched without being known. What a person wrote is sealed
// under a key of their own, which is destroyed with them. It never logs or returns key material. Start reading at Sealer;
// keyfile.go keeps the keys, ring.go reads them anew while a program runs, person.go has the keys of people.
package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// The errors of opening. All of them mean that this one text cannot be opened, and nothing about any other.
var (
	ErrOtherKey = errors.New("seal: sealed with a key that is not in the key file")
	ErrTampered = errors.New("seal: the sealed text was changed, or belongs somewhere else")
	ErrErased   = errors.New("seal: the key of the person whose text it was is destroyed")
)

// ErrKept says that something was not written since what stands there cannot be opened just now: it would be lost.
var ErrKept = errors.New("seal: what stands there cannot be opened just now, and is not written over")

// Unreadable says that an error means that one sealed text cannot be opened, whatever becomes of the others.
func Unreadable(err error) bool {
	return errors.Is(err, ErrOtherKey) || errors.Is(err, ErrTampered) || errors.Is(err, ErrErased)
}

// tinkPrefix is the length of tink's ciphertext prefix: a version byte and the key's ID, big-endian.
const (
	tinkPrefix  = 5
	tinkVersion = 1
)

// Sealer seals and opens. It is safe for concurrent use.
type Sealer struct {
	ring   atomic.Pointer[ring]
	macs   sync.Pool // of hash.Hash, keyed: an HMAC is cheaper reset than made
	people atomic.Pointer[People]

	reading sync.Mutex        // of the key file, see Reload
	file    *File             // nil where the keys come from elsewhere
	last    [sha256.Size]byte // of what was read
	looked  time.Time
}

func newSealer(f keyFile, r *ring) *Sealer {
	s := &Sealer{}
	s.ring.Store(r)
	s.macs.New = func() any { return hmac.New(sha256.New, f.Index) }
	return s
}

// Seal seals plain. aad says what the text belongs to ("message:" and its ID): it can be opened only with the same aad,
// so that a sealed text moved to another row does not open there.
func (s *Sealer) Seal(plain []byte, aad string) ([]byte, error) {
	sealed, err := s.ring.Load().seals.Encrypt(plain, []byte(aad))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open opens what Seal or SealFor made, with the newest or any older key. A key that is not known is looked for in the key
// file first, which another program may have changed since.
func (s *Sealer) Open(sealed []byte, aad string) ([]byte, error) {
	if id, ok := PersonKeyOf(sealed); ok {
		return s.openPersons(id, sealed, aad)
	}
	plain, err := s.ring.Load().opens.Decrypt(sealed, []byte(aad))
	if err == nil {
		return plain, nil
	}
	id, ok := KeyOf(sealed)
	if !ok || s.ring.Load().has(id) {
		return nil, ErrTampered
	}
	if !s.lookAgain() || !s.ring.Load().has(id) {
		return nil, ErrOtherKey
	}
	if plain, err = s.ring.Load().opens.Decrypt(sealed, []byte(aad)); err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// KeyOf is the ID of the key of the key file that a text was sealed with.
func KeyOf(sealed []byte) (uint32, bool) {
	if len(sealed) < tinkPrefix || sealed[0] != tinkVersion {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:tinkPrefix]), true
}

// Prefix begins every text that a key of the key file sealed.
func Prefix(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{tinkVersion}, id)
}

// Index returns the keyed hash of an address, 64 hexadecimal digits: equal for equal addresses, and of no use to
// anyone without the keys. It does not change when the sealing keys rotate.
func (s *Sealer) Index(a channel.Address) string {
	return s.Digest("address", a.Channel, a.Account, a.User.Reveal())
}

// Digest returns the keyed hash of parts, 64 hexadecimal digits. The first part names the use, so that equal texts of
// two uses have different digests.
func (s *Sealer) Digest(parts ...string) string {
	mac, _ := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	buf := make([]byte, 0, 128)
	for _, p := range parts { // each with its length: ("ab","c") is not ("a","bc")
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(p)))
		buf = append(buf, p...)
	}
	_, _ = mac.Write(buf) // a hash never fails
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0]))
}
