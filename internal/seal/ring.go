package seal

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ring is the keys of one reading of the key file, and which of them seals.
type ring struct {
	handle  *keyset.Handle
	opens   tink.AEAD
	seals   tink.AEAD
	ids     []uint32 // in the file's order: the oldest first
	primary uint32   // what the file wants to seal with
	using   uint32   // what seals
}

func newRing(h *keyset.Handle) (*ring, error) {
	primitive, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("read the sealing keys: %w", err)
	}
	info := h.KeysetInfo()
	r := &ring{handle: h, opens: primitive, seals: primitive, primary: info.GetPrimaryKeyId(), using: info.GetPrimaryKeyId()}
	for _, k := range info.GetKeyInfo() {
		r.ids = append(r.ids, k.GetKeyId())
	}
	return r, nil
}

func (r *ring) has(id uint32) bool { return slices.Contains(r.ids, id) }

// with is the same keys, of which another seals.
func (r *ring) with(id uint32) (*ring, error) {
	m := keyset.NewManagerFromHandle(r.handle)
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("seal with key %d: %w", id, err)
	}
	h, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("seal with key %d: %w", id, err)
	}
	seals, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("seal with key %d: %w", id, err)
	}
	other := *r
	other.seals, other.using = seals, id
	return &other, nil
}

// Keys are what a sealer knows, never their material.
type Keys struct {
	IDs     []uint32 // the oldest first
	Primary uint32   // which the key file wants to seal with
	Using   uint32   // which seals
}

// Keys says which keys the sealer knows, and which of them seals.
func (s *Sealer) Keys() Keys {
	r := s.ring.Load()
	return Keys{IDs: slices.Clone(r.ids), Primary: r.primary, Using: r.using}
}

// Agree makes the key seal that the file wants, where everybody else who runs knows it; else the newest that all know, and
// the oldest where they share none. known has what each of the others said that it knows. A key that is not known to all
// would make what is sealed with it unreadable for some: so it waits, however the file was given out.
func (s *Sealer) Agree(known ...[]uint32) error {
	r := s.ring.Load()
	shared := func(id uint32) bool {
		return !slices.ContainsFunc(known, func(ids []uint32) bool { return !slices.Contains(ids, id) })
	}
	use := r.ids[0]
	for _, id := range r.ids {
		if shared(id) {
			use = id
		}
		if id == r.primary && shared(id) {
			break
		}
	}
	if use == r.using {
		return nil
	}
	other, err := r.with(use)
	if err != nil {
		return err
	}
	s.ring.CompareAndSwap(r, other)
	return nil
}

// lookPause bounds how often the key file is read for keys that are not known: whoever sends us what nothing opens must not
// make us read it all day.
const lookPause = 2 * time.Second

// lookAgain reads the key file for a key that is not known; false where it was looked for just now, or there is no file.
func (s *Sealer) lookAgain() bool {
	s.reading.Lock()
	recently := s.file == nil || time.Since(s.looked) < lookPause
	s.reading.Unlock()
	if recently {
		return false
	}
	changed, err := s.Reload()
	return changed && err == nil
}

// Reload reads the key file again and takes up what changed in it. What seals goes on sealing until Agree says otherwise,
// while the file still has it. A file that cannot be read, or that is another one, changes nothing and is an error.
func (s *Sealer) Reload() (changed bool, err error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.file == nil {
		return false, nil
	}
	s.looked = time.Now()
	locked, err := os.ReadFile(s.file.Path)
	if err != nil {
		return false, fmt.Errorf("read the key file again: %w", err)
	}
	sum := sha256.Sum256(locked)
	if sum == s.last { // a KMS is asked only where something changed
		return false, nil
	}
	raw, err := s.file.unlock(locked)
	if err != nil {
		return false, fmt.Errorf("read the key file again: %w", err)
	}
	f, h, err := parse(raw)
	if err != nil {
		return false, fmt.Errorf("read the key file again: %w", err)
	}
	if other := newSealer(f, nil); other.Digest("same file") != s.Digest("same file") {
		return false, fmt.Errorf("read the key file again: %w", ErrOtherFile)
	}
	r, err := newRing(h)
	if err != nil {
		return false, err
	}
	if using := s.ring.Load().using; using != r.using && r.has(using) {
		if r, err = r.with(using); err != nil {
			return false, err
		}
	}
	s.ring.Store(r)
	s.last = sum
	return true, nil
}
