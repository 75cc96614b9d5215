package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
)

// programmes builds what families take part in beside lessons, checks and appointments.
func (a *App) programmes() {
	a.habits = &habit.Service{Catalogue: func() *habit.Catalogue { return a.library.Current().Habits }, Store: a.db.Challenges(), Outbox: a.db.Outbox(), Now: a.now}
	a.requests = &request.Service{Store: a.db.Requests(), Outbox: a.db.Outbox(), Now: a.now}
	a.campaigns = &campaign.Service{
		Calendar: func() *campaign.Calendar { return a.library.Current().Season }, Store: a.db.Campaigns(), Outbox: a.db.Outbox(), Stage: a.childStage, Now: a.now,
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
		if name != web.AccountName && !slices.ContainsFunc(a.cfg.WeChat.Accounts, func(acc config.Account) bool { return acc.Name == name }) {
			a.log.Warn("dialogs/accounts has a folder for an account that is not configured: nobody reads it", "account", name)
		}
	}
}
