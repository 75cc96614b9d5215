package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestTheProgressOfAPullNeverGoesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		ctx, kf := t.Context(), p.Open(t, nil).KfProgress()
		want := func(p channel.Progress) {
			t.Helper()
			got, err := kf.Progress(ctx, "wkOne")
			if len(got.Done) == 0 {
				got.Done = nil
			}
			if diff := cmp.Diff(p, got); err != nil || diff != "" {
				t.Errorf("read back: %v (-want +got):\n%s", err, diff)
			}
		}
		keep := func(id string, p channel.Progress) {
			t.Helper()
			if err := kf.Advance(ctx, id, p); err != nil {
				t.Fatal(err)
			}
		}
		want(channel.Progress{})
		full := channel.Progress{Cursor: "c1", Version: 3}
		for i := range 100 {
			full.Done = append(full.Done, fmt.Sprintf("%03d%s", i, strings.Repeat("m", 61))) // a page of the longest numbers
		}
		keep("wkOne", full)
		want(full)
		keep("wkOne", channel.Progress{Cursor: "c2", Version: 4})
		keep("wkOne", channel.Progress{Cursor: "old", Version: 4}) // of a replica that was held up
		keep("wkOne", channel.Progress{Cursor: "older", Version: 2})
		keep("wkOther", channel.Progress{Cursor: "c9", Version: 9})
		want(channel.Progress{Cursor: "c2", Version: 4})
	})
}
