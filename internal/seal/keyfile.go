package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// keyFile is the file's form. Index never rotates: it is what stored hashes were made with.
type keyFile struct {
	Version int             `json:"version"`
	Index   []byte          `json:"index"`
	Sealing json.RawMessage `json:"sealing"` // a tink keyset in clear, guarded by the file's mode
}

const (
	fileVersion = 1
	indexBytes  = 32
	fileMode    = 0o600
)

// ErrExists says that a key file is there already; it is never overwritten, for what it sealed would be lost.
var ErrExists = errors.New("seal: the key file exists already")

// ErrNoFile says that there is no key file.
var ErrNoFile = errors.New("there is no key file")

// LoadOrCreate reads the key file; where there is none and create is set, it makes one.
func LoadOrCreate(path string, create bool) (*Sealer, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := Create(path); err != nil && !errors.Is(err, ErrExists) { // another process may have been faster
			return nil, err
		}
		raw, err = os.ReadFile(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w at %s: %w", ErrNoFile, path, err)
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	s, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	s.read, s.last = func() ([]byte, error) { return os.ReadFile(path) }, sha256.Sum256(raw) //nolint:gosec // the operator's own file
	return s, nil
}

// Parse reads the content of a key file, as it may come from the environment.
func Parse(raw []byte) (*Sealer, error) {
	f, h, err := parse(raw)
	if err != nil {
		return nil, err
	}
	r, err := newRing(h)
	if err != nil {
		return nil, err
	}
	return newSealer(f, r), nil
}

// Create makes a key file with fresh keys; ErrExists where there is one.
func Create(path string) error {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	f := keyFile{Version: fileVersion, Index: make([]byte, indexBytes)}
	if _, err := rand.Read(f.Index); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return write(path, f, h, os.Link) // a link fails where the file exists, a rename would replace it
}

// change writes a key file anew with keys that f changed.
func change(path string, f func(*keyset.Manager) error) error {
	raw, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return fmt.Errorf("read the key file: %w", err)
	}
	file, h, err := parse(raw)
	if err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	m := keyset.NewManagerFromHandle(h)
	if err := f(m); err != nil {
		return err
	}
	if h, err = m.Handle(); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return write(path, file, h, os.Rename)
}

// Add adds a key that opens, and seals nothing yet: whoever runs must know it first. See Promote.
func Add(path string) (id uint32, err error) {
	err = change(path, func(m *keyset.Manager) error {
		if id, err = m.Add(aead.AES256GCMKeyTemplate()); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		return nil
	})
	return id, err
}

// Promote makes a key of the file the one that seals.
func Promote(path string, id uint32) error {
	return change(path, func(m *keyset.Manager) error {
		if err := m.SetPrimary(id); err != nil {
			return fmt.Errorf("make key %d the one that seals: %w", id, err)
		}
		return nil
	})
}

// Retire takes a key out of the file for good: what it sealed opens no more.
func Retire(path string, id uint32) error {
	return change(path, func(m *keyset.Manager) error {
		if err := m.Delete(id); err != nil {
			return fmt.Errorf("take away key %d: %w", id, err)
		}
		return nil
	})
}

func parse(raw []byte) (keyFile, *keyset.Handle, error) {
	var f keyFile
	// Errors of decoding are not wrapped: they may quote the input.
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, nil, errors.New("it is not what `keys init` wrote; put back its backup")
	}
	if f.Version != fileVersion {
		return f, nil, fmt.Errorf("its version %d is unknown (want %d); put back its backup, or run a newer program", f.Version, fileVersion)
	}
	if len(f.Index) != indexBytes {
		return f, nil, fmt.Errorf("its index key has %d bytes (want %d); put back its backup", len(f.Index), indexBytes)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Sealing)))
	if err != nil {
		return f, nil, errors.New("its sealing keys cannot be read; put back its backup")
	}
	return f, h, nil
}

// write puts the file in place whole or not at all: a temporary file, synced, then placed, then its folder synced.
func write(path string, f keyFile, h *keyset.Handle, place func(from, to string) error) error {
	var sealing bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&sealing)); err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	f.Sealing = sealing.Bytes()
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the key file: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already after a rename
	if err := errors.Join(fill(tmp, append(raw, '\n')), tmp.Close()); err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	if err := place(tmp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w", path, ErrExists)
		}
		return fmt.Errorf("put the key file in place: %w", err)
	}
	return syncDir(dir)
}

func fill(f *os.File, raw []byte) error {
	if err := f.Chmod(fileMode); err != nil {
		return err
	}
	if _, err := f.Write(raw); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the folder of the key file: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync the folder of the key file: %w", err)
	}
	return nil
}
