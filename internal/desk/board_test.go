package desk_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

var shanghai = time.FixedZone("CST", 8*60*60)

// lastMonth is the month that is just over.
func lastMonth() time.Time {
	now := time.Now().In(shanghai)
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, shanghai).AddDate(0, -1, 0)
}

// work is n cases of a level that were opened at a moment, seen and answered so long after.
type work struct {
	n            int
	level        risk.Level
	district     string
	opened       time.Time
	seen, spoken time.Duration
	outcome      casework.Outcome
}

// did writes work that was done into the database.
func (o *office) did(t *testing.T, ws ...work) {
	t.Helper()
	s := o.db.Cases()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range ws {
		for range w.n {
			at := w.opened.UTC()
			c := casework.Case{ID: o.newID(), Person: o.newID(), Level: w.level, Subject: risk.Self, Status: casework.StatusClosed, Reason: "示例原因：别给别人看的话",
				OpenedAt: at, LastSignalAt: at, WaitingSince: at, District: w.district, AcknowledgedAt: at.Add(w.seen), ClosedAt: at.Add(w.seen + time.Hour)}
			must(s.Insert(t.Context(), &c))
			_, err := s.AddSignal(t.Context(), c.ID, casework.Signal{ID: o.newID(), Level: w.level, Subject: risk.Self, Rule: "intent.self", Reason: "示例原因", Key: o.newID(), At: at})
			must(err)
			must(s.AddStep(t.Context(), c.ID, casework.Step{Kind: casework.StepAcknowledged, Staff: "示例老师", By: "x", At: c.AcknowledgedAt}))
			if w.spoken > 0 {
				_, err := s.AddMessage(t.Context(), c.ID, o.newID(), o.newID(), at.Add(w.spoken))
				must(err)
			}
			must(s.AddStep(t.Context(), c.ID, casework.Step{Kind: casework.StepClosed, Staff: "示例老师", By: "x", Code: string(w.outcome), At: c.ClosedAt}))
		}
	}
}

// aMonth is what a middling city has in a month.
func aMonth(from time.Time) (ws []work) {
	places := []string{"天河区", "天河区", "天河区", "越秀区", "越秀区", "海珠区"}
	for day := range 28 {
		for i, hour := range []int{1, 7, 10, 13, 16, 19, 21, 22, 22, 23, 23, 23} {
			n := 1 + (day*7+hour)%2
			level := []risk.Level{risk.Medium, risk.Medium, risk.High, risk.Medium, risk.High, risk.Medium, risk.Imminent}[(day+i)%7]
			seen := time.Duration(1+(day*5+hour*3)%7) * 20 * time.Second
			if (day+i)%11 == 0 {
				seen = 3 * time.Hour
			}
			outcome := casework.OutcomeSafe
			if (day+hour)%6 == 0 {
				outcome = casework.OutcomeMistaken
			}
			ws = append(ws, work{n, level, places[(day+i)%6], from.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + 5*time.Minute), seen, seen + time.Duration(1+(i*7+day)%40)*time.Minute, outcome})
		}
	}
	return ws
}

func TestOnlyWhoAnswersForTheWorkSeesTheBoard(t *testing.T) {
	o := officeOnSQLite(t)
	paths := []string{"/desk/board", "/desk/board?period=today", "/desk/board/table.csv", "/desk/board/table.xlsx", "/desk/board/report"}
	for role, want := range map[staff.Role]int{
		staff.Counsellor: http.StatusForbidden, staff.Admin: http.StatusForbidden, staff.Supervisor: http.StatusOK, staff.Manager: http.StatusOK,
	} {
		v := o.signedInAs(t, "a-"+string(role), role)
		for _, path := range paths {
			if res, _ := v.do("GET", path, nil); res.StatusCode != want {
				t.Errorf("%s gets %d at %s, want %d", role, res.StatusCode, path, want)
			}
		}
		if _, page := v.do("GET", "/desk/me", nil); strings.Contains(page, `href="/desk/board"`) != (want == http.StatusOK) {
			t.Errorf("the navigation of %s has the board: want %t", role, want == http.StatusOK)
		}
	}
	v := o.visitor(t)
	v.CheckRedirect = noRedirects
	if res, _ := v.do("GET", "/desk/board/table.csv", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a stranger gets %d, want the sign-in page", res.StatusCode)
	}
}

