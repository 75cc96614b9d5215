package wechat_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// named is an event of a rule of the table: of a family, one of its members.
func named(rule wechat.EventRule) string {
	if !strings.Contains(rule.Name, "*") {
		return rule.Name
	}
	return strings.ReplaceAll(rule.Name, "*", "x_")
}

func TestEveryEventIsAnsweredAsTheTableSays(t *testing.T) {
	rules := wechat.EventRules()
	r := newRig(t, func(r *rig) {
		r.opts.Handle = func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
			return []channel.Reply{{Text: "等着的话"}}, nil // whatever the bot says
		}
	})
	for _, rule := range rules {
		for _, name := range []string{named(rule), strings.ToLower(named(rule)), strings.ToUpper(named(rule))} {
			before := len(r.seen())
			reply := r.send(wxsim.Event("o1", name, "key"))
			if reply.Success == rule.Seen {
				t.Errorf("%s: answered with %+v; the table says that an answer is seen: %v", name, reply, rule.Seen)
			}
			got := r.seen()[before:]
			switch {
			case rule.As == "" && len(got) > 0:
				t.Errorf("%s is handed to the bot, which has no business with it", name)
			case rule.As != "" && (len(got) != 1 || got[0].Event.Type != rule.As):
				t.Errorf("%s is handed on as %+v, want %s", name, got, rule.As)
			}
		}
	}
}

func TestTheTableIsWhole(t *testing.T) {
	rules := wechat.EventRules()
	for _, name := range strings.Fields(`subscribe unsubscribe SCAN LOCATION CLICK VIEW VIEW_MINIPROGRAM view_miniprogram scancode_push scancode_waitmsg
		pic_sysphoto pic_photo_or_album pic_weixin location_select TEMPLATESENDJOBFINISH MASSSENDJOBFINISH PUBLISHJOBFINISH subscribe_msg_popup_event
		subscribe_msg_change_event subscribe_msg_sent_event user_info_modified user_authorization_revoke user_authorization_cancellation
		kf_create_session kf_close_session kf_switch_session qualification_verify_success qualification_verify_fail naming_verify_success
		naming_verify_fail annual_renew verify_expired card_pass_check card_not_pass_check user_get_card user_gifting_card user_del_card
		user_consume_card user_pay_from_pay_cell user_view_card user_enter_session_from_card update_member_card card_sku_remind card_pay_order
		submit_membercard_user_info giftcard_pay_done poi_check_notify WifiConnected ShakearoundUserShake guide_qrcode_scan_event
		weapp_audit_success weapp_audit_fail open_product_order_pay debug_demo`) {
		known := slices.ContainsFunc(rules, func(r wechat.EventRule) bool {
			return strings.EqualFold(r.Name, name) || strings.HasSuffix(r.Name, "*") && strings.HasPrefix(strings.ToLower(name), strings.ToLower(strings.TrimSuffix(r.Name, "*")))
		})
		if !known {
			t.Errorf("the table says nothing of %s", name)
		}
	}
	for _, r := range rules {
		if r.Seen && (!r.Acted || !r.As.Spoken()) || r.As.Spoken() && !r.Seen {
			t.Errorf("%s: an answer is seen by somebody who did something, and only then", r.Name)
		}
		if r.Meaning == "" || r.Does == "" {
			t.Errorf("%s has no words", r.Name)
		}
	}
}

func TestAnUnknownEventIsToldOnce(t *testing.T) {
	r := newRig(t, nil)
	for range 3 {
		if reply := r.send(wxsim.Event("oSecretUser", "hologram_arrived\n我不想活了", "key")); !reply.Success {
			t.Errorf("answered with %+v", reply)
		}
	}
	if log := r.logs.String(); strings.Count(log, "hologram_arrived") != 1 || strings.Contains(log, "活") || strings.Contains(log, "oSecretUser") || len(r.seen()) > 0 {
		t.Errorf("want one line without content, got:\n%s", log)
	}
}

// Where somebody is, nobody asked: the platform reports it by itself.
func TestAReportedPositionIsNotRead(t *testing.T) {
	r := newRig(t, nil)
	m := wxsim.Event("o1", "LOCATION", "")
	m.Latitude, m.Longitude, m.Precision = 23.129, 113.264, 40
	if reply := r.send(m); !reply.Success || len(r.seen()) > 0 {
		t.Errorf("answered with %+v, handed on %+v", reply, r.seen())
	}
}

func TestAConsentThatIsTakenBackIsHandedOn(t *testing.T) {
	r := newRig(t, nil)
	for _, name := range []string{"user_authorization_revoke", "user_authorization_cancellation"} {
		m := wxsim.Event("o1", name, "")
		m.Revoked = "205"
		if reply := r.send(m); !reply.Success {
			t.Errorf("%s: answered with %+v", name, reply)
		}
	}
	got := r.seen()
	if len(got) != 2 || got[0].Event.Type != channel.EventRevoke || got[0].Event.Key != "205" || got[0].ID == got[1].ID {
		t.Errorf("handed on %+v", got)
	}
	if reply := r.send(wxsim.Event("o1", "user_info_modified", "")); !reply.Success || len(r.seen()) != 2 || !strings.Contains(r.logs.String(), "changed their profile") {
		t.Errorf("a changed profile: %+v\n%s", reply, r.logs)
	}
}
