package wechat

import (
	"encoding/xml"
	"net/url"
	"strconv"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// DecodeForFuzz decodes a body under signatures that hold, so that fuzzing reaches what lies behind them.
func (c *Channel) DecodeForFuzz(account, body, ts, nonce string) {
	a := c.accounts[account]
	now := time.Unix(0, 0)
	if n, err := strconv.ParseInt(ts, 10, 64); err == nil {
		now = time.Unix(n, 0)
	}
	var w wire
	_ = xml.Unmarshal([]byte(body), &w)
	q := url.Values{"timestamp": {ts}, "nonce": {nonce}, "signature": {util.Signature(a.Token, ts, nonce)}, "msg_signature": {util.Signature(a.Token, ts, nonce, w.Encrypt)}}
	if got, why := a.decode(q, []byte(body), now); why == "" {
		_ = a.inbound(got, now)
	}
}
