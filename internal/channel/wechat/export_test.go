package wechat

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// DecodeForFuzz decodes a body under signatures that hold, so that fuzzing reaches what lies behind them.
func (c *Channel) DecodeForFuzz(account, body, ts, nonce string) {
	a := c.accounts[account]
	now := time.Unix(0, 0)
	if n, err := strconv.ParseInt(ts, 10, 64); err == nil {
		now = time.Unix(n, 0)
	}
	var sealed []byte
	if all := tencent.SealedIn([]byte(body)); len(all) > 0 {
		sealed = all[0]
	}
	q := url.Values{"timestamp": {ts}, "nonce": {nonce}, "signature": {util.Signature(a.Token, ts, nonce)}, "msg_signature": {util.Signature(a.Token, ts, nonce, string(sealed))}}
	if got, why := a.decode(q, []byte(body), now); why == "" {
		_ = a.inbound(got, now)
	}
}

// CutForTest divides a text as pushes do.
func CutForTest(text string, n int) []string { return tencent.Cut([]tencent.Piece{{Text: text}}, n) }

// InboundForTest reads one message's XML as it comes out of its envelope.
func (c *Channel) InboundForTest(account, xml string) (channel.Inbound, error) {
	a := c.accounts[account]
	w, why := a.message([]byte(xml), nil)
	if why != "" {
		return channel.Inbound{}, errors.New(string(why))
	}
	return a.inbound(w, time.Unix(2e9, 0)), nil
}

// ReadConsents reads one event's XML for what it says of notices.
func ReadConsents(xml string) []channel.Consent {
	var w wire
	w.read([]byte(xml))
	return w.consents()
}
