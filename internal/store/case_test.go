package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func caseworkOn(db *store.DB) *casework.Service {
	return &casework.Service{Store: db.Cases(), Trail: db.Trail(), Outbox: db.Outbox(), Transcript: db.Messages()}
}

func somebody(t *testing.T, db *store.DB, user string) person.Person {
	t.Helper()
	p, err := db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(user)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sign(p person.Person, level risk.Level, key string) casework.Signal {
	return casework.Signal{Person: p.ID, Level: level, Subject: risk.Self, Rule: "intent.self", Reason: "明确说出不想活下去", Key: key}
}

func TestACaseIsReadAsItWasWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 11, 23, 1, 2, 3, 456789000, time.UTC)
		p := somebody(t, db, "one")
		want := casework.Case{
			ID: "00000000-0000-7000-8000-000000000001", Person: p.ID, Alias: p.Alias, Channel: "wechat", Account: "main", Level: risk.High,
			Subject: risk.Other, Status: casework.StatusTalking, Reason: "一句说明", OpenedAt: at, LastSignalAt: at.Add(time.Second),
			Waits: casework.WaitsAnswer, WaitingSince: at, DueAt: at.Add(time.Hour), Rung: 2, AnsweredAt: at.Add(time.Minute),
			AcknowledgedAt: at.Add(time.Minute), Assignee: "00000000-0000-7000-8000-00000000000a", AssigneeName: "示例老师",
			Promised: casework.Actor{ID: "p", Name: "示例·承诺的老师"}, Offered: casework.Actor{ID: "o", Name: "示例·接班的老师"}, OfferedAt: at,
			Second: casework.Actor{ID: "s", Name: "示例·一起的老师"}, District: "天河区", Unproved: true, Origin: "somewhere",
		}
		if err := db.Cases().Insert(t.Context(), &want); err != nil {
			t.Fatal(err)
		}
		got, err := db.Cases().Get(t.Context(), want.ID)
		if want.Number != 1 {
			t.Errorf("the first case of a new database has the number %d", want.Number)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("case read back: %v (-want +got):\n%s", err, diff)
		}
		if counted, err := db.Cases().AddUnread(t.Context(), want.ID); err != nil || !counted {
			t.Fatalf("a message to a case that waits for an answer anyway was not counted: %v", err)
		}
		want.Status, want.ClosedAt, want.Unread = casework.StatusClosed, at.Add(time.Hour), 1
		if err := db.Cases().Update(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err = db.Cases().Get(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("case after update: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Cases().OpenOf(t.Context(), p.ID); !errors.Is(err, casework.ErrNotFound) {
			t.Errorf("a closed case is still the person's open one: %v", err)
		}
	})
}

func TestOnePersonHasOneOpenCaseHoweverManySignalsComeAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := caseworkOn(db), somebody(t, db, "one")
		const n = 24
		ids := make([]string, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				c, err := s.Raise(t.Context(), sign(p, risk.High, fmt.Sprintf("key-%d", i/2))) // each key twice
				if err != nil {
					t.Errorf("signal %d: %v", i, err)
				}
				ids[i] = c.ID
			})
		}
		wg.Wait()
		for i, id := range ids {
			if id != ids[0] {
				t.Errorf("signal %d went to case %s, the first to %s: want one case", i, id, ids[0])
			}
		}
		signals, err := db.Cases().Signals(t.Context(), ids[0])
		if err != nil || len(signals) != n/2 {
			t.Errorf("the case holds %d signals (%v), want %d: each key once", len(signals), err, n/2)
		}
		cases, _, err := db.Cases().List(t.Context(), casework.Filter{})
		if err != nil || len(cases) != 1 {
			t.Errorf("there are %d cases (%v), want 1", len(cases), err)
		}
	})
}

