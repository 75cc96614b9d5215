package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// advice is what a doctor's page says to mend or to look at, of a thing.
func advice(page, thing string) string {
	for line := range strings.Lines(page) {
		if strings.Contains(line, thing) && !strings.HasPrefix(line, string(fine)) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestADoctorFindsAWholeServerFineAndChangesNothing(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		desk := newDutyDesk(t)
		cfg.Alerts.Ways, cfg.Alerts.Rota = []config.Way{desk.way()}, writeRota(t, dutyPlan)
		w := start(t, cfg, appOptions{})
		if _, _, err := w.app.staff.Add(t.Context(), "chen", "示例·陈老师", staff.Counsellor); err != nil {
			t.Fatal(err)
		}
		w.wantIn(w.says("oInDanger", "我不想活了"), "12356") // something sealed to open
		w.eventually("staff to be called", func() bool { return len(desk.bodies()) == 1 })
		way := cfg.Alerts.Ways[0]
		environ := append(w.environ(), "XINQIAO_HTTP_ADDR="+strings.TrimPrefix(w.url, "http://"), "XINQIAO_ALERTS_ROTA="+cfg.Alerts.Rota,
			"XINQIAO_ALERTS_WAYS_0_NAME="+way.Name, "XINQIAO_ALERTS_WAYS_0_KIND="+way.Kind, "XINQIAO_ALERTS_WAYS_0_URL="+way.Set.Text("url"), "XINQIAO_ALERTS_WAYS_0_SECRET="+way.Set.Text("secret"),
			"XINQIAO_WECHAT_ACCOUNTS_0_NAME="+account.Name, "XINQIAO_WECHAT_ACCOUNTS_0_APP_ID="+account.AppID, "XINQIAO_WECHAT_ACCOUNTS_0_APP_SECRET="+account.AppSecret,
			"XINQIAO_WECHAT_ACCOUNTS_0_TOKEN="+account.Token, "XINQIAO_WECHAT_ACCOUNTS_0_AES_KEY="+account.AESKey, "XINQIAO_WECHAT_ACCOUNTS_0_API_URL="+w.app.cfg.WeChat.Accounts[0].APIURL,
			"XINQIAO_WECHAT_ACCOUNTS_0_CAPABILITIES=customer_service,template", "XINQIAO_HTTP_PUBLIC_URL=https://127.0.0.1:1")
		code, page, errs := command(t.Context(), t, environ, "", "doctor")
		want := []string{"配置文件", "密钥文件", "内容 ", "落盘", "连接数据库", "表结构是最新的", "写入数据库", "打开已存的内容", "七天里随时有人值班", "能接手对话的同事有 1 位", "main · 取 access_token", "次（共 500000 次）", "的时钟相差", "/readyz 正常"}
		if cfg.Redis.URL.Reveal() != "" {
			want = append(want, "连接 Redis", "写入 Redis", "maxmemory-policy", "数据库版本", "和 Redis 的时钟")
		}
		for _, thing := range want {
			if !strings.Contains(page, thing) || strings.Contains(advice(page, thing), string(mend)) {
				t.Errorf("of %q it says %q, want that it is fine", thing, advice(page, thing))
			}
		}
		// The simulator begins without a menu. Nothing else is wrong.
		if n := strings.Count(page, "\n"+string(mend)); code != exitFailed || n != 1 || !strings.Contains(advice(page, "自定义菜单"), "menu push") {
			t.Errorf("exit %d, %d things to mend, %s:\n%s", code, n, errs, page)
		}
		if advice(page, "公网地址能打开") == "" && advice(page, "从公网地址") == "" {
			t.Error("it does not say that the public address leads nowhere")
		}
		if n := len(desk.bodies()); n != 1 {
			t.Errorf("the doctor called staff: %d calls", n)
		}
	})
}

