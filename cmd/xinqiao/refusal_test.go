package main

import (
	"bytes"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestBadRequestsAreRefusedCountedAndLeaveNothingBehind(t *testing.T) {
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	w.sends(wxsim.Subscribe(who, ""))
	const secret = "这句话不该出现在任何地方"
	var idle http.Transport
	client := *w.client
	client.HTTP = &http.Client{Transport: &idle}
	before := runtime.NumGoroutine()
	const each = 20
	for _, f := range wxsim.Faults {
		for range each {
			r, err := client.SendBroken(t.Context(), wxsim.Text(who, secret), f)
			if f == wxsim.FaultOversize && err != nil && r.Status == 0 {
				continue // refused while it was still being sent
			}
			if r.Status < 400 || r.Status > 499 || bytes.Contains(r.Raw, []byte("<xml>")) {
				t.Fatalf("%s: status %d, %q, %v; want 4xx and no reply", f, r.Status, r.Raw, err)
			}
		}
	}
	idle.CloseIdleConnections()
	w.eventually("every goroutine of a refused request to end", func() bool { return runtime.NumGoroutine() <= before })
	if log := w.logs.String(); strings.Contains(log, secret) || strings.Contains(log, who) {
		t.Error("the log holds content or an openid of a refused request")
	}
	refused := 0
	for _, line := range strings.Split(scrape(t, w.url), "\n") {
		if strings.HasPrefix(line, "xinqiao_wechat_refused_total") {
			refused++
		}
	}
	if refused < 5 {
		t.Errorf("only %d reasons of refusal are counted in /metrics", refused)
	}
	w.wantIn(w.says(who, "菜单"), "父母学堂")
}

func TestAStopFinishesTheMessagesInHand(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	_, api := platformServer(t)
	server := launch(t, cfg, api)
	const people = 40
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		answered = map[string]int{} // texts by openid
		asked    = make(chan struct{}, people*1000)
		stopping = make(chan struct{})
	)
	for i := range people {
		wg.Go(func() {
			who := openid(t, i)
			client := wxsim.Client{URL: server.url + "/wechat/main", Account: account}
			for {
				asked <- struct{}{}
				r, err := client.Send(t.Context(), wxsim.Text(who, "我不想活了"))
				if err == nil && strings.Contains(r.Content, "12356") {
					mu.Lock()
					answered[who]++
					mu.Unlock()
				} else if err == nil {
					t.Errorf("an answer without the hotlines: %q", r.Content)
				}
				select {
				case <-stopping:
					return
				default:
				}
			}
		})
	}
	for range 3 * people {
		<-asked
	}
	close(stopping)
	server.stop()
	wg.Wait()
	a := look(t, cfg)
	for who, n := range answered {
		if got := said(a.file(t, who).Messages, "我不想活了"); got < n {
			t.Errorf("%d of %d answered messages stand in the case", got, n)
		}
	}
	if len(answered) != people {
		t.Errorf("%d of %d people were answered", len(answered), people)
	}
}
