package bot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// fromWeb is a message of the same person as by a channel where anybody can be many.
func (r *room) fromWeb(text string) channel.Inbound {
	in := r.text(text)
	in.Origin = "net-a"
	return in
}

func TestOnlyANewVisitorWhomNobodyHasMetIsUnproved(t *testing.T) {
	const danger = "我不想活了"
	tests := map[string]struct {
		do       func(t *testing.T, r *room)
		unproved bool
	}{
		"a first visit":                   {func(_ *testing.T, r *room) { r.sends(r.fromWeb(danger)) }, true},
		"a platform that knows its users": {func(_ *testing.T, r *room) { r.says(danger) }, false},
		"who first came a day ago": {func(_ *testing.T, r *room) {
			r.sends(r.fromWeb("你好"))
			r.now = r.now.Add(24 * time.Hour)
			r.sends(r.fromWeb(danger))
		}, false},
		"who came hours ago": {func(_ *testing.T, r *room) {
			r.sends(r.fromWeb("你好"))
			r.now = r.now.Add(23 * time.Hour)
			r.sends(r.fromWeb(danger))
		}, true},
		"with whom a counsellor has spoken": {func(t *testing.T, r *room) {
			p, err := r.People.Resolve(t.Context(), someone)
			if err != nil {
				t.Fatal(err)
			}
			m := transcript.Message{ID: r.NewID(), Person: p.ID, From: transcript.FromStaff, Replies: []channel.Reply{{Text: "我在。"}}, Staff: "示例老师", At: r.now}
			if err := r.Transcript.Append(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			r.sends(r.fromWeb(danger))
		}, false},
		"of whom it cannot be said just now": {func(_ *testing.T, r *room) {
			r.Met = func(context.Context, string) (bool, error) { return false, errors.New("away") }
			r.sends(r.fromWeb(danger))
		}, false},
		"recorded from the spool": {func(t *testing.T, r *room) {
			if err := r.Replay(t.Context(), spool.Entry{Duty: spool.Record, Inbound: r.fromWeb(danger)}); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			tt.do(t, r)
			c := r.file().Case
			want := ""
			if tt.unproved {
				want = "net-a"
			}
			if c.ID == "" || c.Unproved != tt.unproved || c.Origin != want {
				t.Errorf("the case %q is unproved: %v from %q, want %v from %q", c.ID, c.Unproved, c.Origin, tt.unproved, want)
			}
		})
	}
}

func TestASilenceOfANewVisitorIsACaseOfANewVisitor(t *testing.T) {
	r := doubtful(t)
	r.sends(r.fromWeb(grave))
	r.after(31 * time.Minute)
	if c := r.file().Case; !c.Unproved || c.Origin != "net-a" {
		t.Errorf("the case is unproved: %v from %q, want from net-a", c.Unproved, c.Origin)
	}
}
