package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// shippedStations are read once: they never change, and there are many offices.
var shippedStations = sync.OnceValues(func() (*booking.Directory, error) {
	return booking.LoadStations(os.DirFS("../../dialogs/stations"))
})

// A hash takes the time of a page. The password that staff of these tests choose, and the one-time one that the demo account
// begins with, are hashed once, by the program itself.
const demoPassword = "once-only-2046"

var (
	hashOnce                sync.Once
	chosenHash, oneTimeHash string
)

func hashes(t testing.TB) (chosen, oneTime string) {
	t.Helper()
	hashOnce.Do(func() {
		db := storetest.SQLite(t).Open(t, nil)
		s := &staff.Service{Store: db.Staff(), Trail: db.Trail()}
		a, password, err := s.Add(t.Context(), "somebody", "", staff.Counsellor)
		if err == nil {
			a, err = s.ChangePassword(t.Context(), a.ID, password, demoPassword)
		}
		if oneTimeHash = a.PasswordHash; err == nil {
			a, err = s.ChangePassword(t.Context(), a.ID, demoPassword, chosenPassword)
		}
		if chosenHash = a.PasswordHash; err != nil {
			t.Errorf("make the passwords of the tests: %v", err)
		}
	})
	return chosenHash, oneTimeHash
}

// hires adds somebody whose password is chosen, without the steps that lead there; TestTheOneTimePassword… and
// TestACounsellorMeets… take those.
func (o *office) hires(t testing.TB, name, display string, role staff.Role, station string) staff.Account {
	t.Helper()
	chosen, _ := hashes(t)
	now := time.Now().Add(o.later.get())
	a := staff.Account{ID: o.newID(), Name: name, DisplayName: display, Role: role, Station: station, PasswordHash: chosen, PasswordAt: now, CreatedAt: now, RoleAt: now, Stood: role.Oversees()}
	if err := o.db.Staff().Insert(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return a
}

// demo is the account of a first start, with a one-time password.
func (o *office) demo(t testing.TB) {
	t.Helper()
	_, oneTime := hashes(t)
	now := time.Now()
	a := staff.Account{ID: o.newID(), Name: "demo", DisplayName: "示例老师", Role: staff.Supervisor, PasswordHash: oneTime, PasswordAt: now, MustChange: true, CreatedAt: now}
	if err := o.db.Staff().Insert(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// logsIn signs somebody in whose password is chosen.
func (v *visitor) logsIn(name string) (*http.Response, string) {
	v.t.Helper()
	res, page := v.do("POST", "/desk/login", url.Values{"name": {name}, "password": {chosenPassword}})
	if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/desk/login" {
		v.t.Fatalf("sign in as %s: %d at %s", name, res.StatusCode, res.Request.URL)
	}
	return res, page
}

// comesIn gives a tab the session of somebody whose password is chosen, whoever was signed in before, and opens a page.
func comesIn(t *testing.T, ctx context.Context, o *office, name, path string) {
	t.Helper()
	v := o.visitor(t)
	v.CheckRedirect = noRedirects
	res, _ := v.do("POST", "/desk/login", url.Values{"name": {name}, "password": {chosenPassword}})
	cookies := res.Cookies()
	at := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == "xinqiao_desk" })
	if res.StatusCode != http.StatusSeeOther || at < 0 {
		t.Fatalf("sign in as %s: %d with %d cookies", name, res.StatusCode, len(cookies))
	}
	c := cookies[at]
	browsertest.Do(t, ctx, name+" comes in", browsertest.Call(network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: o.url + "/desk", Path: c.Path, HTTPOnly: &c.HttpOnly}),
		chromedp.Navigate(o.url+path))
}
