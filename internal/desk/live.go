package desk

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// stream tells an open page which of its parts to fetch again: "cases", "person" (the open conversation) or "letters".
// It carries no content. A topic that was lost on its way is made up for by reading the queue every few seconds.
func (h *Handler) stream(c *gin.Context) {
	ctx := c.Request.Context()
	topics := []string{live.TopicCases, live.TopicLetters, live.TopicStaff(me(c).ID)}
	personTopic, typingTopic := "", ""
	if id := c.Query("case"); id != "" && me(c).May(staff.ReadConversation) {
		k, err := h.Cases.Get(ctx, id)
		if err != nil {
			h.fail(c, err)
			return
		}
		personTopic = live.TopicPerson(k.Person)
		typingTopic = live.TopicTyping(k.Person)
		topics = append(topics, personTopic, typingTopic)
	}
	var touched <-chan string
	if h.Bus != nil {
		touched = h.Bus.Subscribe(ctx, topics...)
	}
	rc := http.NewResponseController(c.Writer)
	_ = rc.SetWriteDeadline(time.Time{}) // a stream outlives the server's limit for answers; not every writer has one
	c.Header("Content-Type", "text/event-stream; charset=utf-8")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	send := func(event string) bool {
		if _, err := fmt.Fprintf(c.Writer, "event: %s\ndata: 1\n\n", event); err != nil {
			return false
		}
		return rc.Flush() == nil
	}
	seen := h.fingerprint(c) // before the page looks: what changes while it does is told
	if !send("hello") {
		return
	}
	poll := time.NewTicker(h.PollEvery)
	defer poll.Stop()
	request := c.Request // each look at the session begins from here, or their contexts would pile up
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.stop:
			return
		case topic, ok := <-touched:
			if !ok {
				touched = nil // the bus is gone: polling goes on
				continue
			}
			if !send(eventOf(topic, personTopic, typingTopic)) {
				return
			}
		case <-poll.C:
			c.Request = request
			if _, ok, err := h.current(c); err == nil && !ok { // signed out elsewhere, disabled, reset, or too long
				send("bye")
				return
			}
			if err := h.present(c); err != nil { // whoever has the desk open is there, though they only watch
				h.Log.WarnContext(ctx, "desk stream cannot say that somebody is there", "err", err)
			}
			event := "still"
			if now := h.fingerprint(c); now != "" && now != seen {
				seen, event = now, "cases"
			}
			if !send(event) {
				return
			}
		}
	}
}

func eventOf(topic, personTopic, typingTopic string) string {
	switch topic {
	case live.TopicLetters:
		return "letters"
	case personTopic:
		return "person"
	case typingTopic:
		return "typing"
	}
	if strings.HasPrefix(topic, live.TopicStaff("")) {
		return "mentions"
	}
	return "cases"
}

// fingerprint is a short word for the queue as it stands, "" where it cannot be read just now. Every open page asks for it
// every few seconds: it reads a few entries of an index, and opens nothing.
func (h *Handler) fingerprint(c *gin.Context) string {
	word, err := h.Cases.Changes(c.Request.Context())
	if err != nil {
		h.Log.WarnContext(c.Request.Context(), "desk stream cannot read the queue", "err", err)
		return ""
	}
	return word
}
