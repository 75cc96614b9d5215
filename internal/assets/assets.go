// Package assets serves the files that are compiled in: files alone, never a list of what else lies in a folder.
package assets

import (
	"io/fs"
	"net/http"
)

// Handler serves what stands under dir of files.
func Handler(files fs.FS, dir string) http.Handler {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return http.FileServerFS(only{sub})
}

// only is a file system that has no folders to look into.
type only struct{ fs.FS }

// Open implements fs.FS.
func (o only) Open(name string) (fs.File, error) {
	f, err := o.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}
