package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// stops is why a server does not start.
func stops(t *testing.T, cfg config.Config) string {
	t.Helper()
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{library: shipped(t)})
	if err == nil {
		_ = a.Close()
		return ""
	}
	return err.Error()
}

func TestAFilledDatabaseWithoutItsKeysIsAClearStopAndNewKeysAreNeverMade(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		w.says(openid(t, 1), "我不想活了")
		w.stop()
		path := cfg.Path(cfg.Keys.File)
		kept := filepath.Join(t.TempDir(), "kept.json")
		if err := os.Rename(path, kept); err != nil {
			t.Fatal(err)
		}
		said := stops(t, cfg)
		for _, part := range []string{path, "backup-keys.sh"} {
			if !strings.Contains(said, part) {
				t.Errorf("without the keys it says %q, want %q in it", said, part)
			}
		}
		if code, _, errs := command(t.Context(), t, w.environ(), "", "keys", "init"); code != exitFailed || !strings.Contains(errs, "filled") {
			t.Errorf("keys init on a filled database: %d %s", code, errs)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("new keys were made for a filled database")
		}
		if err := (seal.File{Path: path}).Create(); err != nil { // somebody else's file
			t.Fatal(err)
		}
		if said := stops(t, cfg); !strings.Contains(said, "not the key file of this database") || !strings.Contains(said, "backup-keys.sh") {
			t.Errorf("with other keys it says %q", said)
		}
		if _, said, _ := command(t.Context(), t, w.environ(), "", "doctor"); strings.Contains(said, "好    打开已存的内容") {
			t.Errorf("the doctor finds nothing wrong with other keys:\n%s", said)
		}
		if err := os.Rename(kept, path); err != nil {
			t.Fatal(err)
		}
		if said := stops(t, cfg); said != "" {
			t.Errorf("with its keys again: %s", said)
		}
	})
}

// everywhere is every byte that a server left, by where it lies: files, logs, Redis.
func everywhere(t *testing.T, w *world) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"log": []byte(w.logs.String())}
	err := filepath.WalkDir(w.cfg.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "keys.json") {
			return err
		}
		raw, err := os.ReadFile(path)
		all[path] = raw
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.cfg.Redis.URL == "" {
		return all
	}
	client, err := openRedis(w.cfg.Redis)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		dump, err := client.Dump(t.Context(), k).Result()
		if err != nil && err != redis.Nil { //nolint:errorlint // the client's own word
			t.Fatal(err)
		}
		all["redis "+k] = append([]byte(k), dump...)
	}
	return all
}

// rowsOf is every row of the database, and its sealed bytes, as one.
func rowsOf(t *testing.T, cfg config.Config) []byte {
	t.Helper()
	if cfg.Database.Embedded() {
		return nil // its file is among the others
	}
	dir := t.TempDir()
	out := mustScript(t, "backup.sh", []string{"XINQIAO_DATABASE_URL=" + cfg.Database.URL, "BACKUP_DIR=" + dir})
	raw := unzipped(t, filepath.Join(strings.TrimSpace(strings.Split(out, "\n")[0]), "database.sql.gz"))
	return slices.Concat(raw, unhexed(raw))
}

// keysOf is what the exports of people's keys hold.
func keysOf(t *testing.T, dir string) (all []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "person-keys-*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no export of people's keys (%v)", err)
	}
	for _, f := range files {
		raw := unzipped(t, f)
		all = slices.Concat(all, raw, unhexed(raw))
	}
	return all
}

// canRead are the words that an attacker can read anywhere.
func canRead(a storetest.Attacker, all map[string][]byte, words []string) (found []string) {
	places := slices.Collect(maps.Values(all))
	for _, word := range words {
		if slices.ContainsFunc(places, func(content []byte) bool { return bytes.Contains(a.Opens(content, places, word), []byte(word)) }) {
			found = append(found, word)
		}
	}
	return found
}