func TestADoctorSaysHowToMendWhatIsWrongAndLooksAtTheRest(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := closed.Addr().String()
	_ = closed.Close()
	base := func(t *testing.T) (environ []string, dir string) {
		cfg := embedded(t)
		return []string{"XINQIAO_DATA_DIR=" + cfg.DataDir, "XINQIAO_DIALOGS_DIR=" + cfg.DataDir, "XINQIAO_HTTP_ADDR=" + nowhere}, cfg.DataDir
	}
	keys := func(t *testing.T, environ []string) {
		if code, _, errs := command(t.Context(), t, environ, "", "keys", "init"); code != exitFine {
			t.Fatal(errs)
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, environ []string, dir string) []string
		thing  string
		mend   string
	}{
		"a bad value": {func(_ *testing.T, e []string, _ string) []string { return append(e, "XINQIAO_LOG_LEVEL=loud") }, "配置文件", "log.level"},
		"no keys": {func(_ *testing.T, e []string, _ string) []string {
			return append(e, "XINQIAO_DATABASE_URL=mysql://xq:hush@"+nowhere+"/xinqiao")
		}, "密钥文件", "keys init"},
		"keys for everybody": {func(t *testing.T, e []string, dir string) []string {
			keys(t, e)
			if err := os.Chmod(filepath.Join(dir, "keys.json"), 0o644); err != nil {
				t.Fatal(err)
			}
			return e
		}, "密钥文件的权限", "chmod 600"},
		"a database that is away": {func(t *testing.T, e []string, _ string) []string {
			keys(t, e)
			return append(e, "XINQIAO_DATABASE_URL=mysql://xq:hush@"+nowhere+"/xinqiao")
		}, "连接数据库", "connection"},
		"a Redis that is away": {func(t *testing.T, e []string, _ string) []string {
			return append(e, "XINQIAO_REDIS_URL=redis://:hush@"+nowhere+"/0")
		}, "连接 Redis", "connection"},
		"a data folder that takes no files": {func(t *testing.T, e []string, dir string) []string {
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return append(e, "XINQIAO_DATA_DIR="+file)
		}, "落盘", "检查属主"},
		"a gap in the rota": {func(t *testing.T, e []string, _ string) []string {
			keys(t, e)
			return append(e, "XINQIAO_ALERTS_ROTA="+writeRota(t, strings.Replace(dutyPlan, `from: "00:00"`, `from: "06:00"`, 1)))
		}, "空档", "没有人值班"},
		"nobody on the desk": {func(t *testing.T, e []string, _ string) []string { keys(t, e); return e }, "同事有 0 位", "staff add"},
		"a database that is behind": {func(t *testing.T, e []string, _ string) []string {
			keys(t, e)
			return append(e, "XINQIAO_DATABASE_URL=sqlite:"+emptyDatabase(t))
		}, "表结构", "migrate up"},
		"no content":                     {func(_ *testing.T, e []string, _ string) []string { return e }, "内容 /", "xinqiao check"},
		"a database whose keys are lost": {func(_ *testing.T, e []string, _ string) []string { return e }, "密钥文件", "从备份"},
	} {
		t.Run(name, func(t *testing.T) {
			environ, dir := base(t)
			code, page, errs := command(t.Context(), t, c.change(t, environ, dir), "", "doctor")
			said := advice(page, c.thing)
			if code != exitFailed || !strings.HasPrefix(said, strings.TrimSpace(string(mend))) || !strings.Contains(said, c.mend) {
				t.Errorf("exit %d; it says %q, want %q\n%s%s", code, said, c.mend, page, errs)
			}
			if name != "a bad value" && !strings.Contains(page, "【服务】") {
				t.Errorf("it did not look at the rest:\n%s", page)
			}
			if strings.Contains(page+errs, "hush") {
				t.Errorf("it tells a password:\n%s%s", page, errs)
			}
		})
	}
}

// emptyDatabase is one that knows no table yet.
func emptyDatabase(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestADoctorSaysThatKeysAreOfAnotherDatabase(t *testing.T) {
	w := start(t, embedded(t), appOptions{})
	w.wantIn(w.says("oInDanger", "我不想活了"), "12356")
	w.stop()
	path := filepath.Join(w.cfg.DataDir, w.cfg.Keys.File)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := (seal.File{Path: path}).Create(); err != nil { // `keys init` refuses
		t.Fatal(err)
	}
	code, page, _ := command(t.Context(), t, w.environ(), "", "doctor")
	if said := advice(page, "打开已存的内容"); code != exitFailed || !strings.Contains(said, "备份") {
		t.Errorf("exit %d, %q:\n%s", code, said, page)
	}
	for version, enough := range map[string]bool{"10.11.6-MariaDB-0+deb12u1": true, "10.5.9-MariaDB": false, "11.4.2-MariaDB": true, "8.0.36": true, "5.7.44-log": false, "8.0.11-TiDB-v8.5.0": true, "": true} {
		if freshEnough(version) != enough {
			t.Errorf("%q is fresh enough: %t", version, !enough)
		}
	}
}
