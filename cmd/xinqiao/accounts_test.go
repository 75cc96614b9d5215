package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// district is a second official account, in safe mode with keys of its own.
var district = wxsim.Account{
	Name: "tianhe", AppID: "wxfedcba9876543210", AppSecret: "app-secret-0002", Token: "tianhe-token",
	AESKey: "HhwaGBYUEhAODAoIBgQCAB8dGxkXFRMRDw0LCQcFAwE", GhID: "gh_tianhe",
}

func configured(a wxsim.Account, district string) config.Account {
	return config.Account{
		Name: a.Name, AppID: a.AppID, AppSecret: config.Secret(a.AppSecret), Token: config.Secret(a.Token), AESKey: config.Secret(a.AESKey),
		District: district, Capabilities: []string{"customer_service", "template", "oauth"},
	}
}

const districtsPlan = `
people:
  - {id: chen, name: 陈, email: chen@example.org}
  - {id: li, name: 李, email: li@example.org}
districts:
  - name: 全市
    shifts: [{days: [每天], from: "00:00", to: "24:00", who: [chen]}]
  - name: 天河区
    shifts: [{days: [每天], from: "00:00", to: "24:00", who: [li]}]
`

// TestTwoAccountsInOneProgramHaveTheirOwnWordsMenuAndDuty runs a bureau's account and a district's: what the district's folder
// says otherwise is said to its people alone, its menu is its own, and danger there calls its own duty.
func TestTwoAccountsInOneProgramHaveTheirOwnWordsMenuAndDuty(t *testing.T) {
	t.Parallel()
	cfg, duty := embedded(t), newDutyDesk(t)
	cfg.Dialogs.Dir = filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(cfg.Dialogs.Dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"flows/local.yaml": "flow: local\ntitle: 天河\ntriggers:\n  words: [天河专线]\n  clicks: [TIANHE]\nsteps:\n  start: {say: 这里是示例·天河。}\n",
		"flows/bye.yaml":   "flow: bye\ntitle: 再见\ntriggers:\n  words: [再见]\nsteps:\n  start: {say: 示例·天河，下次见。}\n",
		"menu.yaml":        "menu:\n  - {name: 天河, key: TIANHE}\n",
	} {
		file = filepath.Join(cfg.Dialogs.Dir, "accounts", district.Name, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := openContent(cfg.Dialogs.Dir)
	if err != nil {
		t.Fatal(err)
	}
	tests := filepath.Join(cfg.Dialogs.Dir, "tests")
	if err := os.RemoveAll(tests); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tests, 0o750); err != nil {
		t.Fatal(err)
	}
	const talks = "conversations:\n  - name: 天河\n    account: tianhe\n    turns:\n      - {say: 天河专线, has: 这里是示例}\n  - name: 全市\n    turns:\n      - {say: 天河专线, not: 这里是示例}\n"
	if err := os.WriteFile(filepath.Join(tests, "a.yaml"), []byte(talks), 0o600); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	if report, err := runConversations(t.Context(), lib, &told, &told); err != nil || report.Passed != 2 {
		t.Errorf("the editors' conversations with both: %+v, %v\n%s", report, err, told.String())
	}
	if err := hasAccount(lib, "nansha"); err == nil || !strings.Contains(err.Error(), "tianhe") {
		t.Errorf("an account without a folder: %v", err)
	}

	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, districtsPlan), []config.Way{duty.way()}
	cfg.WeChat.Accounts = []config.Account{configured(account, ""), configured(district, "天河区")}
	city := startWith(t, cfg, appOptions{library: lib}, wxsim.NewServer(account, district))
	tianhe := *city
	tianhe.client = &wxsim.Client{URL: city.url + "/wechat/" + district.Name, Account: district, Platform: city.platform, Patience: city.client.Patience}

	who := openid(t, 51) // even the same ID is somebody else at another account
	for _, w := range []*world{city, &tianhe} {
		w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
	}
	tianhe.wantIn(tianhe.says(who, "天河专线"), "这里是示例·天河")
	tianhe.wantIn(tianhe.sends(wxsim.Click(who, "TIANHE")), "这里是示例·天河")
	tianhe.wantIn(tianhe.says(who, "再见"), "示例·天河，下次见")
	tianhe.wantIn(tianhe.says(who, "家访"), "请老师家访") // what it does not say otherwise is the city's
	for _, text := range []string{"天河专线", "再见"} {
		if r := city.says(who, text); strings.Contains(r.Content, "示例·天河") {
			t.Errorf("the city's account answers %q with the district's words: %s", text, r.Content)
		}
	}
	mixed := *tianhe.client
	mixed.URL = city.client.URL
	if r, err := mixed.Send(t.Context(), wxsim.Text(who, "再见")); err == nil {
		t.Errorf("what is signed and sealed for one account is taken by the other: %+v", r)
	}

	tianhe.wantIn(tianhe.says(who, "我不想活了，今晚就跳下去"), "12356")
	called := func(name string) func() bool {
		return func() bool {
			return slices.ContainsFunc(duty.calls(t), func(line string) bool { return strings.HasSuffix(line, " "+name) })
		}
	}
	city.eventually("the district's duty to be called", called("李"))
	if called("陈")() {
		t.Errorf("the city's duty is called for a district that has its own: %q", duty.calls(t))
	}
	city.wantIn(city.says(who, "我不想活了，今晚就跳下去"), "12356")
	city.eventually("the city's duty to be called", called("陈"))

	file := filepath.Join(t.TempDir(), "xinqiao.yaml")
	var yaml strings.Builder
	yaml.WriteString("wechat:\n  accounts:\n")
	for _, a := range []wxsim.Account{account, district} {
		yaml.WriteString("    - {name: " + a.Name + ", app_id: " + a.AppID + ", app_secret: " + a.AppSecret + ", token: " + a.Token + ", aes_key: " + a.AESKey + ", api_url: '" + city.cfg.WeChat.Accounts[0].APIURL + "'}\n")
	}
	if err := os.WriteFile(file, []byte(yaml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	menu := func(deed, name string) string {
		t.Helper()
		code, out, errs := command(t.Context(), t, city.environ(), "", "wechat", "menu", deed, "--account", name, "--config", file)
		if code != exitFine {
			t.Fatalf("wechat menu %s --account %s: %d %s", deed, name, code, errs)
		}
		return out
	}
	for _, a := range []wxsim.Account{account, district} {
		menu("push", a.Name)
	}
	if shown := menu("show", district.Name); !strings.Contains(shown, "TIANHE") || strings.Contains(shown, "父母学堂") {
		t.Errorf("the district's menu is %s", shown)
	}
	if shown := menu("show", account.Name); strings.Contains(shown, "TIANHE") || !strings.Contains(shown, "父母学堂") {
		t.Errorf("the city's menu is %s", shown)
	}
}
