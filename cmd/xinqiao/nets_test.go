package main

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestNobodyFallsThroughACaseThatSomebodyHas has two replicas with a counsellor at each, and breaks what can break: an
// answer that does not come, a promise that is not kept, an account that is disabled elsewhere, a sign-out. Each time the
// next is called, and the person is told what is so.
func TestNobodyFallsThroughACaseThatSomebodyHas(t *testing.T) {
	t.Parallel()
	duty := newDutyDesk(t)
	cfg := shared(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{duty.way()}
	var later atomic.Int64 // a browser throws away what has expired by its own clock: the test's runs ahead of it
	o := appOptions{now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }}
	pass := func(d time.Duration) { later.Add(int64(d)) }
	platform := wxsim.NewServer(account)
	one := startWith(t, cfg, o, platform)
	cfg.DataDir = t.TempDir()
	two := startWith(t, cfg, o, platform)
	lan, mei, guan := one.joins("lan", staff.Counsellor), two.joins("mei", staff.Counsellor), one.joins("guan", staff.Admin)
	who := openid(t, 1)
	called := func(what string, n int) {
		t.Helper()
		two.eventually(what, func() bool {
			return len(slices.DeleteFunc(duty.calls(t), func(c string) bool { return c != what })) >= n
		})
	}
	now := func() casework.Case {
		t.Helper()
		p, err := one.app.db.People().Resolve(t.Context(), address(who))
		if err != nil {
			t.Fatal(err)
		}
		id, err := one.app.cases.OpenCase(t.Context(), p.ID)
		if err != nil || id == "" {
			t.Fatalf("the case: %q, %v", id, err)
		}
		c, err := one.app.cases.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	told := func(part string) {
		t.Helper()
		two.eventually("the person to be told “"+part+"”", func() bool {
			return slices.ContainsFunc(platform.Calls(), func(c wxsim.Call) bool { return c.ToUser() == who && strings.Contains(c.Text(), part) })
		})
	}

	two.wantIn(two.says(who, "我不想活了，药都拿出来了"), "12356")
	path := "/desk/cases/" + now().ID
	called("opened 值班 陈", 1)

	// Only whoever may talk may promise: an administrator's tap ends no ladder.
	if page := guan.post(path + "/ack"); !strings.Contains(page, "您的角色不能做这一步") || now().Waits != casework.WaitsEyes {
		t.Errorf("an administrator's 收到 left it waiting for %q:\n%.300s", now().Waits, page)
	}
	if status := one.api("POST", "/api/v1/cases/"+now().ID+"/ack", one.token("admin"), nil); status != http.StatusForbidden {
		t.Errorf("an administrator's program acknowledges: %d", status)
	}

	// A promise by name, which is not kept.
	mei.post(path + "/ack")
	if c := now(); c.Promised.Name != "示例·mei" || c.Waits != casework.WaitsTaking {
		t.Errorf("after 收到: %+v waits for %q", c.Promised, c.Waits)
	}
	if page := lan.get(path); !strings.Contains(page, "示例·mei") {
		t.Errorf("a colleague does not see who promised")
	}
	pass(within(now().Level))
	called("overdue 主管 王", 1)

	// Taken and answered; then danger that nobody answers.
	lan.post(path + "/take")
	told("示例·lan来了")
	lan.post(path+"/say", "text", "我在，你慢慢说。")
	told("我在，你慢慢说。")
	two.wantIn(two.says(who, "我还是想死"), "12356")
	pass(within(now().Level))
	called("unanswered 接手的老师 示例·lan", 1)
	pass(within(now().Level))
	called("unanswered 值班 陈", 1)
	mei.post(path + "/take") // whoever was called in vain loses it to a colleague
	if c := now(); c.AssigneeName != "示例·mei" {
		t.Errorf("after the ladder was called it is still %s's", c.AssigneeName)
	}
	told("接下来由示例·mei陪您聊")
	mei.post(path+"/say", "text", "我是梅老师，我在。")

	// Disabled on another machine: nobody's, and the ladder runs as if new.
	before := len(slices.DeleteFunc(duty.calls(t), func(c string) bool { return c != "opened 值班 陈" }))
	if err := one.app.staff.Disable(t.Context(), "mei"); err != nil {
		t.Fatal(err)
	}
	two.eventually("the case to be nobody's", func() bool { return now().Assignee == "" })
	called("opened 值班 陈", before+1)
	told("这会儿不在线了")
	if r := two.says(who, "老师还在吗"); strings.Contains(r.Content, "老师也看到了") {
		t.Errorf("with nobody there the bot says %q", r.Content)
	}

	// Signed out.
	lan.post(path + "/take")
	lan.post(path+"/say", "text", "我又来了。")
	lan.post("/desk/logout")
	if c := now(); c.Assignee != "" || c.Waits != casework.WaitsEyes {
		t.Errorf("after signing out it is %q's and waits for %q", c.AssigneeName, c.Waits)
	}
	called("opened 值班 陈", before+2)

	// Handed back with danger unanswered: called again.
	yun := two.joins("yun", staff.Supervisor)
	yun.post(path + "/take")
	two.says(who, "我真的不想活了")
	yun.post(path + "/handback")
	if c := now(); c.Assignee != "" || c.Waits != casework.WaitsEyes {
		t.Errorf("after handing back over danger it waits for %q", c.Waits)
	}
	called("opened 值班 陈", before+3)
	if page := yun.post(path+"/close", "outcome", "safe", "report", "not_asked", "note", "示例"); now().Status == casework.StatusClosed {
		t.Errorf("it is closed over words of danger:\n%.300s", page)
	}
}

// within is how long a case of the level may wait.
func within(l risk.Level) time.Duration { return casework.DefaultWithin()[l] }
