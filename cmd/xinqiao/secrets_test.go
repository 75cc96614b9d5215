package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// marked is a secret that must never be seen again once it was set.
const marked = "Geheim7Marke"

// leaves are the command lines of every command that does something, each with an argument.
func leaves(c *cobra.Command) (lines [][]string) {
	if c.HasSubCommands() {
		for _, sub := range c.Commands() {
			lines = append(lines, leaves(sub)...)
		}
		return lines
	}
	line := strings.Fields(c.CommandPath())[1:]
	if strings.Contains(c.Use, " ") {
		line = append(line, "argument")
	}
	return [][]string{line}
}

// secretsSet are settings that hold the secret where it belongs, and lead nowhere.
func secretsSet(dir string) []string {
	return []string{
		"XINQIAO_DATA_DIR=" + dir, "XINQIAO_DIALOGS_DIR=" + shippedDir, "XINQIAO_HTTP_ADDR=127.0.0.1:0", "XINQIAO_METRICS_ADDR=127.0.0.1:0", "XINQIAO_LOG_LEVEL=debug",
		"XINQIAO_DATABASE_URL=mysql://someone:" + marked + "@127.0.0.1:1/xinqiao", "XINQIAO_REDIS_URL=redis://:" + marked + "@127.0.0.1:1/0",
		"XINQIAO_WECHAT_ACCOUNTS_0_NAME=main", "XINQIAO_WECHAT_ACCOUNTS_0_APP_ID=wx1", "XINQIAO_WECHAT_ACCOUNTS_0_APP_SECRET=" + marked, "XINQIAO_WECHAT_ACCOUNTS_0_TOKEN=" + marked,
		"XINQIAO_WECHAT_ACCOUNTS_0_API_URL=http://127.0.0.1:1", "XINQIAO_WECHAT_ACCOUNTS_0_CAPABILITIES=customer_service,oauth",
		"XINQIAO_ALERTS_WAYS_0_NAME=robot", "XINQIAO_ALERTS_WAYS_0_KIND=wecom", "XINQIAO_ALERTS_WAYS_0_URL=http://127.0.0.1:1/send?key=" + marked,
		"XINQIAO_ALERTS_WAYS_1_NAME=mail", "XINQIAO_ALERTS_WAYS_1_KIND=email", "XINQIAO_ALERTS_WAYS_1_SERVER=smtp://u:" + marked + "@127.0.0.1:1",
		"XINQIAO_ALERTS_WAYS_1_FROM=a@example.org", "XINQIAO_ALERTS_WAYS_1_TO=b@example.org",
	}
}

func TestNoCommandShowsASecretWhateverIsWrongWithIt(t *testing.T) {
	t.Parallel()
	all := leaves(newRoot(env{}))
	if len(all) < 30 {
		t.Fatalf("only %d commands are found", len(all))
	}
	dir := t.TempDir()
	if code, _, errs := command(t.Context(), t, []string{"XINQIAO_DATA_DIR=" + dir}, "", "keys", "init"); code != exitFine {
		t.Fatal(errs)
	}
	broken := func(name, content string) string {
		file := filepath.Join(t.TempDir(), name+".yaml")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	set := secretsSet(dir)
	for name, tt := range map[string]struct {
		more []string
		some func(line string) bool // nil: all commands; they end with the configuration
	}{
		"a value without its space":       {more: []string{"XINQIAO_CONFIG=" + broken("a", "database:\n  url:mysql://u:"+marked+"@h/x\n")}},
		"a quote that is not closed":      {more: []string{"XINQIAO_CONFIG=" + broken("b", "keys:\n  json: \""+marked+"\n")}},
		"a value at the place of a key":   {more: []string{"XINQIAO_CONFIG=" + broken("c", "redis:\n  "+marked+": x\n")}},
		"a secret for a time":             {more: []string{"XINQIAO_WECHAT_BUDGET=" + marked}},
		"a secret for the name of a file": {more: []string{"XINQIAO_KEYS_JSON_FILE=" + marked}},
		"an address that is none":         {more: []string{"XINQIAO_DATABASE_URL=postgres://u:" + marked + "@h/x", "XINQIAO_REDIS_URL=http://" + marked}},
		"keys that are none":              {more: []string{"XINQIAO_KEYS_JSON=" + marked}, some: opens},
		"a password with a slash":         {more: []string{"XINQIAO_DATABASE_URL=mysql://u:1/" + marked + "@h/x"}, some: opens},
		"backends that are away":          {some: opens},
		"a Redis with a slash":            {more: []string{"XINQIAO_REDIS_URL=redis://u:1/" + marked + "@h:6379/0"}, some: opens},
	} {
		t.Run(name, func(t *testing.T) {
			for _, line := range all {
				at := strings.Join(line, " ")
				if tt.some != nil && !tt.some(at) {
					continue
				}
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // a server that starts all the same is looked at for so long
				_, out, errs := command(ctx, t, append(append([]string{}, set...), tt.more...), "", line...)
				cancel()
				if strings.Contains(out+errs, marked) || strings.Contains(out+errs, "u:1") {
					t.Errorf("%s shows it:\n%s\n%s", at, out, errs)
				}
			}
		})
	}
}

// opens says which commands open what is configured.
func opens(line string) bool {
	for _, c := range []string{"serve", "migrate", "doctor", "alerts", "staff list", "token create", "user export", "keys status", "wechat doctor", "wechat menu show"} {
		if strings.HasPrefix(line, c) {
			return true
		}
	}
	return false
}