func TestAManagerSeesFiguresAndNoCase(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.Imminent, "我在天台", "提到身处高处", "k")
	o.did(t, aMonth(lastMonth())...)
	v := o.signedInAs(t, "ju", staff.Manager)
	if res, page := v.do("GET", "/desk", nil); res.Request.URL.Path != "/desk/board" || !strings.Contains(page, "<h1>看板</h1>") {
		t.Errorf("a manager who signs in comes to %s, want the board", res.Request.URL.Path)
	}
	for _, path := range []string{"/desk/queue", "/desk/live", "/desk/asked", "/desk/tasks", "/desk/letters", "/desk/appointments", "/desk/cases/" + k.ID} {
		if res, page := v.do("GET", path, nil); res.StatusCode != http.StatusForbidden || strings.Contains(page, k.Alias) {
			t.Errorf("a manager gets %d at %s, want 403", res.StatusCode, path)
		}
	}
	month := lastMonth().Format("2006-01")
	for _, path := range []string{"/desk/board?period=" + month, "/desk/board/table.csv?period=" + month, "/desk/board/report?month=" + month} {
		_, page := v.do("GET", path, nil)
		for _, secret := range []string{who.Alias, k.Alias, k.ID, "示例原因", "天台", "示例老师"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s names %q", path, secret)
			}
		}
	}
	_, page := v.do("GET", "/desk/board", nil)
	if !regexp.MustCompile(`正在等老师的个案</span><b class="figure">&lt;10</b></li>`).MatchString(page) {
		t.Error("what waits now is not hidden from whoever sees no case, or leads them to the queue")
	}
	_, page = o.signedInAs(t, "du", staff.Supervisor).do("GET", "/desk/board", nil)
	if !regexp.MustCompile(`正在等老师的个案</span><b class="figure">1</b><a href="/desk">`).MatchString(page) {
		t.Error("a supervisor is not told that one case waits, with the way to it")
	}
}

var (
	rowsOf  = regexp.MustCompile(`(?s)<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>`)
	cellsOf = regexp.MustCompile(`<td[^>]*>(.*?)</td>`)
)

// tablesOf are the lines of all tables of a page.
func tablesOf(page string) (lines [][]string) {
	plain := strings.NewReplacer("&lt;", "<", "&#43;", "+", "&#39;", "'")
	for _, r := range rowsOf.FindAllStringSubmatch(page, -1) {
		line := []string{plain.Replace(r[1])}
		for _, c := range cellsOf.FindAllStringSubmatch(r[2], -1) {
			line = append(line, plain.Replace(c[1]))
		}
		lines = append(lines, line)
	}
	return lines
}

func TestADownloadIsWhatTheBoardShowsAndIsLogged(t *testing.T) {
	o := officeOnSQLite(t)
	o.did(t, aMonth(lastMonth())...)
	o.districts = []string{"=HYPERLINK(1)"}
	o.did(t, work{n: 14, level: risk.Imminent, district: o.districts[0], opened: lastMonth().Add(4 * time.Hour), seen: time.Minute, outcome: casework.OutcomeMistaken})
	month := lastMonth().Format("2006-01")
	v := o.signedInAs(t, "du", staff.Supervisor)
	for _, period := range []string{month, "7d"} {
		_, page := v.do("GET", "/desk/board?period="+period, nil)
		onPage := tablesOf(page)

		res, raw := v.do("GET", "/desk/board/table.csv?period="+period, nil)
		if got := res.Header.Get("Content-Disposition"); !strings.Contains(got, "board-"+period+"-") || !strings.HasSuffix(got, `.csv"`) {
			t.Errorf("the file is called %s", got)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(raw, "\ufeff")))
		r.FieldsPerRecord = -1
		lines, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		inFile := map[string]bool{}
		for _, l := range lines {
			inFile[strings.Join(l, "|")] = true
			for _, c := range l {
				if strings.HasPrefix(c, "=") {
					t.Errorf("a spreadsheet would run %q", c)
				}
			}
		}
		res, raw = v.do("GET", "/desk/board/table.xlsx?period="+period, nil)
		f, err := excelize.OpenReader(bytes.NewReader([]byte(raw)))
		if err != nil {
			t.Fatalf("open the spreadsheet (%s): %v", res.Header.Get("Content-Type"), err)
		}
		inSheet := map[string]bool{}
		for _, name := range f.GetSheetList() {
			rows, err := f.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				inSheet[strings.Join(row, "|")] = true
			}
		}
		if period == month && len(onPage) < 20 {
			t.Fatalf("the page has only %d lines", len(onPage))
		}
		for _, l := range onPage {
			line := strings.Join(l, "|")
			if !inFile[strings.Replace(line, "=HYPER", "'=HYPER", 1)] {
				t.Errorf("%s: the CSV lacks the line %q of the page", period, line)
			}
			if !inSheet[strings.Replace(line, "=HYPER", "'=HYPER", 1)] {
				t.Errorf("%s: the spreadsheet lacks the line %q of the page", period, line)
			}
		}
	}
	if res, _ := v.do("GET", "/desk/board/report?month="+month, nil); res.StatusCode != http.StatusOK {
		t.Fatalf("the report: %d", res.StatusCode)
	}
	var logged []string
	for _, object := range []string{month + ".csv", month + ".xlsx", "7d.csv", "7d.xlsx", month} {
		es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: object}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			logged = append(logged, fmt.Sprint(e.Name, " ", e.Kind, " ", e.Object))
		}
	}
	want := []string{"示例·du download_board " + month + ".csv", "示例·du download_board " + month + ".xlsx", "示例·du download_board 7d.csv", "示例·du download_board 7d.xlsx", "示例·du open_board_report " + month}
	if diff := cmp.Diff(want, logged); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
}

