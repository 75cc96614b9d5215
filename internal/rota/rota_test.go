package rota

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

const plan = `
people:
  - {id: chen, name: 陈, mobile: "1"}
  - {id: li, name: 李, mobile: "2"}
  - {id: zhou, name: 周, email: zhou@example.org}
  - {id: wang, name: 王, email: wang@example.org}
districts:
  - name: 全市
    supervisors: [wang]
    shifts:
      - {days: ["2026-10-03"], from: "00:00", to: "24:00", who: [wang]}
      - {days: [工作日], from: "08:00", to: "18:00", who: [chen, li]}
      - {days: [休息日], from: "09:00", to: "18:00", who: [li]}
      - {days: [每天], from: "18:00", to: "08:00", who: [zhou]}
  - name: 天河区
    shifts:
      - {days: [周一], from: "08:00", to: "12:00", who: [li]}
holidays: ["2026-10-01..2026-10-07"]
workdays: ["2026-10-10"]
`

func load(t *testing.T, text string) (*Rota, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rota.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

// said writes a ladder as 值班:陈 候补:李 主管:王 全员:陈李周王.
func said(rungs []Rung) string {
	parts := make([]string, len(rungs))
	for i, r := range rungs {
		parts[i] = r.Name + ":"
		for _, c := range r.Call {
			parts[i] += c.Name
		}
	}
	return strings.Join(parts, " ")
}

func TestWhoIsAskedByDistrictDayAndHour(t *testing.T) {
	r, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	const all = " 主管:王 全员:王陈李周"
	for _, c := range []struct{ name, district, at, want string }{
		{"a working day", City, "2026-03-03 10:00", "值班:陈 候补:李" + all},
		{"its evening", City, "2026-03-03 18:00", "值班:周" + all},
		{"the early morning after", City, "2026-03-04 07:59", "值班:周" + all},
		{"a Sunday", City, "2026-03-08 10:00", "值班:李" + all},
		{"a gap on a Sunday", City, "2026-03-08 08:30", "主管:王 全员:王陈李周"},
		{"a holiday in the week", City, "2026-10-02 10:00", "值班:李" + all},
		{"a Saturday that is worked", City, "2026-10-10 10:00", "值班:陈 候补:李" + all},
		{"a day by its date", City, "2026-10-03 10:00", "值班:王" + all},
		{"a district's own", "天河区", "2026-03-02 10:00", "值班:李 主管:王 全员:李"},
		{"a district with nobody on duty", "天河区", "2026-03-02 15:00", "值班:陈 候补:李" + all},
		{"a district without a rota", "南沙区", "2026-03-02 15:00", "值班:陈 候补:李" + all},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, citytime.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(r.Ladder(c.district, at.UTC())); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var none *Rota
	if got := said(none.Ladder(City, time.Now())); got != "全员:" {
		t.Errorf("without a rota %s is asked, want everybody", got)
	}
}

func TestGapsAreFound(t *testing.T) {
	r, err := load(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 6, 0, 0, 0, 0, citytime.Zone) // a Friday
	var got []string
	for _, g := range r.Gaps(from, from.AddDate(0, 0, 4)) {
		got = append(got, g.From.Format("01-02 15:04")+"–"+g.To.Format("15:04"))
	}
	if diff := cmp.Diff([]string{"03-07 08:00–09:00", "03-08 08:00–09:00"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABadRotaIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ name, old, bad, want string }{
		{"an unknown person", "who: [zhou]", "who: [nobody]", "rota.yaml:14:56: 不认识 nobody"},
		{"an unknown key", "holidays:", "holydays:", "rota.yaml:18:1"},
		{"a time", `from: "18:00"`, `from: "六点"`, "看不懂开始时间"},
		{"a day", "[休息日]", "[周末儿]", "看不懂 \"周末儿\""},
		{"nobody for the city", "name: 全市", "name: 全省", "没有管全市的班"},
		{"a person without a contact", `mobile: "1"`, `mobile: ""`, "陈 没有留联系方式"},
		{"two people of one ID", "id: li", "id: chen", "编号 chen 用了两次"},
		{"days the wrong way round", "2026-10-01..2026-10-07", "2026-10-07..2026-10-01", "看不懂日子"},
	} {
		if !strings.Contains(plan, c.old) {
			t.Fatalf("%s: the plan lacks %q", c.name, c.old)
		}
		_, err := load(t, strings.Replace(plan, c.old, c.bad, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that is not there is taken")
	}
}
