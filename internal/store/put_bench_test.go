package store_test

import (
	"fmt"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// BenchmarkPut is one fact after the other, each on the disk before the next: nobody else writes.
func BenchmarkPut(b *testing.B) {
	db := storetest.SQLite(b).Open(b, nil)
	for n := 0; b.Loop(); n++ {
		if err := db.Outbox().Put(b.Context(), outbox.Row{Key: fmt.Sprint(n), Kind: "x"}); err != nil {
			b.Fatal(err)
		}
	}
}