func TestTheReportSaysWhatWasAndWhatChanged(t *testing.T) {
	o := officeOnSQLite(t)
	from := lastMonth()
	o.did(t, work{n: 40, level: risk.High, district: "天河区", opened: from.AddDate(0, 0, 3).Add(20 * time.Hour), seen: 2 * time.Minute, spoken: 7 * time.Minute, outcome: casework.OutcomeSafe},
		work{n: 12, level: risk.High, district: "越秀区", opened: from.AddDate(0, 0, 10).Add(9 * time.Hour), seen: time.Hour, outcome: casework.OutcomeMistaken},
		work{n: 30, level: risk.High, district: "天河区", opened: from.AddDate(0, -1, 3).Add(20 * time.Hour), seen: time.Minute, spoken: 9 * time.Minute, outcome: casework.OutcomeSafe})
	v := o.signedInAs(t, "ju", staff.Manager)
	res, page := v.do("GET", "/desk/board/report", nil) // the last one that is over
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the report answers %d", res.StatusCode)
	}
	for _, want := range []string{
		from.Format("2006年1月") + "月报", "这个月，建立了 52 个危险个案", "其中 77%，在规定的时间里有老师看到（紧急 3 分钟、高危 10 分钟、关注 2 小时）",
		"一半在 7 分钟以内，十次里有九次在 7 分钟以内", "结案的 52 个里，12 个最后知道是误会",
		`<th scope="row">危险个案</th><td>52</td><td>30</td><td>多 22</td>`, `<th scope="row">第一句话，一半在</th><td>7 分钟</td><td>9 分钟</td><td>快了</td>`,
		`<th scope="row">按时有人看到</th><td>77%</td><td>70% 以上</td><td>不比较</td>`, `<th scope="row">结案时是误会</th><td>12</td><td>&lt;10</td><td>不比较</td>`, "怎么读这些数字",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	_, page = v.do("GET", "/desk/board/report?month="+time.Now().In(shanghai).Format("2006-01"), nil)
	if !strings.Contains(page, "这个月还没有过完") {
		t.Error("the report of a month that is not over does not say so")
	}
	_, page = v.do("GET", "/desk/board/report?month="+from.AddDate(0, -5, 0).Format("2006-01"), nil)
	if !strings.Contains(page, "没有可以数的") {
		t.Error("the report of an empty month does not say that nothing was")
	}
	for _, bad := range []string{"/desk/board?period=always", "/desk/board?period=1999-01", "/desk/board/report?month=7d", "/desk/board/table.csv?period=2999-01"} {
		if res, page := v.do("GET", bad, nil); res.StatusCode != http.StatusNotFound || !strings.Contains(page, "没有这个时段") {
			t.Errorf("%s answers %d, want 404 and what to choose from", bad, res.StatusCode)
		}
	}
}

func TestTheBoardHasNoInlineScriptOrStyle(t *testing.T) {
	o := officeOnSQLite(t)
	o.did(t, aMonth(lastMonth())...)
	v := o.signedInAs(t, "du", staff.Supervisor)
	for _, path := range []string{"/desk/board", "/desk/board?period=" + lastMonth().Format("2006-01"), "/desk/board/report"} {
		res, page := v.do("GET", path, nil)
		if regexp.MustCompile(`<script>|<script [^s]| on[a-z]+="| style="`).MatchString(page) {
			t.Errorf("GET %s carries inline script or style, which the policy forbids", path)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s has the policy %q", path, csp)
		}
	}
}

// signedInAs is signedIn for a role whose first page is not the queue.
func (o *office) signedInAs(t *testing.T, name string, role staff.Role) *visitor {
	t.Helper()
	o.hires(t, name, "示例·"+name, role, "")
	v := o.visitor(t)
	v.logsIn(name)
	return v
}
