package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestWhatWasParkedIsReleasedWithAllBeforeIt(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, box, now := t.Context(), db.Outbox(), time.Now()
		for i, key := range []string{"a", "b", "c"} {
			need(t, box.Put(ctx, outbox.Row{ID: key, Key: key, Kind: "deliver", Person: "p", Payload: []byte(`"` + key + `"`), RunAt: now.Add(time.Duration(i-10) * time.Second)}))
		}
		for range 3 {
			rows, err := box.Claim(ctx, "w", now, time.Minute, 1)
			need(t, err)
			need(t, box.Amend(ctx, "w", rows[0].ID, []byte(`"what is left of `+rows[0].ID+`"`)))
			need(t, box.Park(ctx, "w", rows[0].ID, "shut"))
		}
		need(t, box.Release(ctx, "b", now))
		for _, want := range []string{"a", "b"} {
			rows, err := box.Claim(ctx, "w", now, time.Minute, 1)
			need(t, err)
			if len(rows) != 1 || rows[0].ID != want || string(rows[0].Payload) != `"what is left of `+want+`"` || rows[0].Attempts != 1 {
				t.Fatalf("released %+v, want what is left of %s, with its tries counted anew", rows, want)
			}
			need(t, box.Done(ctx, "w", want))
		}
		need(t, box.Release(ctx, "b", now)) // it waits no more
		if rows, err := box.Claim(ctx, "w", now, time.Minute, 1); err != nil || len(rows) > 0 {
			t.Errorf("released %+v (%v): c came after, and b is done", rows, err)
		}
		if rows, err := box.Unpark(ctx, "w", "p", now, time.Minute); err != nil || len(rows) != 1 || rows[0].ID != "c" {
			t.Errorf("parked %+v (%v), want c", rows, err)
		}
	})
}

func TestARowIsTakenBackOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, box := t.Context(), db.Outbox()
		need(t, box.Put(ctx, outbox.Row{Key: "sent:1", Kind: "sent", Payload: []byte(`"call"`), RunAt: time.Now().Add(time.Hour)}))
		for _, want := range []bool{true, false} {
			need(t, db.InTx(ctx, func(ctx context.Context) error {
				row, found, err := box.Take(ctx, "sent:1")
				if found != want || found && string(row.Payload) != `"call"` {
					t.Errorf("taken %v %s, want %v", found, row.Payload, want)
				}
				return err
			}))
		}
	})
}

func TestWhoFollowsTheAccountIsKept(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, people := t.Context(), db.People()
		p, err := people.Resolve(ctx, channel.Address{Channel: "wechat", Account: "main", User: "o1"})
		need(t, err)
		at := time.Now().Truncate(time.Microsecond)
		for _, want := range []time.Time{{}, at, {}} {
			need(t, people.SetUnfollowed(ctx, p.ID, want))
			if got, err := people.Unfollowed(ctx, p.ID); err != nil || !got.Equal(want) {
				t.Errorf("unfollowed %v (%v), want %v", got, err, want)
			}
		}
	})
}
