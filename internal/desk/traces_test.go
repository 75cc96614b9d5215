package desk_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

// secrets are what people said, one of each kind that the desk can show. None of them may reach a page without a trace.
var secrets = []string{"暗语对话", "暗语问过", "暗语备注", "暗语回访", "暗语转介", "暗语来信", "暗语预约", "暗语请求", "暗语留言", "暗语图片", "暗语结果", "暗语没答", "anyu-openid"}

var secretWord = regexp.MustCompile(`暗语..|anyu-openid`)

// archive is an office with one of everything that somebody said.
type archive struct {
	*office
	ids  map[string]string // of what a route's parameter is about, by the beginning of the route
	now  time.Time         // of the trail
	file string
}

func openArchive(t *testing.T) *archive {
	t.Helper()
	ar := &archive{now: time.Now()}
	place := storetest.SQLite(t)
	ar.file = strings.TrimPrefix(place.URL, "sqlite:")
	db := place.Open(t, nil)
	// A clock of its own lets each opening be a new one, while everybody stays signed in.
	trail := audit.New(db.Audit(), db.Sealer().Digest, func() time.Time { return ar.now })
	checks := &survey.Service{Store: db.Results(), Trail: trail}
	o := openOffice(t, db, withRota(t, db, dutyPlan), withContent(db), func(opts *desk.Options) {
		opts.Log = slog.New(slog.DiscardHandler)
		opts.Trail, opts.Cases.Trail, opts.Letters.Trail, opts.Appointments.Trail, opts.Requests.Trail, opts.Rota.Trail = trail, trail, trail, trail, trail, trail
		opts.Unanswered = unanswered.Reading{Store: db.Missed(), Trail: trail}
		opts.Media.(*media.Service).Trail = trail
		opts.SelfChecks = func(ctx context.Context, id string) ([]desk.SelfCheck, error) {
			views, err := checks.SharedBy(ctx, id)
			out := make([]desk.SelfCheck, len(views))
			for i, v := range views {
				out[i] = desk.SelfCheck{Title: v.Title, Summary: v.Summary, At: v.At}
			}
			return out, err
		}
		opts.AliasOf = func(ctx context.Context, id string) (string, error) {
			p, err := db.People().Get(ctx, id)
			return p.Alias, err
		}
	})
	ar.office = o
	o.cases.Address = db.People().Address
	lan, mei := o.hires(t, "lan", "示例·lan", staff.Counsellor, ""), o.hires(t, "mei", "示例·mei", staff.Supervisor, "")
	o.hires(t, "root", "示例·root", staff.Admin, "")
	o.hires(t, "ju", "示例·ju", staff.Manager, "")
	o.hires(t, "bian", "示例·bian", staff.Editor, "")
	o.hires(t, "shen", "示例·shen", staff.Auditor, "")
	o.hires(t, "qian", "示例·qian", staff.Station, "tianhe-1")
	one, two := casework.Actor{ID: lan.ID, Name: lan.DisplayName}, casework.Actor{ID: mei.ID, Name: mei.DisplayName}
	ctx := lan.Acts(t.Context())
	who := o.person(t, "anyu-openid", person.Student)
	first := o.signal(t, who, risk.High, "暗语对话，很久以前", "示例原因", "k0")
	for i := range 205 { // the first words are beyond what the page of the case reaches back to
		o.says(t, who, fmt.Sprint("闲聊 ", i), time.Now())
	}
	k := o.signal(t, who, risk.Imminent, "暗语对话", "示例原因", "k")
	if first.ID != k.ID {
		t.Fatal("the two signals are in two cases")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	did := func(_ casework.Case, err error) { t.Helper(); must(err) }
	did(o.cases.Take(ctx, k.ID, one))
	did(o.cases.Record(ctx, k.ID, one, casework.Entry{Kind: casework.StepNote, Note: "暗语备注 @示例·mei", Key: "note", Mentions: []casework.Actor{two}}))
	did(o.cases.PlanVisit(ctx, k.ID, one, casework.Visit{Due: time.Now().Add(48 * time.Hour), Note: "暗语回访", Key: "visit"}))
	did(o.cases.Refer(ctx, k.ID, one, casework.ReferralForm{Kind: casework.ReferralKind("hospital"), Place: "示例医院", Why: "暗语转介", Contact: "示例", Key: "ref"}))
	did(o.cases.AskIdentity(ctx, k.ID, one, casework.Plea{Reason: "示例", Key: "ask", Call: []casework.Actor{two}}))
	did(o.cases.OpenIdentity(mei.Acts(ctx), k.ID, two, casework.Plea{Reason: "示例", Key: "open"}))
	refs, err := db.Cases().Referrals(ctx, k.ID)
	must(err)
	tasks, err := db.Cases().Tasks(ctx, k.ID)
	must(err)
	o.asks(t, o.person(t, "asked", person.Student), doubt, "暗语问过")
	asked, _, err := o.cases.Asked(ctx, casework.Filter{})
	must(err)
	l := o.letter(t, o.person(t, "writer", person.Student), "暗语来信")
	o.at(t, "2026-03-02 10:00")
	a := o.books(t, "books", "tianhe-1@202603031400", "暗语预约")
	r := o.requests(t, o.person(t, "requests", person.Parent), request.Visit, request.Form{School: "示例小学", About: "暗语请求"})
	o.hasFeedback(t)
	_, err = db.Appointments().Rate(ctx, booking.Rating{Appointment: o.newID(), Person: o.person(t, "rates", person.Parent).ID, Station: "tianhe-1", Month: "2026-03", Opinion: booking.Helped, Words: "暗语留言", Named: true, At: time.Now()})
	must(err)
	o.at(t, "2026-04-20 10:00")
	item := o.sends(t, who, k, media.Item{Kind: channel.KindVideo, State: media.Kept, Type: "video/mp4"}, "［视频］", []byte("暗语图片"))
	result, err := db.Results().Save(ctx, survey.Result{ID: o.newID(), Person: who.ID, Survey: "gad7", Key: "r", At: time.Now(), Token: "t", View: survey.View{Title: "示例自评", Summary: "暗语结果"}})
	must(err)
	must(db.Results().Share(ctx, who.ID, result.ID, time.Now()))
	for i := range 3 {
		must(db.Missed().Count(ctx, unanswered.Text{Words: "暗语没答怎么办", Folded: "暗语没答怎么办", Person: fmt.Sprint(i), At: time.Now()}))
	}
	qs, err := db.Missed().Since(ctx, time.Now().AddDate(0, 0, -7))
	must(err)
	if len(tasks) == 0 || len(refs) != 1 || len(asked) != 1 || len(qs) != 1 {
		t.Fatalf("%d follow-ups, %d referrals, %d asked talks, %d questions", len(tasks), len(refs), len(asked), len(qs))
	}
	ar.ids = map[string]string{
		"/desk/cases/": k.ID, "/desk/tasks/": k.ID, "/desk/asked/": asked[0].ID, "/desk/letters/": l.ID, "/desk/appointments/": a.ID, "/desk/requests/": r.ID,
		"/desk/media/": strings.TrimPrefix(item, "/desk/media/"), ":ref": refs[0].ID, ":task": tasks[0].ID, ":token": a.Token, ":station": "tianhe-1", ":kind": "faq", "ask": qs[0].ID,
	}
	return ar
}

// address fills in what a route is about, with what else its pages take.
func (ar *archive) address(route string) []string {
	path := route
	for prefix, id := range ar.ids {
		if strings.HasPrefix(route, prefix) {
			path = strings.Replace(path, ":id", id, 1)
		}
		if strings.HasPrefix(prefix, ":") {
			path = strings.Replace(path, prefix, id, 1)
		}
	}
	path = regexp.MustCompile(`[:*]\w+`).ReplaceAllString(path, "none")
	return []string{path, path + "?live=1", path + "?station=tianhe-1&day=2026-03-03&done=" + ar.ids["/desk/appointments/"], path + "?q=1&group=visitors&tab=ended&ask=" + ar.ids["ask"] + "&active=" + ar.ids["/desk/cases/"]}
}

// leaving are the routes after which nobody is signed in, the stream, which tells topics alone, and what is nobody's.
var leaving = []string{"/desk/logout", "/desk/leave", "/desk/login", "/desk/session", "/desk/session/again", "/desk/password", "/desk/live", "/desk/static/*file"}

// shown asks for a page and returns the secrets that stand in the answer.
func (ar *archive) shown(v *visitor, method, path string, fragment bool) []string {
	var form url.Values
	if method == http.MethodPost {
		form = url.Values{"key": {v.o.newID()}}
	}
	var header []string
	if fragment {
		header = []string{"HX-Request", "true", "HX-Current-URL", v.o.url + path}
	}
	_, page := v.do(method, path, form, header...)
	found := secretWord.FindAllString(page, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func (ar *archive) walk(t *testing.T, each func(who, method, path string, fragment bool, v *visitor)) {
	t.Helper()
	routes := slices.Clone(ar.routes)
	slices.SortFunc(routes, func(a, b string) int { return strings.Compare(a[strings.Index(a, "/"):], b[strings.Index(b, "/"):]) })
	for _, name := range []string{"lan", "mei", "root", "ju", "bian", "shen", "qian"} {
		v := ar.visitor(t)
		v.logsIn(name)
		v.CheckRedirect = noRedirects // each page for itself
		for _, r := range routes {
			method, route, _ := strings.Cut(r, " ")
			if slices.Contains(leaving, route) {
				continue
			}
			for i, path := range ar.address(route) {
				if i > 0 && (method != http.MethodGet || name == "root" || name == "ju" || name == "shen") {
					break // what such a page takes changes nothing of who may read it
				}
				each(name, method, path, i%2 == 1, v)
			}
			if method == http.MethodPost && strings.HasPrefix(route, "/desk/cases/") {
				each(name, method, ar.address(route)[0], true, v)
			}
		}
	}
}

// Every page, form, fragment, print and download of the desk, by everybody: where a word of a person stands in the answer, the
// trail has a new line by whoever asked. An answer that a new route gives is found here too.
func TestNobodyReadsAWordAtTheDeskWithoutATrace(t *testing.T) {
	ar := openArchive(t)
	seen := map[string]bool{}
	var last int64
	opened := append(audit.KindsOf(audit.GroupOpened), audit.KindsOf(audit.GroupIdentity)...)
	ar.walk(t, func(who, method, path string, fragment bool, v *visitor) {
		ar.now = ar.now.Add(time.Hour) // nothing is the repetition of an earlier opening
		ar.since(t, &last)
		words := ar.shown(v, method, path, fragment)
		for _, w := range words {
			seen[w] = true
		}
		lines := ar.since(t, &last)
		traced := slices.ContainsFunc(lines, func(l audit.Line) bool { return l.Name == "示例·"+who && slices.Contains(opened, l.Kind) })
		if len(words) > 0 && !traced {
			t.Errorf("%s %s (fragment: %t) shows %s %v, and the trail has no opening: let the service that reads them record it", method, path, fragment, who, words)
		}
		if len(words) > 0 && (who == "shen" || who == "ju" || who == "root") && !slices.Equal(words, []string{"暗语没答"}) {
			t.Errorf("%s %s shows %v to %s, whose role sees nothing that was said", method, path, words, who)
		}
	})
	for _, w := range secrets {
		if !seen[w] {
			t.Errorf("no page showed %q: the walk does not reach what it is to watch", w)
		}
	}
	if v, err := ar.db.Trail().Verify(t.Context()); err != nil || !v.OK() {
		t.Errorf("after that the trail does not verify: %+v (%v)", v.Findings, err)
	}
}

// since returns the lines behind a number, and moves it on.
func (ar *archive) since(t *testing.T, last *int64) (all []audit.Line) {
	t.Helper()
	for {
		lines, err := ar.db.Audit().Lines(t.Context(), *last, 200)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) == 0 {
			return all
		}
		all, *last = append(all, lines...), lines[len(lines)-1].Seq
	}
}

// Where the trail cannot be written, no word is shown: pages fail, or stand without the words.
func TestNothingIsOpenedWhileTheTrailCannotBeWritten(t *testing.T) {
	ar := openArchive(t)
	v := ar.visitor(t)
	v.logsIn("lan")
	db, err := sql.Open("sqlite", ar.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "DROP TABLE audit_lines"); err != nil {
		t.Fatal(err)
	}
	for _, r := range ar.routes {
		method, route, _ := strings.Cut(r, " ")
		if slices.Contains(leaving, route) {
			continue
		}
		for _, path := range ar.address(route) {
			if words := ar.shown(v, method, path, false); len(words) > 0 {
				t.Errorf("%s %s shows %v although nothing can be written into the trail", method, path, words)
			}
		}
	}
}