func TestWhoeverIsErasedIsNoiseInEveryByteThatIsLeft(t *testing.T) {
	for _, tool := range []string{"sqlite3", "mariadb-dump"} {
		program(t, tool)
	}
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		byThemselves, byOperator, stays := openid(t, 1), openid(t, 2), openid(t, 3)
		for _, who := range []string{byThemselves, byOperator, stays} {
			said := "独有的话" + who
			w.says(who, "你好")
			w.says(who, "学生")
			w.says(who, said)
			w.says(who, "匿名信")
			w.says(who, said+"，写在信里")
			w.says(who, "菜单")
			w.says(who, "压力自测")
			w.says(who, "菜单")
		}
		if err := w.app.messages.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		words := []string{"独有的话" + byThemselves, "独有的话" + byOperator, "独有的话" + stays}
		attacker := storetest.NewAttacker(t, cfg.Path(cfg.Keys.File))

		// A backup from before, as it is made every night: the keys of people lie elsewhere.
		backups, apart := t.TempDir(), t.TempDir()
		at := []string{"XINQIAO_DATABASE_URL=" + cfg.Database.URL, "XINQIAO_DATA_DIR=" + cfg.DataDir, "BACKUP_DIR=" + backups, "PERSON_KEYS_DIR=" + apart}
		backup := strings.TrimSpace(strings.Split(mustScript(t, "backup.sh", at), "\n")[0])
		before := everywhere(t, w)
		before["rows"], before["keys"] = rowsOf(t, cfg), keysOf(t, apart)
		if found := canRead(attacker, before, words); len(found) != len(words) {
			t.Fatalf("the attacker of this test is too weak: before the erasure they read %v alone", found)
		}

		w.says(byThemselves, "删除我的资料")
		w.wantIn(w.says(byThemselves, "确定"), "都删除了")
		p, err := w.app.db.People().Resolve(t.Context(), address(byOperator))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.app.rights.Erase(t.Context(), p.ID, "示例·林老师"); err != nil {
			t.Fatal(err)
		}

		after := everywhere(t, w)
		after["rows"] = rowsOf(t, cfg)
		places := slices.Collect(maps.Values(after))
		check := func(where string, content []byte) {
			opened := attacker.Opens(content, places, words...)
			for _, word := range words[:2] {
				if bytes.Contains(content, []byte(word)) {
					t.Errorf("%s holds %q in clear", where, word)
				}
				if bytes.Contains(opened, []byte(word)) {
					t.Errorf("%s: %q opens with a key that is left", where, word)
				}
			}
			for _, who := range []string{byThemselves, byOperator} {
				if bytes.Contains(content, []byte(who)) {
					t.Errorf("%s holds the openid of somebody who is erased", where)
				}
			}
		}
		for where, content := range after {
			check(where, content)
		}
		old := unzipped(t, filepath.Join(backup, map[bool]string{true: "database.sqlite.gz", false: "database.sql.gz"}[cfg.Database.Embedded()]))
		if !cfg.Database.Embedded() {
			old = slices.Concat(old, unhexed(old))
		}
		check("the backup from before", old)

		// With the export of keys from after, the backup is back, and whoever was erased is erased in it too.
		mustScript(t, "backup.sh", at)
		restored := cfg
		restored.DataDir, restored.Redis = t.TempDir(), config.Redis{}
		restored.Keys.File = cfg.Path(cfg.Keys.File)
		if !cfg.Database.Embedded() {
			restored.Database.URL = storetest.MySQL(t).URL
		}
		began := time.Now()
		mustScript(t, "restore.sh", []string{"XINQIAO_DATABASE_URL=" + restored.Database.URL, "XINQIAO_DATA_DIR=" + restored.DataDir, "PERSON_KEYS_DIR=" + apart}, backup)
		again := start(t, restored, appOptions{})
		again.eventually("whoever was erased to be erased again", func() bool {
			_, err := again.app.db.People().Find(t.Context(), address(byOperator))
			_, other := again.app.db.People().Find(t.Context(), address(byThemselves))
			return err != nil && other != nil
		})
		t.Logf("restored with keys that came from elsewhere, and erased again, in %.1f s", time.Since(began).Seconds())
		p, err = again.app.db.People().Find(t.Context(), address(stays))
		if err != nil {
			t.Fatalf("who was not erased is gone from the backup: %v", err)
		}
		ms, err := again.app.db.Messages().Latest(t.Context(), p.ID, "", 50)
		if err != nil || !strings.Contains(fmt.Sprintf("%+v", ms), words[2]) {
			t.Errorf("what they said does not open (%v)", err)
		}
		if strings.Contains(again.logs.String(), "CANNOT BE OPENED") {
			t.Error("something that was put back does not open")
		}
	})
}

// TestKeysRotateUnderLoadAndNoPageFails is the rotation that answered every case with 500 and lost a draft.
func TestKeysRotateUnderLoadAndNoPageFails(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		replicas := []*world{start(t, cfg, appOptions{})}
		if !cfg.Database.Embedded() {
			replicas = append(replicas, startWith(t, cfg, appOptions{}, replicas[0].platform))
		}
		token := replicas[0].token("counsellor")
		replicas[0].says(openid(t, 1), "我不想活了")
		load, stop := context.WithCancel(t.Context())
		var (
			wg    sync.WaitGroup
			mu    sync.Mutex
			asked int
			wrong []string
		)
		for i, w := range replicas {
			wg.Go(func() {
				pace := time.NewTicker(80 * time.Millisecond) // of pages: the API allows a token so many a minute
				defer pace.Stop()
				for n := 0; load.Err() == nil; n++ {
					<-pace.C
					w.says(openid(t, 10+i), "菜单")
					var page struct{ Items []caseItem }
					status := w.api("GET", "/api/v1/cases", token, &page)
					mu.Lock()
					asked++
					if status != 200 || len(page.Items) == 0 || strings.Contains(fmt.Sprint(page.Items), store.Unreadable) {
						wrong = append(wrong, fmt.Sprintf("replica %d: %d %+v", i, status, page.Items))
					}
					mu.Unlock()
					if n == 3 {
						w.says(openid(t, 20+i), "我真的不想活了")
					}
				}
			})
		}
		if code, said, errs := command(t.Context(), t, replicas[0].environ(), "", "keys", "rotate"); code != exitFine {
			t.Errorf("rotate: %d %s %s", code, said, errs)
		}
		s, err := seal.LoadOrCreate(cfg.Path(cfg.Keys.File), false)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range replicas {
			w.eventually("a replica to seal with the new key", func() bool { return w.app.sealer.Keys().Using == s.Keys().Primary })
		}
		replicas[0].says(openid(t, 30), "我不想活了")
		stop()
		wg.Wait()
		if len(wrong) > 0 {
			t.Errorf("%d of %d pages were wrong while keys rotated; the first: %s", len(wrong), asked, wrong[0])
		}
		t.Logf("%d pages were asked for while keys rotated", asked)
		if code, said, errs := command(t.Context(), t, replicas[0].environ(), "", "keys", "retire", fmt.Sprint(s.Keys().IDs[0])); code != exitFailed || !strings.Contains(errs, "needed by") {
			t.Errorf("a key that rows need was retired: %d %s %s", code, said, errs)
		}
		for _, w := range replicas {
			if strings.Contains(w.logs.String(), "CANNOT BE OPENED") {
				t.Error("a replica met a text that it could not open")
			}
		}
	})
}
