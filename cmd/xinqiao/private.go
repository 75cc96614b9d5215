package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/private"
)

// closeFolders keeps what we hold on the disk from other users of the machine. What is found open is closed, and said loudly:
// somebody may have read it. Where it cannot be closed and everybody could open it, nothing starts.
func closeFolders(cfg config.Config, log *slog.Logger) error {
	var found []private.Opened
	var errs []error
	one := func(path string) {
		o, err := private.Close(path)
		if o != nil {
			found = append(found, *o)
		}
		errs = append(errs, err)
	}
	if ownFolder(cfg.DataDir) {
		one(cfg.DataDir)
	} else {
		log.Warn("data_dir holds more than our data: give us a folder of our own, which we can keep from others", "data_dir", cfg.DataDir)
	}
	if cfg.Keys.JSON == "" {
		one(cfg.Path(cfg.Keys.File))
	}
	if cfg.Database.Embedded() {
		file := cfg.Path(strings.TrimPrefix(cfg.Database.URL, "sqlite:"))
		for _, part := range []string{"", "-wal", "-shm", "-journal"} {
			one(file + part)
		}
	}
	for _, dir := range []string{"spool", "sessions"} {
		all, err := private.CloseAll(cfg.Path(dir))
		found = append(found, all...)
		errs = append(errs, err)
	}
	for _, o := range found {
		if o.Shut {
			log.Warn("others on this machine could open a file of ours: it is closed now", "file", o.Path, "mode", o.Was.String())
			continue
		}
		log.Warn("others on this machine could open a file of ours: it cannot be closed here, and stays open to its group", "file", o.Path, "mode", o.Was.String())
	}
	return errors.Join(errs...)
}

// ownFolder says whether a folder can be taken to be ours alone: it is not the one that we were started in, nor a root, nor a
// home.
func ownFolder(dir string) bool {
	at, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	here, err1 := os.Getwd()
	home, err2 := os.UserHomeDir()
	return (err1 != nil || at != here) && (err2 != nil || at != home) && filepath.Dir(at) != at && at != filepath.Clean(os.TempDir())
}
