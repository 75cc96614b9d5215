package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestAReplicaStartsWhileItsDatabaseIsAway starts a replica with neither database nor Redis, on a database that was never
// migrated, and lets people write, tap and follow meanwhile. One of its disks is gone on top.
func TestAReplicaStartsWhileItsDatabaseIsAway(t *testing.T) {
	long(t)
	cfg, db, cache := privateBackends(t)
	platform, api := platformServer(t)
	db.kill()
	cache.kill()
	server := launch(t, cfg, api)
	inDanger, diskless, follower, asking := newPhone(t, 0, cfg.HTTP.Addr), newPhone(t, 1, cfg.HTTP.Addr), newPhone(t, 2, cfg.HTTP.Addr), newPhone(t, 3, cfg.HTTP.Addr)
	for _, p := range []*phone{follower, asking} {
		p.client.Platform = platform
	}
	if !strings.Contains(fetched(t, server.url+"/readyz"), "database: failed") {
		t.Error("a replica that cannot reach its database must say that it is not ready")
	}
	for who, m := range map[*phone]wxsim.Message{follower: wxsim.Subscribe(follower.who, ""), asking: wxsim.Text(asking.who, "要收费吗")} {
		if r, err := who.client.Send(t.Context(), m); err != nil || !strings.Contains(r.Content, "12356") {
			t.Errorf("status %d, %q, %v", r.Status, r.Content, err)
		}
	}
	inDanger.calls("我不想活了")
	spool := cfg.Path("spool")
	if err := os.Rename(spool, filepath.Join(t.TempDir(), "away")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spool, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	diskless.calls("我想从楼上跳下去")
	if !strings.Contains(fetched(t, server.url+"/readyz"), "spool: failed") {
		t.Error("a disk that takes nothing must be seen")
	}
	cache.start()
	db.start()
	await(t, "everything to be done", func() bool { return strings.Contains(scrape(t, server.url), "xinqiao_spool_entries 0\n") })
	for who, words := range map[*phone]string{follower: "12356", asking: "免费"} {
		await(t, "the real answer", func() bool {
			return slices.ContainsFunc(platform.Calls(), func(c wxsim.Call) bool { return c.ToUser() == who.who && strings.Contains(c.Text(), words) })
		})
	}
	if err := os.Remove(spool); err != nil {
		t.Fatal(err)
	}
	server.stop()
	a := look(t, cfg)
	for _, p := range []*phone{inDanger, diskless} {
		if f := a.file(t, p.who); len(f.Signals) != 1 {
			t.Errorf("%d signals, want 1", len(f.Signals))
		}
	}
}
