package event

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindPromises is the outbox kind of looking whether events still are what people signed up for.
const KindPromises = "event.promises"

// promisesEvery is how often that is looked at, promisesBatch how many sign-ups are read at a time.
const (
	promisesEvery = 30 * time.Minute
	promisesBatch = 200
)

type promises struct{}

// Kind implements outbox.Job.
func (promises) Kind() string { return KindPromises }

// PlanPromises puts the next look into the outbox. Every replica may call it, at its start.
func (s *Service) PlanPromises(ctx context.Context) error {
	at := s.Time().Truncate(promisesEvery).Add(promisesEvery)
	row := outbox.Row{ID: s.ID(), Key: fmt.Sprintf("%s:%d", KindPromises, at.Unix()), RunAt: at}
	if err := outbox.Ask(ctx, s.Outbox, promises{}, row); err != nil {
		return fmt.Errorf("plan to look after sign-ups: %w", err)
	}
	return nil
}

// Promises is the outbox handler of KindPromises: whoever signed up for a date that was moved or called off is told once,
// and who waits gets the seats that an editor added.
func (s *Service) Promises(ctx context.Context, _ outbox.Row) error {
	last, waited := "", map[string]Date{}
	for {
		xs, err := s.Store.After(ctx, s.Time().Add(-moved), last, promisesBatch)
		if err != nil {
			return fmt.Errorf("look after sign-ups: %w", err)
		}
		for _, x := range xs {
			last = x.ID
			date, there := s.Calendar().Date(x.Date)
			if there && x.Waits() && date.Open(s.Time()) {
				waited[date.ID] = date
			}
			if _, err := s.tellChange(ctx, x, x.Start); err != nil {
				return fmt.Errorf("look after sign-ups: %w", err)
			}
		}
		if len(xs) < promisesBatch {
			break
		}
	}
	for _, date := range waited {
		if err := s.refill(ctx, date); err != nil {
			return err
		}
	}
	return s.PlanPromises(ctx)
}

// tellChange tells a family, once for each change, that a date was moved or called off since it was at a start that they
// know; it reports whether it was.
func (s *Service) tellChange(ctx context.Context, x Signup, start time.Time) (bool, error) {
	date, there := s.Calendar().Date(x.Date)
	now := s.Time()
	switch {
	case !there || date.Cancelled:
		if !start.After(now) {
			return true, nil // over before it was taken off the calendar
		}
		title := "您报名的活动"
		if there {
			title = "“" + date.Title + "”"
		}
		text := fmt.Sprintf("很抱歉，%s（原定 %s）取消了。您的报名已经作废，不用过来。", title, Date{At: start}.When())
		if others := s.others(date); others != "" {
			text += "\n最近还可以报名的：\n" + others + "\n发“活动”就能报名。"
		}
		return true, s.tell(ctx, x, "event-gone:"+x.ID, text)
	case date.At.Equal(start):
		return false, nil
	case !date.At.After(now):
		return true, nil
	}
	text := fmt.Sprintf("您报名的“%s”改时间了。\n原来：%s\n现在：%s\n地点：%s\n签到码：%s\n时间不合适的话，发“我的报名”取消，发“活动”看看别的。", date.Title, Date{At: start}.When(), date.When(), date.Where(), x.Code)
	if x.Waits() {
		text = fmt.Sprintf("您候补的“%s”改时间了。\n原来：%s\n现在：%s\n您还在候补，时间不合适的话，发“我的报名”取消。", date.Title, Date{At: start}.When(), date.When())
	}
	if err := s.tell(ctx, x, fmt.Sprintf("event-moved:%s:%d", x.ID, date.At.Unix()), text); err != nil {
		return true, err
	}
	if x.Waits() {
		return true, nil
	}
	return true, s.putReminder(ctx, x, date.At)
}

// others are a few dates that can be signed up for instead of one that was called off.
func (s *Service) others(gone Date) string {
	const few = 2
	var lines []string
	for _, d := range s.Calendar().Upcoming(gone.Kind, s.Time()) {
		if d.ID != gone.ID && len(lines) < few {
			lines = append(lines, d.When()+" "+d.Title)
		}
	}
	return strings.Join(lines, "\n")
}

func (s *Service) tell(ctx context.Context, x Signup, key, text string) error {
	return outbox.Ask(ctx, s.Outbox, channel.Tell(x.Person, text), outbox.Row{ID: s.ID(), Key: key, Person: x.Person, RunAt: s.Time()})
}
