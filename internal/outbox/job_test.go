package outbox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAJobComesBackAsItWasAskedForAndOneThatCannotBeReadIsBuried(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	want := channel.Delivery{Person: "p", Replies: []channel.Reply{{Text: "您约的站点换地址了"}}, Until: noon, Aside: true}
	if err := outbox.Ask(t.Context(), db.Outbox(), want, outbox.Row{Key: "k", Person: "p", RunAt: noon}); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Outbox().Claim(t.Context(), "w", noon, time.Minute, 1)
	if err != nil || len(rows) != 1 || rows[0].Kind != channel.KindDelivery {
		t.Fatalf("claimed %+v, %v", rows, err)
	}
	got, err := outbox.Decode[channel.Delivery](rows[0])
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	rows[0].Payload = []byte("{")
	var verdict *outbox.Error
	if _, err := outbox.Decode[channel.Delivery](rows[0]); !errors.As(err, &verdict) || verdict.Verdict != outbox.Bury {
		t.Errorf("a broken payload gives %v, want it buried: another try would meet it again", err)
	}
}
