package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

const ownMenus = `menu:
  - {name: 听课, key: COURSES}
menus:
  - for: parent
    menu: [{name: 听课, key: COURSES}, {name: 约辅导站, key: BOOKING}]
  - for: student
    menu: [{name: 树洞信箱, key: COLUMN}]
  - for: staff
    menu: [{name: 值班台, url: /desk}]
`

// withMenus is a copy of the shipped content with a menu of its own.
func withMenus(t *testing.T, menu string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS(shippedDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "menu.yaml"), []byte(menu), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEverybodyGetsTheMenuThatIsForThem(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Dialogs.Dir = withMenus(t, ownMenus)
	w := start(t, cfg, appOptions{})
	parent, pupil, colleague, quiet := openid(t, 1), openid(t, 2), openid(t, 3), openid(t, 4)
	tagged := func(who string, want ...string) {
		t.Helper()
		w.eventually("the tags "+strings.Join(want, " "), func() bool { return slices.Equal(w.platform.TagsOf(account.AppID, who), want) })
	}
	w.platform.Script("/cgi-bin/tags/members/batchtagging", -1, 0) // busy at first
	w.taps(parent, w.sends(wxsim.Subscribe(parent, "")), "我是家长")
	tagged(parent, "心桥-家长")
	w.taps(pupil, w.sends(wxsim.Subscribe(pupil, "")), "我是学生")
	tagged(pupil, "心桥-学生")
	w.taps(parent, w.sends(wxsim.Subscribe(parent, "")), "我是学生") // a child has the phone now
	tagged(parent, "心桥-学生")
	w.bound("chen", "示例·陈老师", colleague, staff.Counsellor)
	tagged(colleague, "心桥-工作人员")
	all, err := w.app.staff.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chen := all[slices.IndexFunc(all, func(a staff.Account) bool { return a.Name == "chen" })]
	if err := w.app.staff.UnbindPhone(t.Context(), chen.ID); err != nil {
		t.Fatal(err)
	}
	tagged(colleague)
	w.sends(wxsim.Subscribe(quiet, ""))
	w.says(quiet, "你好")
	if tags := w.platform.TagsOf(account.AppID, quiet); len(tags) > 0 {
		t.Errorf("who never said who they are bears %q", tags)
	}
	if strings.Contains(w.logs.String(), parent) {
		t.Error("the log holds an openid")
	}
}

func TestThePlatformIsToldOfNobodyWhileNoMenuNeedsIt(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是学生")
	w.says(who, "你好")
	for _, c := range w.platform.Calls() {
		if strings.HasPrefix(c.Path, "/cgi-bin/tags/") {
			t.Errorf("called %s", c.Path)
		}
	}
}

func TestMenusForSomeArePushedShownAndReplaced(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	w := start(t, cfg, appOptions{})
	environ := func(menu string) []string {
		return append(w.environ(), "XINQIAO_DIALOGS_DIR="+withMenus(t, menu), "XINQIAO_WECHAT_ACCOUNTS_0_NAME=main", "XINQIAO_WECHAT_ACCOUNTS_0_APP_ID="+account.AppID,
			"XINQIAO_WECHAT_ACCOUNTS_0_APP_SECRET="+account.AppSecret, "XINQIAO_WECHAT_ACCOUNTS_0_TOKEN="+account.Token, "XINQIAO_WECHAT_ACCOUNTS_0_API_URL="+w.app.cfg.WeChat.Accounts[0].APIURL)
	}
	push := func(menu string) (int, string) {
		code, out, errs := command(t.Context(), t, environ(menu), "", "wechat", "menu", "push")
		return code, out + errs
	}
	for range 2 { // the second replaces the first
		if code, out := push(ownMenus); code != exitFine || !strings.Contains(out, "另有 3 份") {
			t.Fatalf("push: %d %s", code, out)
		}
	}
	show := func() string {
		code, out, errs := command(t.Context(), t, environ(ownMenus), "", "wechat", "menu", "show")
		if code != exitFine {
			t.Fatalf("show: %d %s", code, errs)
		}
		return out
	}
	if out := show(); strings.Count(out, `"matchrule"`) != 3 || !strings.Contains(out, "树洞信箱") || !strings.Contains(out, "/desk") {
		t.Errorf("shown %s", out)
	}
	w.platform.Script("/cgi-bin/menu/addconditional", 0, 45009) // it breaks off in the middle
	if code, out := push(ownMenus); code == exitFine || !strings.Contains(out, "45009") {
		t.Errorf("push: %d %s", code, out)
	}
	if code, out := push(ownMenus); code != exitFine {
		t.Errorf("push again: %d %s", code, out)
	}
	if out := show(); strings.Count(out, `"matchrule"`) != 3 {
		t.Errorf("after another push there are menus left over: %s", out)
	}
	if code, out := push("menu:\n  - {name: 听课, key: COURSES}\n"); code != exitFine {
		t.Errorf("push: %d %s", code, out)
	}
	if out := show(); strings.Contains(out, "matchrule") {
		t.Errorf("menus for some are left: %s", out)
	}
	for name, c := range map[string]struct{ menus, says string }{
		"nobody's":  {"  - {for: uncle, menu: [{name: 听课, key: COURSES}]}\n", "uncle"},
		"two":       {"  - {for: staff, menu: [{name: 听课, key: COURSES}]}\n  - {for: staff, menu: [{name: 听课, key: COURSES}]}\n", "两份"},
		"too long":  {"  - {for: staff, menu: [{name: 名字太长了吧, key: COURSES}]}\n", "1 到 4 个汉字"},
		"no button": {"  - {for: staff, menu: []}\n", "1 到 3 个按钮"},
	} {
		if code, out := push("menu:\n  - {name: 听课, key: COURSES}\nmenus:\n" + c.menus); code == exitFine || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d %s", name, code, out)
		}
	}
}
