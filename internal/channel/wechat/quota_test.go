package wechat_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func TestTheQuotasOfWhatAnAccountSendsByAreAsked(t *testing.T) {
	r := newRig(t, func(r *rig) { r.opts.Accounts[0].Capabilities.Template = false })
	for range 3 { // whoever they are for, they count
		_ = r.channel.Sender("main").Push(t.Context(), "oNobody", channel.Reply{Text: "x"})
	}
	sent := 0
	for _, c := range r.platform.Calls() {
		if c.Path == "/cgi-bin/message/custom/send" {
			sent++
		}
	}
	qs, err := r.channel.Quotas(t.Context(), "main")
	if err != nil || len(qs) != 1 || qs[0].Path != "/cgi-bin/message/custom/send" || qs[0].Limit != 500_000 || qs[0].Left != 500_000-sent || sent == 0 {
		t.Errorf("after %d calls the quotas are %+v, %v", sent, qs, err)
	}
	r.platform.Fail("/cgi-bin/openapi/quota/get", 48001, "api unauthorized", 0)
	if qs, err := r.channel.Quotas(t.Context(), "main"); err == nil {
		t.Errorf("without the right to ask: %+v", qs)
	}
}
