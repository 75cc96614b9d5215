//go:build !race

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAMistakeIsSeenByTheSchemaAndByCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, from, to string }{
		"a misspelt key of a flow":       {"flows/booking.yaml", "title:", "titel:"},
		"a misspelt key of a step":       {"flows/booking.yaml", "next:", "nxt:"},
		"an unknown command":             {"flows/booking.yaml", "call: booking.", "call: bookings."},
		"a misspelt key of a lesson":     {"courses/samples-teen.yaml", "summary:", "summmary:"},
		"a misspelt key of a self-check": {"surveys/phq9.yaml", "bands:", "bnads:"},
		"a scoring that is none":         {"surveys/who5.yaml", "items:", "scoring: product\nitems:"},
		"a misspelt key of a station":    {"stations/samples.yaml", "address:", "addr:"},
		"a misspelt key of an event":     {"events/samples.yaml", "minutes:", "minuts:"},
		"a kind of event that is none":   {"events/samples.yaml", "kind: 讲座", "kind: 聚会"},
		"a misspelt key of the menu":     {"menu.yaml", "sub:", "subs:"},
		"a misspelt key of a rule":       {"risk/rules.yaml", "{id: plain-wish,", "{ident: intent,"},
		"a level that is none":           {"risk/rules.yaml", "level: high", "level: higher"},
		"a misspelt key of an answer":    {"replies/talk.yaml", "choices:", "choises:"},
		"a notice that is missing":       {"replies/notices.yaml", "busy_tap:", "busy_tab:"},
		"a ready answer without a title": {"replies/ready.yaml", "title:", "titel:"},
		"a question without an answer":   {"flows/faq.yaml", "answer:", "anwser:"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := contentCopy(t)
			file := filepath.Join(dir, c.file)
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			broken := []byte(strings.Replace(string(raw), c.from, c.to, 1))
			if bytes.Equal(raw, broken) {
				t.Fatalf("%q does not stand in %s any more; mend this test", c.from, c.file)
			}
			if err := os.WriteFile(file, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := fits(named(file, broken), broken); err == nil {
				t.Error("the schema lets it pass")
			}
			if code, out, _ := command(t.Context(), t, nil, "", "check", dir); code != exitFailed || !strings.Contains(out, c.file+":") {
				t.Errorf("check: exit %d\n%s", code, out)
			}
		})
	}
}