func TestOneColleagueWinsAConversationThatManyTake(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := caseworkOn(db)
		c, err := s.Raise(t.Context(), sign(somebody(t, db, "one"), risk.High, "k"))
		if err != nil {
			t.Fatal(err)
		}
		const n = 12
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range n {
			wg.Go(func() {
				_, err := s.Take(t.Context(), c.ID, casework.Actor{ID: fmt.Sprintf("staff-%d", i), Name: "老师"})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case !errors.Is(err, casework.ErrTaken):
					t.Errorf("take: %v, want ErrTaken for the others", err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d colleagues have the conversation, want exactly 1", won)
		}
	})
}

func TestTheQueueStandsByUrgency(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		clock := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		s := caseworkOn(db)
		s.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
		raise := func(user string, l risk.Level) casework.Case {
			c, err := s.Raise(t.Context(), sign(somebody(t, db, user), l, user))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		closed, low, seen, older, newer, top := raise("closed", risk.Imminent), raise("low", risk.Low), raise("seen", risk.High),
			raise("older", risk.High), raise("newer", risk.High), raise("top", risk.Imminent)
		by := casework.Actor{ID: "s", Name: "示例老师"}
		if _, err := s.Acknowledge(t.Context(), seen.ID, by); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Review(t.Context(), closed.ID, casework.Actor{ID: "second"}, casework.Review{Verdict: casework.VerdictAgree, Note: "看过了", Key: "review"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Record(t.Context(), closed.ID, by, casework.Entry{Kind: casework.StepContacted, Note: "示例：面谈", Key: "met"}); err != nil {
			t.Fatal(err)
		}
		done := casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: "已面谈", Key: "close"}
		if _, err := s.Close(t.Context(), closed.ID, by, done); err != nil {
			t.Fatal(err)
		}
		order := func(f casework.Filter) (ids []string) {
			for {
				cases, next, err := s.List(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range cases {
					ids = append(ids, c.ID)
				}
				if f.Cursor = next; next == "" {
					return ids
				}
			}
		}
		open := []string{top.ID, older.ID, newer.ID, seen.ID, low.ID}
		for _, limit := range []int{0, 1, 2, 5} {
			if diff := cmp.Diff(open, order(casework.Filter{Open: true, Limit: limit})); diff != "" {
				t.Errorf("open cases in pages of %d (-want +got):\n%s", limit, diff)
			}
		}
		if diff := cmp.Diff(append(open, closed.ID), order(casework.Filter{Limit: 2})); diff != "" {
			t.Errorf("all cases, closed last (-want +got):\n%s", diff)
		}
		n, err := s.Counts(t.Context())
		if err != nil || n.Open != 5 || n.Unacknowledged != 4 || n.ByLevel[risk.High] != 3 {
			t.Errorf("counts are %+v (%v), want 5 open, 4 unacknowledged, 3 high", n, err)
		}
		for _, cursor := range []string{"!", "YWJj", "MS54LnA"} {
			if _, _, err := s.List(t.Context(), casework.Filter{Cursor: cursor}); !errors.Is(err, casework.ErrCursor) {
				t.Errorf("cursor %q: %v, want ErrCursor", cursor, err)
			}
		}
	})
}

func TestTheDeliveryOfAStaffMessageIsSeen(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p, by := caseworkOn(db), somebody(t, db, "one"), casework.Actor{ID: "s", Name: "示例老师"}
		c, err := s.Raise(t.Context(), sign(p, risk.High, "k"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(t.Context(), c.ID, by); err != nil {
			t.Fatal(err)
		}
		settle := map[casework.Delivery]func(id string) error{
			casework.DeliverySending: func(string) error { return nil },
			casework.DeliveryDone:    func(id string) error { return db.Outbox().Done(t.Context(), "w", id) },
			casework.DeliveryWaiting: func(id string) error { return db.Outbox().Park(t.Context(), "w", id, "no window") },
			casework.DeliveryFailed:  func(id string) error { return db.Outbox().Bury(t.Context(), "w", id, "gone") },
		}
		for _, want := range []casework.Delivery{casework.DeliveryDone, casework.DeliveryWaiting, casework.DeliveryFailed, casework.DeliverySending} {
			if err := s.Say(t.Context(), c.ID, by, "我在。", "key-"+string(want)); err != nil {
				t.Fatal(err)
			}
			f, err := s.File(storetest.Acts(t.Context()), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			id := f.Messages[len(f.Messages)-1].ID
			if got := f.Deliveries[id]; got != casework.DeliverySending {
				t.Errorf("just said: %q, want sending", got)
			}
			found := false
			for !found { // a person's rows come one after the other, and who took the talk is said first
				rows, err := db.Outbox().Claim(t.Context(), "w", time.Now().Add(time.Second), time.Minute, 50)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					if r.Key != casework.DeliveryKey(id) {
						if err := db.Outbox().Done(t.Context(), "w", r.ID); err != nil {
							t.Fatal(err)
						}
						continue
					}
					found = true
					if err := settle[want](r.ID); err != nil {
						t.Fatal(err)
					}
				}
				if len(rows) == 0 {
					break
				}
			}
			if !found {
				t.Fatalf("no outbox row of key %s", casework.DeliveryKey(id))
			}
			ds, err := db.Cases().Deliveries(t.Context(), []string{id, "unknown"})
			if diff := cmp.Diff(map[string]casework.Delivery{id: want}, ds); err != nil || diff != "" {
				t.Errorf("deliveries: %v (-want +got):\n%s", err, diff)
			}
		}
	})
}
