package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Pages learn who opened them by the platform's OAuth with scope snsapi_base, which asks the user nothing and works in
// WeChat's own browser alone. Composed here rather than by the SDK, which fixes the host and so cannot be simulated.

const (
	platformAPI  = "https://api.weixin.qq.com"
	platformOpen = "https://open.weixin.qq.com"
)

// Knows says whether an account's pages may learn who opened them.
func (c *Channel) Knows(account string) bool {
	a := c.accounts[account]
	return a != nil && a.Capabilities.OAuth
}

// Authorize is where a visitor's browser is sent, which comes back to a page of ours with a code and our state.
func (c *Channel) Authorize(account, back, state string) (string, error) {
	a := c.accounts[account]
	if a == nil || !a.Capabilities.OAuth {
		return "", fmt.Errorf("WeChat account %q may not ask who a visitor is", account)
	}
	host := a.APIURL // a simulator serves both
	if a.APIURL == platformAPI || strings.HasSuffix(a.APIURL, ".weixin.qq.com") {
		host = platformOpen
	}
	// The platform reads the parameters in this order alone.
	return host + "/connect/oauth2/authorize?appid=" + url.QueryEscape(a.AppID) + "&redirect_uri=" + url.QueryEscape(back) +
		"&response_type=code&scope=snsapi_base&state=" + url.QueryEscape(state) + "#wechat_redirect", nil
}

// Visitor asks the platform whose code it is.
func (c *Channel) Visitor(ctx context.Context, account, code string) (channel.Address, error) {
	a := c.accounts[account]
	if a == nil || !a.Capabilities.OAuth {
		return channel.Address{}, fmt.Errorf("WeChat account %q may not ask who a visitor is", account)
	}
	var got struct {
		OpenID string `json:"openid"`
	}
	query := url.Values{"appid": {a.AppID}, "secret": {a.AppSecret}, "code": {code}, "grant_type": {"authorization_code"}}
	err := c.request(ctx, a, http.MethodGet, "/sns/oauth2/access_token", query, nil, &got)
	var ae *APIError
	switch {
	case errors.As(err, &ae) && (ae.Code == 40029 || ae.Code == 40163):
		return channel.Address{}, fmt.Errorf("ask who a visitor is: %w: %w", channel.ErrVisitorCode, ae)
	case err != nil:
		return channel.Address{}, fmt.Errorf("ask who a visitor is: %w", err)
	case got.OpenID == "":
		return channel.Address{}, fmt.Errorf("ask who a visitor is: %w: an answer without an openid", errHTTP)
	}
	return channel.Address{Channel: ChannelName, Account: a.Name, User: channel.UserKey(got.OpenID)}, nil
}
