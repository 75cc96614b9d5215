package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// asksFor opens an imminent case in which lan, a counsellor, has asked who the person is; mei supervises since before that.
func (o *office) asksFor(t *testing.T) (path string, lan, mei *visitor) {
	t.Helper()
	o.cases.Address = o.db.People().Address
	k := o.signal(t, o.person(t, "openid-somebody", person.Student), risk.Imminent, "我在天台", "身处高处", "k")
	lan, mei = o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Supervisor)
	o.later.add(time.Minute)
	path = "/desk/cases/" + k.ID
	if status, _ := lan.post(path+"/identity/ask", "note", "示例：警方正在找 TA"); status != http.StatusOK {
		t.Fatalf("asking answers %d", status)
	}
	return path, lan, mei
}

// settles signs somebody in who has chosen a password in place of their one-time one.
func (v *visitor) settles(t *testing.T, name string) {
	t.Helper()
	chosen, _ := hashes(t)
	a, err := v.o.db.Staff().ByName(t.Context(), name)
	if err == nil {
		a.PasswordHash, a.MustChange = chosen, false
		err = v.o.db.Staff().Update(t.Context(), a)
	}
	if err != nil {
		t.Fatal(err)
	}
	v.logsIn(name)
}

func (v *visitor) knows(path string) bool {
	v.t.Helper()
	_, page := v.do("GET", path+"/identity", nil)
	return strings.Contains(page, "openid-somebody")
}

// TestNobodyIsTheirOwnSecondPerson tries to grant one's own wish by every detour of account management.
func TestNobodyIsTheirOwnSecondPerson(t *testing.T) {
	t.Run("by a second account of the same name, made before", func(t *testing.T) {
		o := officeOnSQLite(t)
		if _, _, err := o.staff.Add(t.Context(), "lan2", "示例 ·ＬＡＮ", staff.Supervisor); err != nil {
			t.Fatal(err)
		}
		twin := o.visitor(t)
		twin.settles(t, "lan2")
		path, lan, _ := o.asksFor(t)
		if status, _ := twin.post(path+"/identity/open", "note", "示例：我同意"); status != http.StatusConflict || lan.knows(path) {
			t.Errorf("an account of the same name grants it: %d", status)
		}
	})
	t.Run("by becoming a supervisor in between", func(t *testing.T) {
		o := officeOnSQLite(t)
		path, lan, _ := o.asksFor(t)
		if _, err := o.staff.SetRole(t.Context(), "lan", staff.Supervisor); err != nil {
			t.Fatal(err)
		}
		lan.logsIn("lan")
		if status, _ := lan.post(path+"/identity/open", "note", "示例：我同意"); status == http.StatusOK || lan.knows(path) {
			t.Errorf("whoever asked grants it with a new role: %d", status)
		}
	})
	t.Run("by a supervisor who is made for it", func(t *testing.T) {
		o := officeOnSQLite(t)
		path, lan, _ := o.asksFor(t)
		a, _, err := o.staff.Add(t.Context(), "jia", "示例·贾督导", staff.Supervisor)
		if err != nil || a.Role != staff.Counsellor || a.Wants != staff.Supervisor {
			t.Fatalf("the new supervisor is %+v, %v: want a counsellor who waits", a, err)
		}
		jia := o.visitor(t)
		jia.settles(t, "jia")
		if status, _ := jia.post(path+"/identity/open", "note", "示例：我同意"); status != http.StatusForbidden || lan.knows(path) {
			t.Errorf("a supervisor whom nobody confirmed grants it: %d", status)
		}
	})
	t.Run("by resetting a supervisor's password", func(t *testing.T) {
		o := officeOnSQLite(t)
		path, lan, mei := o.asksFor(t)
		if _, err := o.staff.Reset(t.Context(), "mei"); err != nil {
			t.Fatal(err)
		}
		mei.settles(t, "mei")
		if status, _ := mei.post(path+"/identity/open", "note", "示例：我同意"); status != http.StatusForbidden || lan.knows(path) {
			t.Errorf("whoever reset the password grants it: %d", status)
		}
		if _, page := mei.do("GET", "/desk/me", nil); !strings.Contains(page, "督导身份在等") {
			t.Error("whoever was reset does not read why they are a counsellor")
		}
	})
	t.Run("by one telephone for both", func(t *testing.T) {
		o := officeOnSQLite(t)
		path, lan, mei := o.asksFor(t)
		for _, name := range []string{"lan", "mei"} {
			a, err := o.db.Staff().ByName(t.Context(), name)
			if err == nil {
				err = o.db.Staff().PutPhone(t.Context(), staff.Phone{StaffID: a.ID, Person: "one-and-the-same", BoundAt: time.Now()})
			}
			if err != nil {
				t.Skip("the store binds a telephone to one account alone:", err)
			}
		}
		if status, _ := mei.post(path+"/identity/open", "note", "示例：我同意"); status != http.StatusConflict || lan.knows(path) {
			t.Errorf("an account with the same telephone grants it: %d", status)
		}
	})
	t.Run("and what was granted is sealed with the role of who granted it", func(t *testing.T) {
		o := officeOnSQLite(t)
		path, lan, mei := o.asksFor(t)
		mei.post(path+"/identity/open", "note", "示例：情况属实")
		if !lan.knows(path) {
			t.Fatal("what a supervisor granted is not shown")
		}
		if err := o.staff.Disable(t.Context(), "mei"); err != nil {
			t.Fatal(err)
		}
		if lan.knows(path) {
			t.Error("it is shown on the word of somebody who may grant no more")
		}
	})
}

