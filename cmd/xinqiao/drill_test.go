package main

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// runScript runs one of deploy/backup's scripts as an operator does, and returns what it printed.
func runScript(t *testing.T, name string, environ []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join("..", "..", "deploy", "backup", name), args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustScript(t *testing.T, name string, environ []string, args ...string) string {
	t.Helper()
	out, err := runScript(t, name, environ, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return out
}

// The drill: people talk, a backup is made while they do, the database is lost, the backup is put back with keys that were
// kept elsewhere, and the case, the words and the conversations are there again. `make drill` prints the seconds.
func TestWhatWasBackedUpIsBackAfterALoss(t *testing.T) {
	for _, tool := range []string{"sqlite3", "mariadb-dump", "openssl"} {
		program(t, tool)
	}
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 1)
		w.says(who, "你好")
		w.says(who, "我不想活了")
		before := w.cases(w.token("counsellor"))
		p, err := w.app.db.People().Resolve(t.Context(), address(who))
		if err != nil || len(before) != 1 {
			t.Fatalf("%d cases (%v)", len(before), err)
		}
		if err := w.app.messages.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}

		safe, backups := t.TempDir(), t.TempDir()
		passphrase := filepath.Join(t.TempDir(), "passphrase")
		if err := os.WriteFile(passphrase, []byte("示例 phrase of two people\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		locked := strings.TrimSpace(mustScript(t, "backup-keys.sh", []string{"PASSPHRASE_FILE=" + passphrase}, cfg.Path(cfg.Keys.File), safe))
		at := []string{"XINQIAO_DATABASE_URL=" + cfg.Database.URL, "XINQIAO_DATA_DIR=" + cfg.DataDir, "BACKUP_DIR=" + backups, "KEEP_DAYS=35"}
		out := mustScript(t, "backup.sh", at)
		t.Log(strings.TrimSpace(out))
		backup, _, _ := strings.Cut(out, "\n")
		if out, err := runScript(t, "backup.sh", append(at, "BACKUP_DIR="+filepath.Dir(cfg.Path(cfg.Keys.File)))); err == nil || !strings.Contains(out, "apart") {
			t.Errorf("a backup beside the keys must be refused, got %v %s", err, out)
		}
		if out, err := runScript(t, "restore.sh", at, backup); err == nil {
			t.Errorf("a restore over what is there must be refused: %s", out)
		}
		w.stop()

		// The loss: the file is gone, or the database's machine; and with it the machine with the keys.
		restored := cfg
		if cfg.Database.Embedded() {
			for _, f := range []string{"xinqiao.db", "xinqiao.db-wal", "xinqiao.db-shm"} {
				_ = os.Remove(cfg.Path(f))
			}
		} else {
			restored.Database.URL = storetest.MySQL(t).URL
		}
		restored.Keys.File = filepath.Join(t.TempDir(), "keys.json")
		lost := time.Now()
		mustScript(t, "backup-keys.sh", []string{"PASSPHRASE_FILE=" + passphrase}, "--open", locked, restored.Keys.File)
		out = mustScript(t, "restore.sh", []string{"XINQIAO_DATABASE_URL=" + restored.Database.URL, "XINQIAO_DATA_DIR=" + cfg.DataDir}, backup)
		t.Log(strings.TrimSpace(out))
		again := start(t, restored, appOptions{})
		after := again.cases(again.token("counsellor"))
		t.Logf("the loss was over in %.1f s: keys, restore, start, the case is on the desk", time.Since(lost).Seconds())
		if len(after) != 1 || after[0].ID != before[0].ID || after[0].Alias != before[0].Alias {
			t.Fatalf("the case is not back: %+v, want %+v", after, before)
		}
		record := filepath.Join(t.TempDir(), "record.json")
		if code, _, errs := command(t.Context(), t, again.environ(), "", "user", "export", p.ID, "--out", record); code != exitFine {
			t.Fatalf("export: %d %s", code, errs)
		}
		if raw, err := os.ReadFile(record); err != nil || !strings.Contains(string(raw), "我不想活了") {
			t.Errorf("what was said does not open with the keys that were kept apart (%v)", err)
		}

		drill := []string{"BACKUP_DIR=" + backups, "KEYS=" + restored.Keys.File, "XINQIAO=" + binary(t), "XINQIAO_DIALOGS_DIR=" + cfg.Dialogs.Dir}
		if !cfg.Database.Embedded() {
			drill = append(drill, "DRILL_URL="+storetest.MySQL(t).URL)
		}
		t.Log(strings.TrimSpace(mustScript(t, "drill.sh", drill)))

		if err := os.WriteFile(filepath.Join(backup, "SHA256SUMS"), []byte(strings.Repeat("0", 64)+"  database.s\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := runScript(t, "drill.sh", drill); err == nil || !strings.Contains(out, "damaged") {
			t.Errorf("a damaged backup must fail the drill, got %v %s", err, out)
		}
	})
}

// unzipped is the content of a file of a backup.
func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var hexBlob = regexp.MustCompile(`(?:0x|X')[0-9A-F]+`)

// unhexed is what the bytes of a dump are that it writes as hexadecimal digits.
func unhexed(dump []byte) (out []byte) {
	for _, digits := range hexBlob.FindAll(dump, -1) {
		raw, err := hex.DecodeString(string(digits[2:]))
		if err == nil {
			out = append(out, raw...)
		}
	}
	return out
}
