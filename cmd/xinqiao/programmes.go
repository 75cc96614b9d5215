package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
)

// programmes builds what families take part in beside lessons, checks and appointments.
func (a *App) programmes() {
	a.habits = &habit.Service{Catalogue: func() *habit.Catalogue { return a.library.Current().Habits }, Store: a.db.Challenges(), Outbox: a.db.Outbox(), Budget: a.purse, Clock: citytime.Clock{Now: a.now}}
	a.requests = &request.Service{Store: a.db.Requests(), Outbox: a.db.Outbox(), Trail: a.db.Trail(), OnDuty: a.concernDuty, Door: a.requestDoor, Clock: citytime.Clock{Now: a.now}}
	a.notices = a.noticeLedger()
	for _, w := range a.cfg.Alerts.Ways {
		a.requests.Ways = append(a.requests.Ways, w.Name)
	}
	a.campaigns = &campaign.Service{
		Calendar: func() *campaign.Calendar { return a.library.Current().Season }, Store: a.db.Campaigns(), Outbox: a.db.Outbox(), Stage: a.childStage, Clock: citytime.Clock{Now: a.now},
		Deliver: func(ctx context.Context, r outbox.Row) error { return a.bot.Handlers()[bot.KindDeliver](ctx, r) },
	}
}

// childStage is what a person said of how old their child is, "" where they did not.
func (a *App) childStage(ctx context.Context, personID string) (string, error) {
	vars, err := a.db.People().Kept(ctx, personID)
	stage, _ := vars["child_stage"].(string)
	return stage, err
}

func (a *App) programmeHandlers(handlers map[string]outbox.Handler) {
	handlers[habit.KindReminder] = a.remindOfHabit
	handlers[request.KindUnread] = a.requests.Unread
	handlers[request.KindNotice] = a.tellOfConcern
	handlers[KindTags] = a.tag
	handlers[subscribe.KindNotice] = a.notices.Deliver
	handlers[campaign.KindBatch] = a.campaigns.Batch
	handlers[campaign.KindSend] = a.campaigns.Send
}

// remindOfHabit says what a day's reminder says, if it still holds.
func (a *App) remindOfHabit(ctx context.Context, r outbox.Row) error {
	due, err := a.habits.Reminder(ctx, r)
	if err != nil || len(due.Replies) == 0 {
		return err
	}
	return a.bot.NudgeUntil(ctx, r.Person, "reminded:"+r.Key, due.Until, due.Replies)
}

// concernDuty says whether somebody is on duty who can read a concern, and when next.
func (a *App) concernDuty(at time.Time) (on bool, next time.Time) {
	on, next, known := a.duty.Current().OnDuty(at)
	if !known { // without a rota the editors' hours hold
		return a.library.Current().Talk.OnDuty(at), time.Time{}
	}
	return on, next
}

// tellOfConcern tells whoever is on duty, by one way, of a concern that nobody has read. It says no word of it.
func (a *App) tellOfConcern(ctx context.Context, row outbox.Row) error {
	r, name, waits, err := a.requests.Noticed(ctx, row)
	if err != nil || !waits {
		return err
	}
	way, ok := a.cases.Ladder.Ways[name]
	if !ok { // it was taken out of the configuration
		return nil
	}
	district := rota.City
	if p, err := a.db.People().Get(ctx, r.Person); err == nil {
		district = a.districtOf(p.Channel, p.Account)
	}
	rung := a.duty.Current().Ladder(district, a.now())[0]
	retry, err := way.Notify(ctx, notify.Alert{
		ID: r.ID, Kind: notify.Concern, Level: risk.Low, Alias: r.Number, District: district, Within: request.ReadWithin, Rung: rung.Name, Call: rung.Call,
		URL: a.cfg.HTTP.PublicURL + "/desk/requests/" + r.ID, At: a.now(),
	})
	if err != nil && !retry {
		return &outbox.Error{Verdict: outbox.Bury, Err: err}
	}
	return err
}

// hasAccount refuses an account that has no words of its own to be heard; "" is what all have in common.
func hasAccount(lib *content.Library, name string) error {
	if name == "" || slices.Contains(lib.Accounts(), name) {
		return nil
	}
	return fmt.Errorf("accounts/ 里没有 %q 这个账号的文件夹，有的是：%s", name, strings.Join(lib.Accounts(), "、"))
}

// warnOfFolders names the folders of content that no configured account reads.
func (a *App) warnOfFolders() {
	for _, name := range a.library.Accounts() {
		if name != web.AccountName && !slices.ContainsFunc(a.cfg.WeChat.Accounts, func(acc config.Account) bool { return acc.Name == name }) &&
			!slices.ContainsFunc(a.cfg.WeCom.Accounts, func(acc config.KfAccount) bool { return acc.Name == name }) {
			a.log.Warn("dialogs/accounts has a folder for an account that is not configured: nobody reads it", "account", name)
		}
	}
}
