package course

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindWeekly is the outbox kind of a weekly suggestion that is due.
const KindWeekly = "course.weekly"

// Subscription is a person's wish for one lesson a week.
type Subscription struct {
	Person  string
	Stage   string
	Active  bool
	Serial  int    // grows with every new subscription, so that rows of an ended one do nothing
	Week    int    // of the suggestion that is due next
	LastKey string // of the outbox row that said the last suggestion
	Last    string // what became of that row: waiting, parked, buried, done, or "" (read only)
}

// The states of a suggestion's outbox row that matter here, in the store's words.
const (
	stateWaiting = "waiting"
	stateParked  = "parked"
	stateBuried  = "buried"
)

// A suggestion is made on Saturday morning, when families have time; people are spread over two hours so that a city
// does not come at once.
const (
	weeklyDay  = time.Saturday
	weeklyHour = 9
	spread     = 2 * time.Hour
)

// due is the next Saturday morning after a time, at the person's own minute.
func due(after time.Time, person string) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(person)) // a hash never fails
	offset := time.Duration(h.Sum32()%uint32(spread/time.Minute)) * time.Minute
	local := after.In(citytime.Zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), weeklyHour, 0, 0, 0, citytime.Zone).Add(offset)
	for day.Weekday() != weeklyDay || !day.After(after) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

type weeklyRow struct {
	Serial int `json:"serial"`
	Week   int `json:"week"`
}

// Kind implements outbox.Job.
func (weeklyRow) Kind() string { return KindWeekly }

// putWeekly puts a week's suggestion on its way.
func (s *Service) putWeekly(ctx context.Context, sub Subscription, at time.Time) error {
	key := fmt.Sprintf("%s:%s:%d:%d", KindWeekly, sub.Person, sub.Serial, sub.Week)
	return outbox.Ask(ctx, s.Outbox, weeklyRow{sub.Serial, sub.Week}, outbox.Row{ID: s.ID(), Key: key, Person: sub.Person, RunAt: at})
}

// weekly says whether the person gets suggestions.
func (s *Service) weekly(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	sub, err := s.Store.Subscription(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("look for a subscription: %w", err)
	}
	if !sub.Active {
		return dialog.Result{Outcome: "off", Vars: map[string]any{"text": ""}}, nil
	}
	return dialog.Result{Outcome: "on", Vars: map[string]any{"text": "您已经订阅了每周荐课：" + s.Catalogue().StageName(sub.Stage) + "，每周六上午一课。"}}, nil
}

func (s *Service) subscribe(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	at := due(s.Time(), c.Person)
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		sub, err := s.Store.Subscription(ctx, c.Person)
		if err != nil {
			return err
		}
		changed := Subscription{Person: c.Person, Stage: c.Text("stage"), Active: true, Serial: sub.Serial, Week: sub.Week, LastKey: sub.LastKey}
		if !sub.Active {
			changed.Serial, changed.Week = sub.Serial+1, 1
		}
		if err := s.Store.SaveSubscription(ctx, changed); err != nil {
			return err
		}
		if sub.Active { // another stage; the row that is due stands already
			return nil
		}
		return s.putWeekly(ctx, changed, at)
	})
	if err != nil {
		return dialog.Result{}, fmt.Errorf("subscribe to the weekly suggestion: %w", err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"when": at.Format("1月2日") + "（周六）上午"}}, nil
}

func (s *Service) unsubscribe(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	ended, err := s.EndWeekly(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	if !ended {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// Suggest does a row of KindWeekly: it puts this week's lesson on its way and the next week's row beside it, in one
// transaction and under keys of the week, so that a second run of the row changes nothing. A person who has not fetched
// the last suggestion gets no other on top; one who cannot be reached any more is asked no longer.
func (s *Service) Suggest(ctx context.Context, r outbox.Row) error {
	row, err := outbox.Decode[weeklyRow](r)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		sub, err := s.Store.Subscription(ctx, r.Person)
		if err != nil {
			return err
		}
		if !sub.Active || sub.Serial != row.Serial || sub.Week != row.Week {
			return nil
		}
		if sub.Last == stateBuried {
			sub.Active = false
			return s.Store.SaveSubscription(ctx, sub)
		}
		if sub.Last != stateParked && sub.Last != stateWaiting {
			if err := s.suggest(ctx, &sub); err != nil {
				return err
			}
		}
		sub.Week++
		if err := s.Store.SaveSubscription(ctx, sub); err != nil {
			return err
		}
		return s.putWeekly(ctx, sub, due(s.Time().Add(24*time.Hour), sub.Person))
	})
	if err != nil {
		return fmt.Errorf("suggest a lesson: %w", err)
	}
	return nil
}

func (s *Service) suggest(ctx context.Context, sub *Subscription) error {
	marks, err := s.Store.Marks(ctx, sub.Person)
	if err != nil {
		return err
	}
	audience, err := s.Audience(ctx, sub.Person)
	if err != nil {
		return err
	}
	news, err := s.moveUp(ctx, sub)
	if err != nil {
		return err
	}
	l, ok := s.Catalogue().For(audience).suggestion(sub.Stage, marks)
	if !ok {
		return nil
	}
	if _, err := s.Store.Note(ctx, sub.Person, l.ID, Deed{Kind: Suggested, At: s.Time()}); err != nil {
		return err
	}
	weekly := channel.Delivery{
		Person: sub.Person, Aside: true, // not in the midst of a talk about danger
		Replies: []channel.Reply{{Text: news + "这周给您的一课：《" + l.Title + "》\n" + l.Points[0] + "。\n点开就能看；不想再收到，发“退订”就好。", Card: s.Catalogue().Card(l)}},
	}
	sub.LastKey = fmt.Sprintf("weekly-lesson:%s:%d:%d", sub.Person, sub.Serial, sub.Week)
	return outbox.Ask(ctx, s.Outbox, weekly, outbox.Row{ID: s.ID(), Key: sub.LastKey, Person: sub.Person, RunAt: s.Time()})
}

// moveUp follows a child into its next school: from now on the lessons are for it. It returns what the parent is told of it.
func (s *Service) moveUp(ctx context.Context, sub *Subscription) (string, error) {
	if s.Grown == nil {
		return "", nil
	}
	stage, err := s.Grown(ctx, sub.Person, sub.Stage)
	if err != nil || stage == "" {
		return "", err
	}
	sub.Stage = stage
	return "孩子又大了一点，从这周起按“" + s.Catalogue().StageName(stage) + "”给您挑。\n", nil
}

// suggestion picks a lesson of the stage that the person has neither opened nor been told of, the newest first; after
// all of them, the one suggested longest ago that was not learnt.
func (c *Catalogue) suggestion(stage string, marks []Mark) (Lesson, bool) {
	known := map[string]Mark{}
	for _, m := range marks {
		known[m.Lesson] = m
	}
	all, _ := c.Browse(Filter{Stage: stage}, 1, len(c.lessons))
	all = slices.DeleteFunc(slices.Clone(all), func(l Lesson) bool {
		m := known[l.ID]
		return !m.Learnt.IsZero() || !m.Opened.IsZero() && m.Suggested.IsZero()
	})
	if len(all) == 0 {
		return Lesson{}, false
	}
	return slices.MinFunc(all, func(a, b Lesson) int {
		return cmp.Or(known[a.ID].Suggested.Compare(known[b.ID].Suggested), b.day().Compare(a.day()), cmp.Compare(a.ID, b.ID))
	}), true
}
