package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// bound adds a member of staff who bound the WeChat of openid.
func (w *world) bound(name, shown, openid string, role staff.Role) {
	w.t.Helper()
	a, _, err := w.app.staff.Add(w.t.Context(), name, shown, role)
	if err != nil {
		w.t.Fatal(err)
	}
	code, _, err := w.app.staff.NewPhoneCode(w.t.Context(), a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sends(wxsim.Subscribe(openid, ""))
	w.says(openid, "绑定值班微信")
	w.wantIn(w.says(openid, code), "绑好了")
}

// called are the template messages that phones were sent, in their order.
func (w *world) calledPhones() (calls []wxsim.Call) {
	for _, c := range w.platform.Calls() {
		if c.Path == templateCall {
			calls = append(calls, c)
		}
	}
	return calls
}

// notes are what the history of the only case says.
func (w *world) notes() (out []string) {
	w.t.Helper()
	f, err := w.app.cases.File(storetest.Acts(w.t.Context()), w.cases(w.token("counsellor"))[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range f.Steps {
		out = append(out, string(s.Kind)+" "+s.Note)
	}
	return out
}

func TestACallThatDidNotArriveIsSaidAndTheNextIsCalled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ status, says string }{
		"the person blocks the account":      {"failed:user block", "示例·陈老师：在微信里拒收了公众号的消息，马上叫主管 王"},
		"the platform's fault":               {"failed:system failed", "示例·陈老师：微信系统没有送到，马上叫主管 王"},
		"the platform's fault, with a space": {"failed: system failed", "示例·陈老师：微信系统没有送到，马上叫主管 王"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := embedded(t)
			cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{wechatWay()}
			w := start(t, cfg, appOptions{})
			chen, wang, who := openid(t, 1), openid(t, 2), openid(t, 3)
			w.bound("chen", "示例·陈老师", chen, staff.Counsellor)
			w.bound("wang", "示例·王督导", wang, staff.Supervisor)
			w.says(who, "我已经在天台上了，准备跳下去")
			w.eventually("chen to be called", func() bool { return len(w.calledPhones()) == 1 })
			call := w.calledPhones()[0]
			if call.ToUser() != chen || call.Job == 0 {
				t.Fatalf("called %+v", call)
			}
			for range 3 { // the platform repeats what it reports
				w.sends(wxsim.Finished(chen, call.Job, c.status))
			}
			w.eventually("wang to be called, long before the level's time is over", func() bool { return len(w.calledPhones()) == 2 })
			if next := w.calledPhones()[1]; next.ToUser() != wang {
				t.Errorf("called %+v, want wang", next)
			}
			if notes := w.notes(); !slices.ContainsFunc(notes, func(s string) bool { return strings.HasPrefix(s, "unreached 第 1 次 · 微信 · "+c.says) }) {
				t.Errorf("the history says %q", notes)
			}
			w.sends(wxsim.Finished(wang, w.calledPhones()[1].Job, "success"))
			if _, page := w.get("/metrics"); !strings.Contains(page, `xinqiao_wechat_outcomes_total{account="main",kind="template",outcome="success"} 1`) {
				t.Error("what arrived is not counted")
			}
			if log := w.logs.String(); !strings.Contains(log, "job="+strconv.FormatInt(call.Job, 10)) || strings.Contains(log, chen) {
				t.Error("the log lacks the outcome, or holds an openid")
			}
			if n := len(w.calledPhones()); n != 2 {
				t.Errorf("%d calls, want 2: the top of the ladder was reached, and one call arrived", n)
			}
		})
	}
}

func TestAColleagueWhoUnfollowedIsPassedOver(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{wechatWay()}
	w := start(t, cfg, appOptions{})
	chen, wang := openid(t, 1), openid(t, 2)
	w.bound("chen", "示例·陈老师", chen, staff.Counsellor)
	w.bound("wang", "示例·王督导", wang, staff.Supervisor)
	w.sends(wxsim.Event(chen, "unsubscribe", ""))
	w.says(openid(t, 3), "我已经在天台上了，准备跳下去")
	w.eventually("wang to be called", func() bool {
		return slices.ContainsFunc(w.calledPhones(), func(c wxsim.Call) bool { return c.ToUser() == wang && c.ErrCode == 0 })
	})
	if notes := strings.Join(w.notes(), "\n"); !strings.Contains(notes, "示例·陈老师：没有关注公众号，马上叫主管 王") {
		t.Errorf("the history says %s", notes)
	}
}

func TestAnOutcomeOfAnotherProgramsMessageIsNobodys(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	stranger := openid(t, 1)
	if r := w.sends(wxsim.Finished(stranger, 4711, "failed:user block")); !r.Success {
		t.Errorf("answered %+v", r)
	}
	mass := wxsim.Event(stranger, "MASSSENDJOBFINISH", "")
	mass.JobID, mass.Status, mass.Total, mass.Sent, mass.Error = 4712, "err(10001)", 100, 0, 100
	if r := w.sends(mass); !r.Success {
		t.Errorf("answered %+v", r)
	}
	if log := w.logs.String(); !strings.Contains(log, "job=4712") || !strings.Contains(log, "total=100") {
		t.Error("the outcome of a mass message is not in the log")
	}
}
