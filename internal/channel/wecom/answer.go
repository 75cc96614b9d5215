package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const (
	sendPath    = "/cgi-bin/kf/send_msg"
	welcomePath = "/cgi-bin/kf/send_msg_on_event"
	transPath   = "/cgi-bin/kf/service_state/trans"

	stateBot = 1 // 由智能助手接待
)

// What the platform lets an account say after each word of the person, a tap being one: five messages within 48 hours.
const (
	WrittenFor   = 48 * time.Hour
	WrittenCount = 5
)

// moreWord asks for the rest of a long answer; moreID is its ID in a menu, so that a dialog's own choice of that word is not
// taken for it.
const (
	moreWord = "继续"
	moreID   = "1"
	moreNote = "\n\n（还没说完）"
	restTTL  = 7 * 24 * time.Hour
)

// The pauses before a message is tried again that the platform only hiccups at: whoever waits for a hotline has five seconds.
var soon = []time.Duration{150 * time.Millisecond, 500 * time.Millisecond}

var errNothing = errors.New("the rest of a long answer is gone")

// answer says what a message came to: at once, as far as the platform takes it. What it does not take now is said later, by
// the same rules as everything that waits for a person. An error means that not even that could be written down.
func (c *Channel) answer(ctx context.Context, a *account, w *work, replies []channel.Reply) error {
	most, text := WrittenCount, maxText
	if w.code != "" { // a greeting is one message
		most, text = 1, maxHead
	}
	return c.say(ctx, a, w, c.messages(ctx, w.in.Address, replies, text), most)
}

func (c *Channel) say(ctx context.Context, a *account, w *work, parts []part, most int) error {
	parts, rest := c.fold(parts, most)
	if len(rest) > 0 {
		if err := c.vault(a).Keep(ctx, a.restKey(w.in), rest, restTTL); err != nil {
			c.o.Log.Warn("the rest of a long answer is not kept", "account", a.Name, "error", err)
		}
	}
	for i, p := range parts {
		err := c.sendSoon(ctx, a, w.in.User, p, w.code)
		if err == nil {
			continue
		}
		var left []channel.Reply
		for _, p := range parts[i:] {
			left = append(left, p.reply)
		}
		return c.o.Late(ctx, w.in, left, nil)
	}
	return nil
}

// fold takes as many messages as may be sent; the rest is asked for.
func (c *Channel) fold(parts []part, most int) (now []part, rest []channel.Reply) {
	if len(parts) <= most {
		return parts, nil
	}
	at := most
	last, fits := withMore(parts[at-1])
	now = parts[: at-1 : at-1]
	if fits {
		now = append(now, last)
	} else {
		at--
		more := menuItem{Type: "click", Click: &click{ID: moreID, Content: moreWord}}
		now = append(now, part{body{Type: "msgmenu", Menu: &menuBody{Head: strings.TrimSpace(moreNote), List: []menuItem{more}}}, channel.Reply{}})
	}
	for _, p := range parts[at:] {
		rest = append(rest, p.reply)
	}
	return now, rest
}

// goOn answers 继续 with what did not fit; false where nothing is left to say, and the word is the bot's.
func (c *Channel) goOn(ctx context.Context, a *account, in channel.Inbound) bool {
	if in.Kind != channel.KindText || strings.TrimSpace(in.Text) != moreWord || in.MenuID != moreID {
		return false
	}
	var rest []channel.Reply
	key := a.restKey(in)
	there, err := c.vault(a).Kept(ctx, key, &rest)
	if err == nil && !there {
		err = errNothing
	}
	if err != nil {
		c.o.Log.Warn("the rest of a long answer cannot be said", "account", a.Name, "error", err)
		return false
	}
	if err := c.o.Cache.Delete(ctx, key); err != nil {
		c.o.Log.Warn("the rest of a long answer may be said twice", "account", a.Name, "error", err)
	}
	if err := c.answer(ctx, a, &work{in: in}, rest); err != nil {
		c.o.Log.Error("the rest of a long answer is not said", "account", a.Name, "error", err)
	}
	return true
}

