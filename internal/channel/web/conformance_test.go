package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/channeltest"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestTheWebChatDoesWhatEveryChannelDoes(t *testing.T) {
	// A browser reports its own place, in its own datum and without a name: TestWhatThePageSendsArrives.
	channeltest.Run(t, channeltest.Limits{NoEvents: true, NoLocation: true}, func(t *testing.T, w channeltest.Wiring) channeltest.Driver {
		s := open(t, func(o *web.Options) { o.Handle, o.Log, o.Now = w.Handle, w.Log, w.Now })
		return &visitorOf{server: s, public: w.PublicURL, ck: s.visit()}
	})
}

// visitorOf is somebody with the page open.
type visitorOf struct {
	*server
	public string
	ck     *http.Cookie
	pushed int
}

func (v *visitorOf) User() string { return v.user(v.ck) }

func (v *visitorOf) Send(t *testing.T, m channeltest.Message) channeltest.Seen {
	t.Helper()
	v.t = t
	res := v.do(http.MethodPost, "/chat/messages", v.ck, fields{"id": fmt.Sprintf("message-%08d", m.ID), "text": m.Text, "menu": m.MenuID})
	var answer struct{ Replies []channel.Reply }
	if err := json.Unmarshal([]byte(text(res)), &answer); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("send: %d %v", res.StatusCode, err)
	}
	return v.seen(answer.Replies)
}

func (v *visitorOf) seen(rs []channel.Reply) (s channeltest.Seen) {
	for _, r := range rs {
		if r.Text != "" {
			s.Texts = append(s.Texts, r.Text)
		}
		s.Choices = append(s.Choices, r.Choices...)
		if r.Card != nil {
			c := *r.Card
			if strings.HasPrefix(c.URL, "/") { // as a browser reads a link
				c.URL = v.public + c.URL
			}
			s.Cards = append(s.Cards, c)
		}
	}
	return s
}

func (v *visitorOf) Push(t *testing.T, r channel.Reply) (channeltest.Seen, bool) {
	t.Helper()
	v.t = t
	v.pushed++
	p := v.person(v.ck)
	if err := v.db.Messages().Append(t.Context(), transcript.Message{ID: fmt.Sprint("push", v.pushed), Person: p.ID, From: transcript.FromBot, Replies: []channel.Reply{r}, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := (web.Sender{}).Push(t.Context(), channel.UserKey(v.User()), r); err != nil {
		t.Fatal(err)
	}
	h := v.history(v.ck)
	return v.seen(h.Messages[len(h.Messages)-1].Replies), true
}
