package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestWhatHoldsForADayIsNotSaidAfterItAndACampaignWaitsForTheNextContact(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.WeChat.Accounts = []config.Account{{Name: account.Name, AppID: account.AppID, AppSecret: config.Secret(account.AppSecret), Token: config.Secret(account.Token), AESKey: config.Secret(account.AESKey)}}
	w := start(t, cfg, appOptions{})
	who := openid(t, 41)
	w.sends(wxsim.Subscribe(who, ""))
	p, err := w.app.db.People().Resolve(t.Context(), address(who))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.app.bot.NudgeUntil(t.Context(), p.ID, "old", time.Now().Add(-time.Minute), replyText("昨天的提醒")); err != nil {
		t.Fatal(err)
	}
	if err := w.app.bot.NudgeUntil(t.Context(), p.ID, "new", time.Now().Add(time.Hour), replyText("今天的提醒")); err != nil {
		t.Fatal(err)
	}
	if err := w.app.campaigns.Store.SetConsent(t.Context(), p.ID, true, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.app.campaigns.Test(t.Context(), "october-2027", p.ID); err != nil {
		t.Fatal(err)
	}
	var said string
	w.eventually("both to come with an answer", func() bool {
		said += w.says(who, "菜单").Content
		return strings.Contains(said, "今天的提醒") && strings.Contains(said, "世界精神卫生日")
	})
	if strings.Contains(said, "昨天的提醒") || strings.Count(said, "今天的提醒") != 1 || strings.Count(said, "世界精神卫生日") != 1 {
		t.Errorf("said: %s", said)
	}
}

func TestACampaignForTheNextContactIsNotPushedThoughTheAccountCould(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 42)
	w.says(who, "菜单") // the platform's window is open
	p, err := w.app.db.People().Resolve(t.Context(), address(who))
	if err != nil {
		t.Fatal(err)
	}
	row := outbox.Row{Key: "k", Kind: campaign.KindSend, Person: p.ID, Apart: true, Payload: []byte(`{"person":"` + p.ID + `","replies":[{"text":"十月的一句话"}],"wait":true,"campaign":"october-2027"}`)}
	if err := w.app.campaigns.Deliver(t.Context(), row); err == nil || !strings.Contains(err.Error(), "next contact") {
		t.Errorf("it is delivered at once: %v", err)
	}
	if err := w.app.campaigns.Store.SetConsent(t.Context(), p.ID, true, w.app.now()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.campaigns.Store.Keep(t.Context(), campaign.Recipient{Campaign: "october-2027", Person: p.ID, Fate: campaign.Queued, Key: "k", At: w.app.now()}); err != nil {
		t.Fatal(err)
	}
	if err := w.app.db.Outbox().Put(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	w.eventually("it to wait", func() bool {
		counts, _, err := w.app.campaigns.Store.Results(t.Context(), "october-2027")
		return err == nil && counts[campaign.Waiting] == 1
	})
	w.eventually("it to come with an answer", func() bool { return strings.Contains(w.says(who, "菜单").Content, "十月的一句话") })
	w.eventually("it to be counted as taken along", func() bool {
		_, fetched, err := w.app.campaigns.Store.Results(t.Context(), "october-2027")
		return err == nil && fetched == 1
	})
}
