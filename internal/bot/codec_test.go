package bot

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson/flattest"
)

// vars fills variables with what steps put into them.
func vars(r *rand.Rand) func(v reflect.Value) bool {
	return func(v reflect.Value) bool {
		if v.Type() != reflect.TypeFor[dialog.Vars]() {
			return false
		}
		out := dialog.Vars{}
		for range r.IntN(6) {
			out[flattest.Text(r)] = []any{
				flattest.Text(r), 3.0, 0.0, -2.5, 1e15, 1e21, 0.1, 7, true, false, nil, []string{}, []string{flattest.Text(r), "b"}, []channel.Choice{},
				[]channel.Choice{{Label: flattest.Text(r), Say: flattest.Text(r)}, {Label: "b"}},
			}[r.IntN(15)]
		}
		if r.IntN(3) > 0 {
			v.Set(reflect.ValueOf(out))
		}
		return true
	}
}

// A state is written as encoding/json writes it, whatever stands in it, so that replicas of two versions understand each other;
// and it is read as encoding/json reads it. A field that is added to a type and not to its codec fails here.
func TestAStateIsWrittenAndReadAsJSONWouldBe(t *testing.T) {
	t.Parallel()
	directly := 0
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's own
		var st State
		flattest.Fill(r, &st, vars(r))
		want, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		got, err := st.appendJSON(nil)
		if err != nil || string(got) != string(want) {
			t.Fatalf("seed %d: written (%v)\n%s\nas encoding/json does:\n%s", seed, err, got, want)
		}
		var expected State
		if err := json.Unmarshal(want, &expected); err != nil {
			t.Fatal(err)
		}
		var direct State
		reader := flatjson.NewReader(want)
		if direct.readJSON(reader); reader.Done() {
			directly++
			if d := cmp.Diff(expected, direct); d != "" {
				t.Fatalf("seed %d: read otherwise than by encoding/json:\n%s\n%s", seed, d, want)
			}
		}
		if read, err := readState(want); err != nil || cmp.Diff(expected, read) != "" {
			t.Fatalf("seed %d: read (%v) otherwise than by encoding/json:\n%s", seed, err, cmp.Diff(expected, read))
		}
	}
	if directly < 2000 { // the rest hold a variable that is null, or a name that must be escaped
		t.Errorf("%d of 5,000 were read without encoding/json", directly)
	}
}

// What another version wrote, or nobody, is read as encoding/json reads it.
func TestAStateInAnotherFormIsReadAsJSONWouldBe(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{ "p" : "x", "d" : { "m" : 2 } }`, `{"p":"x","d":{},"added later":{"a":[1,"}"]},"c":"1"}`, `{"P":"x","d":null,"w":null,"o":null}`,
		`{"p":"x","d":{"n":1.0}}`, `{"p":"x","d":{"n":1.5}}`, `{"p":"x","m":"2"}`, `{"p":"x","d":{"s":[{"f":"a","s":"b","v":{"l":[1,"b"],"m":{"c":["a"]},"o":{"d":1}}}]}}`,
		`{"p":"x","d":{"n":01}}`, `{"p":"x"`, `{"p":"x"}}`, `{"p":"x",}`, `{"p":"\x"}`, `{"p":"`, "{\"p\":\"a\nb\"}", `null`, ``, `[]`, `{"d":{"s":[{}]},"p":"\ud83d\ude00\u00e9"}`,
		`{"p":"x","y":{"phase":"stay"}`, `{"p":"x","y":{]}`, `{"p":"x","w":{"a":1,"b":-0}}`, `{"p":"x","v":{"a":-0,"b":1.,"c":2}}`, `{"p":"x","v":{"a":-0,"b":1e2}}`,
	} {
		var want State
		wantErr := json.Unmarshal([]byte(raw), &want)
		got, err := readState([]byte(raw))
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: error %v, and by encoding/json %v", raw, err, wantErr)
		}
		if err == nil && cmp.Diff(want, got) != "" {
			t.Errorf("%s: %s", raw, cmp.Diff(want, got))
		}
	}
}

func BenchmarkState(b *testing.B) {
	st := State{Person: "0190f0e4-7c1c-7e2f-8f0a-1a2b3c4d5e6f", Audience: "parent", Dialog: dialog.State{
		Version: "abcdef0123456789", Stack: []dialog.Frame{{Flow: "main", Step: "menu", Vars: dialog.Vars{"shown": []channel.Choice{{Label: "找课", Say: "找课"}, {Label: "预约", Say: "预约咨询"}}, "n": 3.0}, Turn: 12}},
		Hits: []channel.Choice{{ID: "1", Label: "孩子睡不着怎么办", Say: "l-12"}}, At: 1_790_000_000, Turn: 12, Took: "12:3",
	}, Given: map[string]int{"kept": 1, "low": 2}, Last: "0190f0e4-7c1c-7e2f-8f0a-1a2b3c4d5e6f", LastAt: 1_790_000_000_000, Said: "0006a1b2c3d4e5f6.0000000000000385", Offered: []string{"1001", "1002"}}
	raw, err := st.appendJSON(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = st.appendJSON(make([]byte, 0, usualState))
		}
	})
	b.Run("write/encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(st)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = readState(raw)
		}
	})
	b.Run("read/encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var st State
			_ = json.Unmarshal(raw, &st)
		}
	})
}
