package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Spending is what the platform took of messages to one person unasked, of the last two days, and what it last refused.
// With what the person did it says what may still be said to them (package desk).
type Spending struct {
	Sent    []time.Time `json:"sent,omitempty"`
	Code    int         `json:"code,omitempty"` // of the last message that it did not take; 0 where it took the last
	Refused time.Time   `json:"refused,omitzero"`
}

// Full says that the window was over, or used up, when the platform last took nothing.
func (s Spending) Full() bool { return s.Code == codeOverCount || s.Code == codeOverTime }

// The codes of a window that is used up, and of one that is over.
const (
	codeOverCount = 45047
	codeOverTime  = 45015
)

// mostSent is how many messages are remembered of one person: more than all windows of two days that somebody can watch.
const mostSent = 40

// spendingKey names a person's spending without naming the person.
func (a *account) spendingKey(to channel.UserKey) string {
	h := sha256.Sum256([]byte(a.Token + "\x00" + a.AESKey + "\x00" + to.Reveal()))
	return "spent:" + a.Name + ":" + hex.EncodeToString(h[:16])
}

// Spending reads what was spent on a person; false where nothing is known, as after a start with an empty cache.
func (c *Channel) Spending(ctx context.Context, to channel.Address) (Spending, bool) {
	a := c.accounts[to.Account]
	if a == nil || to.Channel != ChannelName {
		return Spending{}, false
	}
	return c.spending(ctx, a, to.User)
}

func (c *Channel) spending(ctx context.Context, a *account, to channel.UserKey) (s Spending, known bool) {
	raw, there, err := c.o.Cache.Get(ctx, a.spendingKey(to))
	if err != nil || !there || json.Unmarshal([]byte(raw), &s) != nil {
		return Spending{}, false
	}
	return s, true
}

// spent counts a message that the platform took. Messages to one person go out one after another (see package outbox), so
// that two replicas do not count at once but where a silence is asked after: the meter may then show one too many.
func (c *Channel) spent(ctx context.Context, a *account, to channel.UserKey) {
	s, _ := c.spending(ctx, a, to)
	now := c.o.Now()
	var kept []time.Time
	for _, at := range s.Sent {
		if now.Sub(at) < WrittenFor {
			kept = append(kept, at)
		}
	}
	kept = append(kept, now)
	c.keepSpending(ctx, a, to, Spending{Sent: kept[max(0, len(kept)-mostSent):]})
}

// refusedTo notes that the platform did not take a message to a person.
func (c *Channel) refusedTo(ctx context.Context, a *account, to channel.UserKey, code int) {
	s, _ := c.spending(ctx, a, to)
	s.Code, s.Refused = code, c.o.Now()
	c.keepSpending(ctx, a, to, s)
}

func (c *Channel) keepSpending(ctx context.Context, a *account, to channel.UserKey, s Spending) {
	raw, err := json.Marshal(s)
	if err == nil {
		err = c.o.Cache.Set(ctx, a.spendingKey(to), string(raw), WrittenFor)
	}
	if err != nil {
		c.o.Log.Warn("what was said to a person unasked is not counted", "account", a.Name, "error", err)
	}
}
