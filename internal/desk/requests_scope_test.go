package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func TestASchoolsCounsellorSeesTheRequestsOfTheirSchoolAlone(t *testing.T) {
	o := officeOnSQLite(t)
	made, late := map[string]request.Request{}, request.Service{Store: o.db.Requests(), Trail: o.db.Trail(), Outbox: o.db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return time.Now().Add(-request.ReadWithin) }}}
	for _, account := range []string{"school1", "school2"} {
		p, err := o.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account, User: "u"})
		if err != nil {
			t.Fatal(err)
		}
		form := request.Form{School: "示例小学", Seen: "很低落", About: "在" + account}
		made[account] = o.requests(t, p, request.Concern, form)
		made[account+" late"], err = late.Make(t.Context(), account+" late", p.ID, request.Concern, form)
		if err != nil {
			t.Fatal(err)
		}
	}
	_, oneTime, err := o.staff.AddServing(t.Context(), "wang", "示例·wang", staff.Counsellor, "school1")
	if err != nil {
		t.Fatal(err)
	}
	v := o.visitor(t)
	v.do("POST", "/desk/login", url.Values{"name": {"wang"}, "password": {oneTime}})
	v.do("POST", "/desk/password", url.Values{"old": {oneTime}, "chosen": {chosenPassword}, "again": {chosenPassword}})
	theirs, others := "/desk/requests/"+made["school1"].ID, "/desk/requests/"+made["school2"].ID
	_, page := v.do("GET", "/desk/requests", nil)
	wants(t, "a school's list", page, made["school1"].Number, made["school1 late"].Number, "!"+made["school2"].Number, "!"+made["school2 late"].Number, "2 个新", "超过 4 小时，还没有人看")
	if first := strings.Index(page, made["school1 late"].Number); first > strings.Index(page, made["school1"].Number) || strings.Count(page, made["school1 late"].Number) != 1 {
		t.Error("what nobody has read in time does not stand first, once")
	}
	if res, page := v.do("GET", others, nil); res.StatusCode != http.StatusNotFound || strings.Contains(page, "在school2") {
		t.Errorf("another school's request answers %d", res.StatusCode)
	}
	if res, _ := v.do("POST", others, url.Values{"from": {"new"}, "to": {"passed"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("moving another school's request answers %d", res.StatusCode)
	}
	_, page = v.do("GET", theirs, nil)
	wants(t, "their own", page, "在school1")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	_, page = lan.do("GET", "/desk/requests", nil)
	wants(t, "the bureau's list", page, made["school1"].Number, made["school2"].Number, made["school1 late"].Number, made["school2 late"].Number, "4 个新")
}
