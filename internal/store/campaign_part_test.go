package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// withCard lets the first campaign have a card, and a platform that takes single messages.
func (s *shout) withCard(t *testing.T, takes func(r channel.Reply) error) (got *[]string) {
	t.Helper()
	all, err := campaign.Load(fstest.MapFS{"s.yaml": {Data: []byte(`campaigns:
  - {id: may, title: 五月, text: 五月，心里的事说一说吧, card: {title: 五月的一课, url: /p/lesson/x}, from: 2026-05-01, until: 2026-05-03, per_minute: 10, way: push}
`)}})
	need(t, err)
	s.Calendar = func() *campaign.Calendar { return all }
	got = new([]string)
	s.Deliver = func(_ context.Context, row outbox.Row) error {
		var d struct{ Replies []channel.Reply }
		need(t, json.Unmarshal(row.Payload, &d))
		for i, r := range d.Replies {
			if err := takes(r); err != nil {
				if i > 0 {
					err = &channel.PartError{Taken: i, Rest: d.Replies[i:], Err: err}
				}
				var pe *channel.PushError
				if errors.As(err, &pe) && pe.Verdict == channel.PushPark {
					return &outbox.Error{Verdict: outbox.Park, Err: err}
				}
				return err
			}
			what := "text"
			if r.Card != nil {
				what = "card"
			}
			if r.Text != "" && r.Card != nil {
				what = "both"
			}
			*got = append(*got, what)
		}
		return nil
	}
	return got
}

func TestOfACopyThatWentOutInPartTheRestAloneIsSentAgain(t *testing.T) {
	for name, fails := range map[string]*channel.PushError{
		"the platform was busy":      {Verdict: channel.PushRetry, Code: -1, Err: errors.New("busy")},
		"the day's calls are used":   {Verdict: channel.PushRetry, Code: 45009, Err: errors.New("quota")},
		"outside the window by then": {Verdict: channel.PushPark, Code: 45047, Err: errors.New("too many")},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				ctx, s, failed := t.Context(), newShout(t, db), false
				got := s.withCard(t, func(r channel.Reply) error {
					if r.Card != nil && !failed {
						failed = true
						return fails
					}
					return nil
				})
				s.agreeing(t, 1)
				need(t, s.Start(ctx, "may", "示例"))
				s.minutes(t, 3)
				if fails.Code == 45009 {
					need(t, s.Resume(ctx, "may", "示例"))
				}
				s.minutes(t, 5)
				if all := strings.Join(*got, " "); all != "text card" {
					t.Errorf("the platform took %q, want the text and the card once each", all)
				}
				if f := s.fates(t); !strings.Contains(f, "送到了1") {
					t.Errorf("the result is %q", f)
				}
			})
		})
	}
}

func TestACopyThatTheOutboxGaveUpIsShownAsFailed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), newShout(t, db)
		s.answer = func(string) error {
			return &channel.PushError{Verdict: channel.PushRetry, Code: -1, Err: errors.New("busy")}
		}
		s.agreeing(t, 2)
		need(t, s.Start(ctx, "may", "示例"))
		s.minutes(t, 2)
		if f := s.fates(t); !strings.Contains(f, "排着队2") {
			t.Errorf("while it is tried again: %q", f)
		}
		w := s.worker("w")
		w.MaxAttempts = 2
		for range 4 {
			if _, err := w.RunDue(ctx); err != nil {
				t.Fatal(err)
			}
			s.now = s.now.Add(2 * time.Minute)
		}
		if f := s.fates(t); strings.Contains(f, "排着队") || !strings.Contains(f, "没有发出去2") {
			t.Errorf("once it is given up: %q", f)
		}
	})
}

// TestALookAtManyPeopleHoldsUpNoCopy lets a copy that goes out take its turn while a batch looks at how old people's children
// are.
func TestALookAtManyPeopleHoldsUpNoCopy(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, looked := t.Context(), newShout(t, db), 0
		for _, id := range s.agreeing(t, 3) {
			_, err := db.People().SetAudience(ctx, id, "parent")
			need(t, err)
		}
		s.Stage = func(context.Context, string) (string, error) {
			looked++
			short, cancel := context.WithTimeout(ctx, 20*time.Second) // less than the database itself waits for a lock
			defer cancel()
			return "primary", s.Store.InTx(short, func(ctx context.Context) error {
				_, err := s.Store.Run(ctx, "baby")
				return err
			})
		}
		need(t, s.Start(ctx, "baby", "示例"))
		s.minutes(t, 3)
		if looked != 3 || len(s.got) != 3 {
			t.Errorf("looked at %d people, %d were told; want 3 and 3", looked, len(s.got))
		}
	})
}
