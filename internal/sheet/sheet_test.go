package sheet_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/sheet"
)

func TestNoCellRunsAsAFormula(t *testing.T) {
	for _, start := range []string{"=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "｜", "％", "﹦", "﹢", "﹣", "﹫", "−", "\t=", "\r=", "\n=", " =", "　=", "\u200b=", "\ufeff=", "\u00a0＝", "\tx", "\rx"} {
		if got := sheet.Cell(start + "cmd|' /C calc'!A0"); !strings.HasPrefix(got, "'") {
			t.Errorf("%q becomes %q: a spreadsheet runs it", start, got)
		}
	}
	for _, in := range []string{"小林;=1+1", "a\t=1", "a\n＝1", "a;  -1"} {
		if got := sheet.Cell(in); !strings.Contains(got, "'") {
			t.Errorf("%q becomes %q: a spreadsheet that splits it elsewhere runs the rest", in, got)
		}
	}
	for _, same := range []string{"", "天河区", "-5", "12.5", "-0.25", "30%", "<10", "—", "2026-03-01 20:00", "a=b", "a-b", "陈老师 @值班"} {
		if got := sheet.Cell(same); got != same {
			t.Errorf("%q becomes %q: it was no formula", same, got)
		}
	}
}

func TestATableIsReadBackAsItWasWritten(t *testing.T) {
	var out bytes.Buffer
	if err := sheet.Write(&out, [][]string{{"称呼", "话"}, {"＝HYPERLINK(1)", "说，\"好\"\n再见"}, nil, {"x"}}); err != nil {
		t.Fatal(err)
	}
	raw, marked := strings.CutPrefix(out.String(), "\ufeff")
	r := csv.NewReader(strings.NewReader(raw))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || !marked || len(rows) != 3 || rows[1][0] != "'＝HYPERLINK(1)" || rows[1][1] != "说，\"好\"\n再见" {
		t.Errorf("%v %v %q", marked, err, rows)
	}
}

func TestTablesAreWrittenHereAlone(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/sheet/") {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), "csv.NewWriter(") {
			t.Errorf("%s writes CSV by itself: use sheet.Write, which lets no cell run as a formula", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
