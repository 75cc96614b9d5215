package channel_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func FuzzReadReplies(f *testing.F) {
	f.Add(channel.AppendReplies(nil, []channel.Reply{{Text: "在的", Choices: []channel.Choice{{ID: "1", Label: "好"}}}, {Card: &channel.Card{Title: "一课", URL: "/p/lesson/a"}}}))
	for _, s := range []string{"null", "[]", `[{"text":"a"}]`, `[{"choices":[{"id":1}]}]`, `[{`, `{}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rs, err := channel.ReadReplies(raw)
		if err != nil {
			return
		}
		again, err := channel.ReadReplies(channel.AppendReplies(nil, rs))
		if err != nil || len(again) != len(rs) {
			t.Errorf("what was read is written and not read again: %v\n%s", err, cmp.Diff(rs, again))
		}
	})
}
