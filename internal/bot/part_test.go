package bot_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

func TestADeliveryThatFailsInTheMiddleSaysHowMuchThePlatformTook(t *testing.T) {
	r := newRoom(t)
	r.says("家长")
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	r.phone.takes = 1
	payload, err := json.Marshal(channel.Delivery{Person: p.ID, Replies: []channel.Reply{{Text: "一"}, {Text: "二"}}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Handlers()[bot.KindDeliver](t.Context(), outbox.Row{ID: "row", Person: p.ID, Payload: payload})
	var part *channel.PartError
	var pe *channel.PushError
	if !errors.As(err, &part) || part.Taken != 1 || !errors.As(err, &pe) || pe.Code != 45009 {
		t.Errorf("it says %v, want one message taken and why the second was not", err)
	}
}
