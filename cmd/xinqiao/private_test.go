package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFiles are the files and folders under a folder that others than their owner may open.
func openFiles(t *testing.T, dir string) (open []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			open = append(open, path+" "+info.Mode().String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func TestWhatLiesOnTheDiskIsForItsOwnerAlone(t *testing.T) {
	cfg := embedded(t)
	for _, dir := range []string{"spool", "sessions"} {
		if err := os.MkdirAll(cfg.Path(dir), 0o755); err != nil { //nolint:gosec // what the test is about
			t.Fatal(err)
		}
	}
	if code, _, errs := command(t.Context(), t, []string{"XINQIAO_DATA_DIR=" + cfg.DataDir}, "", "keys", "init"); code != exitFine {
		t.Fatal(errs)
	}
	for path, mode := range map[string]fs.FileMode{cfg.DataDir: 0o755, cfg.Path("keys.json"): 0o644, cfg.Path("xinqiao.db"): 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	w := start(t, cfg, appOptions{})
	who := openid(t, 1)
	w.says(who, "我不想活了")
	if open := openFiles(t, cfg.DataDir); len(open) != 0 {
		t.Errorf("others may open:\n%s", strings.Join(open, "\n"))
	}
	if n := strings.Count(w.logs.String(), "others on this machine could open a file of ours"); n != 5 {
		t.Errorf("%d files that stood open are told of, want 5", n)
	}
	out := filepath.Join(t.TempDir(), "资料.json")
	if err := os.WriteFile(out, nil, 0o644); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	alias := w.cases(w.token("counsellor"))[0].Alias
	if code, _, errs := command(t.Context(), t, w.environ(), "", "user", "export", alias, "--out", out); code != exitFine {
		t.Fatal(errs)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("all that is held of somebody was written with mode %v, %v", info.Mode(), err)
	}
}
