package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestABrowserIsSomebodysUntilItIsDroppedOrAnothers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		ctx, db := t.Context(), p.Open(t, nil)
		lan, mei := uuid.NewString(), uuid.NewString()
		b := staff.Browser{ID: strings.Repeat("a", 64), StaffID: lan, Label: "iPhone · Safari", Endpoint: "https://push.example.com/secret-path", P256dh: "p", Auth: "a", At: noon}
		for range 2 { // a double click
			if err := db.Staff().PutBrowser(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Staff().BrowsersOf(ctx, lan)
		if diff := cmp.Diff([]staff.Browser{b}, got); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
		for _, row := range strs(t, raw(t, p), "SELECT body, label FROM staff_browsers") {
			if strings.Contains(row[0], "secret-path") {
				t.Error("where somebody can be rung stands unsealed in the database")
			}
		}
		if err := db.Staff().DropBrowser(ctx, mei, b.ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := db.Staff().BrowsersOf(ctx, ""); len(got) != 1 {
			t.Error("somebody dropped another's browser")
		}
		b.StaffID = mei
		if err := db.Staff().PutBrowser(ctx, b); err != nil {
			t.Fatal(err)
		}
		if got, _ := db.Staff().BrowsersOf(ctx, lan); len(got) != 0 {
			t.Error("a browser that another signed in with still rings for who had it before")
		}
		if err := db.Staff().DropBrowser(ctx, "", b.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Staff().BrowsersOf(ctx, ""); err != nil || len(got) != 0 {
			t.Errorf("after dropping %d are left (%v)", len(got), err)
		}
	})
}

func TestPushKeysAreMadeOnceForAllReplicas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		first, second := p.Open(t, nil), p.Open(t, nil)
		keys, err := first.PushKeys(t.Context())
		if err != nil || keys.Public == "" || keys.Private == "" {
			t.Fatalf("made: %d and %d characters, %v", len(keys.Public), len(keys.Private), err)
		}
		for _, db := range []*store.DB{first, second} {
			if again, err := db.PushKeys(t.Context()); err != nil || again != keys {
				t.Errorf("asked again: other keys (%v): every device would have to be turned on anew", err)
			}
		}
		for _, row := range strs(t, raw(t, p), "SELECT body, name FROM program_keys") {
			if strings.Contains(row[0], keys.Private) {
				t.Error("the private key stands unsealed in the database")
			}
		}
	})
}
