package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// moreWord asks for the rest of a long answer; moreID is its menu ID, so that a dialog's own choice of that word is not
// taken for it.
const (
	moreWord = "继续"
	moreID   = "1"
)

var moreLink = menuLink("\n\n（还没说完）", moreID, moreWord, moreWord)

// How long somebody may think before asking for the rest: it may be what a colleague wrote, and a tap on its link can mean
// nothing else. A typed 继续 is the dialog's again sooner.
const (
	restTTL  = 7 * 24 * time.Hour
	typedTTL = 10 * time.Minute
)

// leftover is the rest of a long answer. Last is the message that took the text before At, so that its retry gets the same.
type leftover struct {
	Texts []string `json:"texts"`
	At    int      `json:"at"`
	Last  string   `json:"last"`
	From  int64    `json:"from"` // when it was last shown, in seconds
}

// restKey names a person's rest without naming the person.
func (a *account) restKey(in channel.Inbound) string {
	h := sha256.Sum256([]byte(a.Token + "\x00" + a.AESKey + "\x00" + in.User.Reveal()))
	return "rest:" + a.Name + ":" + hex.EncodeToString(h[:16])
}

// vault keeps rests. The key comes of the account's own secrets, which all replicas share.
func (c *Channel) vault(a *account) tencent.Vault {
	return tencent.Vault{Cache: c.o.Cache, Rand: c.o.Rand, Secret: a.Token + "\x00" + a.AESKey + "\x00" + a.AppSecret}
}

func (c *Channel) keep(ctx context.Context, a *account, in channel.Inbound, l leftover) error {
	l.From = c.o.Now().Unix()
	return c.vault(a).Keep(ctx, a.restKey(in), l, restTTL)
}

// kept returns what is left to say to a person; false where there is nothing.
func (c *Channel) kept(ctx context.Context, a *account, in channel.Inbound) (l leftover, ok bool, err error) {
	ok, err = c.vault(a).Kept(ctx, a.restKey(in), &l)
	return l, ok, err
}

// rest answers 继续 with what did not fit; false where nothing is left to say, and the word is the bot's.
func (c *Channel) rest(ctx context.Context, a *account, in channel.Inbound) (string, bool) {
	if in.Kind != channel.KindText || strings.TrimSpace(in.Text) != moreWord || in.Tapped() && in.MenuID != moreID {
		return "", false
	}
	l, ok, err := c.kept(ctx, a, in)
	if err != nil {
		c.o.Log.Warn("the rest of a long answer is lost", "account", a.Name, "error", err)
	}
	if !ok || !in.Tapped() && c.o.Now().Sub(time.Unix(l.From, 0)) > typedTTL {
		return "", false
	}
	if l.Last != in.ID || in.ID == "" {
		l.At, l.Last = l.At+1, in.ID
		if l.At > len(l.Texts) {
			return "", false
		}
		if err := c.keep(ctx, a, in, l); err != nil {
			c.o.Log.Warn("the rest of a long answer is not kept", "account", a.Name, "error", err)
		}
	}
	if l.At < 1 || l.At > len(l.Texts) {
		return "", false
	}
	text := l.Texts[l.At-1]
	if l.At < len(l.Texts) {
		text += moreLink
	}
	return text, true
}
