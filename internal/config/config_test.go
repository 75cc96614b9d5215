package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

func write(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "xinqiao.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDefaultsWorkWithoutAFile(t *testing.T) {
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.PublicURL != "http://127.0.0.1:8080" || !c.Database.Embedded() || !c.Dialogs.Reload {
		t.Errorf("defaults: %+v", c)
	}
}

func TestTheFileInConfigsIsTheDefault(t *testing.T) {
	fromFile, err := config.Load("../../configs/xinqiao.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	byDefault, _ := config.Load("", nil)
	if diff := cmp.Diff(fmt.Sprintf("%#v", byDefault), fmt.Sprintf("%#v", fromFile)); diff != "" {
		t.Errorf("configs/xinqiao.yaml must show the defaults: %s", diff)
	}
}

func TestTheEnvironmentOverridesEveryScalar(t *testing.T) {
	secret := write(t, "mysql://u:p@127.0.0.1:3306/x\n")
	file := write(t, "http: {addr: '127.0.0.1:9000'}\nwechat: {accounts: [{name: main, app_id: wx1, token: t}]}\n")
	c, err := config.Load(file, []string{
		"XINQIAO_HTTP_ADDR=127.0.0.1:9100", "XINQIAO_DATABASE_URL_FILE=" + secret, "XINQIAO_DATABASE_MIGRATE=false",
		"XINQIAO_WECHAT_BUDGET=3s", "XINQIAO_WECHAT_ACCOUNTS_0_APP_SECRET=s3", "XINQIAO_WECHAT_ACCOUNTS_1_NAME=two",
		"XINQIAO_WECHAT_ACCOUNTS_1_APP_ID=wx2", "XINQIAO_WECHAT_ACCOUNTS_1_TOKEN=t2", "XINQIAO_WECHAT_ACCOUNTS_0_CAPABILITIES=customer_service,oauth",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.HTTP.Addr, c.HTTP.PublicURL, c.Database.URL, c.Database.Migrate, c.WeChat.Budget, c.WeChat.Accounts[0].AppSecret.Reveal(), c.WeChat.Accounts[1].AppID, c.WeChat.Accounts[0].Capabilities}
	want := []any{"127.0.0.1:9100", "http://127.0.0.1:9100", "mysql://u:p@127.0.0.1:3306/x", false, 3 * time.Second, "s3", "wx2", []string{"customer_service", "oauth"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestABadConfigurationSaysWhere(t *testing.T) {
	for name, c := range map[string]struct{ file, env, want string }{
		"unknown key":                {file: "http:\n  adr: x\n", want: "[2:3]"},
		"wrong type":                 {file: "database:\n  migrate: perhaps\n", want: "[2:12]"},
		"bad address":                {file: "http: {addr: nowhere}", want: "http.addr"},
		"bad proxy":                  {env: "XINQIAO_HTTP_TRUSTED_PROXIES=10.0.0.0/8,balancer", want: "http.trusted_proxies"},
		"bad database":               {file: "database: {url: 'postgres://x'}", want: "database.url"},
		"short key":                  {file: "wechat: {accounts: [{name: a, app_id: b, token: c, aes_key: short}]}", want: "wechat.accounts[0].aes_key"},
		"bad variable":               {env: "XINQIAO_DATABASE_MIGRATE=perhaps", want: "XINQIAO_DATABASE_MIGRATE"},
		"missing secret file":        {env: "XINQIAO_REDIS_URL_FILE=/nowhere", want: "XINQIAO_REDIS_URL_FILE"},
		"no share for a network":     {file: "limits: {networks: 0}", want: "limits.networks: 0 is outside"},
		"a proxy that is no address": {file: "http: {trusted_proxies: [127.0.0.1, front.example]}", want: "http.trusted_proxies[1]"},
		"a cluster without a node":   {file: "redis: {cluster: true}", want: "redis.cluster"},
		"budget over the limit":      {env: "XINQIAO_WECHAT_BUDGET=6s", want: "wechat.budget"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(write(t, c.file), []string{c.env})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error naming %q, got %v", c.want, err)
			}
		})
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	c, err := config.Load("", []string{"XINQIAO_REDIS_URL=redis://:hunter2@127.0.0.1:6379"})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if out := fmt.Sprintf(verb, c); strings.Contains(out, "hunter2") {
			t.Errorf("%s shows a secret: %s", verb, out)
		}
	}
}

func TestASessionIsNeitherTooShortNorTooLong(t *testing.T) {
	for name, tt := range map[string]struct{ desk, want string }{
		"the night shift":         {"{idle: 30m, session: 13h}", ""},
		"nothing but the longest": {"{session: 12h}", ""},
		"idle for a moment":       {"{idle: 1s}", "desk.idle: 1s is outside"},
		"idle longer than it all": {"{idle: 3h, session: 2h}", "desk.idle: 3h0m0s is outside"},
		"a session of a moment":   {"{session: 1s, idle: 1s}", "desk.session: 1s is outside"},
		"a session of days":       {"{session: 72h}", "desk.session: 72h0m0s is outside"},
		"a key that is none":      {"{idel: 1h}", "idel"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(write(t, "desk: "+tt.desk+"\n"), nil)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
