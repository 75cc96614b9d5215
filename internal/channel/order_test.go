package channel_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func TestOrderComparesLikeTheTimeAndThenTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, n := rapid.Int64Range(0, 1<<62).Draw(t, "at"), rapid.Uint64().Draw(t, "number")
		in := channel.Inbound{ID: fmt.Sprint(n), At: time.UnixMicro(at)}
		if got, want := in.Order(), fmt.Sprintf("%016x.%016x.%d", at, n, n); got != want {
			t.Fatalf("the order of %d, %d is %s, want %s", at, n, got, want)
		}
	})
	if got, want := (channel.Inbound{ID: "event"}).Order(), "0000000000000000.0000000000000000.event"; got != want {
		t.Errorf("the order of what has no time and no number is %s, want %s", got, want)
	}
}
