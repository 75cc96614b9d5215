package main

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
)

// programmes builds what families take part in beside lessons, checks and appointments.
func (a *App) programmes() {
	a.habits = &habit.Service{Catalogue: func() *habit.Catalogue { return a.library.Current().Habits }, Store: a.db.Challenges(), Outbox: a.db.Outbox(), Now: a.now}
	a.requests = &request.Service{Store: a.db.Requests(), Outbox: a.db.Outbox(), Now: a.now}
}

func (a *App) programmeHandlers(handlers map[string]outbox.Handler) {
	handlers[habit.KindReminder] = a.remindOfHabit
}

// remindOfHabit says what a day's reminder says, if it still holds.
func (a *App) remindOfHabit(ctx context.Context, r outbox.Row) error {
	due, err := a.habits.Reminder(ctx, r)
	if err != nil || len(due.Replies) == 0 {
		return err
	}
	return a.bot.DeliverUntil(ctx, r.Person, "reminded:"+r.Key, due.Until, due.Replies)
}
