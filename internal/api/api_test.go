package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/api"
	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// city is an API on a real store; lists of other packages are in memory.
type city struct {
	cases  *casework.Service
	staff  *staff.Service
	db     *store.DB
	engine *gin.Engine
}

type lists struct{}

func (lists) Appointments(context.Context, string, int) ([]api.Appointment, string, error) {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	return []api.Appointment{{ID: "a1", Code: "K7M3QX", Station: "示例站", Start: at, Status: "booked", BookedAt: at}}, "more", nil
}
func (lists) Upcoming(context.Context) (int, error) { return 3, nil }
func (lists) Waiting(context.Context) (int, error)  { return 2, nil }
func (lists) Stations(_ context.Context, cursor string, _ int) ([]api.Station, string, error) {
	if cursor != "" {
		return nil, "", api.ErrCursor
	}
	return []api.Station{{ID: "s1", Name: "示例站"}}, "", nil
}
func (lists) Letters(context.Context, string, int) ([]api.Letter, string, error) {
	return nil, "", nil
}

func newCity(t testing.TB, db *store.DB) *city {
	gin.SetMode(gin.TestMode)
	c := &city{
		db:     db,
		cases:  &casework.Service{Store: db.Cases(), Trail: db.Trail(), Outbox: db.Outbox(), Transcript: db.Messages()},
		staff:  &staff.Service{Store: db.Staff(), Trail: db.Trail()},
		engine: gin.New(),
	}
	api.New(api.Options{Cases: c.cases, Staff: c.staff, Trail: db.Trail(), Letters: lists{}, Appointments: lists{}, Stations: lists{}, Version: "test"}).Register(c.engine)
	return c
}

func (c *city) token(t testing.TB, role staff.Role) string {
	t.Helper()
	_, secret, err := c.staff.CreateToken(t.Context(), staff.NewToken{Name: "test " + string(role), Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// call returns the status and the decoded body.
func (c *city) call(t *testing.T, method, path, token string) (int, map[string]any) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	c.engine.ServeHTTP(rec, req)
	raw, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatalf("%s %s answers %d %q, which is no JSON: %v", method, path, rec.Code, raw, err)
	}
	if want := "application/problem+json"; rec.Code >= 400 && !strings.HasPrefix(rec.Header().Get("Content-Type"), want) {
		t.Errorf("%s %s answers %d as %q, want %s", method, path, rec.Code, rec.Header().Get("Content-Type"), want)
	}
	return rec.Code, body
}

func (c *city) raise(t *testing.T, user string, level risk.Level) casework.Case {
	t.Helper()
	p, err := c.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(user)})
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.cases.Raise(t.Context(), casework.Signal{Person: p.ID, Level: level, Subject: risk.Self, Rule: "r", Reason: "明确说出不想活下去", Key: "key-" + user})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestACaseTellsItsStepsWithoutItsNotes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		k := c.raise(t, "one", risk.High)
		lan := casework.Actor{ID: "lan", Name: "示例·兰老师"}
		if _, err := c.cases.SetLevel(t.Context(), k.ID, lan, casework.Ruling{Level: risk.Imminent, Reason: "示例：听到了打算", Key: "k"}); err != nil {
			t.Fatal(err)
		}
		status, body := c.call(t, http.MethodGet, "/api/v1/cases/"+k.ID, c.token(t, staff.Counsellor))
		steps, _ := body["steps"].([]any)
		if status != http.StatusOK || len(steps) != 2 || body["id"] != k.ID {
			t.Fatalf("GET cases/{id} answers %d %v, want the case with two steps", status, body)
		}
		step := steps[1].(map[string]any)
		if at, err := time.Parse(time.RFC3339, step["at"].(string)); err != nil || at.IsZero() {
			t.Errorf("the step has no time: %v", step)
		}
		delete(step, "at")
		if diff := cmp.Diff(map[string]any{"kind": "level", "staff": lan.Name, "level": "imminent", "code": ""}, step); diff != "" {
			t.Errorf("the step (-want +got):\n%s", diff)
		}
	})
}

func TestACaseHasExactlyTheKeysOfTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		token := c.token(t, staff.Counsellor)
		k := c.raise(t, "one", risk.High)
		status, body := c.call(t, http.MethodGet, "/api/v1/cases", token)
		items, _ := body["items"].([]any)
		if status != http.StatusOK || len(items) != 1 || body["next"] != "" {
			t.Fatalf("GET cases answers %d %v, want one case and next empty", status, body)
		}
		item := items[0].(map[string]any)
		var keys []string
		for key := range item {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		want := []string{"acknowledged_at", "alias", "assignee", "channel", "id", "level", "opened_at", "reason", "status", "subject"}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("keys of a case (-want +got):\n%s", diff)
		}
		if item["acknowledged_at"] != nil || item["id"] != k.ID || item["level"] != "high" || item["channel"] != "wechat" {
			t.Errorf("the case is %v, want id %s, level high, channel wechat, acknowledged_at null", item, k.ID)
		}
		status, body = c.call(t, http.MethodPost, "/api/v1/cases/"+k.ID+"/ack", token)
		first := body["acknowledged_at"]
		if status != http.StatusOK || first == nil || body["status"] != "acknowledged" {
			t.Errorf("POST ack answers %d %v, want 200, a time and status acknowledged", status, body)
		}
		if _, body = c.call(t, http.MethodPost, "/api/v1/cases/"+k.ID+"/ack", token); body["acknowledged_at"] != first {
			t.Errorf("a second ack moved the time from %v to %v", first, body["acknowledged_at"])
		}
		if status, _ = c.call(t, http.MethodGet, "/api/v1/cases/"+k.ID, token); status != http.StatusOK {
			t.Errorf("GET cases/{id} answers %d, want 200", status)
		}
	})
}

func TestPagesOfCasesMeetEveryCaseOnceTheMostUrgentFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		token := c.token(t, staff.Supervisor)
		levels := []risk.Level{risk.Low, risk.Imminent, risk.Medium, risk.High, risk.Imminent, risk.Medium, risk.Low}
		for i, l := range levels {
			c.raise(t, string(rune('a'+i)), l)
		}
		var got []string
		seen := map[any]bool{}
		next := ""
		for range 10 {
			status, body := c.call(t, http.MethodGet, "/api/v1/cases?limit=2&cursor="+next, token)
			if status != http.StatusOK {
				t.Fatalf("GET cases with a cursor answers %d %v", status, body)
			}
			for _, it := range body["items"].([]any) {
				item := it.(map[string]any)
				if seen[item["id"]] {
					t.Errorf("case %v stands on two pages", item["id"])
				}
				seen[item["id"]] = true
				got = append(got, item["level"].(string))
			}
			if next = body["next"].(string); next == "" {
				break
			}
		}
		want := []string{"imminent", "imminent", "high", "medium", "medium", "low", "low"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("levels over all pages (-want +got):\n%s", diff)
		}
	})
}

func TestWhoMayAskWhat(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		k := c.raise(t, "one", risk.High)
		tokens := map[string]string{"nobody": "", "a stranger": "xq_not-a-token"}
		for _, r := range staff.Roles() {
			if r == staff.Station || r == staff.Editor || r == staff.Auditor { // a token knows no station, and the API has nothing for editors and auditors
				if _, _, err := c.staff.CreateToken(t.Context(), staff.NewToken{Name: "test", Role: r}); !errors.Is(err, staff.ErrInvalid) {
					t.Errorf("a token of the role %s: %v, want ErrInvalid", r, err)
				}
				continue
			}
			tokens[string(r)] = c.token(t, r)
		}
		tests := []struct {
			who, method, path string
			want              int
		}{
			{"nobody", "GET", "/api/v1/cases", 401},
			{"a stranger", "GET", "/api/v1/stats", 401},
			{"reader", "GET", "/api/v1/cases", 403},
			{"reader", "GET", "/api/v1/letters", 403},
			{"reader", "POST", "/api/v1/cases/" + k.ID + "/ack", 403},
			{"reader", "GET", "/api/v1/stations", 200},
			{"reader", "GET", "/api/v1/stats", 200},
			{"admin", "GET", "/api/v1/cases", 200},
			{"counsellor", "GET", "/api/v1/appointments", 200},
			{"counsellor", "GET", "/api/v1/letters", 200},
			{"counsellor", "GET", "/api/v1/cases/unknown", 404},
			{"counsellor", "POST", "/api/v1/cases/unknown/ack", 404},
			{"counsellor", "GET", "/api/v1/cases?limit=201", 422},
			{"counsellor", "GET", "/api/v1/cases?limit=0", 422},
			{"counsellor", "GET", "/api/v1/cases?limit=many", 422},
			{"counsellor", "GET", "/api/v1/cases?cursor=garbage!", 422},
			{"counsellor", "GET", "/api/v1/stations?cursor=garbage", 422},
		}
		for _, tt := range tests {
			if status, body := c.call(t, tt.method, tt.path, tokens[tt.who]); status != tt.want {
				t.Errorf("%s: %s %s answers %d %v, want %d", tt.who, tt.method, tt.path, status, body["detail"], tt.want)
			}
		}
	})
}

