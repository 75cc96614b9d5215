package config

import (
	"strings"
	"testing"
)

// FuzzLoad reads configurations as a slip of the pen leaves them: they are refused in words of ours, with no word of theirs.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{"http: {addr: 'x:1'}\n", "wechat:\n  accounts:\n    - {name: a, app_id: b, token: c}\n", "alerts: {ways: [{name: a, kind: wecom, url: u}]}\n", "a: &a [*a]\n", "redis: *x\n", "http:\n\taddr: x\n", "? a\n: b\n", "- - -\n", "database: !!binary x\n", "{", "http: {drain: 5parsecs}"} {
		f.Add(s, "XINQIAO_HTTP_DRAIN=5s")
	}
	f.Add("", "XINQIAO_ALERTS_WAYS_0_FIELDS={a: [")
	f.Fuzz(func(t *testing.T, file, environ string) {
		c := Default()
		err := decode([]byte(file), &c)
		if err != nil && strings.Contains(err.Error(), "Geheim") {
			t.Errorf("%q: the error quotes it: %v", file, err)
		}
		if strings.Contains(environ, "_FILE") { // it would be read
			return
		}
		c = Default()
		_ = overlay(&c, []string{environ})
		_ = c.validate()
	})
}
