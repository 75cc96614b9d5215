package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// realm is one district with an account of the service of its own, and one thing of each kind that belongs there.
type realm struct {
	district, account, station string

	person  person.Person
	Case    casework.Case
	asked   casework.Asked
	letter  string
	request request.Request
	visit   booking.Appointment
	media   string
	task    string
	says    string // words that nobody else said
}

var realms = []realm{
	{district: "天河区", account: "tianhe", station: "tianhe-1", says: "木棉的话"},
	{district: "越秀区", account: "yuexiu", station: "yuexiu-1", says: "榕树的话"},
}

// withDistricts wires what districts are made of, as the program does.
func withDistricts(o *desk.Options) {
	o.Map = func(districts []string) (places []reach.Place, stations []string) {
		for _, r := range realms {
			if slices.Contains(districts, r.district) {
				places, stations = append(places, reach.Place{Channel: "wechat", Account: r.account}), append(stations, r.station)
			}
		}
		return places, stations
	}
}

// fills makes one thing of each kind in a realm. Nobody beyond it is called.
func (o *office) fills(t *testing.T, r realm) realm {
	t.Helper()
	var err error
	if r.person, err = o.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: r.account, User: channel.UserKey("openid-" + r.account)}); err != nil {
		t.Fatal(err)
	}
	r.Case = o.signal(t, r.person, risk.High, r.says, "示例原因"+r.account, "case-"+r.account)
	o.asks(t, r.person, doubt, r.says+"问")
	asked, _, err := o.cases.Asked(t.Context(), casework.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.asked = asked[0]
	r.letter = o.letter(t, r.person, r.says+"信").ID
	r.request = o.requests(t, r.person, request.Concern, request.Form{School: "示例小学", Seen: "很低落", About: r.says + "求"})
	if r.visit, err = o.booking.Book(t.Context(), booking.Wish{Key: "chat:" + r.account, Person: r.person.ID, Slot: r.station + "@202603031400", Note: r.says + "约"}); err != nil {
		t.Fatal(err)
	}
	r.media = strings.TrimPrefix(o.sends(t, r.person, r.Case, media.Item{Kind: channel.KindImage, State: media.Kept, Type: "image/jpeg"}, "", painting(t, 40, 40)), "/desk/media/")
	r.task = o.taskOf(t, r.Case.ID).ID
	return r
}

// divided is an office whose two realms are filled, and the colleagues of the first one: one of each role, bound to it.
func divided(t *testing.T) (o *office, own, other realm, people map[staff.Role]*visitor) {
	t.Helper()
	db := storetest.SQLite(t).Open(t, nil)
	o = openOffice(t, db, withRota(t, db, dutyPlan), withPush(db, new([]string), new(error)), withContent(db), withDistricts)
	o.at(t, "2026-03-02 10:00")
	o.cases.Address = db.People().Address
	o.cases.Ladder.District = func(ctx context.Context, id string) string {
		p, err := db.People().Get(ctx, id)
		for _, r := range realms {
			if err == nil && r.account == p.Account {
				return r.district
			}
		}
		return ""
	}
	o.cases.Ladder.Near = func(_ context.Context, c casework.Case) []notify.Contact {
		return []notify.Contact{{Name: "在这个片区的人", Account: "of-" + c.Account}}
	}
	for _, r := range realms { // whom the ladder calls first
		o.hires(t, "of-"+r.account, "示例·"+r.account, staff.Counsellor, "")
	}
	people = map[staff.Role]*visitor{}
	for _, role := range staff.Roles() {
		if role == staff.Reader {
			continue
		}
		name := "own" + string(role)
		station := ""
		if role == staff.Station {
			station = realms[0].station
		}
		o.hires(t, name, "示例·"+name, role, station)
		if role != staff.Station {
			if _, err := o.staff.Bind(t.Context(), name, []string{realms[0].district}, ""); err != nil {
				t.Fatal(err)
			}
		}
		v := o.visitor(t)
		v.logsIn(name)
		people[role] = v
	}
	return o, o.fills(t, realms[0]), o.fills(t, realms[1]), people
}