func (c *Channel) vault(a *account) tencent.Vault {
	return tencent.Vault{Cache: c.o.Cache, Rand: c.o.Rand, Secret: a.Token + "\x00" + a.AESKey + "\x00" + a.Secret}
}

// restKey names a person's rest without naming the person.
func (a *account) restKey(in channel.Inbound) string {
	h := sha256.Sum256([]byte(a.Token + "\x00" + a.AESKey + "\x00" + in.User.Reveal()))
	return "wecom-rest:" + a.Name + ":" + hex.EncodeToString(h[:16])
}

// sendSoon sends a message, and again where the platform only hiccups.
func (c *Channel) sendSoon(ctx context.Context, a *account, to channel.UserKey, p part, code string) (err error) {
	for i := 0; ; i++ {
		err = c.send(ctx, a, to, p, code)
		var pe *channel.PushError
		if err == nil || !errors.As(err, &pe) || pe.Verdict != channel.PushRetry || i == len(soon) || !wait(ctx, soon[i]) {
			return err
		}
	}
}

// send sends one message: by the code of an event, which lets one out before the person has written, or as an answer.
func (c *Channel) send(ctx context.Context, a *account, to channel.UserKey, p part, code string) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if code != "" {
		err := c.call(ctx, a, welcomePath, struct {
			Code string `json:"code"`
			body
		}{code, p.body}, nil)
		var ae *tencent.APIError
		if errors.As(err, &ae) { // it had its twenty seconds: the greeting comes with the first answer
			c.metrics.pushes.WithLabelValues(a.Name, strconv.Itoa(ae.Code)).Inc()
			return &channel.PushError{Verdict: channel.PushPark, Code: ae.Code, Err: err}
		}
		return c.taken(a, err)
	}
	m := struct {
		To   string `json:"touser"`
		KfID string `json:"open_kfid"`
		body
	}{to.Reveal(), a.OpenKfID, p.body}
	err := c.call(ctx, a, sendPath, m, nil)
	var ae *tencent.APIError
	if errors.As(err, &ae) && ae.Code == codeState && c.takeOver(ctx, a, to) {
		err = c.call(ctx, a, sendPath, m, nil)
	}
	return c.taken(a, err)
}

func (c *Channel) taken(a *account, err error) error {
	if err != nil {
		return c.refused(a, err)
	}
	c.metrics.pushes.WithLabelValues(a.Name, "taken").Inc()
	c.settled(a, sendPath)
	return nil
}

// takeOver asks for a conversation to be the program's, where the console's rules gave it to nobody or to a queue.
func (c *Channel) takeOver(ctx context.Context, a *account, to channel.UserKey) bool {
	err := c.call(ctx, a, transPath, map[string]any{"open_kfid": a.OpenKfID, "external_userid": to.Reveal(), "service_state": stateBot}, nil)
	return err == nil
}

// Sender returns the way to send messages to an account's people, nil for an unknown account.
func (c *Channel) Sender(account string) channel.Sender {
	a := c.accounts[account]
	if a == nil {
		return nil
	}
	return sender{c, a}
}

type sender struct {
	c *Channel
	a *account
}

// Capabilities implements channel.Sender. There are no notices outside the 48 hours, and no page learns who opened it but by
// the link that was sent to them. Places can be sent; a card is a line that leads there.
func (sender) Capabilities() channel.Capabilities {
	return channel.Capabilities{CustomerService: true, Places: true}
}

// Push implements channel.Sender. A message that no answer came to counts as not taken: a counsellor's word that comes twice
// does less harm than one that never came.
func (s sender) Push(ctx context.Context, to channel.UserKey, r channel.Reply) error {
	parts := s.c.messages(ctx, channel.Address{Channel: ChannelName, Account: s.a.Name, User: to}, []channel.Reply{r}, maxText)
	for i, p := range parts {
		err := s.c.send(ctx, s.a, to, p, "")
		if err == nil {
			continue
		}
		if i == 0 {
			return err
		}
		left := &channel.PartError{Err: err}
		for _, p := range parts[i:] {
			left.Rest = append(left.Rest, p.reply)
		}
		return left
	}
	return nil
}
