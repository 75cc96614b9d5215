package desk_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestTheQueueQuotesWhatPeopleSaidToThoseAloneWhoMayReadIt(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "<i>我把药放在桌上了</i>", "提到了手边的药", "k")
	admin := o.signedIn(t, "root", staff.Admin)
	if _, page := admin.do("GET", "/desk", nil); strings.Contains(page, "我把药放在桌上了") || !strings.Contains(page, "提到了手边的药") || !strings.Contains(page, k.Alias) {
		t.Error("an administrator reads words in the queue, or does not see why somebody waits")
	}
	v := o.signedIn(t, "lan", staff.Counsellor)
	for range 3 { // a page that fetches itself again
		if _, page := v.do("GET", "/desk/queue", nil, "HX-Request", "true"); !strings.Contains(page, "&lt;i&gt;我把药放在桌上了&lt;/i&gt;") || strings.Contains(page, "提到了手边的药") {
			t.Error("the queue lacks the person's own words, escaped, or shows a paraphrase of them")
		}
	}
	lan := o.account(t, "lan")
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: lan}, 20)
	n := 0
	for _, e := range entries {
		if e.Kind == audit.SeeQueue {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("the log says %d times (%v) that the queue's words were seen, want once a shift", n, err)
	}
	entries, err = o.db.Audit().Find(t.Context(), audit.Filter{Object: o.account(t, "root")}, 20)
	for _, e := range entries {
		if e.Kind == audit.SeeQueue {
			t.Errorf("the log says that an administrator saw words (%v)", err)
		}
	}
}

