package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// minted is one browser at the web chat, somewhere.
type minted struct {
	w      *world
	client *http.Client
	from   string
}

func (w *world) minted(from string) *minted {
	w.t.Helper()
	jar, _ := cookiejar.New(nil)
	v := &minted{w, &http.Client{Jar: jar}, from}
	v.do(http.MethodGet, "/chat", "")
	return v
}

func (v *minted) do(method, path, body string) (int, string) {
	v.w.t.Helper()
	req, err := http.NewRequestWithContext(v.w.t.Context(), method, v.w.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		v.w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", v.from)
	res, err := v.client.Do(req)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (v *minted) says(words string) (int, string) {
	v.w.t.Helper()
	return v.do(http.MethodPost, "/chat/messages", fmt.Sprintf(`{"id":%q,"text":%q}`, uuid.NewString(), words))
}

var firstCase = regexp.MustCompile(`/desk/cases/([0-9a-f-]{36})`)

const plea = "我不想活了，药都拿出来了"

// TestARealPersonIsFoundFirstInAFloodOfMintedOnes is the attack of 240 new cookies in a few seconds, from one address, from
// the networks of one IPv6 line, and from a few addresses all over. Each is answered and is a case. The child who follows the
// account stands first on the desk, and the duty is called for her by herself; so it is for a new visitor of another network.
func TestARealPersonIsFoundFirstInAFloodOfMintedOnes(t *testing.T) {
	t.Parallel()
	duty := newDutyDesk(t)
	cfg := embedded(t)
	cfg.HTTP.TrustedProxies = []string{"127.0.0.0/8"}
	cfg.Alerts.Ways = []config.Way{duty.way()}
	w := start(t, cfg, appOptions{})
	lan := w.joins("lan", staff.Counsellor)
	for i := range 240 {
		from := "203.0.113.9"
		switch {
		case i >= 230:
			from = fmt.Sprintf("198.51.%d.7", i)
		case i >= 120:
			from = fmt.Sprintf("2001:db8:7:%x::1", i)
		}
		if status, body := w.minted(from).says(plea); status != http.StatusOK || !strings.Contains(body, "12356") {
			t.Fatalf("minted visitor %d is answered %d %.200s", i, status, body)
		}
	}
	child := openid(t, 1)
	w.wantIn(w.says(child, plea), "12356")
	if status, body := w.minted("192.0.2.77").says(plea); status != http.StatusOK || !strings.Contains(body, "12356") {
		t.Fatalf("a new visitor of another network: %d %.200s", status, body)
	}

	hers := w.openCaseOf(t, address(child).User.Reveal())
	page := lan.get("/desk")
	if m := firstCase.FindStringSubmatch(page[strings.Index(page, "<main"):]); m == nil || m[1] != hers.ID {
		t.Errorf("the first case on the desk is %v, want %s", m, hers.ID)
	}
	if hers.Unproved || hers.Level != risk.Imminent {
		t.Errorf("her case: level %s, unproved %v", hers.Level, hers.Unproved)
	}
	others, err := w.app.db.Cases().UnprovedOf(t.Context(), w.app.sealer.Digest("origin", "192.0.2.77"), w.app.now(), 2)
	if err != nil || len(others) != 1 {
		t.Fatalf("the cases of another network: %v, %v", others, err)
	}
	for who, id := range map[string]string{"her": hers.ID, "a new visitor of another network": others[0]} {
		w.eventually("the duty to be called for "+who+" alone", func() bool {
			return slices.ContainsFunc(duty.bodies(), func(raw string) bool { return strings.Contains(raw, id) })
		})
	}
	floods, err := w.app.cases.Floods(t.Context())
	n := 0
	for _, f := range floods {
		n += f.Cases
	}
	if err != nil || n != 241 {
		t.Errorf("%d unproved visitors wait (%v), want each of 241", n, err)
	}
	if calls := len(duty.bodies()); calls > 60 {
		t.Errorf("the duty was called %d times at once", calls)
	}
}

// TestEachOfManyNewFollowersInDangerIsCalledFor is the worst evening of a city: more people who have just followed the account
// than an hour has places for among those who are known. They stand below, and each of them is called for all the same.
func TestEachOfManyNewFollowersInDangerIsCalledFor(t *testing.T) {
	t.Parallel()
	duty := newDutyDesk(t)
	cfg := embedded(t)
	cfg.Alerts.Ways = []config.Way{duty.way()}
	w := start(t, cfg, appOptions{})
	const followers = 40
	below := 0
	var cases []casework.Case
	for i := range followers {
		follower := openid(t, i)
		w.wantIn(w.says(follower, plea), "12356")
		c := w.openCaseOf(t, follower)
		if c.Unproved {
			below++
		}
		cases = append(cases, c)
	}
	if below == 0 || below == followers {
		t.Errorf("%d of %d stand below those who are known, want some", below, followers)
	}
	for _, c := range cases {
		w.eventually("the duty to be called for "+c.Alias, func() bool {
			return slices.ContainsFunc(duty.bodies(), func(raw string) bool { return strings.Contains(raw, c.ID) })
		})
	}
}

// openCaseOf is the open case of a follower of the account.
func (w *world) openCaseOf(t *testing.T, user string) casework.Case {
	t.Helper()
	p, err := w.app.db.People().Resolve(t.Context(), address(user))
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.app.cases.OpenCase(t.Context(), p.ID)
	if err != nil || id == "" {
		t.Fatalf("the case: %q, %v", id, err)
	}
	c, err := w.app.cases.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestManyNewFollowersStandBehindWhoIsKnown has an account flooded by followers that somebody made: two dozen rank as anybody,
// the others together, behind somebody whom a counsellor has met.
func TestManyNewFollowersStandBehindWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	lan := w.joins("lan", staff.Counsellor)
	child := openid(t, 999)
	w.says(child, plea)
	met := w.openCaseOf(t, child)
	lan.post("/desk/cases/" + met.ID + "/take")
	lan.post("/desk/cases/"+met.ID+"/say", "text", "我在，你慢慢说。")
	lan.post("/desk/cases/"+met.ID+"/close", "outcome", "safe", "report", "not_asked", "note", "示例")
	for i := range 42 {
		w.wantIn(w.says(openid(t, i+1), plea), "12356")
	}
	floods, err := w.app.cases.Floods(t.Context())
	if err != nil || len(floods) != 1 || floods[0].Cases < 17 {
		t.Errorf("of many new followers %+v stand together (%v)", floods, err)
	}
	w.wantIn(w.says(child, plea), "12356")
	if c := w.openCaseOf(t, child); c.Unproved {
		t.Error("whom a counsellor has met ranks among the flood")
	}
}
