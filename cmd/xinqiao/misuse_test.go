package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAMisusedCommandLineExitsWith2AndSaysWhatThereIs(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"an unknown command":                    {[]string{"bogus"}, "bogus"},
		"an unknown command of a group":         {[]string{"staff", "ad"}, "add, disable, list, reset"},
		"a group without a command":             {[]string{"risk"}, "eval, scan"},
		"a group inside a group":                {[]string{"wechat", "menu", "pull"}, "push, show"},
		"an unknown flag":                       {[]string{"serve", "--nope"}, "--nope"},
		"a missing argument":                    {[]string{"graph"}, "arg"},
		"a token for a role that nobody has":    {[]string{"token", "create", "--role", "boss", "--name", "x"}, "counsellor, supervisor"},
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

// The first account's password is shown once: a start that fails must not have spent it.
func TestAStartThatCannotListenDoesNotSayThatItStarted(t *testing.T) {
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