func (o *office) account(t *testing.T, name string) string {
	t.Helper()
	a, err := o.staff.Store.ByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

func TestARowCarriesWhatTheDeskCallsBy(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	lan := casework.Actor{ID: o.account(t, "lan"), Name: "示例·lan"}
	waits := o.signal(t, o.person(t, "a", person.Student), risk.High, "示例", "示例", "a")
	mine := o.signal(t, o.person(t, "b", person.Student), risk.Imminent, "示例", "示例", "b")
	if _, err := o.cases.Take(t.Context(), mine.ID, lan); err != nil {
		t.Fatal(err)
	}
	_, page := v.do("GET", "/desk", nil)
	for id, want := range map[string][]string{
		waits.ID: {`data-level="high"`, `data-kind="eyes"`, fmt.Sprintf(`data-waits="%d"`, waits.WaitingSince.UnixMilli()), fmt.Sprintf(`data-due="%d"`, waits.DueAt.UnixMilli()), `data-mine=""`, `data-offered=""`, `data-unread="0"`},
		mine.ID:  {`data-level="imminent"`, `data-waits=""`, `data-mine="1"`},
	} {
		row := regexp.MustCompile(`<a class="case-link[^"]*" id="q-` + id + `"[^>]*>`).FindString(page)
		for _, w := range want {
			if !strings.Contains(row, w) {
				t.Errorf("the row of %s lacks %s: %s", id, w, row)
			}
		}
	}
	nobody, rest, _ := strings.Cut(page[strings.Index(page, `data-group="nobody"`):], `data-group="mine"`)
	if !strings.Contains(nobody, waits.ID) || strings.Contains(nobody, mine.ID) || !strings.Contains(rest, mine.ID) {
		t.Error("a case does not stand in its group")
	}
	colleague := o.signedIn(t, "mei", staff.Counsellor)
	if _, page = colleague.do("GET", "/desk", nil); !strings.Contains(page[strings.Index(page, `data-group="colleagues"`):], mine.ID) {
		t.Error("a colleague does not see who is talked with")
	}
}

func TestWhatIsOverdueNeverStandsAboveSomebodyMoreUrgent(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	high := o.signal(t, o.person(t, "a", person.Student), risk.High, "示例", "示例", "a")
	high.WaitingSince, high.DueAt, high.Rung = time.Now().Add(-time.Hour), time.Now().Add(-50*time.Minute), 2
	if err := o.db.Cases().Update(t.Context(), high); err != nil {
		t.Fatal(err)
	}
	imminent := o.signal(t, o.person(t, "b", person.Student), risk.Imminent, "示例", "示例", "b")
	_, page := v.do("GET", "/desk", nil)
	if strings.Index(page, "q-"+imminent.ID) > strings.Index(page, "q-"+high.ID) {
		t.Error("an overdue high case stands above a fresh imminent one")
	}
	if !regexp.MustCompile(`<a class="case-link high overdue" id="q-` + high.ID).MatchString(page) {
		t.Error("the overdue case is not marked")
	}
}

func TestEveryCaseIsFoundByItsAddress(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	closed := lastMonthsCaseOf(t, o, casework.Actor{ID: o.account(t, "lan"), Name: "示例·lan"})
	other := o.signal(t, o.person(t, "b", person.Parent), risk.Medium, "别人的话", "示例原因二", "b")
	mark := strings.SplitN(closed.Alias, "·", 2)[1]
	for query, finds := range map[string]bool{
		"q=" + url.QueryEscape(mark): true, fmt.Sprintf("q=%%23%d", closed.Number): true, "status=closed": true, "status=open": false,
		"owner=" + o.account(t, "lan"): true, "level=medium&status=closed": false, "level=high": true, "": true,
		"from=2001-01-01&to=2001-01-31": false, "district=" + url.QueryEscape("天河区"): false, "q=" + url.QueryEscape("查无此花"): false,
	} {
		res, page := v.do("GET", "/desk/search?"+query, nil)
		if res.StatusCode != http.StatusOK || strings.Contains(page, "/desk/cases/"+closed.ID) != finds {
			t.Errorf("GET /desk/search?%s (%d) finds the closed case: %v, want %v", query, res.StatusCode, !finds, finds)
		}
		if strings.Contains(page, "那天的话") {
			t.Errorf("GET /desk/search?%s quotes somebody whose case is closed", query)
		}
	}
	if _, page := v.do("GET", "/desk/search?q="+url.QueryEscape("查无此花"), nil); !strings.Contains(page, "没有找到") {
		t.Error("a search that finds nothing does not say so")
	}
	if _, page := v.do("GET", "/desk/search?from=yesterday", nil); !strings.Contains(page, "日期没有看懂") {
		t.Error("a date that cannot be read is not said")
	}
	if res, _ := v.do("GET", "/desk/search?group=nobody&cursor=%21", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a cursor of nobody's answers %d, want 404", res.StatusCode)
	}
	for i := range 60 {
		o.signal(t, o.person(t, fmt.Sprintf("many-%d", i), person.Student), risk.Low, "示例", "示例", fmt.Sprintf("many-%d", i))
	}
	seen, next := map[string]bool{}, "/desk/search?group=nobody"
	for pages := 0; next != "" && pages < 5; pages++ {
		_, page := v.do("GET", next, nil)
		for _, m := range regexp.MustCompile(`href="/desk/cases/([0-9a-f-]+)"`).FindAllStringSubmatch(page, -1) {
			seen[m[1]] = true
		}
		next = ""
		if m := regexp.MustCompile(`href="(/desk/search\?cursor=[^"]+)">下一页`).FindStringSubmatch(page); m != nil {
			next = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 61 || !seen[other.ID] {
		t.Errorf("the pages of those whom nobody has hold %d cases, want 61", len(seen))
	}
	if _, page := v.do("GET", "/desk", nil); !strings.Contains(page, `href="/desk/search?group=nobody"`) {
		t.Error("a queue that does not show all of a group does not lead to the rest of it")
	}
}

func lastMonthsCaseOf(t *testing.T, o *office, by casework.Actor) casework.Case {
	t.Helper()
	k := o.signal(t, o.person(t, "closed", person.Student), risk.High, "那天的话", "示例原因", "closed")
	if _, err := o.cases.Take(t.Context(), k.ID, by); err != nil {
		t.Fatal(err)
	}
	k, err := o.cases.Get(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.Status, k.Assignee, k.AssigneeName, k.ClosedAt, k.Waits, k.DueAt = casework.StatusClosed, "", "", time.Now(), "", time.Time{}
	if err := o.db.Cases().Update(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASupervisorSweepsAFloodAndTakesNobodyWithIt(t *testing.T) {
	o := officeOnSQLite(t)
	counsellor, v := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "boss", staff.Supervisor)
	if res, _ := counsellor.do("GET", "/desk/sweep", nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a counsellor opens the sweep: %d, want 403", res.StatusCode)
	}
	var flood []casework.Case
	for i := range 8 {
		flood = append(flood, o.visits(t, fmt.Sprintf("f%d", i), "net-a", risk.High, "我不想活了"))
	}
	other := o.visits(t, "other", "net-b", risk.High, "我不想活了")
	if _, page := counsellor.do("GET", "/desk", nil); !strings.Contains(page, "新访客 · 9 件") || !strings.Contains(page, "来自 2 个网络") || strings.Contains(page, "按来源一起处理") {
		t.Error("a flood does not stand in one row, or a counsellor is led to the sweep")
	}
	_, page := v.do("GET", "/desk/sweep", nil)
	form := url.Values{"origin": {"net-a"}, "reason": {"同一个网络刷屏"}}
	for _, name := range []string{"key", "seen"} {
		form.Set(name, regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)[1])
	}
	if _, err := o.cases.Take(t.Context(), flood[0].ID, casework.Actor{ID: "c", Name: "示例"}); err != nil {
		t.Fatal(err)
	}
	if res, _ := counsellor.do("POST", "/desk/cases/"+flood[1].ID+"/known", url.Values{}); res.StatusCode != http.StatusOK {
		t.Errorf("a counsellor says that a visitor is known: %d", res.StatusCode)
	}
	o.hears(t, person.Person{ID: flood[2].Person}, flood[2].ID, "有人吗")
	late := o.visits(t, "late", "net-a", risk.High, "我不想活了")
	if res, page := v.do("POST", "/desk/sweep", url.Values{"origin": {"net-a"}, "key": form["key"], "seen": form["seen"]}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "checked") {
		t.Errorf("a sweep without a reason: %d, want 422 with what was ticked", res.StatusCode)
	}
	for range 2 { // a double click
		if res, page := v.do("POST", "/desk/sweep", form); res.StatusCode != http.StatusOK || !strings.Contains(page, "已结案") {
			t.Errorf("a sweep answers %d: %.200s", res.StatusCode, page)
		}
	}
	for name, want := range map[string]struct {
		of   casework.Case
		kept bool
	}{
		"taken": {flood[0], true}, "known": {flood[1], true}, "wrote again": {flood[2], true}, "came later": {late, true}, "another network": {other, true},
		"swept": {flood[3], false}, "swept too": {flood[7], false},
	} {
		c, err := o.cases.Get(t.Context(), want.of.ID)
		if err != nil || (c.Status != casework.StatusClosed) != want.kept {
			t.Errorf("%s: status %s (%v), kept should be %v", name, c.Status, err, want.kept)
		}
		steps, err := o.cases.Steps(t.Context(), c.ID)
		n := 0
		for _, st := range steps {
			if st.Kind == casework.StepSwept && st.Note == "同一个网络刷屏" && st.Staff == "示例·boss" && st.Ref == form.Get("key") {
				n++
			}
		}
		if err != nil || n != map[bool]int{true: 0, false: 1}[want.kept] {
			t.Errorf("%s: its history names the sweep %d times (%v)", name, n, err)
		}
	}
	if entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: form.Get("key")}, 10); err != nil || len(entries) != 1 || entries[0].Kind != audit.Sweep {
		t.Errorf("the log of the sweep is %+v (%v), want one line", entries, err)
	}
	again := o.visits(t, "f3", "net-a", risk.High, "我不想活了") // the same key: what they said before
	if again.ID != flood[3].ID {
		t.Errorf("the old words open a case anew")
	}
	if _, err := o.cases.Raise(t.Context(), casework.Signal{Person: flood[3].Person, Level: risk.High, Subject: risk.Self, Reason: "r", Key: "new words", Unproved: true, Origin: "net-a"}); err != nil {
		t.Fatal(err)
	}
	if id, err := o.cases.OpenCase(t.Context(), flood[3].Person); err != nil || id == "" || id == flood[3].ID {
		t.Errorf("whoever was swept and is in danger again has no new case (%q, %v)", id, err)
	}
}

func TestAnAddressThatLeadsNowhereIsTheDesksOwnPage(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.visitor(t)
	res, page := v.do("GET", "/desk/nowhere", nil)
	if res.StatusCode != http.StatusNotFound || !strings.Contains(page, "没有这一页") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("GET /desk/nowhere answers %d: %.200s", res.StatusCode, page)
	}
}

// BenchmarkTheDeskWithTenThousandCases measures the first byte of /desk, and of what an open page fetches again.
func BenchmarkTheDeskWithTenThousandCases(b *testing.B) {
	for name, place := range map[string]func(testing.TB) storetest.Place{"sqlite": storetest.SQLite, "mysql": storetest.MySQL} {
		b.Run(name, func(b *testing.B) {
			o := openOffice(b, place(b).Open(b, nil))
			openMany(b, o, 10_000)
			v := o.signedIn(b, "lan", staff.Counsellor)
			for _, path := range []string{"/desk", "/desk/queue", "/desk/search?q=4127", "/desk/search"} {
				b.Run(path[1:], func(b *testing.B) {
					var first time.Duration
					for b.Loop() {
						first += v.firstByte(path)
					}
					b.ReportMetric(float64(first.Microseconds())/1000/float64(b.N), "ms-to-first-byte")
				})
			}
		})
	}
}

func (v *visitor) firstByte(path string) time.Duration {
	v.t.Helper()
	var first time.Time
	ctx := httptrace.WithClientTrace(v.t.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() { first = time.Now() }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.o.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	began := time.Now()
	res, err := v.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("GET %s: %v", path, err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return first.Sub(began)
}

// openMany opens n cases, a third of them of unproved visitors.
func openMany(b *testing.B, o *office, n int) {
	b.Helper()
	levels := casework.Levels()
	err := o.db.InTx(b.Context(), func(ctx context.Context) error {
		for i := range n {
			p, err := o.db.People().Resolve(ctx, channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(fmt.Sprintf("p%d", i))})
			if err != nil {
				return err
			}
			at := time.Now().Add(-time.Duration(i) * time.Second)
			c := casework.Case{
				ID: uuid.NewString(), Person: p.ID, Level: levels[i%4], Subject: risk.Self, Status: casework.StatusOpen, Reason: "示例原因", OpenedAt: at, LastSignalAt: at,
				Waits: casework.WaitsEyes, WaitingSince: at, DueAt: at.Add(time.Hour), Unproved: i%3 == 0, Origin: fmt.Sprintf("net-%d", i%40),
			}
			if i%3 != 0 {
				c.Origin = ""
			}
			if i%50 == 1 {
				c.Status, c.AcknowledgedAt, c.Assignee, c.AssigneeName, c.Waits = casework.StatusTalking, at, fmt.Sprintf("staff-%d", i%7), "示例老师", casework.WaitsNothing
			}
			m := transcript.Message{ID: uuid.Must(uuid.NewV7()).String(), Person: p.ID, From: transcript.FromPerson, Text: "示例：我真的很累，不想再撑下去了", At: at}
			if err := o.db.Messages().Append(ctx, m); err != nil {
				return err
			}
			if err := o.db.Cases().Insert(ctx, &c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
