package main

import (
	"database/sql"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An operator's work leaves a trace, the trail verifies, and what somebody does to it in the database is found and, once
// looked into, settled.
func TestAnOperatorVerifiesTheTrail(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	environ := []string{"XINQIAO_DATA_DIR=" + cfg.DataDir, "XINQIAO_DIALOGS_DIR=" + cfg.Dialogs.Dir}
	does := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := command(t.Context(), t, environ, "", args...)
		if code != want {
			t.Fatalf("xinqiao %s: %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, errs)
		}
		return out
	}
	does(exitFine, "migrate", "up")
	does(exitFine, "staff", "add", "lan", "--display", "=示例", "--role", "counsellor")
	does(exitFine, "staff", "reset", "lan")
	does(exitFine, "token", "create", "--role", "reader", "--name", "示例")
	out := does(exitFine, "audit", "verify")
	_, end, _ := strings.Cut(strings.TrimSpace(out), "末尾 ")
	if !strings.Contains(out, "核对无误") || end == "" {
		t.Fatalf("verify says %q", out)
	}
	does(exitFine, "audit", "verify", "--end", end)
	does(exitFailed, "audit", "verify", "--end", "2:"+strings.Repeat("0", 64))
	does(exitFailed, "audit", "verify", "--end", "two")

	file := filepath.Join(t.TempDir(), "audit.csv")
	does(exitFine, "audit", "export", "--out", file)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\uFEFF"))).ReadAll()
	if err != nil || len(lines) < 6 {
		t.Fatalf("the table has %d lines (%v)", len(lines), err)
	}
	for _, kind := range []string{"add_account", "reset_account", "create_token", "verify_audit", "export_audit"} {
		found := false
		for _, l := range lines {
			found = found || l[7] == kind && l[4] == "operator"
			for _, cell := range l {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("a spreadsheet runs the cell %q", cell)
				}
			}
		}
		if !found {
			t.Errorf("the table lacks %s by the operator:\n%s", kind, raw)
		}
	}

	db, err := sql.Open("sqlite", filepath.Join(cfg.DataDir, "xinqiao.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "UPDATE audit_lines SET name = 'somebody else' WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
	if out := does(exitFailed, "audit", "verify"); !strings.Contains(out, "第 2 行") || !strings.Contains(out, "怎么办") {
		t.Errorf("verify says %q, want line 2 and what to do", out)
	}
	if out := does(exitFine, "audit", "verify", "--accept", "演练"); !strings.Contains(out, "查清过：第 2 行") {
		t.Errorf("after it was looked into, verify says %q", out)
	}
	if _, err := db.ExecContext(t.Context(), "DELETE FROM audit_lines WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	if out := does(exitFailed, "audit", "verify"); !strings.Contains(out, "第 3 行到第 3 行不见了") {
		t.Errorf("verify says %q, want that line 3 is gone", out)
	}
}
