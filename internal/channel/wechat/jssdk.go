package wechat

import (
	"context"
	"crypto/sha1" //nolint:gosec // the platform's own rule
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A page in WeChat's own browser shows the platform's button for agreeing to notices (wx-open-subscribe) once it has proved,
// by a signature over its address, that it is the account's. The key of the signature is a ticket, which all replicas share.

const ticketPath = "/cgi-bin/ticket/getticket"

// PageProof lets one address use the platform's tags.
type PageProof struct {
	AppID     string
	Timestamp int64
	Nonce     string
	Signature string
}

// Prove signs the address of a page, as the browser shows it, without what follows a #.
func (c *Channel) Prove(ctx context.Context, account, address, nonce string) (PageProof, error) {
	a := c.accounts[account]
	if a == nil {
		return PageProof{}, fmt.Errorf("no WeChat account is called %q", account)
	}
	ticket, err := c.ticket(ctx, a)
	if err != nil {
		return PageProof{}, err
	}
	p := PageProof{AppID: a.AppID, Timestamp: c.o.Now().Unix(), Nonce: nonce}
	address, _, _ = strings.Cut(address, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + strconv.FormatInt(p.Timestamp, 10) + "&url=" + address)) //nolint:gosec // as above
	p.Signature = hex.EncodeToString(sum[:])
	return p, nil
}

// ticket returns the ticket that the replicas share, and fetches one where there is none: it lasts two hours, and a day has
// few of them.
func (c *Channel) ticket(ctx context.Context, a *account) (string, error) {
	key := "ticket:" + a.AppID
	if t, ok, err := c.o.Cache.Get(ctx, key); err == nil && ok {
		return t, nil
	}
	unlock, err := c.o.Cache.Lock(ctx, key, tokenLock)
	if err != nil {
		return "", fmt.Errorf("ticket of pages: %w", err)
	}
	defer unlock()
	if t, ok, err := c.o.Cache.Get(ctx, key); err == nil && ok { // another replica was first
		return t, nil
	}
	var got struct {
		Ticket  string `json:"ticket"`
		Expires int    `json:"expires_in"`
	}
	err = c.withToken(ctx, a, func(token string) error {
		return c.request(ctx, a, http.MethodGet, ticketPath, url.Values{"access_token": {token}, "type": {"jsapi"}}, nil, &got)
	})
	if err == nil && got.Ticket == "" {
		err = errors.New("an answer without a ticket")
	}
	if err != nil {
		return "", fmt.Errorf("ticket of pages: %w", err)
	}
	if life := time.Duration(got.Expires)*time.Second - refreshEarly; life > 0 {
		if err := c.o.Cache.Set(ctx, key, got.Ticket, life); err != nil {
			c.o.Log.Warn("the other replicas fetch a ticket of pages of their own", "account", a.Name, "error", err)
		}
	}
	return got.Ticket, nil
}
