package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const (
	maxAnswer    = 4 << 20             // a page of a hundred long messages is far below
	tokenPath    = "/cgi-bin/gettoken" //nolint:gosec // a path
	tokenLock    = 10 * time.Second
	refreshEarly = 5 * time.Minute
)

// call calls the API with the access token.
func (c *Channel) call(ctx context.Context, a *account, path string, in, out any) error {
	return c.withToken(ctx, a, func(token string) error {
		return c.request(ctx, a, http.MethodPost, path, url.Values{"access_token": {token}}, in, out)
	})
}

// withToken calls with the access token that the replicas share; one that is worth nothing any more is fetched anew, once. The
// platform gives the same token to everybody who asks while it is good, so that asking ends nobody else's.
func (c *Channel) withToken(ctx context.Context, a *account, call func(token string) error) error {
	token, err := c.accessToken(ctx, a, "")
	if err != nil {
		return err
	}
	err = call(token)
	var ae *tencent.APIError
	if !errors.As(err, &ae) || !tokenInvalid(ae.Code) {
		return err
	}
	if token, err = c.accessToken(ctx, a, token); err != nil {
		return err
	}
	return call(token)
}

func (c *Channel) request(ctx context.Context, a *account, method, path string, query url.Values, in, out any) error {
	err := tencent.Call(ctx, c.o.HTTP, tencent.Request{Method: method, URL: a.APIURL, Path: path, Query: query, In: in, Out: out, Most: maxAnswer})
	c.metrics.calls.WithLabelValues(path, tencent.Outcome(err)).Inc()
	return err
}

// tokenKey tells accounts of one company apart that have secrets of their own.
func tokenKey(a *account) string {
	h := sha256.Sum256([]byte(a.Secret))
	return "wecom-token:" + a.CorpID + ":" + hex.EncodeToString(h[:6])
}

// accessToken returns the shared token, and fetches one where there is none or where it is the one that was refused. A cache
// that is away costs a fetch.
func (c *Channel) accessToken(ctx context.Context, a *account, refused string) (string, error) {
	key := tokenKey(a)
	cached := func() string {
		t, ok, err := c.o.Cache.Get(ctx, key)
		if err != nil || !ok || t == refused {
			return ""
		}
		return t
	}
	if t := cached(); t != "" {
		return t, nil
	}
	if unlock, err := c.o.Cache.Lock(ctx, key, tokenLock); err == nil {
		defer unlock()
		if t := cached(); t != "" { // another replica was first
			return t, nil
		}
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := c.request(ctx, a, http.MethodGet, tokenPath, url.Values{"corpid": {a.CorpID}, "corpsecret": {a.Secret}}, nil, &got); err != nil {
		c.meet(a, tokenPath, err)
		return "", err
	}
	if got.Token == "" {
		return "", fmt.Errorf("%s: %w: no token in it", tokenPath, tencent.ErrHTTP)
	}
	c.settled(a, tokenPath)
	life := time.Duration(got.Expires) * time.Second
	if err := c.o.Cache.Set(ctx, key, got.Token, max(life-refreshEarly, time.Minute)); err != nil {
		c.o.Log.Warn("the access token is not shared", "account", a.Name, "error", err)
	}
	return got.Token, nil
}