// pathOf is a route's address for a thing of a realm; false where the route is about no such thing. A route with a parameter
// that no line here knows fails the walk: say what it is about.
func pathOf(t *testing.T, route string, r realm) (method, path string, about bool) {
	t.Helper()
	method, path, _ = strings.Cut(route, " ")
	fill := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(path) }
	has := func(prefix string) bool { return strings.HasPrefix(path, "/desk/"+prefix) }
	switch {
	case !strings.ContainsAny(path, ":*"):
		return method, path, false
	case has("cases/:id"), has("tasks/:id"):
		return method, fill(":id", r.Case.ID, ":task", r.task, ":ref", "none"), true
	case has("asked/:id"):
		return method, fill(":id", r.asked.ID), true
	case has("letters/:id"):
		return method, fill(":id", r.letter), true
	case has("requests/:id"):
		return method, fill(":id", r.request.ID), true
	case has("appointments/:id"), has("appointments/scan/:token"):
		return method, fill(":id", r.visit.ID, ":token", r.visit.Token), true
	case has("media/:id"):
		return method, fill(":id", r.media), true
	case has("feedback/words/:station"):
		return method, fill(":station", r.station), false // one without words is not found, whoever asks
	case has("appointments/blocks/:block"), has("static/"), has("rota/"), has("campaigns/"), has("content/"), has("oversight/"), has("accounts/"), has("tokens/"), has("me/"), has("audit/"):
		return method, "", false // the city's, one's own, or a station's: tests of their own
	}
	t.Errorf("%s is in no line of this walk: say what its parameter is about", route)
	return method, "", false
}

// TestWhatLiesBeyondIsNotFoundByAnyRoute walks every route of the desk, as the router has them, as every role bound to a district:
// what the role may not do is refused, what lies beyond is not found, and no page or list has a word of it.
func TestWhatLiesBeyondIsNotFoundByAnyRoute(t *testing.T) {
	o, own, other, people := divided(t)
	beyond := []string{other.says, other.Case.ID, other.person.Alias, other.request.Number, other.visit.Code, other.letter}
	refused := regexp.MustCompile("您的角色不能|您只能看自己站点")
	walked := 0
	for _, route := range o.routes {
		if strings.HasSuffix(route, "/logout") || strings.HasSuffix(route, "/leave") || route == "POST /desk/login" || route == "POST /desk/password" || route == "POST /desk/session/again" {
			continue
		}
		for role, v := range people {
			method, path, about := pathOf(t, route, own)
			if path == "" {
				continue
			}
			form := url.Values(nil)
			if method == "POST" {
				form = url.Values{"key": {o.newID()}, "note": {"示例"}, "text": {"示例"}, "reach": {"reached"}, "kind": {"note"}, "reason": {"示例"}, "who": {"supervisors"}}
			}
			if !about { // a page or a list: it is read
				if method == "GET" && !strings.Contains(route, "/static/") {
					if path != "/desk/live" { // which never ends
						path += "?q=&station=" + own.station + "&period=30d"
					}
					status, page := v.status(method, path, form)
					for _, word := range beyond {
						if strings.Contains(page, word) {
							t.Errorf("%s as %s of %s answers %d and tells of %s: %q", route, role, own.district, status, other.district, word)
						}
					}
					walked++
				}
				continue
			}
			_, path, _ = pathOf(t, route, other)
			status, page := v.status(method, path, form)
			walked++
			if status == http.StatusForbidden && refused.MatchString(page) { // by the role, wherever it lies
				continue
			}
			if status != http.StatusNotFound {
				t.Errorf("%s as %s of %s, about %s, answers %d, want 404", route, role, own.district, other.district, status)
			}
			for _, word := range beyond {
				if strings.Contains(strings.ReplaceAll(page, path, ""), word) {
					t.Errorf("%s as %s of %s tells of %s: %q", route, role, own.district, other.district, word)
				}
			}
		}
	}
	if walked < 300 {
		t.Errorf("only %d pages were walked", walked)
	}
	k, err := o.cases.Get(t.Context(), other.Case.ID)
	if err != nil || k.Status != casework.StatusOpen || k.Assignee != "" {
		t.Errorf("after the walk the case beyond is %+v, %v: something was done to it", k, err)
	}
}

