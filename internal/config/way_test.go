package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAWayKeepsWhateverIsSetForItAndKnowsWhereItStands(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "xinqiao.yaml"), filepath.Join(dir, "secret")
	for path, text := range map[string]string{secret: "from a file\n", file: `alerts:
  ways:
    - name: 值班平台
      kind: webhook
      secret: 0123456789012345
      url: https://duty.example/x
    - name: 邮件
      kind: email
      to: [duty@example.org, night@example.org]
      fields: {thing1: title}
`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(file, []string{"XINQIAO_ALERTS_WAYS_1_URL_FILE=" + secret, "XINQIAO_ALERTS_WAYS_2_NAME=群", "XINQIAO_ALERTS_WAYS_2_KIND=wecom", "XINQIAO_ALERTS_WAYS_2_FIELDS={thing1: alias}"})
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"secret": "0123456789012345", "url": "https://duty.example/x"},
		{"to": []string{"duty@example.org", "night@example.org"}, "fields": map[string]string{"thing1": "title"}, "url": "from a file"},
		{"fields": map[string]string{"thing1": "alias"}},
	}
	var names []string
	for i, w := range c.Alerts.Ways {
		names = append(names, w.Name+" "+w.Kind)
		if diff := cmp.Diff(want[i], map[string]any(w.Set)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.Name, diff)
		}
	}
	if diff := cmp.Diff([]string{"值班平台 webhook", "邮件 email", "群 wecom"}, names); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
	if at := c.Alerts.Ways[0].At("url"); at != "line 6: " {
		t.Errorf("the address stands at %q, want line 6", at)
	}
	if at := c.Alerts.Ways[1].At("url"); at != "" {
		t.Errorf("what comes from the environment stands at %q", at)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", c, c.Alerts.Ways[0], c.Alerts.Ways[0].Set, c.Alerts.Ways[0].Set); strings.Contains(printed, "0123456789012345") {
		t.Errorf("a secret is printed: %s", printed)
	}
	if err := os.WriteFile(file, []byte("alerts:\n  ways:\n    - wecom\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, nil); err == nil || !strings.Contains(err.Error(), "[3:7] alerts.ways[0]") {
		t.Errorf("a way that is a word: %v", err)
	}
}
