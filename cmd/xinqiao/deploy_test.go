package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/redistest"
)

const deployDir = "../../deploy"

func deployed(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(deployDir, file))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type alarmRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Annotations map[string]string `yaml:"annotations"`
}

func alarmRules(t *testing.T) []alarmRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alarmRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(deployed(t, "prometheus/rules.yml"), &file); err != nil {
		t.Fatal(err)
	}
	var all []alarmRule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// questions are all that deploy/ asks of Prometheus, by where it stands.
func questions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"adapter.yaml": string(deployed(t, "prometheus/adapter.yaml"))}
	for _, r := range alarmRules(t) {
		out["rules.yml: "+r.Alert] = r.Expr
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(deployed(t, "grafana/xinqiao.json"), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for i, target := range p.Targets {
			out[fmt.Sprintf("xinqiao.json: %s %d", p.Title, i+1)] = target.Expr
		}
	}
	return out
}

var (
	metricName  = regexp.MustCompile(`\b(?:xinqiao|process|go)_[a-z0-9_]+\b(\{[^}]*\})?`)
	matcherName = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*"`)
	description = regexp.MustCompile(`fqName: "([a-z0-9_]+)".*constLabels: \{([^}]*)\}.*variableLabels: \{([^}]*)\}`)
)

// exposed lists what a replica exposes, with the labels of each.
func exposed(t *testing.T, r *prometheus.Registry) map[string][]string {
	t.Helper()
	descs := make(chan *prometheus.Desc)
	go func() { r.Describe(descs); close(descs) }()
	out := map[string][]string{}
	for d := range descs {
		if m := description.FindStringSubmatch(d.String()); m != nil {
			out[m[1]] = strings.Split(m[3], ",")
			for _, fixed := range strings.Split(m[2], ",") {
				name, _, _ := strings.Cut(fixed, "=")
				out[m[1]] = append(out[m[1]], name)
			}
		}
	}
	return out
}

// A rule on a metric that is called otherwise never fires, and nobody notices until the night on which it should have.
func TestWhatTheAlarmsAndTheDashboardAskForIsExposed(t *testing.T) {
	cfg := embedded(t)
	cfg.Redis = config.Redis{URL: config.Secret(redistest.Cluster(t)), Cluster: true} // what is counted of Redis is there only with one
	w := start(t, cfg, appOptions{})
	have := exposed(t, w.app.metrics)
	asked := map[string]bool{}
	for where, expr := range questions(t) {
		for _, m := range metricName.FindAllStringSubmatch(expr, -1) {
			name, _, _ := strings.Cut(m[0], "{")
			base := name
			if _, ok := have[name]; !ok {
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					base = strings.TrimSuffix(base, suffix)
				}
			}
			labels, ok := have[base]
			if !ok {
				t.Errorf("%s asks for %s, which the program does not expose", where, name)
				continue
			}
			asked[base] = true
			for _, l := range matcherName.FindAllStringSubmatch(m[1], -1) {
				if !slices.Contains(labels, l[1]) && !slices.Contains([]string{"job", "instance", "le"}, l[1]) {
					t.Errorf("%s asks for %s by %q; its labels are %v", where, name, l[1], labels)
				}
			}
		}
	}
	for name := range have {
		if strings.HasPrefix(name, "xinqiao_") && !asked[name] && !strings.HasPrefix(name, "xinqiao_media_") {
			t.Errorf("%s is exposed, and neither an alarm nor the dashboard looks at it: put it on the dashboard (deploy/grafana/xinqiao.json)", name)
		}
	}
}

var runbookEntry = regexp.MustCompile(`(?m)^### (Xinqiao\w+)$`)

func TestEachAlarmHasItsEntryInTheRunbook(t *testing.T) {
	text := string(deployed(t, "RUNBOOK.md"))
	entries := map[string]string{}
	at := runbookEntry.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		entries[text[m[2]:m[3]]] = text[m[1]:end]
	}
	tested := string(deployed(t, "prometheus/tests.yml")) + string(deployed(t, "prometheus/tests-day.yml"))
	for _, r := range alarmRules(t) {
		entry, ok := entries[r.Alert]
		if !ok {
			t.Errorf("deploy/RUNBOOK.md has no entry ### %s", r.Alert)
			continue
		}
		for _, part := range []string{"**意思**", "**看**", "**做**"} {
			if !strings.Contains(entry, part) {
				t.Errorf("the entry %s in deploy/RUNBOOK.md lacks %s", r.Alert, part)
			}
		}
		if want := "deploy/RUNBOOK.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want || r.Annotations["summary"] == "" {
			t.Errorf("%s needs a summary and the annotation runbook: %s", r.Alert, want)
		}
		if !strings.Contains(tested, fmt.Sprintf("{alertname=%q}", r.Alert)) {
			t.Errorf("deploy/prometheus/tests.yml never shows %s firing", r.Alert)
		}
		delete(entries, r.Alert)
	}
	for name := range entries {
		t.Errorf("deploy/RUNBOOK.md explains %s, which is no alarm", name)
	}
}

// Each configuration in deploy/ is one with which the program starts, given the secrets that its manifest names.
func TestTheConfigurationsInDeployAreRead(t *testing.T) {
	secret := func(value string) string {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	values := map[string]string{
		"DATABASE_URL": secret("mysql://u:p@mysql:3306/xinqiao"), "REDIS_URL": secret("redis://:p@redis:6379"), "KEYS_JSON": secret("{}"),
		"WECHAT_ACCOUNTS_0_APP_SECRET": secret("s"), "WECHAT_ACCOUNTS_0_TOKEN": secret("t"), "WECHAT_ACCOUNTS_0_AES_KEY": secret(strings.Repeat("k", 43)), "ALERTS_WAYS_0_URL": secret("https://robot.example"),
	}
	named := regexp.MustCompile(`XINQIAO_([A-Z0-9_]+)_FILE`)
	for file, manifest := range map[string]string{
		"kubernetes/base/xinqiao.yaml": "kubernetes/base/statefulset.yaml", "kubernetes/overlays/city/xinqiao.yaml": "kubernetes/base/statefulset.yaml", "compose/xinqiao.yaml": "compose/compose.yaml",
	} {
		var environ []string
		for _, m := range named.FindAllStringSubmatch(string(deployed(t, manifest)), -1) {
			value, ok := values[m[1]]
			if !ok {
				t.Errorf("%s sets XINQIAO_%s_FILE, for which this test has no value", manifest, m[1])
			}
			environ = append(environ, "XINQIAO_"+m[1]+"_FILE="+value)
		}
		c, err := config.Load(filepath.Join(deployDir, file), environ)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if c.Database.Embedded() || c.Redis.URL == "" || c.Keys.JSON == "" {
			t.Errorf("%s with the secrets of %s does not name MySQL, Redis and the keys", file, manifest)
		}
		if c.Redis.Cluster != strings.Contains(file, "city") {
			t.Errorf("%s: redis.cluster is %v", file, c.Redis.Cluster)
		}
	}
}
