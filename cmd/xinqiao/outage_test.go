package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestOutages takes the database and Redis away in every way, in turn, under one server, and counts at the end.
func TestOutages(t *testing.T) {
	long(t)
	parent := t
	cfg, db, cache := privateBackends(t)
	platform, api := platformServer(t)
	desk := newDutyDesk(t)
	cfg.Alerts.Ways = []config.Way{desk.way()}
	server := launch(t, cfg, api)
	outages := []struct {
		name        string
		begin, mend func()
	}{
		{"Redis hangs", cache.freeze, cache.thaw},
		{"Redis is killed and comes back empty", cache.kill, cache.start},
		{"the database hangs", db.freeze, db.thaw},
		{"the database is killed", db.kill, db.start},
		{"both are killed", func() { db.kill(); cache.kill() }, func() { db.start(); cache.start() }},
	}
	var inDanger []*phone
	for i, o := range outages {
		t.Run(o.name, func(t *testing.T) {
			known, fresh, browsing := newPhone(t, 3*i, cfg.HTTP.Addr), newPhone(t, 3*i+1, cfg.HTTP.Addr), newPhone(t, 3*i+2, cfg.HTTP.Addr)
			for _, p := range []*phone{known, browsing} {
				p.client.Platform = platform
				if r, ok := p.sends(wxsim.Subscribe(p.who, "")); !ok || !strings.Contains(r.Content, "12356") {
					t.Fatalf("before the outage: %q", r.Content)
				}
			}
			o.begin()
			known.calls("我不想活了")
			fresh.calls("我想从楼上跳下去") // nobody has heard of this person yet
			inDanger = append(inDanger, known, fresh)
			await(t, "staff to be called about both", func() bool {
				unfiled := 0
				for _, c := range desk.calls(t) {
					if strings.HasPrefix(c, "unfiled ") {
						unfiled++
					}
				}
				return unfiled >= 2*(i+1)
			})
			began := time.Now()
			if r, err := browsing.client.Send(t.Context(), wxsim.Text(browsing.who, "菜单")); err != nil || time.Since(began) >= 5*time.Second {
				t.Errorf("an ordinary message met %v (%q) after %s: the user sees that the account is broken", err, r.Content, time.Since(began))
			}
			if i == len(outages)-1 { // and now the server dies as well
				server.kill()
			}
			o.mend()
			if i == len(outages)-1 {
				server = launch(parent, cfg, api)
			}
			await(t, "ordinary answers again", func() bool {
				r, ok := browsing.says("菜单")
				return ok && strings.Contains(r.Content, "父母学堂")
			})
		})
	}
	await(t, "the spool to be empty", func() bool { return strings.Contains(scrape(t, "http://"+cfg.HTTP.Addr), "xinqiao_spool_entries 0\n") })
	await(t, "the cases that were filed late to call staff too", func() bool {
		opened := 0
		for _, c := range desk.calls(t) {
			if strings.HasPrefix(c, "opened ") {
				opened++
			}
		}
		return opened >= len(inDanger)
	})
	for _, body := range desk.bodies() {
		if strings.Contains(body, "不想活") || strings.Contains(body, "楼上") {
			t.Errorf("an alert tells what was written: %s", body)
		}
	}
	server.stop()
	a := look(t, cfg)
	for i, p := range inDanger {
		f := a.file(t, p.who)
		if n := said(f.Messages, "我不想活了") + said(f.Messages, "我想从楼上跳下去"); n != 1 || len(f.Signals) != 1 {
			t.Errorf("%s, person %d: the words stand %d times in the case, with %d signals; want each once", outages[i/2].name, i%2, n, len(f.Signals))
		}
	}
}
