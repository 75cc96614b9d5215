package desk_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// deskConsents is what the desk records papers with.
func deskConsents(t testing.TB, db *store.DB, now func() time.Time) *consent.Service {
	t.Helper()
	words, err := consent.Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	return &consent.Service{Store: db.Consents(), Texts: func() *consent.Texts { return words }, People: db.People(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: now}}
}

// refuses says that a form was not taken, and why.
func refuses(t *testing.T, v *visitor, path string, form url.Values, why string) {
	t.Helper()
	if status, page := v.status(http.MethodPost, path, form); status != http.StatusUnprocessableEntity || !strings.Contains(page, why) {
		t.Errorf("%s: %d, want that it says %q:\n%s", path, status, why, page)
	}
}

func TestAPaperIsRecordedByTheCodeThatAChildShows(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db)
	ctx := t.Context()
	s := deskConsents(t, db, time.Now)
	child := o.person(t, "a-child", person.Student).ID
	if _, _, err := s.HearAge(ctx, child, consent.Statement{Band: consent.Under14, Years: 11}, "示例"); err != nil {
		t.Fatal(err)
	}
	code, err := s.Invite(ctx, child, consent.Booking)
	if err != nil {
		t.Fatal(err)
	}
	clerk := o.signedIn(t, "lan", staff.Counsellor)
	whole := url.Values{"code": {code.Code}, "for": {"booking"}, "relation": {"妈妈"}, "form": {"示例-7"}, "signed": {time.Now().In(citytime.Zone).Format(time.DateOnly)}}
	for name, c := range map[string]struct{ field, value, want string }{
		"no purpose": {"for", "all", "哪几样"}, "no relation": {"relation", "邻居", "谁签的"}, "no number": {"form", " ", "编号"},
		"signed tomorrow": {"signed", time.Now().Add(48 * time.Hour).Format(time.DateOnly), "日期"}, "signed never": {"signed", "x", "日期"}, "another code": {"code", "AAAA AAAA", "这个码不对"},
	} {
		form := url.Values{}
		for k, v := range whole {
			form[k] = v
		}
		form[c.field] = []string{c.value}
		refuses(t, clerk, "/desk/consents/paper", form, c.want)
		if st, err := s.Standing(ctx, child, "student", consent.Booking); err != nil || st.Lack != consent.LackGuardian {
			t.Fatalf("%s: lacks %q, %v", name, st.Lack, err)
		}
	}
	if status, page := clerk.status(http.MethodPost, "/desk/consents/paper", whole); status != http.StatusOK || !strings.Contains(page, "登记好了") {
		t.Fatalf("%d:\n%s", status, page)
	}
	if st, err := s.Standing(ctx, child, "student", consent.Booking); err != nil || st.Lack != consent.LackWords {
		t.Errorf("after the paper the child lacks %q, %v", st.Lack, err)
	}
	if log, err := db.Audit().Find(ctx, audit.Filter{Object: db.Trail().PersonMark(child), Kinds: []audit.Kind{audit.Consent}}, 5); err != nil || len(log) != 1 || log[0].Note != "登记了纸质同意书" || log[0].Name == "" {
		t.Errorf("the trail: %+v, %v", log, err)
	}
	refuses(t, clerk, "/desk/consents/paper", whole, "已经用过")
}

func TestACounsellorPutsAnAgeRightWithAReason(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db)
	ctx := t.Context()
	s := deskConsents(t, db, time.Now)
	child := o.person(t, "a-child", person.Student).ID
	if _, _, err := s.HearAge(ctx, child, consent.Statement{Band: consent.Under14, Years: 11}, "示例"); err != nil {
		t.Fatal(err)
	}
	code, err := s.Invite(ctx, child, consent.Letters)
	if err != nil {
		t.Fatal(err)
	}
	lan := o.signedIn(t, "lan", staff.Counsellor)
	refuses(t, lan, "/desk/consents/age", url.Values{"code": {code.Code}, "age": {"from14"}}, "理由")
	if status, page := lan.status(http.MethodPost, "/desk/consents/age", url.Values{"code": {code.Code}, "age": {"from14"}, "reason": {"电话里和家长核对过，示例"}}); status != http.StatusOK || !strings.Contains(page, "年龄改好了") {
		t.Fatalf("%d:\n%s", status, page)
	}
	if st, err := s.Standing(ctx, child, "student", consent.Letters); err != nil || st.Lack != consent.LackWords {
		t.Errorf("lacks %q, %v", st.Lack, err)
	}
	if log, err := db.Audit().Find(ctx, audit.Filter{Object: db.Trail().PersonMark(child), Kinds: []audit.Kind{audit.Consent}}, 5); err != nil || len(log) != 1 || log[0].Note != "改了年龄" {
		t.Errorf("the trail: %+v, %v", log, err)
	}
}
