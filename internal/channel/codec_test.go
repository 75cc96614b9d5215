package channel_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson/flattest"
)

func TestRepliesAreWrittenAndReadAsJSONWouldBe(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's own
		var rs []channel.Reply
		flattest.Fill(r, &rs, func(reflect.Value) bool { return false })
		want, err := json.Marshal(rs)
		if err != nil {
			t.Fatal(err)
		}
		if got := channel.AppendReplies(nil, rs); string(got) != string(want) {
			t.Fatalf("seed %d: written\n%s\nas encoding/json does:\n%s", seed, got, want)
		}
		var expected []channel.Reply
		if err := json.Unmarshal(want, &expected); err != nil {
			t.Fatal(err)
		}
		if read, err := channel.ReadReplies(want); err != nil || cmp.Diff(expected, read) != "" {
			t.Fatalf("seed %d: read (%v) otherwise than by encoding/json:\n%s", seed, err, cmp.Diff(expected, read))
		}
	}
	for _, raw := range []string{`[{"text":"a","later":1}]`, ` [ {"text":"a"} ] `, `[null]`, `{}`, `[{"text":"a"}`, `[{"choices":null}]`, `[{"choices":[{"id":1}]}]`} {
		var want []channel.Reply
		wantErr := json.Unmarshal([]byte(raw), &want)
		got, err := channel.ReadReplies([]byte(raw))
		if (err == nil) != (wantErr == nil) || err == nil && cmp.Diff(want, got) != "" {
			t.Errorf("%s: read as %v (%v), and by encoding/json as %v (%v)", raw, got, err, want, wantErr)
		}
	}
}
