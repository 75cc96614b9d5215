package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestInAnOutageEachOfSixtyPeopleInDangerIsAnsweredAndCalledFor(t *testing.T) {
	desk := newDutyDesk(t)
	cfg := embedded(t)
	cfg.Alerts.Ways = []config.Way{desk.way()}
	w := start(t, cfg, appOptions{})
	w.wantIn(w.says("oBefore", "菜单"), "父母学堂")
	if err := errors.Join(w.app.messages.Flush(t.Context()), w.app.db.Close()); err != nil { // and nobody can be filed from here on
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			r, _, err := w.client.Deliver(t.Context(), wxsim.Text(fmt.Sprintf("oInDanger-%02d", i), "我不想活了"))
			if err != nil {
				t.Error(err)
				return
			}
			if len(r.Content) == 0 {
				t.Errorf("person %d got no answer", i)
			}
		})
	}
	all.Wait()
	people := func() (n, calls int) {
		for _, raw := range desk.bodies() {
			var a struct {
				Type string
				Data struct{ Count int }
			}
			if err := json.Unmarshal([]byte(raw), &a); err != nil {
				t.Fatal(err)
			}
			if a.Type == "xinqiao.alert.unfiled" {
				n += max(a.Data.Count, 1)
				calls++
			}
		}
		return n, calls
	}
	w.eventually("everybody to be called for", func() bool { n, _ := people(); return n >= 60 })
	if n, calls := people(); n != 60 || calls > 14 {
		t.Errorf("%d people were called for in %d calls, want 60 in few", n, calls)
	}
}
