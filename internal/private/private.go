// Package private keeps files from other users of a machine: what we write is readable for us alone, and what we find open is
// closed, and said. Start reading at Close.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// others are the bits by which a file is open to its group and to everybody.
const (
	others   fs.FileMode = 0o077
	everyone fs.FileMode = 0o007
)

// Opened is a file or a folder that others could open.
type Opened struct {
	Path string
	Was  fs.FileMode
	Shut bool // it is closed now; else its file system does not let us, and it is open to its group alone
}

// ErrOpen says that everybody on the machine can open something, and that we cannot close it.
var ErrOpen = errors.New("private: everybody on this machine can open it, and its mode cannot be changed")

// Close takes the rights of everybody but the owner from a path; nil where it is not there, or was closed already.
func Close(path string) (*Opened, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nothing is there to be closed
	}
	if err != nil {
		return nil, fmt.Errorf("look at who may open %s: %w", path, err)
	}
	if info.Mode()&fs.ModeSymlink != 0 { // as secrets are mounted: what it leads to is somebody else's to guard, and ours to judge
		if info, err = os.Stat(path); err != nil {
			return nil, fmt.Errorf("look at who may open %s: %w", path, err)
		}
	}
	was := info.Mode().Perm()
	if was&others == 0 {
		return nil, nil //nolint:nilnil // as above
	}
	o := &Opened{Path: path, Was: was}
	if err := os.Chmod(path, was&^others); err == nil {
		if after, err := os.Stat(path); err == nil && after.Mode().Perm()&others == 0 { // some file systems say yes and do nothing
			o.Shut = true
			return o, nil
		}
	}
	if was&everyone != 0 {
		return o, fmt.Errorf("%s (mode %04o): %w: chmod go-rwx it, or put it on a file system that has modes", path, was, ErrOpen)
	}
	return o, nil
}

// CloseAll closes a folder and everything in it.
func CloseAll(dir string) (found []Opened, err error) {
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // taken away meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		o, err := Close(path)
		if o != nil {
			found = append(found, *o)
		}
		return err
	})
	return found, err
}

// WriteFile writes a file that its owner alone may read, whatever stood there before and however open that was: whole, or not
// at all.
func WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