// TestWhatIsWithinIsFound is the other half of the walk: what the roles of a district may do there, they can.
func TestWhatIsWithinIsFound(t *testing.T) {
	o, own, _, people := divided(t)
	for _, route := range o.routes {
		for role, v := range people {
			method, path, about := pathOf(t, route, own)
			if !about || method != "GET" || role == staff.Station || strings.Contains(route, ":ref") {
				continue
			}
			status, page := v.status(method, path, nil)
			if status == http.StatusNotFound {
				t.Errorf("%s as %s of %s is not found: %.200s", route, role, own.district, page)
			}
		}
	}
	for _, list := range []struct{ path, word string }{
		{"/desk", own.person.Alias}, {"/desk/search", own.person.Alias}, {"/desk/asked", own.says + "问"}, {"/desk/requests", own.request.Number},
		{"/desk/appointments?station=" + own.station + "&day=2026-03-03", own.visit.Code},
	} {
		if _, page := people[staff.Counsellor].do("GET", list.path, nil); !strings.Contains(page, list.word) {
			t.Errorf("%s does not show a counsellor what is in their district: %q", list.path, list.word)
		}
	}
}

// TestDangerThatNobodyNearTakesClimbsToThoseBeyond is the first law: reach bounds what is seen, never who is called.
func TestDangerThatNobodyNearTakesClimbsToThoseBeyond(t *testing.T) {
	o, _, other, people := divided(t)
	v := people[staff.Counsellor]
	sees := func() bool {
		res, page := v.do("GET", "/desk/cases/"+other.Case.ID, nil)
		return res.StatusCode == http.StatusOK && strings.Contains(page, other.says)
	}
	if sees() {
		t.Fatal("it is seen before anybody called")
	}
	o.later.add(casework.DefaultWithin()[risk.High] + time.Second)
	o.runs(t, casework.KindDeadline, o.cases.Overdue)
	if !sees() {
		t.Error("nobody near took it, everybody is called, and whoever is called does not see it")
	}
	if _, page := v.do("GET", "/desk/queue", nil, "HX-Request", "true"); !strings.Contains(page, other.person.Alias) {
		t.Error("and it does not stand in their queue")
	}
	if status, _ := v.post("/desk/cases/" + other.Case.ID + "/take"); status != http.StatusOK {
		t.Errorf("and they cannot take it: %d", status)
	}
}

func TestWhoeverIsNamedOrAskedInSeesThatCaseAlone(t *testing.T) {
	o, _, other, people := divided(t)
	v := people[staff.Counsellor]
	k2 := o.signal(t, o.of(t, other.account, "second"), risk.High, "另一位", "示例原因", "second")
	near := o.visitor(t)
	near.logsIn("of-" + other.account)
	near.post("/desk/cases/"+other.Case.ID+"/steps", "kind", "note", "note", "@示例·owncounsellor 请帮忙看一下")
	if res, _ := v.do("GET", "/desk/cases/"+other.Case.ID, nil); res.StatusCode != http.StatusOK {
		t.Errorf("who is named in a note does not see the case: %d", res.StatusCode)
	}
	if res, _ := v.do("GET", "/desk/cases/"+k2.ID, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("and sees another one of that district: %d", res.StatusCode)
	}
}

// of is a person who came by an account.
func (o *office) of(t *testing.T, account, key string) person.Person {
	t.Helper()
	p, err := o.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account, User: channel.UserKey(key)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runs does the work of a kind whose time has come by the office's clock.
func (o *office) runs(t *testing.T, kind string, do func(context.Context, outbox.Row) error) {
	t.Helper()
	for {
		rows, err := o.db.Outbox().Claim(t.Context(), "walk", time.Now().Add(o.later.get()), time.Minute, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return
		}
		for _, r := range rows {
			if r.Kind == kind {
				err = do(t.Context(), r)
			}
			if err == nil {
				err = o.db.Outbox().Done(t.Context(), "walk", r.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