func TestFiguresAreCounted(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		k := c.raise(t, "one", risk.High)
		c.raise(t, "two", risk.Medium)
		if _, err := c.cases.Acknowledge(t.Context(), k.ID, casework.Actor{ID: "x", Name: "x"}); err != nil {
			t.Fatal(err)
		}
		_, body := c.call(t, http.MethodGet, "/api/v1/stats", c.token(t, staff.Reader))
		want := map[string]any{
			"cases": map[string]any{"open": 2.0, "unacknowledged": 1.0,
				"by_level": map[string]any{"low": 0.0, "medium": 1.0, "high": 1.0, "imminent": 0.0}},
			"letters":      map[string]any{"waiting": 2.0},
			"appointments": map[string]any{"upcoming": 3.0},
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
	})
}

func TestOpenAPINamesEveryPath(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCity(t, db)
		status, body := c.call(t, http.MethodGet, "/api/v1/openapi.json", "")
		paths, _ := body["paths"].(map[string]any)
		for _, p := range []string{"/cases", "/cases/{id}", "/cases/{id}/ack", "/appointments", "/stations", "/letters", "/stats"} {
			if _, ok := paths[p]; !ok {
				t.Errorf("openapi.json (%d) lacks %s", status, p)
			}
		}
	})
}

func TestAnUnknownPathIsAProblemToo(t *testing.T) {
	c := newCity(t, storetest.SQLite(t).Open(t, nil))
	c.engine.NoRoute(api.NotFound)
	if status, body := c.call(t, http.MethodGet, "/api/v1/nothing", ""); status != http.StatusNotFound || body["status"] != 404.0 {
		t.Errorf("an unknown path answers %d %v, want a 404 problem", status, body)
	}
}

// Each operation, answered or refused, leaves a line by the program that asked.
func TestEachReadOfAProgramLeavesATrace(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	c := newCity(t, db)
	k := c.raise(t, "one", risk.High)
	var last int64
	for role, want := range map[staff.Role]audit.Kind{staff.Counsellor: audit.APIRead, staff.Manager: audit.Denied} {
		token := c.token(t, role)
		for _, r := range c.engine.Routes() {
			if strings.Contains(r.Path, "openapi") || strings.Contains(r.Path, "schemas") {
				continue // what the API is like, which everybody may know
			}
			c.call(t, r.Method, strings.Replace(r.Path, ":id", k.ID, 1), token)
			lines, err := db.Audit().Lines(t.Context(), last, 10)
			if err != nil {
				t.Fatal(err)
			}
			traced := false
			for _, l := range lines {
				last = l.Seq
				traced = traced || (l.Kind == want || want == audit.Denied && strings.HasSuffix(r.Path, "/stats")) && l.Role == string(role) && l.Name == "API · test "+string(role)
			}
			if !traced {
				t.Errorf("%s %s by a %s leaves %v, want a line %s", r.Method, r.Path, role, lines, want)
			}
		}
	}
}
