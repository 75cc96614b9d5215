package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAMisusedCommandLineExitsWith2AndSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"an unknown command":                    {[]string{"bogus"}, "bogus"},
		"an unknown command of a group":         {[]string{"staff", "ad"}, "add, bind, disable, list, reset"},
		"a group without a command":             {[]string{"risk"}, "eval, scan"},
		"a group inside a group":                {[]string{"wechat", "menu", "pull"}, "push, show"},
		"an unknown flag":                       {[]string{"serve", "--nope"}, "--nope"},
		"a missing argument":                    {[]string{"graph"}, "arg"},
		"a token for a role that nobody has":    {[]string{"token", "create", "--role", "boss", "--name", "x"}, "counsellor, supervisor"},
		"a token for a role of people":          {[]string{"token", "create", "--role", "station", "--name", "x"}, "take reader"},
		"a station for another role":            {[]string{"staff", "add", "chen", "--station", "tianhe-1"}, "--role station alone"},
		"an account for a role that nobody has": {[]string{"staff", "add", "chen", "--role", "boss"}, "counsellor, supervisor"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := command(t.Context(), t, []string{"XINQIAO_DATA_DIR=" + t.TempDir()}, "", c.args...)
			if code != exitMisused || !strings.Contains(errs, c.says) || out != "" {
				t.Errorf("exit %d, want %d with %q; out %q, errors %q", code, exitMisused, c.says, out, errs)
			}
		})
	}
}

func TestAStationAccountNeedsAKnownStation(t *testing.T) {
	t.Parallel()
	env := []string{"XINQIAO_DATA_DIR=" + t.TempDir(), "XINQIAO_DIALOGS_DIR=../../dialogs"}
	do := func(args ...string) (int, string, string) { return command(t.Context(), t, env, "", args...) }
	if code, _, errs := do("migrate", "up"); code != 0 {
		t.Fatalf("migrate: %d, %s", code, errs)
	}
	for _, station := range []string{"", "tianhe-99"} {
		code, out, errs := do("staff", "add", "qiantai", "--role", "station", "--station", station)
		if code != exitFailed || out != "" || !strings.Contains(errs, "tianhe-1") || !strings.Contains(errs, "conghua-2") {
			t.Errorf("station %q: exit %d, out %q, want %d and the known stations; errors %q", station, code, out, exitFailed, errs)
		}
	}
	if code, _, errs := do("staff", "add", "wang", "--account", "school9"); code != 1 || !strings.Contains(errs, `no account "school9"`) || !strings.Contains(errs, "chat") {
		t.Errorf("an account that is not configured: exit %d, %s", code, errs)
	}
	if code, out, errs := do("staff", "add", "wang", "--account", "chat"); code != 0 || !strings.Contains(out, "one-time password") {
		t.Errorf("for one account: exit %d, %s %s", code, out, errs)
	}
	if code, out, errs := do("staff", "add", "qiantai", "--display", "示例前台", "--role", "station", "--station", "tianhe-1"); code != 0 || !strings.Contains(out, "one-time password") {
		t.Errorf("exit %d, out %q, errors %q", code, out, errs)
	}
	if _, out, _ := do("staff", "list"); !strings.Contains(out, "STATION") || !strings.Contains(out, "tianhe-1") {
		t.Errorf("the list lacks the station:\n%s", out)
	}
}

// The first account's password is shown once: a start that fails must not have spent it.
func TestAStartThatCannotListenDoesNotSayThatItStarted(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	code, out, errs := command(t.Context(), t, []string{
		"XINQIAO_DATA_DIR=" + t.TempDir(), "XINQIAO_DIALOGS_DIR=../../dialogs", "XINQIAO_HTTP_ADDR=" + taken.Addr().String(),
	}, "", "serve")
	if code != exitFailed || out != "" || !strings.Contains(errs, "in use") {
		t.Errorf("exit %d; out %q, errors %q", code, out, errs)
	}
}

func TestAMonitorMayAskForTheHeadAlone(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	for _, path := range []string{"/healthz", "/readyz"} {
		res, err := http.Head(w.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, res.StatusCode)
		}
	}
}
