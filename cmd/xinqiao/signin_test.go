package main

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestTheOwnerOfAnAccountIsCalledAboutANewDevice(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{wechatWay()}
	w := start(t, cfg, appOptions{})
	chen := w.joins("chen", staff.Counsellor)
	code, _, err := w.app.staff.NewPhoneCode(t.Context(), chen.account.ID)
	if err != nil {
		t.Fatal(err)
	}
	phone := openid(t, 1)
	w.sends(wxsim.Subscribe(phone, ""))
	w.says(phone, "绑定值班微信")
	w.wantIn(w.says(phone, code), "绑好了")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	thief := &deskVisitor{w: w, Client: http.Client{Jar: jar}}
	thief.post("/desk/login", "name", "chen", "password", "kapok-river-2046")
	call, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool { return c.Path == templateCall })
	if err != nil {
		t.Fatal(err)
	}
	if call.ToUser() != phone || !strings.Contains(call.Raw, "新设备上登录") || !strings.Contains(call.Raw, "/desk/me") {
		t.Errorf("the call is not hers, or does not say what happened: %s", call.Raw)
	}
	if page := chen.get("/desk"); !strings.Contains(page, "新的设备上登录了") {
		t.Error("the desk does not tell her")
	}
}

func TestTheSwitchOfTheDemoWorksOnOnesOwnMachineAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		addr, public string
		off          bool
	}{
		"at home":                  {"127.0.0.1:8080", "http://127.0.0.1:8080", false},
		"at home, by name":         {"localhost:8080", "http://localhost:8080", false},
		"on all addresses":         {"0.0.0.0:8080", "http://127.0.0.1:8080", true},
		"on no address, so on all": {":8080", "http://127.0.0.1:8080", true},
		"behind a front":           {"127.0.0.1:8080", "https://xinqiao.example.edu.cn", true},
	} {
		cfg := config.Default()
		cfg.HTTP.Addr, cfg.HTTP.PublicURL = tt.addr, tt.public
		if why := noDemo(cfg); (why != "") != tt.off {
			t.Errorf("%s: %q, want it off: %t", name, why, tt.off)
		}
	}
}
