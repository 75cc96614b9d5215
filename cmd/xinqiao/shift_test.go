package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// deskVisitor is a member of staff at the desk of a whole program.
type deskVisitor struct {
	w *world
	http.Client
	account staff.Account
}

// joins makes an account and signs it in.
func (w *world) joins(name string, role staff.Role) *deskVisitor {
	w.t.Helper()
	a, oneTime, err := w.app.staff.Add(w.t.Context(), name, "示例·"+name, role)
	if err != nil {
		w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	v := &deskVisitor{w: w, account: a}
	v.Jar = jar
	v.post("/desk/login", "name", name, "password", oneTime)
	v.post("/desk/password", "old", oneTime, "chosen", "kapok-river-2046", "again", "kapok-river-2046")
	if page := v.get("/desk"); !strings.Contains(page, `id="queue"`) {
		w.t.Fatalf("%s does not get into the desk:\n%.300s", name, page)
	}
	return v
}

func (v *deskVisitor) get(path string) string {
	v.w.t.Helper()
	return v.read(v.Get(v.w.url + path))
}

func (v *deskVisitor) post(path string, pairs ...string) string {
	v.w.t.Helper()
	form := url.Values{"key": {uuid.NewString()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.read(v.PostForm(v.w.url+path, form))
}

func (v *deskVisitor) read(res *http.Response, err error) string {
	v.w.t.Helper()
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	return string(body)
}

// TestANightEndsWithNoCaseLeftBehind goes through the end of a shift in the whole program: an identity granted and the
// page for the police with the telephone of the rota, a conversation handed over, and one whose counsellor just leaves.
func TestANightEndsWithNoCaseLeftBehind(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Alerts.Rota = filepath.Join(t.TempDir(), "rota.yaml")
	plan := "people: [{id: zhou, name: 示例·周老师, mobile: '13800000003'}]\ndistricts: [{name: 全市, shifts: [{days: [每天], from: '00:00', to: '24:00', who: [zhou]}]}]\n"
	if err := os.WriteFile(cfg.Alerts.Rota, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, cfg, appOptions{})
	lan, mei := w.joins("lan", staff.Counsellor), w.joins("mei", staff.Supervisor)
	who := openid(t, 31)
	w.sends(wxsim.Subscribe(who, ""))
	w.says(who, "我在天台上，现在就跳下去")
	cases, _, err := w.app.cases.List(t.Context(), casework.Filter{Open: true})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases (%v), want one", len(cases), err)
	}
	path := "/desk/cases/" + cases[0].ID
	lan.post(path + "/take")
	lan.post(path+"/identity/ask", "note", "示例：请 110 协助寻找")
	mei.post(path+"/identity/open", "note", "示例：情况属实")
	page := lan.get(path + "/police")
	for _, want := range []string{who, "我在天台上，现在就跳下去", "示例·周老师", "13800000003"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page for the police lacks %q:\n%s", want, page)
		}
	}
	holder := func() string {
		c, err := w.app.cases.Get(t.Context(), cases[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return c.Assignee
	}
	if page := lan.post("/desk/leave"); !strings.Contains(page, "退出之前，您手里还有 1 段对话") || !strings.Contains(page, "示例·mei") {
		t.Fatalf("signing out does not show what is still open:\n%.900s", page)
	}
	lan.post("/desk/handover", "to", mei.account.ID, "note", "示例：警方在路上", "leaving", "1")
	if page := mei.get("/desk/handover/in"); !strings.Contains(page, "警方在路上") || holder() != lan.account.ID {
		t.Errorf("the colleague is not told, or has it before they accept")
	}
	mei.post("/desk/handover/in", "take", "all")
	if holder() != mei.account.ID {
		t.Errorf("after they accepted it is still %s's", holder())
	}
	lan.post("/desk/logout")
	mei.post("/desk/logout")
	if holder() != "" {
		t.Errorf("its counsellor has left, and it is still theirs: nobody will be called")
	}
}
