package desk_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func TestACodeThatIsScannedOpensToWhoKeepsTheStationsAppointments(t *testing.T) {
	o := officeOnSQLite(t)
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "one", "tianhe-1@202603031400", "孩子最近不太说话")
	elsewhere := o.books(t, "two", "tianhe-2@202603031400", "")
	o.at(t, "2026-03-03 13:55")
	v := o.clerk(t, "qiantai", "tianhe-1")
	res, page := v.do("GET", booking.ScanPath+a.Token, nil)
	if res.Request.URL.Path != "/desk/appointments/"+a.ID {
		t.Fatalf("the code leads to %s", res.Request.URL)
	}
	wants(t, "what was scanned", page, a.Code, `id="arrived"`)
	_, page = v.do("POST", "/desk/appointments/"+a.ID+"/arrived", url.Values{"key": {keyOn(t, page)}})
	wants(t, "who was scanned", page, "已到 13:55")
	if res, _ = v.do("POST", "/desk/appointments/find", url.Values{"code": {"https://xinqiao.example" + booking.ScanPath + a.Token}}); res.Request.URL.Path != "/desk/appointments/"+a.ID {
		t.Errorf("a reader that types the address comes to %s", res.Request.URL)
	}
	for name, path := range map[string]string{"another station's": booking.ScanPath + elsewhere.Token, "nobody's": booking.ScanPath + "none"} {
		if res, page = v.do("GET", path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s code answers %d", name, res.StatusCode)
		}
		wants(t, name, page, "!"+elsewhere.Code)
	}
	_, page = v.do("POST", "/desk/appointments/find", url.Values{"code": {"https://xinqiao.example" + booking.ScanPath + elsewhere.Token}})
	wants(t, "another station's, typed", page, "这个预约不在本站", "!14:00 约的")
	for _, role := range []staff.Role{staff.Counsellor, staff.Admin} { // they see appointments at most
		if res, page = o.signedIn(t, string(role), role).do("GET", booking.ScanPath+a.Token, nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d at %s", role, res.StatusCode, res.Request.URL)
		}
		wants(t, string(role), page, "!"+a.Code)
	}
}
