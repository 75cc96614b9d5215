package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// follower is somebody who writes to an account of the service.
func follower(t *testing.T, db *store.DB, account string) string {
	t.Helper()
	p, err := db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account, User: "u"})
	need(t, err)
	return p.ID
}

func TestASchoolsPeopleReachTheRequestsOfTheirAccountAlone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), &request.Service{Store: db.Requests(), Trail: db.Trail(), Outbox: db.Outbox()}
		made := map[string]request.Request{}
		for _, school := range []string{"school1", "school2"} {
			r, err := s.Make(ctx, school, follower(t, db, school), request.Visit, request.Form{School: "示例小学"})
			need(t, err)
			made[school] = r
		}
		bureau, one := request.Actor{ID: "b", Name: "示例"}, request.Actor{ID: "o", Name: "示例", Account: "school1"}
		for account, want := range map[string]int{"": 2, "school1": 1, "school3": 0} {
			rs, _, err := s.Store.List(ctx, request.Filter{Open: true, Account: account, Limit: 10})
			n, err2 := s.Store.CountNew(ctx, account)
			if err != nil || err2 != nil || len(rs) != want || n != want {
				t.Errorf("of %q: %d listed, %d new, %v %v; want %d", account, len(rs), n, err, err2, want)
			}
		}
		if _, _, err := s.Open(ctx, one, made["school2"].ID); !errors.Is(err, request.ErrNotFound) {
			t.Errorf("another school's is opened: %v", err)
		}
		if err := s.Move(ctx, made["school2"].ID, one, request.New, request.Passed, ""); !errors.Is(err, request.ErrNotFound) {
			t.Errorf("another school's is moved: %v", err)
		}
		for by, id := range map[request.Actor]string{one: made["school1"].ID, bureau: made["school2"].ID} {
			if _, _, err := s.Open(storetest.Acts(ctx), by, id); err != nil {
				t.Errorf("%+v: %v", by, err)
			}
			need(t, s.Move(ctx, id, by, request.New, request.Passed, ""))
		}
	})
}

func TestAConcernThatNobodyReadsIsToldOnceInDutyHoursAndStandsFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)
		opens, ctx := now.Add(12*time.Hour), t.Context()
		s := &request.Service{
			Store: db.Requests(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return now }}, Ways: []string{"group", "mail"},
			OnDuty: func(at time.Time) (bool, time.Time) { return !at.Before(opens), opens },
		}
		visit, err := s.Make(ctx, "v", follower(t, db, "main"), request.Visit, request.Form{})
		need(t, err)
		now = now.Add(time.Minute)
		unread, err := s.Make(ctx, "c1", follower(t, db, "main"), request.Concern, request.Form{Seen: "很低落"})
		need(t, err)
		read, err := s.Make(ctx, "c2", follower(t, db, "main"), request.Concern, request.Form{Seen: "很低落"})
		need(t, err)
		_, err = s.Make(ctx, "c3", follower(t, db, "main"), request.Concern, request.Form{Seen: "说不想活", Danger: true})
		need(t, err)
		need(t, s.Move(ctx, read.ID, request.Actor{ID: "m", Name: "示例"}, request.New, request.Passed, ""))

		var called []string
		w := &outbox.Worker{Store: db.Outbox(), Name: "w", Now: func() time.Time { return now }, Handlers: map[string]outbox.Handler{
			"deliver": func(context.Context, outbox.Row) error { return nil }, request.KindUnread: s.Unread,
			request.KindNotice: func(ctx context.Context, row outbox.Row) error {
				r, way, waits, err := s.Noticed(ctx, row)
				if waits {
					called = append(called, way+" "+r.Number)
				}
				return err
			},
		}}
		run := func(until time.Time) {
			t.Helper()
			for ; now.Before(until); now = now.Add(30 * time.Minute) {
				for range 3 {
					if _, err := w.RunDue(ctx); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		list := func() (first, rest []request.Request) {
			t.Helper()
			f := request.Filter{Open: true, Late: s.Late(), Limit: 10}
			rest, _, err := s.Store.List(ctx, f)
			need(t, err)
			f.Overdue = true
			first, _, err = s.Store.List(ctx, f)
			need(t, err)
			return first, rest
		}
		if first, rest := list(); len(first) != 0 || len(rest) != 4 {
			t.Errorf("at once: %d first, %d behind", len(first), len(rest))
		}
		run(opens)
		if len(called) != 0 {
			t.Errorf("outside of duty: %v", called)
		}
		run(opens.Add(24 * time.Hour))
		if len(called) != 2 || called[0] == called[1] || called[0] != "group "+unread.Number && called[0] != "mail "+unread.Number {
			t.Errorf("called: %v; want once by each way, about %s", called, unread.Number)
		}
		first, rest := list()
		if len(first) != 2 || first[0].ID != unread.ID || len(rest) != 2 || rest[0].ID != visit.ID {
			t.Errorf("first: %+v, behind: %+v", first, rest)
		}
	})
}
