//go:build chaos

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk is a folder on a disk of its own, which can be filled and made read-only. It takes the right to mount; without it
// the faults of the disk are left out, and the table says so.
type smallDisk struct {
	t       *testing.T
	dir     string
	mounted bool
}

const diskSize = "size=4m"

func newSmallDisk(t *testing.T, dir string) *smallDisk {
	d := &smallDisk{t: t, dir: dir}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, diskSize); err != nil {
		t.Logf("no disk of its own for a replica (%v): the faults of the disk are left out; run as root", err)
		return d
	}
	d.mounted = true
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return d
}

func (d *smallDisk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill leaves no room.
func (d *smallDisk) fill() {
	f, err := os.Create(d.ballast())
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				d.t.Fatal(err)
			}
			block = block[:len(block)/2]
		}
	}
}

func (d *smallDisk) makeRoom() { _ = os.Remove(d.ballast()) }

func (d *smallDisk) readOnly(ro bool) {
	flags := uintptr(syscall.MS_REMOUNT)
	if ro {
		flags |= syscall.MS_RDONLY
	}
	await(d.t, "the disk to change", func() bool { // which it does not while a file is being written
		return syscall.Mount("tmpfs", d.dir, "tmpfs", flags, diskSize) == nil
	})
}
