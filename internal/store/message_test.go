package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func said(n int, who string) transcript.Message {
	return transcript.Message{ID: fmt.Sprintf("0190-%04d", n), Person: who, From: transcript.FromPerson, Text: fmt.Sprintf("第 %d 句", n), At: noon}
}

func TestATranscriptIsReadBackInPagesAndInOrder(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var ms []transcript.Message
		for n := range 7 {
			ms = append(ms, said(n, "p"))
		}
		ms[3] = transcript.Message{ID: "0190-0003", Person: "p", From: transcript.FromBot, Replies: []channel.Reply{{Text: "你好", Choices: []channel.Choice{{ID: "1", Label: "继续"}}}}, At: noon}
		if err := db.Messages().Append(t.Context(), append(ms, said(99, "q"))...); err != nil {
			t.Fatal(err)
		}
		last, err := db.Messages().Latest(t.Context(), "p", "", 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ms[3:], last); diff != "" {
			t.Errorf("the last page (-want +got):\n%s", diff)
		}
		first, err := db.Messages().Latest(t.Context(), "p", last[0].ID, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ms[:3], first); diff != "" {
			t.Errorf("the page before (-want +got):\n%s", diff)
		}
	})
}

func TestAMessageIsWrittenOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		m := said(1, "p")
		m.Inbound = "wx-1"
		retried := said(2, "p") // the platform's retry got an ID of its own
		retried.Inbound = "wx-1"
		other := said(3, "q") // another person's message may bear the same platform ID
		other.Inbound = "wx-1"
		for range 2 {
			if err := db.Messages().Append(t.Context(), m, retried, other); err != nil {
				t.Fatal(err)
			}
		}
		for _, who := range []string{"p", "q"} {
			if got, err := db.Messages().Latest(t.Context(), who, "", 10); err != nil || len(got) != 1 {
				t.Errorf("%s said %d things, %v; want 1", who, len(got), err)
			}
		}
	})
}

func TestManyMessagesAreWrittenAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var ms []transcript.Message
		for n := range 1201 { // more than two statements hold
			ms = append(ms, said(n, "p"))
		}
		if err := db.Messages().Append(t.Context(), ms...); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Messages().Latest(t.Context(), "p", "", 2000); err != nil || len(got) != len(ms) {
			t.Errorf("%d messages, %v; want %d", len(got), err, len(ms))
		}
	})
}

// BenchmarkAppend writes batches of 500 as the log does; b.N counts messages.
func BenchmarkAppend(b *testing.B) {
	for _, place := range []func(testing.TB) storetest.Place{storetest.SQLite, storetest.MySQL} {
		p := place(b)
		b.Run(p.Dialect, func(b *testing.B) {
			db := p.Open(b, nil)
			text := strings.Repeat("孩子不想上学怎么办", 5)
			b.ReportAllocs()
			for n := 0; n < b.N; n += 500 {
				ms := make([]transcript.Message, min(500, b.N-n))
				for i := range ms {
					id := uuid.Must(uuid.NewV7()).String()
					ms[i] = transcript.Message{ID: id, Person: fmt.Sprintf("person-%d", (n+i)%5000), From: transcript.FromPerson, Text: text, Inbound: id, At: noon}
				}
				if err := db.Messages().Append(b.Context(), ms...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMessagesAreFoundByTheirIDs(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		one, two := said(1, "p"), said(2, "q")
		if err := db.Messages().Append(t.Context(), one, two, said(3, "p")); err != nil {
			t.Fatal(err)
		}
		got, err := db.Messages().Get(t.Context(), one.ID, two.ID, "unknown")
		if diff := cmp.Diff(map[string]transcript.Message{one.ID: one, two.ID: two}, got); err != nil || diff != "" {
			t.Errorf("found: %v (-want +got):\n%s", err, diff)
		}
		if none, err := db.Messages().Get(t.Context()); err != nil || len(none) != 0 {
			t.Errorf("of no IDs: %v, %v", none, err)
		}
	})
}
