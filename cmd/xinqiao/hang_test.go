package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestADatabaseThatHangsMakesNothingTwiceAndNothingOutOfOrder lets the database hang for longer than a turn lasts while people
// send letters and write one thing after another, at two replicas; the platform repeats what takes too long.
func TestADatabaseThatHangsMakesNothingTwiceAndNothingOutOfOrder(t *testing.T) {
	long(t)
	one, db, _ := privateBackends(t)
	platform, api := platformServer(t)
	two := one
	two.DataDir = t.TempDir()
	two.HTTP.Addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	servers := []*process{launch(t, one, api), launch(t, two, api)}
	const writers, talkers, words = 4, 3, 8
	var people []*phone
	for i := range writers + talkers {
		p := newPhone(t, i, one.HTTP.Addr, two.HTTP.Addr)
		p.client.Platform, p.client.Patience = platform, 5*time.Second
		people = append(people, p)
		p.sends(wxsim.Subscribe(p.who, ""))
		p.says("我是学生")
		if i >= writers {
			p.calls("我不想活了")
			continue
		}
		for _, s := range []string{"写信", "写一封信", "我15岁", "老师，我和同桌闹了别扭。"} {
			p.says(s)
		}
		if r, _ := p.says("写完了"); !strings.Contains(r.Content, "要寄出去吗") {
			t.Fatalf("before the outage: %q", r.Content)
		}
	}
	db.freeze()
	var wg sync.WaitGroup
	for i, p := range people {
		if i < writers {
			wg.Go(func() { p.says("寄出") })
			continue
		}
		for k := range words {
			m := wxsim.Text(p.who, fmt.Sprintf("还有一件事，第%d件", k+1))
			m.MsgID, m.CreateTime = time.Now().UnixMicro()*1000+int64(k), time.Now().Unix() // as the platform numbers: later is higher
			wg.Go(func() { p.sends(m) })
		}
	}
	wg.Wait() // three deliveries of five seconds each
	db.thaw()
	for _, s := range servers {
		await(t, "everything to be done", func() bool { return strings.Contains(scrape(t, s.url), "xinqiao_spool_entries 0\n") })
	}
	await(t, "letters to be on their way", func() bool {
		sent := 0
		for _, c := range platform.Calls() {
			if strings.Contains(c.Text(), "信寄出去了") {
				sent++
			}
		}
		return sent >= writers
	})
	for _, p := range people[:writers] {
		p.says("寄出")
	}
	for _, s := range servers {
		s.stop()
	}
	a := look(t, one)
	for i, p := range people {
		who, err := a.db.People().Resolve(t.Context(), address(p.who))
		if err != nil {
			t.Fatal(err)
		}
		if i < writers {
			if ls, err := a.letters.Store.Of(t.Context(), who.ID, 10); err != nil || len(ls) != 1 {
				t.Errorf("person %d has sent %d letters, %v; want 1", i, len(ls), err)
			}
			continue
		}
		var said []string
		for _, m := range a.file(t, p.who).Messages {
			if m.From == transcript.FromPerson && strings.HasPrefix(m.Text, "还有一件事") {
				said = append(said, m.Text)
			}
		}
		if len(said) != words || !slices.IsSorted(said) {
			t.Errorf("person %d is recorded to have said %q", i, said)
		}
	}
}
