package transcript_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/flatjson/flattest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// What is written is read by encoding/json, by this version and the one before.
func TestAMessageIsWrittenAsJSONWouldBe(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's own
		var m transcript.Message
		flattest.Fill(r, &m, func(reflect.Value) bool { return false })
		want, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.AppendJSON(nil)
		if err != nil || string(got) != string(want) {
			t.Fatalf("seed %d: written (%v)\n%s\nas encoding/json does:\n%s", seed, err, got, want)
		}
	}
}
