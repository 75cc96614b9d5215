package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// bound is a context of somebody whose work reaches so far, for every subject.
func bound(t *testing.T, r reach.Reach) context.Context {
	t.Helper()
	return reach.With(t.Context(), map[reach.Subject]reach.Reach{reach.Cases: r, reach.Letters: r, reach.Requests: r, reach.Appointments: r})
}

// TestEveryReadObeysTheReachOfWhoeverAsks runs every query that a reach narrows, on every database.
func TestEveryReadObeysTheReachOfWhoeverAsks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		districts := map[string]string{"south": "天河区", "north": "越秀区", "web": "全市"}
		cases := &casework.Service{Store: db.Cases(), Outbox: db.Outbox(), Transcript: db.Messages()}
		cases.Ladder.District = func(ctx context.Context, id string) string {
			p, err := db.People().Get(ctx, id)
			if err != nil {
				t.Error(err)
			}
			return districts[p.Account]
		}
		letters := &letter.Service{Store: db.Letters(), Outbox: db.Outbox()}
		requests := &request.Service{Store: db.Requests(), Outbox: db.Outbox()}
		for id, name := range map[string]string{"of-south": "nan", "elsewhere": "bie"} {
			if err := db.Staff().Insert(t.Context(), staff.Account{ID: id, Name: name, DisplayName: "示例·" + name, Role: staff.Counsellor, CreatedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		cases.Ladder.Near = func(context.Context, casework.Case) []notify.Contact { // else everybody is called at once, and sees
			return []notify.Contact{{Name: "别处", Account: "bie"}}
		}
		of := map[string]casework.Case{}
		for _, account := range []string{"south", "north", "web"} {
			p, err := db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: account, User: "u"})
			if err != nil {
				t.Fatal(err)
			}
			if of[account], err = cases.Raise(t.Context(), casework.Signal{Person: p.ID, Level: risk.High, Subject: risk.Self, Reason: "r", Key: account}); err != nil {
				t.Fatal(err)
			}
			if err = cases.Ask(t.Context(), casework.Asked{Key: account, Person: p.ID, Subject: risk.Self, Reason: "r", Message: account, At: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if _, err = letters.Add(t.Context(), p.ID, letter.Part{Key: account, Text: "信"}); err == nil {
				_, err = letters.Send(t.Context(), account, p.ID)
			}
			if err == nil {
				_, err = requests.Make(t.Context(), account, p.ID, request.Concern, request.Form{About: "a"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Cases().AddCalled(t.Context(), of["web"].ID, []string{"nan"}, nil, time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := db.Cases().AddCalled(t.Context(), of["web"].ID, []string{"nan"}, []string{"another"}, time.Now()); err != nil {
			t.Fatalf("called twice: %v", err)
		}
		south := reach.Reach{Staff: "of-south", Districts: []string{"天河区"}, Places: []reach.Place{{Channel: "wechat", Account: "south"}}, Stations: []string{"s"}}
		tests := []struct {
			name          string
			ctx           context.Context
			cases         []string
			letters, asks int
		}{
			{"the program itself", t.Context(), []string{"south", "north", "web"}, 3, 3},
			{"who works for the whole city", bound(t, reach.Reach{Everything: true}), []string{"south", "north", "web"}, 3, 3},
			{"a district, and what they were called to", bound(t, south), []string{"south", "web"}, 1, 1},
			{"one account of the service", bound(t, reach.Reach{Staff: "x", Account: "north"}), []string{"north"}, 1, 1},
			{"a program of a district", bound(t, reach.Reach{Districts: south.Districts, Places: south.Places}), []string{"south"}, 1, 1},
			{"an account beyond the district", bound(t, reach.Reach{Staff: "x", Account: "north", Districts: south.Districts, Places: south.Places}), nil, 0, 0},
			{"who may not at all", bound(t, reach.Nothing("x")), nil, 0, 0},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				seen := map[string]bool{}
				for _, account := range tt.cases {
					seen[of[account].ID] = true
				}
				list, _, err := db.Cases().List(tt.ctx, casework.Filter{Open: true})
				got := map[string]bool{}
				for _, c := range list {
					got[c.ID] = true
				}
				if diff := cmp.Diff(seen, got); err != nil || diff != "" {
					t.Errorf("the list (%v) (-want +got):\n%s", err, diff)
				}
				for account, c := range of {
					_, err := db.Cases().Get(tt.ctx, c.ID)
					_, locked := db.Cases().ForUpdate(tt.ctx, c.ID)
					if found := err == nil && locked == nil; found != seen[c.ID] || !found && (!errors.Is(err, casework.ErrNotFound) || !errors.Is(locked, casework.ErrNotFound)) {
						t.Errorf("the case of %s: %v, %v; it is theirs to see: %t", account, err, locked, seen[c.ID])
					}
				}
				n, err := db.Cases().QueueCounts(tt.ctx, "of-south")
				if err != nil || n[casework.GroupNobody] != len(seen) {
					t.Errorf("the queue counts %d (%v), want %d", n[casework.GroupNobody], err, len(seen))
				}
				counts, err := db.Cases().Counts(tt.ctx)
				if err != nil || counts.Open != len(seen) {
					t.Errorf("%d cases are counted (%v), want %d", counts.Open, err, len(seen))
				}
				due, err := db.Cases().WaitingTasks(tt.ctx, time.Time{}, time.Now().AddDate(1, 0, 0), 100)
				for _, d := range due {
					if !seen[d.Case] {
						t.Errorf("a follow-up of another case is listed: %s", d.Case)
					}
				}
				days, derr := db.Cases().WaitingDays(tt.ctx, time.Time{}, time.Now().AddDate(1, 0, 0), 0)
				all := 0
				for _, d := range days {
					all += d
				}
				if err != nil || derr != nil || all != len(due) {
					t.Errorf("%d follow-ups are counted and %d listed (%v, %v)", all, len(due), err, derr)
				}
				ls, _, err := db.Letters().Desk(tt.ctx, letter.Filter{Tab: letter.TabWaiting, Limit: 10})
				if err != nil || len(ls) != tt.letters {
					t.Errorf("%d letters are listed (%v), want %d", len(ls), err, tt.letters)
				}
				waiting, err := db.Letters().CountWaiting(tt.ctx)
				tabs, terr := db.Letters().Counts(tt.ctx, "x")
				if err != nil || terr != nil || waiting != tt.letters || tabs[letter.TabWaiting] != tt.letters {
					t.Errorf("%d and %d letters are counted (%v, %v), want %d", waiting, tabs[letter.TabWaiting], err, terr, tt.letters)
				}
				rs, _, err := db.Requests().List(tt.ctx, request.Filter{Open: true, Limit: 10})
				fresh, ferr := db.Requests().CountNew(tt.ctx, "")
				if err != nil || ferr != nil || len(rs) != tt.asks || fresh != tt.asks {
					t.Errorf("%d requests are listed, %d counted (%v, %v), want %d", len(rs), fresh, err, ferr, tt.asks)
				}
				as, _, err := db.Cases().ListAsked(tt.ctx, casework.Filter{})
				asked, aerr := db.Cases().CountAsked(tt.ctx, time.Now().Add(-time.Hour))
				if err != nil || aerr != nil || len(as) != tt.letters || asked.Since != tt.letters || asked.Waiting != tt.letters {
					t.Errorf("%d asked talks are listed, %+v counted (%v, %v), want %d", len(as), asked, err, aerr, tt.letters)
				}
				for _, err := range []error{
					fails(db.Cases().Floods(tt.ctx)), fails(db.Cases().Changes(tt.ctx)), fails(db.Cases().Waited(tt.ctx)), fails(db.Cases().Districts(tt.ctx)),
					fails(db.Cases().Origins(tt.ctx, 5)), fails(db.Cases().UnprovedOf(tt.ctx, "o", time.Now(), 5)), fails(db.Cases().PastCases(tt.ctx, of["south"].Person, 5)),
					fails(db.Cases().Wishes(tt.ctx, casework.WishAsked, time.Time{}, 5)), fails(db.Media().Get(tt.ctx, "m")), fails(db.Appointments().CountUpcoming(tt.ctx, time.Now())),
					fails(db.Figures().Cases(tt.ctx, time.Time{}, time.Now(), nil)), fails(db.Figures().Ended(tt.ctx, time.Time{}, time.Now())), fails(db.Figures().Asked(tt.ctx, time.Time{}, time.Now())),
					fails(db.Figures().Visits(tt.ctx, time.Time{}, time.Now())), fails(db.Figures().Waiting(tt.ctx, time.Now())),
				} {
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
}

func fails[T any](_ T, err error) error { return err }
