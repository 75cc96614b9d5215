package config_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// planted is a secret that somebody may have put anywhere.
const planted = "Hunter2-geheim"

// settings are the paths of every setting, as they are written in the file: "http.addr", "wechat.accounts.0.token".
func settings(t reflect.Type, path string) (paths []string) {
	switch {
	case t == reflect.TypeFor[config.Way]():
		for _, key := range []string{"name", "kind", "url", "secret", "password"} {
			paths = append(paths, path+"."+key)
		}
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			paths = append(paths, settings(t.Field(i).Type, strings.TrimPrefix(path+"."+t.Field(i).Tag.Get("yaml"), "."))...)
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		paths = settings(t.Elem(), path+".0")
	default:
		paths = []string{path}
	}
	return paths
}

// inFile writes a setting as a line under its keys; line is all that stands at its place, with %s for its key.
func inFile(path, line string) string {
	parts := strings.Split(path, ".")
	var b strings.Builder
	indent := ""
	for i, p := range parts {
		switch {
		case p == "0":
			b.WriteString(indent + "-\n")
		case i == len(parts)-1:
			b.WriteString(indent + strings.ReplaceAll(line, "%s", p) + "\n")
		default:
			b.WriteString(indent + p + ":\n")
		}
		indent += "  "
	}
	return b.String()
}

func TestNoErrorOfTheConfigurationShowsWhatWasSet(t *testing.T) {
	all := settings(reflect.TypeFor[config.Config](), "")
	if len(all) < 50 {
		t.Fatalf("only %d settings are found: the walk over them is broken", len(all))
	}
	lines := []string{
		"%s: " + planted, "%s:" + planted, `%s: "` + planted, "%s: {" + planted + ": 1}", "%s: [" + planted + "]", "%s: " + planted + ": x", "%s: !!int " + planted,
		planted + ": %s", "%s: &" + planted, "%s: *" + planted, "%s: |\n" + planted, "%s: a\n%s: " + planted, "\t%s: " + planted, "%s: '" + planted + "' b",
		"%s: mysql://u:" + planted + "@[::1", "%s: redis://:" + planted + "@h:port/x", "%s: https://u:" + planted + "@h/%zz", "%s: http://" + planted + ":x y",
	}
	values := []string{planted, planted + "\x00", "[" + planted, "{" + planted + ": ", "mysql://u:" + planted + "@[::1", "postgres://" + planted, "https://u:" + planted + "@h", "redis://:" + planted + "@h:port"}
	refused := 0
	refuse := func(what string, err error) {
		if err == nil {
			return
		}
		refused++
		if strings.Contains(err.Error(), planted) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error shows it: %v", what, err)
		}
	}
	for _, path := range all {
		for _, line := range lines {
			_, err := config.Load(write(t, inFile(path, line)), nil)
			refuse(inFile(path, line), err)
		}
		variable := "XINQIAO_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		for _, v := range values {
			_, err := config.Load("", []string{variable + "=" + v})
			refuse(variable+"="+v, err)
		}
		_, err := config.Load("", []string{variable + "_FILE=" + planted})
		if err == nil {
			t.Errorf("%s_FILE names no file, and nobody says so", variable)
		}
		refuse(variable+"_FILE", err)
	}
	if refused < 5*len(all) {
		t.Errorf("%d of the slips were refused: the test plants too little", refused)
	}
}

func TestAWrongConfigurationSaysWhatIsWantedThere(t *testing.T) {
	for file, want := range map[string]string{
		"http:\n  drain: soon\n":                         "[2:10] http.drain: what stands here is not a time such as 30s",
		"htp: {addr: x}\n":                               "[1:1] htp is no key of the file; it has http, metrics",
		"wechat:\n  accounts:\n    - {name: a, ap: b}\n": "[3:17] ap is no key of wechat.accounts[0]; it has name, app_id",
		"log: {level: info}\nlog: {level: warn}\n":       "a key stands here for the second time",
		"desk: 5\n":                                  "[1:7] desk: want keys and values here",
		"http:\n  " + planted + ": 1\n":              "[2:3] this is no key of http",
		"alerts: {ways: [{name: a, kind: [[1]]}]}\n": "alerts.ways[0]: a setting is a word",
	} {
		if _, err := config.Load(write(t, file), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %q", file, err, want)
		}
	}
	if _, err := config.Load("", []string{"XINQIAO_TRACING_RATIO=much"}); fmt.Sprint(err) != "environment variable XINQIAO_TRACING_RATIO: what it holds is not a number" {
		t.Error(err)
	}
}
