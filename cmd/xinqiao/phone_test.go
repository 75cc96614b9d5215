package main

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

const templateCall = "/cgi-bin/message/template/send"

// wechatWay sends alerts by a template of the official account.
func wechatWay() config.Way {
	return config.Way{Name: "微信", Kind: "wechat", Set: config.Settings{"account": account.Name, "template": "alert-template", "fields": map[string]string{"thing1": "alias", "phrase2": "level", "time3": "time"}}}
}

func TestStaffAreCalledInTheirOwnWeChat(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		board := newDutyDesk(t)
		cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, dutyPlan), []config.Way{wechatWay(), board.way()}
		w := start(t, cfg, appOptions{})
		chen, _, err := w.app.staff.Add(t.Context(), "chen", "示例·陈老师", staff.Counsellor)
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := w.app.staff.NewPhoneCode(t.Context(), chen.ID)
		if err != nil {
			t.Fatal(err)
		}
		phone, guesser, who := openid(t, 1), openid(t, 2), openid(t, 3)
		w.sends(wxsim.Subscribe(guesser, ""))
		w.wantIn(w.says(guesser, "绑定值班微信"), "8 位绑定码")
		w.wantIn(w.says(guesser, "00000000"), "这个码不对")
		w.sends(wxsim.Subscribe(phone, ""))
		w.says(phone, "绑定值班微信")
		w.wantIn(w.says(phone, code[:4]+" "+code[4:]), "绑好了，示例·陈老师")
		w.says(guesser, "再试一次")
		w.wantIn(w.says(guesser, code), "这个码不对") // it was used

		w.says(who, "我已经在天台上了，准备跳下去")
		call, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool { return c.Path == templateCall })
		if err != nil {
			t.Fatal(err)
		}
		kase := w.cases(w.token("counsellor"))[0]
		body := call.Raw
		if call.ToUser() != phone || !strings.Contains(body, kase.Alias) || !strings.Contains(body, "紧急") || !strings.Contains(body, "/desk/cases/"+kase.ID) {
			t.Errorf("the call is not hers, or lacks the alias, the level or the link: %s", body)
		}
		if strings.Contains(body, "天台") || strings.Contains(body, who) {
			t.Errorf("the call tells what was written, or who wrote it: %s", body)
		}

		w.platform.Fail(templateCall, 43004, "require subscribe", 0) // as for anybody who is gone: a call that is made again meets it again
		w.says(openid(t, 4), "我刚吞了一整瓶安眠药")
		w.eventually("the other way to call all the same, and the failed one to be recorded", func() bool {
			for _, k := range w.cases(w.token("counsellor")) {
				if k.ID == kase.ID {
					continue
				}
				f, err := w.app.cases.File(storetest.Acts(t.Context()), k.ID)
				if err != nil {
					t.Fatal(err)
				}
				var failed, called bool
				for _, s := range f.Steps {
					failed = failed || s.Kind == "alert_failed" && strings.Contains(s.Note, "微信")
					called = called || s.Kind == "alerted" && strings.Contains(s.Note, "值班平台")
				}
				return failed && called
			}
			return false
		})
		if log := w.logs.String(); strings.Contains(log, phone) || strings.Contains(log, code) {
			t.Error("the log holds an openid or a code")
		}
		if err := w.app.staff.UnbindPhone(t.Context(), chen.ID); err != nil {
			t.Fatal(err)
		}
		if persons, err := w.app.staff.PhonesOf(t.Context(), nil); err != nil || len(persons) != 0 {
			t.Errorf("after unbinding, alerts go to %d chats (%v)", len(persons), err)
		}
	})
}
