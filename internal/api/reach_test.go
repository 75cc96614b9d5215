package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// rightOf is the right that each route of the API asks for. A route that stands in no line fails the walk; "" asks for none.
var rightOf = map[string]staff.Right{
	"GET /api/v1/cases": staff.SeeCases, "GET /api/v1/cases/:id": staff.SeeCases, "POST /api/v1/cases/:id/ack": staff.Acknowledge,
	"GET /api/v1/letters": staff.SeeLetters, "GET /api/v1/appointments": staff.SeeAppointments, "GET /api/v1/stations": staff.SeeStations, "GET /api/v1/stats": staff.SeeStats,
	"GET /api/v1/openapi.json": "", "GET /api/v1/openapi.yaml": "", "GET /api/v1/openapi-3.0.json": "", "GET /api/v1/openapi-3.0.yaml": "",
}

// TestEveryRouteOfTheAPIObeysThePolicyTable walks every route, as the router has them, with a token of every role, bound to a
// district and to none, about a case within it and one beyond.
func TestEveryRouteOfTheAPIObeysThePolicyTable(t *testing.T) {
	c := newCity(t, storetest.SQLite(t).Open(t, nil))
	districts := map[string]string{"tianhe": "天河区", "yuexiu": "越秀区"}
	c.cases.Ladder.District = func(ctx context.Context, id string) string {
		p, err := c.db.People().Get(ctx, id)
		if err != nil {
			t.Error(err)
		}
		return districts[p.Account]
	}
	if _, _, err := c.staff.Add(t.Context(), "near", "示例·近", staff.Counsellor); err != nil {
		t.Fatal(err)
	}
	c.cases.Ladder.Near = func(context.Context, casework.Case) []notify.Contact {
		return []notify.Contact{{Name: "示例·近", Account: "near"}}
	}
	of := map[string]casework.Case{}
	for account := range districts {
		p, err := c.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account, User: "u"})
		if err == nil {
			of[account], err = c.cases.Raise(t.Context(), casework.Signal{Person: p.ID, Level: risk.High, Subject: risk.Self, Rule: "r", Reason: "r", Key: account})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, role := range staff.Roles() {
		for _, bound := range []bool{false, true} {
			n := staff.NewToken{Name: string(role), Role: role}
			if bound {
				n.Districts = []string{"天河区"}
			}
			_, secret, err := c.staff.CreateToken(t.Context(), n)
			if err != nil {
				if role.May(staff.SeeStats) {
					t.Errorf("a token of %s cannot be made: %v", role, err)
				}
				continue
			}
			for _, r := range c.engine.Routes() {
				right, known := rightOf[r.Method+" "+r.Path]
				if !known {
					t.Errorf("%s %s stands in no line of this test: say which right it asks for", r.Method, r.Path)
				}
				if right == "" {
					continue
				}
				for account, k := range of {
					status, body := c.call(t, r.Method, strings.ReplaceAll(r.Path, ":id", k.ID), secret)
					want := http.StatusOK
					switch about := strings.Contains(r.Path, ":id"); {
					case !role.May(right):
						want = http.StatusForbidden
					case about && bound && account != "tianhe":
						want = http.StatusNotFound
					}
					if status != want {
						t.Errorf("%s %s as %s (bound: %t) about %s answers %d, want %d: %v", r.Method, r.Path, role, bound, districts[account], status, want, body)
					}
				}
			}
			wants := 2
			if bound {
				wants = 1
			}
			if role.May(staff.SeeCases) {
				if _, body := c.call(t, "GET", "/api/v1/cases", secret); len(body["items"].([]any)) != wants {
					t.Errorf("the list of %s (bound: %t) holds %d cases, want %d", role, bound, len(body["items"].([]any)), wants)
				}
			}
			if role.May(staff.SeeStats) {
				_, body := c.call(t, "GET", "/api/v1/stats", secret)
				if open := body["cases"].(map[string]any)["open"].(float64); int(open) != wants {
					t.Errorf("the figures of %s (bound: %t) count %v cases, want %d", role, bound, open, wants)
				}
			}
		}
	}
}