func TestLifeAtStakeWaitsForNobodyAndIsLookedAtAfterwards(t *testing.T) {
	o := officeOnSQLite(t)
	path, lan, mei := o.asksFor(t)
	alone := func() int {
		status, _ := lan.post(path+"/identity/alone", "note", "示例：TA 说现在就跳，没有人答复")
		return status
	}
	if status := alone(); status != http.StatusConflict || lan.knows(path) {
		t.Errorf("it opens before anybody could answer: %d", status)
	}
	o.later.add(casework.IdentityAnswer)
	if status, _ := mei.post(path+"/identity/alone", "note", "示例"); status != http.StatusConflict {
		t.Errorf("somebody who did not ask opens it: %d", status)
	}
	lan.logsIn("lan") // who somebody is is shown to whoever proved lately who they are
	if status := alone(); status != http.StatusOK || !lan.knows(path) {
		t.Fatalf("nobody answers and it does not open: %d", status)
	}
	if status, _ := lan.post(path+"/identity/sign", "note", "示例：我看过了"); status != http.StatusForbidden {
		t.Errorf("a counsellor signs their own opening off: %d", status)
	}
	if _, page := mei.do("GET", "/desk/oversight", nil); !strings.Contains(page, "示例·lan 独自打开了身份信息") {
		t.Error("the supervisor's page does not list it")
	}
	o.later.add(7 * 24 * time.Hour)
	mei.logsIn("mei")
	if _, page := mei.do("GET", "/desk", nil); !strings.Contains(page, `id="due-oversight"><span>1</span>`) {
		t.Error("a week later no number says that it waits")
	}
	if status, page := mei.post(path+"/identity/sign", "note", "示例：录音听过，情况属实"); status != http.StatusOK || strings.Contains(page, "等复核") {
		t.Errorf("a supervisor signs it off: %d", status)
	}
	_, page := mei.do("GET", "/desk/oversight", nil)
	if !strings.Contains(page, "独自打开，示例·mei复核了") || strings.Contains(page, "示例·lan 独自打开了身份信息") {
		t.Error("after that the page does not say who looked, or still asks for it")
	}
}

func TestANoIsANoUntilSomethingNewComes(t *testing.T) {
	o := officeOnSQLite(t)
	path, lan, mei := o.asksFor(t)
	if status, _ := mei.post(path+"/identity/open", "note", "示例：已经找到 TA 了", "refuse", "yes"); status != http.StatusOK {
		t.Fatalf("refusing answers %d", status)
	}
	lan.post(path+"/identity/ask", "note", "示例：再问一次")
	o.later.add(casework.IdentityAnswer)
	if status, page := lan.post(path+"/identity/alone", "note", "示例：没有人答复"); status != http.StatusConflict || !strings.Contains(page, "没有同意") || lan.knows(path) {
		t.Errorf("after a no it opens alone: %d", status)
	}
	o.signal(t, o.person(t, "openid-somebody", person.Student), risk.Imminent, "我又上来了", "身处高处", "k2")
	lan.logsIn("lan")
	if status, _ := lan.post(path+"/identity/alone", "note", "示例：又有新的信号，没有人答复"); status != http.StatusOK || !lan.knows(path) {
		t.Errorf("something new came, nobody answers, and it stays shut: %d", status)
	}
}

func TestAColleagueWhoOverseesConfirmsANewOne(t *testing.T) {
	o := officeOnSQLite(t)
	mei := o.signedIn(t, "mei", staff.Supervisor)
	a, _, err := o.staff.Add(t.Context(), "xin", "示例·辛督导", staff.Supervisor)
	if err != nil {
		t.Fatal(err)
	}
	xin := o.visitor(t)
	xin.settles(t, "xin")
	if status, _ := xin.post("/desk/oversight/roles/"+a.ID, "agree", "yes"); status != http.StatusForbidden {
		t.Errorf("whoever waits confirms themselves: %d", status)
	}
	if _, page := mei.do("GET", "/desk/oversight", nil); !strings.Contains(page, "示例·辛督导") {
		t.Fatal("the colleague who oversees is not told")
	}
	o.later.add(time.Minute)
	mei.post("/desk/oversight/roles/"+a.ID, "agree", "yes")
	if _, page := xin.do("GET", "/desk/oversight", nil); !strings.Contains(page, "两人同意") || strings.Contains(page, "您的角色不能") {
		t.Error("after that they do not oversee")
	}
	lines, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: a.ID, Kinds: []audit.Kind{audit.RoleChanged}}, 10)
	if err != nil || len(lines) != 2 || lines[0].Name != "示例·mei" {
		t.Errorf("the trail says %+v (%v), want who asked, and who confirmed whom", lines, err)
	}
}
