package private_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/private"
)

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestWhatOthersCouldOpenIsClosedAndSaid(t *testing.T) {
	dir := t.TempDir()
	wide, shut, in := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "in")
	for path, mode := range map[string]fs.FileMode{wide: 0o644, shut: 0o600} {
		if err := os.WriteFile(path, []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(in, 0o755); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o750); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	found, err := private.CloseAll(dir)
	if err != nil || len(found) != 3 {
		t.Fatalf("found open: %+v, %v; want the folder, the file and the folder in it", found, err)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, wide: 0o600, shut: 0o600, in: 0o700} {
		if got := modeOf(t, path); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
	}
	for _, o := range found {
		if !o.Shut || o.Was&0o077 == 0 {
			t.Errorf("it says %+v", o)
		}
	}
	if again, err := private.CloseAll(dir); err != nil || len(again) != 0 {
		t.Errorf("the second time: %+v %v", again, err)
	}
	if o, err := private.Close(filepath.Join(dir, "none")); o != nil || err != nil {
		t.Errorf("of what is not there: %+v %v", o, err)
	}
}

func TestAFileThatIsWrittenAnewIsNotAsOpenAsTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	path, elsewhere := filepath.Join(dir, "资料.json"), filepath.Join(dir, "elsewhere")
	if err := os.WriteFile(elsewhere, []byte("not ours"), 0o644); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, path); err != nil {
		t.Fatal(err)
	}
	if err := private.WriteFile(path, []byte("theirs")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if raw, _ := os.ReadFile(elsewhere); string(raw) != "not ours" {
		t.Errorf("it was written through a link to %q", raw)
	}
	if err := private.WriteFile(filepath.Join(dir, "no", "such"), nil); err == nil {
		t.Error("a file in a folder that is not there was written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
