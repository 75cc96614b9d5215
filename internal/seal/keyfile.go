package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

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

// File is where the keys are. Wrap and Unwrap are commands that put another lock on the file, a KMS's for one: each gets its
// content on standard input and writes the other form to standard output. Without them the file is in clear, guarded by its mode.
type File struct {
	Path         string
	Wrap, Unwrap []string
}

// LoadOrCreate reads a key file in clear; where there is none and create is set, it makes one.
func LoadOrCreate(path string, create bool) (*Sealer, error) { return File{Path: path}.Load(create) }

// Load reads the key file; where there is none and create is set, it makes one.
func (f File) Load(create bool) (*Sealer, error) {
	locked, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := f.Create(); err != nil && !errors.Is(err, ErrExists) { // another process may have been faster
			return nil, err
		}
		locked, err = os.ReadFile(f.Path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w at %s: %w", ErrNoFile, f.Path, err)
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	raw, err := f.unlock(locked)
	if err != nil {
		return nil, err
	}
	s, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", f.Path, err)
	}
	s.file, s.last = &f, sha256.Sum256(locked)
	return s, nil
}

// read returns the content of the file, unlocked.
func (f File) read() ([]byte, error) {
	locked, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	return f.unlock(locked)
}

func (f File) unlock(locked []byte) ([]byte, error) {
	if len(f.Unwrap) == 0 {
		return locked, nil
	}
	raw, err := through(f.Unwrap, locked)
	if err != nil {
		return nil, fmt.Errorf("unlock the key file with keys.unwrap: %w", err)
	}
	return raw, nil
}

// lockPatience is how long a command may take that locks or unlocks the file.
const lockPatience = 20 * time.Second

// through sends bytes through a command. What it says beside is kept out of errors: it may hold keys.
func through(command []string, in []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the operator's own command
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("%s ended with %s; run it by hand to see what it says", command[0], exit.ProcessState)
		}
		return nil, fmt.Errorf("%s: %w", command[0], err)
	}
	return out, nil
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
func (f File) Create() error {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	content := keyFile{Version: fileVersion, Index: make([]byte, indexBytes)}
	if _, err := rand.Read(content.Index); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return f.write(content, h, os.Link) // a link fails where the file exists, a rename would replace it
}

// change writes the file anew with keys that do changed.
func (f File) change(do func(*keyset.Manager) error) error {
	raw, err := f.read()
	if err != nil {
		return err
	}
	content, h, err := parse(raw)
	if err != nil {
		return fmt.Errorf("key file %s: %w", f.Path, err)
	}
	m := keyset.NewManagerFromHandle(h)
	if err := do(m); err != nil {
		return err
	}
	if h, err = m.Handle(); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return f.write(content, h, os.Rename)
}

// Add adds a key that opens, and seals nothing yet: whoever runs must know it first. See Promote.
func (f File) Add() (id uint32, err error) {
	err = f.change(func(m *keyset.Manager) error {
		if id, err = m.Add(aead.AES256GCMKeyTemplate()); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		return nil
	})
	return id, err
}

// Promote makes a key of the file the one that seals.
func (f File) Promote(id uint32) error {
	return f.change(func(m *keyset.Manager) error {
		if err := m.SetPrimary(id); err != nil {
			return fmt.Errorf("make key %d the one that seals: %w", id, err)
		}
		return nil
	})
}

// Retire takes a key out of the file for good: what it sealed opens no more.
func (f File) Retire(id uint32) error {
	return f.change(func(m *keyset.Manager) error {
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
func (f File) write(content keyFile, h *keyset.Handle, place func(from, to string) error) error {
	if len(f.Unwrap) > 0 && len(f.Wrap) == 0 {
		return errors.New("the key file is locked by keys.unwrap, and no keys.wrap says how to lock it again: set both")
	}
	var sealing bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&sealing)); err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	content.Sealing = sealing.Bytes()
	raw, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	raw = append(raw, '\n')
	if len(f.Wrap) > 0 {
		if raw, err = through(f.Wrap, raw); err != nil {
			return fmt.Errorf("lock the key file with keys.wrap: %w", err)
		}
	}
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the key file: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already after a rename
	if err := errors.Join(fill(tmp, raw), tmp.Close()); err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	if err := place(tmp.Name(), f.Path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w", f.Path, ErrExists)
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
