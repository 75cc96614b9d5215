package bot_test

import (
	"fmt"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// TestAFullNetworkIsToldWhomToCallAndStillHeard books from a network that has its part already: the chat gives the station's
// phone, and help and danger are answered as ever.
func TestAFullNetworkIsToldWhomToCallAndStillHeard(t *testing.T) {
	r := newRoom(t)
	r.bookings.Tally = r.sessions
	for range r.bookings.Directory().Rules().Network {
		if _, err := r.sessions.Add(t.Context(), "booking:book:hash-of-a-school", 1, 24*60*60e9); err != nil {
			t.Fatal(err)
		}
	}
	chat := func(visitor string) func(words string) string {
		n := 0
		return func(words string) string {
			n++
			return r.sends(channel.Inbound{Address: channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(visitor)}, ID: fmt.Sprint(visitor, n), Kind: channel.KindText, Text: words, Origin: "hash-of-a-school", At: r.now})
		}
	}
	says := chat("one")
	says("家长")
	var said string
	for _, words := range []string{"帮我约天河", "天河家庭教育指导中心（示例）", "约这里", "3月4日", "14:00", "不写了"} {
		said = says(words)
	}
	wants(t, said, "可以吗")
	said = says("好的")
	wants(t, said, "今天已经很多了", "天河家庭教育指导中心", "020-0000-0007", "12356", "人工")
	wants(t, says("人工"), "老师")
	wants(t, chat("two")("我不想活了"), "12356")
}
