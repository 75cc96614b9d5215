package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// disk is the folder of the files. The name of a file says what goes first: danger, then the older.
type disk struct {
	dir     string
	writing chan struct{} // writes under way: a disk that hangs takes no more than these
}

const (
	suffix      = ".sealed"
	dangerMark  = "0-"
	asideFolder = "aside" // for files that cannot be read
)

var errDiskHangs = errors.New("the disk does not answer")

// open makes the folder, and takes away halves that a power cut left.
func (d disk) open() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	halves, err := filepath.Glob(filepath.Join(d.dir, "*.tmp"))
	for _, f := range halves {
		_ = os.Remove(f)
	}
	return err
}

func (d disk) file(id string, danger bool) string {
	if danger {
		id = dangerMark + id
	}
	return filepath.Join(d.dir, id+suffix)
}

// write returns once the file is synced, or after diskPatience. What is written after all once nobody waits any more is
// taken away again.
func (d disk) write(id string, danger bool, data []byte) error {
	return d.within(func() error { return writeSynced(d.file(id, danger), data) }, func() { _ = d.remove(id, danger) })
}

func (d disk) within(do func() error, undo func()) error {
	select {
	case d.writing <- struct{}{}:
	default:
		return errDiskHangs
	}
	var (
		done = make(chan error)
		left = make(chan struct{})
	)
	go func() {
		defer func() { <-d.writing }()
		err := do()
		select {
		case done <- err:
		case <-left:
			if err == nil {
				undo()
			}
		}
	}()
	timer := time.NewTimer(diskPatience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		close(left)
		return errDiskHangs
	}
}

func writeSynced(file string, data []byte) error {
	f, err := os.OpenFile(file+".tmp", os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(file+".tmp", file)
	}
	if err != nil {
		_ = os.Remove(file + ".tmp") // a full disk has no room for halves
		return err
	}
	return syncFolder(filepath.Dir(file))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// remove writes over a file before it goes: what lies in its place on the disk says nothing any more.
func (d disk) remove(id string, danger bool) error {
	blank(d.file(id, danger))
	if err := os.Remove(d.file(id, danger)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("clear spool: %w", err)
	}
	return nil
}

// blank writes zeros over a file, as far as it can.
func blank(path string) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // one of ours
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil {
		if _, err := f.Write(make([]byte, info.Size())); err == nil {
			_ = f.Sync()
		}
	}
}

// Files is how many messages wait in a folder of a spool.
func Files(dir string) int {
	d := disk{dir: dir}
	ids, err := d.list()
	if err != nil { // there is none
		return 0
	}
	return len(ids)
}

// list returns the IDs of the files; those of danger first, the oldest first.
func (d disk) list() (ids []string, err error) {
	names, err := os.ReadDir(d.dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	for _, n := range names {
		if id, ok := strings.CutSuffix(n.Name(), suffix); ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// setAside moves a file out of the way that cannot be read. It is kept: a key may be found again.
func (d disk) setAside(name string) error {
	dir := filepath.Join(d.dir, asideFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Rename(filepath.Join(d.dir, name+suffix), filepath.Join(dir, name+suffix))
}

// asides counts the files that were set aside.
func (d disk) asides() int {
	names, err := os.ReadDir(filepath.Join(d.dir, asideFolder))
	if err != nil {
		return 0
	}
	return len(names)
}

func (d disk) try() error {
	name := filepath.Join(d.dir, "trial-"+uuid.NewString())
	err := d.within(func() error {
		if err := writeSynced(name, []byte("trial")); err != nil {
			return err
		}
		return os.Remove(name)
	}, func() {})
	if err != nil {
		return fmt.Errorf("spool cannot be written: %w", err)
	}
	return nil
}
