// Package seal keeps secret what people wrote and who they are: it seals bytes under a rotating set of keys (AES-256-GCM)
// and makes the keyed hash by which a platform address can be searched without being known. It never logs or returns
// key material. Start reading at Sealer; keyfile.go keeps the keys.
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

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// The errors of opening.
var (
	ErrOtherKey = errors.New("seal: sealed with a key that is not in the key file")
	ErrTampered = errors.New("seal: the sealed text was changed, or belongs somewhere else")
)

// tinkPrefix is the length of tink's ciphertext prefix: a version byte and the key's ID, big-endian.
const tinkPrefix = 5

// Sealer seals and opens. It is safe for concurrent use.
type Sealer struct {
	aead  tink.AEAD
	known map[uint32]bool // IDs of the keys that can open
	macs  sync.Pool       // of hash.Hash, keyed: an HMAC is cheaper reset than made
}

func newSealer(h *keyset.Handle, indexKey []byte) (*Sealer, error) {
	primitive, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("read the sealing keys: %w", err)
	}
	s := &Sealer{aead: primitive, known: map[uint32]bool{}}
	for _, k := range h.KeysetInfo().GetKeyInfo() {
		s.known[k.GetKeyId()] = true
	}
	s.macs.New = func() any { return hmac.New(sha256.New, indexKey) }
	return s, nil
}

// Seal seals plain. aad says what the text belongs to ("message:" and its ID): it can be opened only with the same aad,
// so that a sealed text moved to another row does not open there.
func (s *Sealer) Seal(plain []byte, aad string) ([]byte, error) {
	sealed, err := s.aead.Encrypt(plain, []byte(aad))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open opens what Seal made, with the newest or any older key.
func (s *Sealer) Open(sealed []byte, aad string) ([]byte, error) {
	plain, err := s.aead.Decrypt(sealed, []byte(aad))
	if err == nil {
		return plain, nil
	}
	if len(sealed) >= tinkPrefix && !s.known[binary.BigEndian.Uint32(sealed[1:tinkPrefix])] {
		return nil, ErrOtherKey
	}
	return nil, ErrTampered
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
