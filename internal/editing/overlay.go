package editing

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// overlay is a folder with other text in one file, which may be new, or without the file.
type overlay struct {
	fs.FS
	name string
	text []byte
	gone bool
}

// over returns root with text in the file name.
func over(root fs.FS, name, text string) fs.FS {
	return overlay{FS: root, name: name, text: []byte(text)}
}

// without returns root without the file name.
func without(root fs.FS, name string) fs.FS { return overlay{FS: root, name: name, gone: true} }

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name && o.gone {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if name == o.name {
		return &openText{overlaid{o.name, o.text}, bytes.NewReader(o.text)}, nil
	}
	return o.FS.Open(name)
}

// ReadDir implements fs.ReadDirFS: the file stands in its folder, new or not.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if path.Dir(o.name) != name && (name != "." || strings.Contains(o.name, "/")) {
		return entries, err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return entries, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(o.name) })
	if o.gone {
		return entries, nil
	}
	entries = append(entries, fs.FileInfoToDirEntry(overlaid{o.name, o.text}))
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// ReadFile implements fs.ReadFileFS.
func (o overlay) ReadFile(name string) ([]byte, error) {
	if name == o.name && o.gone {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if name == o.name {
		return bytes.Clone(o.text), nil
	}
	return fs.ReadFile(o.FS, name)
}

// overlaid describes the text as a file.
type overlaid struct {
	name string
	text []byte
}

func (o overlaid) Name() string     { return path.Base(o.name) }
func (o overlaid) Size() int64      { return int64(len(o.text)) }
func (overlaid) Mode() fs.FileMode  { return 0o444 }
func (overlaid) ModTime() time.Time { return time.Time{} }
func (overlaid) IsDir() bool        { return false }
func (overlaid) Sys() any           { return nil }

type openText struct {
	overlaid
	io.Reader
}

func (o *openText) Stat() (fs.FileInfo, error) { return o.overlaid, nil }
func (*openText) Close() error                 { return nil }
