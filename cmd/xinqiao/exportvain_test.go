package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestTheExportOfCallsInVainNamesRulesAndNobody closes one of two cases as a mistake.
func TestTheExportOfCallsInVainNamesRulesAndNobody(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	first, second := openid(t, 41), openid(t, 42)
	for _, who := range []string{first, second} {
		w.sends(wxsim.Subscribe(who, ""))
		w.wantIn(w.says(who, "我不想活了"), "12356")
	}
	cases, _, err := w.app.cases.List(t.Context(), casework.Filter{})
	if err != nil || len(cases) != 2 {
		t.Fatalf("%d cases (%v), want two", len(cases), err)
	}
	vain, lan, mei := cases[0], casework.Actor{ID: "lan", Name: "示例·兰老师"}, casework.Actor{ID: "mei", Name: "示例·梅老师"}
	if _, err = w.app.cases.Acknowledge(t.Context(), vain.ID, lan); err == nil {
		_, err = w.app.cases.Record(t.Context(), vain.ID, lan, casework.Entry{Kind: casework.StepContacted, Note: "打过电话，是一句玩笑", Key: "k1"})
	}
	if err == nil {
		_, err = w.app.cases.Review(t.Context(), vain.ID, mei, casework.Review{Verdict: casework.VerdictAgree, Note: "同意", Key: "k2"})
	}
	if err == nil {
		_, err = w.app.cases.Close(t.Context(), vain.ID, lan, casework.Closing{Outcome: casework.OutcomeMistaken, Report: casework.ReportNotAsked, Reason: "一句玩笑", Key: "k3"})
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vain.csv")
	if code, out, errs := command(t.Context(), t, w.environ(), "", "export", "mistaken", "--out", file); code != exitFine || !strings.Contains(out, "1 rows") {
		t.Fatalf("export: %d %s %s", code, out, errs)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	signals, err := w.app.cases.File(storetest.Acts(t.Context()), vain.ID)
	if err != nil || len(signals.Signals) != 1 {
		t.Fatalf("%d signals (%v), want one", len(signals.Signals), err)
	}
	s := signals.Signals[0]
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 2 || lines[0] != "\ufefftime,rule,category,level,score" || !strings.Contains(lines[1], ":00,"+s.Rule+","+s.Category+","+string(s.Level)+",0.") || s.Category != "suicide" || s.Score == 0 {
		t.Errorf("the export is\n%swant the hour, rule, category, level and score of %+v", raw, s)
	}
	for _, secret := range []string{"不想活", vain.Alias, vain.ID, vain.Person, first, second, s.Reason, "玩笑", "老师"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the export names %q", secret)
		}
	}
	if code, out, _ := command(t.Context(), t, w.environ(), "", "export", "mistaken", "--from", "2020-01-01", "--to", "2020-02-01"); code != exitFine || out != "\ufefftime,rule,category,level,score\n" {
		t.Errorf("of a month without any: %d %q", code, out)
	}
	if code, _, errs := command(t.Context(), t, w.environ(), "", "export", "mistaken", "--from", "yesterday"); code == exitFine || !strings.Contains(errs, "2026-11-01") {
		t.Errorf("a day that is none: %d %q", code, errs)
	}
}
