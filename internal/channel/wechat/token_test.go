package wechat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// tokens is how often the platform was asked for a token, plainly and by force.
func (r *rig) tokens() (plainly, forced int) {
	for _, call := range r.platform.Calls() {
		if call.Path != "/cgi-bin/stable_token" {
			continue
		}
		if strings.Contains(call.Raw, `"force_refresh":true`) {
			forced++
		} else {
			plainly++
		}
	}
	return plainly, forced
}

// clocked is a rig with a clock of its own, which the platform shares.
func clocked(t *testing.T, change func(*rig)) (*rig, func(time.Duration)) {
	var mu sync.Mutex
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	cache := session.NewMemory()
	cache.Now = clock
	r := newRig(t, func(r *rig) {
		r.opts.Now, r.opts.Cache, r.platform.Now = clock, cache, clock
		if change != nil {
			change(r)
		}
	})
	return r, func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
}

func (r *rig) push() error {
	return r.channel.Sender("main").Push(r.t.Context(), "o1", channel.Reply{Text: "x"})
}

// elsewhere fetches a token by force, as another program does that has the account's secret.
func (r *rig) elsewhere() {
	r.t.Helper()
	body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": safe.AppID, "secret": safe.AppSecret, "force_refresh": true})
	if err != nil {
		r.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r.platform.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/cgi-bin/stable_token", bytes.NewReader(body)))
	var got struct {
		Token string `json:"access_token"`
	}
	if raw, _ := io.ReadAll(w.Body); json.Unmarshal(raw, &got) != nil || got.Token == "" {
		r.t.Fatalf("the other program got %s", raw)
	}
}

func TestATokenThatIsGoneIsFetchedPlainly(t *testing.T) {
	r, _ := clocked(t, nil)
	for range 2 {
		if err := r.push(); err != nil {
			t.Fatal(err)
		}
		r.platform.RevokeTokens()
	}
	if err := r.push(); err != nil {
		t.Fatal(err)
	}
	if plainly, forced := r.tokens(); plainly != 3 || forced != 0 {
		t.Errorf("asked %d times plainly and %d times by force, want 3 and 0", plainly, forced)
	}
}

func TestATokenThatThePlatformInsistsOnIsFetchedByForceNowAndThen(t *testing.T) {
	r, later := clocked(t, nil)
	if err := r.push(); err != nil {
		t.Fatal(err)
	}
	r.platform.Fail("/cgi-bin/message/custom/send", 40001, "invalid credential", 0)
	for range 10 { // within the same moment
		if err := r.push(); err == nil {
			t.Fatal("a refused token sent something")
		}
	}
	if _, forced := r.tokens(); forced != 1 {
		t.Errorf("fetched by force %d times within 30 seconds, want once", forced)
	}
	if plainly, _ := r.tokens(); plainly > 4 {
		t.Errorf("asked plainly %d times of a platform that insists", plainly)
	}
	for range 40 {
		later(31 * time.Second)
		_ = r.push()
	}
	if _, forced := r.tokens(); forced != 20 {
		t.Errorf("fetched by force %d times in a day, want 20", forced)
	}
	if log := r.logs.String(); strings.Count(log, "tries by force are used up") != 1 || strings.Contains(log, safe.AppSecret) {
		t.Errorf("want one line that says so, got\n%s", log)
	}
	later(24 * time.Hour)
	r.platform.Reset()
	if err := r.push(); err != nil {
		t.Errorf("on the next day: %v", err)
	}
}

func TestReplicasShareTheTriesByForce(t *testing.T) {
	r, later := clocked(t, nil)
	o := r.opts
	o.Metrics = nil
	other, err := wechat.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.platform.Fail("/cgi-bin/message/custom/send", 40014, "invalid access_token", 0)
	for range 15 {
		_ = r.push()
		_ = other.Sender("main").Push(t.Context(), "o2", channel.Reply{Text: "x"})
		later(31 * time.Second)
	}
	if _, forced := r.tokens(); forced != 15 {
		t.Errorf("two replicas fetched by force %d times in 15 half minutes", forced)
	}
}

func TestManyAtOnceRenewATokenOnce(t *testing.T) {
	r, _ := clocked(t, nil)
	if err := r.push(); err != nil {
		t.Fatal(err)
	}
	r.platform.RevokeTokens()
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if err := r.channel.Sender("main").Push(t.Context(), "o1", channel.Reply{Text: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if plainly, forced := r.tokens(); plainly != 2 || forced != 0 {
		t.Errorf("asked %d times plainly and %d times by force, want 2 and 0", plainly, forced)
	}
}

func TestAnotherProgramThatTakesTheTokenAwayIsNamed(t *testing.T) {
	r, later := clocked(t, nil)
	for n := range 4 {
		if err := r.push(); err != nil {
			t.Fatalf("after %d tokens were taken away: %v", n, err)
		}
		if said := r.channel.Fight(t.Context(), "main"); (said != "") != (n >= 3) {
			t.Errorf("after %d: %q", n, said)
		}
		r.elsewhere()
		later(time.Minute)
	}
	if _, forced := r.tokens(); forced != 4 {
		t.Errorf("%d by force, all of them the other program's: we take part in the fight", forced)
	}
	if log := r.logs.String(); strings.Count(log, "over and over") != 1 {
		t.Errorf("want one line that says so, got\n%s", log)
	}
	later(2 * time.Hour)
	if said := r.channel.Fight(t.Context(), "main"); said != "" {
		t.Errorf("two hours later it is still said: %s", said)
	}
}

func TestAWrongSecretIsNoReasonForForce(t *testing.T) {
	r, _ := clocked(t, func(r *rig) { r.opts.Accounts[0].AppSecret = "wrong" })
	var pe *channel.PushError
	if err := r.push(); !errors.As(err, &pe) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
	if _, forced := r.tokens(); forced != 0 {
		t.Errorf("%d tries by force", forced)
	}
}
