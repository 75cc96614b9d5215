package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// An account has one access token at a time. All replicas use the same, by way of the cache, and one fetches it for all. The
// platform gives the same token to everybody who asks plainly (stable_token), so that asking costs nothing. Asking by force
// makes a new one and ends the old at once, for every other program too; it may be done 20 times a day. So a token that is
// worth nothing any more is first asked for plainly, and by force only where the platform insists on the one that it refuses.

// tokenInvalid are the codes of a token that has ended or was retired.
func tokenInvalid(code int) bool { return code == 40001 || code == 40014 || code == codeEnded }

// codeEnded is the code of a token whose time is over; the others are of one that was taken from us.
const codeEnded = 42001

const (
	refreshEarly = 5 * time.Minute
	tokenLock    = 20 * time.Second

	forceEvery  = 30 * time.Second // by force no more often
	forcedInDay = 20               // of the platform's day

	fightWithin = time.Hour
	fightAfter  = 3 // so many tokens taken from us within that time are another program's doing
)

// withToken calls the API with the shared access token. A token that the platform refuses is renewed, the cheap way first.
func (c *Channel) withToken(ctx context.Context, a *account, call func(token string) error) error {
	token, err := c.token(ctx, a)
	if err != nil {
		return err
	}
	err = call(token)
	for range 2 { // what was fetched plainly may be refused as well
		var ae *APIError
		if !errors.As(err, &ae) || !tokenInvalid(ae.Code) {
			return err
		}
		next, failed := c.renew(ctx, a, token, ae)
		if failed != nil {
			return failed
		}
		token, err = next, call(next)
	}
	return err
}

func tokenKey(a *account) string { return "token:" + a.AppID }

// token returns the access token that the replicas share, and fetches one where there is none.
func (c *Channel) token(ctx context.Context, a *account) (string, error) {
	if t, err := c.cachedToken(ctx, a); err != nil || t != "" {
		return t, err
	}
	unlock, err := c.o.Cache.Lock(ctx, tokenKey(a), tokenLock)
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	defer unlock()
	if t, err := c.cachedToken(ctx, a); err != nil || t != "" { // another replica was first
		return t, err
	}
	t, err := c.fetchToken(ctx, a, false)
	if err != nil {
		return "", err
	}
	c.share(ctx, a, t)
	return t.AccessToken, nil
}

// renew returns a token in place of one that the platform refuses.
func (c *Channel) renew(ctx context.Context, a *account, refused string, why *APIError) (string, error) {
	unlock, err := c.o.Cache.Lock(ctx, tokenKey(a), tokenLock)
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	defer unlock()
	cached, err := c.cachedToken(ctx, a)
	if err != nil || cached != "" && cached != refused { // another replica was first
		return cached, err
	}
	mayForce, since := c.mayForce(ctx, a)
	if !mayForce && c.insists(ctx, a, refused) {
		return "", fmt.Errorf("access token: the platform insists on one that it refuses: %w", why)
	}
	t, err := c.fetchToken(ctx, a, false)
	if err != nil {
		return "", err
	}
	if t.AccessToken != refused {
		if why.Code != codeEnded {
			c.lost(ctx, a)
		}
		c.share(ctx, a, t)
		return t.AccessToken, nil
	}
	if !mayForce {
		c.noteInsists(ctx, a, refused)
		if since < forceEvery {
			return "", fmt.Errorf("access token: fetched by force a moment ago, and not again so soon: %w", why)
		}
		c.metrics.tokens.WithLabelValues(a.Name, "spent").Inc()
		if c.first(ctx, "token:spent:"+a.AppID, 6*time.Hour) {
			c.o.Log.Error("WeChat insists on an access token that it refuses, and today's tries by force are used up: find the other program that uses this account's AppSecret",
				"account", a.Name, "code", why.Code, "tries", forcedInDay)
		}
		return "", fmt.Errorf("access token: fetched by force %d times today, and not again: %w", forcedInDay, why)
	}
	c.noteForce(ctx, a) // before: a try that is not answered may have counted
	if t, err = c.fetchToken(ctx, a, true); err != nil {
		return "", err
	}
	c.o.Log.Warn("an access token of WeChat was fetched by force: the platform insisted on one that it refused", "account", a.Name, "code", why.Code)
	c.share(ctx, a, t)
	return t.AccessToken, nil
}

// insistsFor is how long the platform is not asked again after it gave a token that it refuses: many may wait for one.
const insistsFor = 5 * time.Second

func insistsKey(a *account) string { return "token:insists:" + a.AppID }

func (c *Channel) insists(ctx context.Context, a *account, refused string) bool {
	on, ok, err := c.o.Cache.Get(ctx, insistsKey(a))
	return err == nil && ok && on == refused
}

func (c *Channel) noteInsists(ctx context.Context, a *account, refused string) {
	_ = c.o.Cache.Set(ctx, insistsKey(a), refused, insistsFor) // without it the platform is asked more often than it need be
}

// first says whether something is said for the first time within a while, of all replicas.
func (c *Channel) first(ctx context.Context, key string, within time.Duration) bool {
	if _, said, err := c.o.Cache.Get(ctx, key); err == nil && said {
		return false
	}
	_ = c.o.Cache.Set(ctx, key, "1", within) // without it it is said again
	return true
}

// granted is an access token as the platform gives it.
type granted struct {
	AccessToken string        `json:"access_token"`
	ExpiresIn   tencent.Whole `json:"expires_in"` // seconds
}

func (c *Channel) fetchToken(ctx context.Context, a *account, force bool) (t granted, err error) {
	how := "plain"
	if force {
		how = "forced"
	}
	body := map[string]any{"grant_type": "client_credential", "appid": a.AppID, "secret": a.AppSecret, "force_refresh": force}
	if err := c.request(ctx, a, http.MethodPost, "/cgi-bin/stable_token", nil, body, &t); err != nil {
		return t, fmt.Errorf("access token: %w", err)
	}
	if t.AccessToken == "" {
		return t, fmt.Errorf("access token: %w: %w", errHTTP, &tencent.OddAnswer{Status: http.StatusOK, What: "an answer without a token"})
	}
	c.metrics.tokens.WithLabelValues(a.Name, how).Inc()
	return t, nil
}

func (c *Channel) cachedToken(ctx context.Context, a *account) (string, error) {
	t, ok, err := c.o.Cache.Get(ctx, tokenKey(a))
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	if !ok {
		return "", nil
	}
	return t, nil
}

func (c *Channel) share(ctx context.Context, a *account, t granted) {
	ttl := max(time.Duration(t.ExpiresIn)*time.Second-refreshEarly, 30*time.Second)
	if err := c.o.Cache.Set(ctx, tokenKey(a), t.AccessToken, ttl); err != nil {
		c.o.Log.Warn("access token not shared", "account", a.Name, "error", err)
	}
}

// forcedKey counts the renewals of one day: the platform's day begins at the city's midnight.
func forcedKey(a *account, day time.Time) string {
	return "token:forced:" + a.AppID + ":" + day.In(citytime.Zone).Format(time.DateOnly)
}

// forces are the times, in seconds, at which a token was fetched by force on one day.
func (c *Channel) forces(ctx context.Context, a *account) []int64 {
	return c.times(ctx, forcedKey(a, c.o.Now()))
}

// mayForce says whether a token may be fetched by force, and how long ago one was. It is asked under the token's lock.
func (c *Channel) mayForce(ctx context.Context, a *account) (allowed bool, since time.Duration) {
	ts := c.forces(ctx, a)
	since = 24 * time.Hour
	if n := len(ts); n > 0 {
		since = c.o.Now().Sub(time.Unix(ts[n-1], 0))
	}
	return len(ts) < forcedInDay && since >= forceEvery, since
}

func (c *Channel) noteForce(ctx context.Context, a *account) {
	c.keepTimes(ctx, forcedKey(a, c.o.Now()), append(c.forces(ctx, a), c.o.Now().Unix()), 25*time.Hour)
}

func lostKey(a *account) string { return "token:lost:" + a.AppID }

// lost notes that a token was worth nothing before its time, and another is in force: somebody else made it.
func (c *Channel) lost(ctx context.Context, a *account) {
	ts := append(c.recentlyLost(ctx, a), c.o.Now().Unix())
	c.keepTimes(ctx, lostKey(a), ts, fightWithin)
	c.metrics.tokens.WithLabelValues(a.Name, "taken").Inc()
	if len(ts) >= fightAfter && c.first(ctx, "token:fight:"+a.AppID, fightWithin) {
		c.o.Log.Error("another program takes this account's access token away, over and over: find who else uses its AppSecret (an old system, a test machine, a third-party platform), and stop it or let it use stable_token without force_refresh",
			"account", a.Name, "times", len(ts), "within", fightWithin.String())
		return
	}
	c.o.Log.Warn("another program made a new access token for this account, and ours was worth nothing any more", "account", a.Name)
}

func (c *Channel) recentlyLost(ctx context.Context, a *account) []int64 {
	since := c.o.Now().Add(-fightWithin).Unix()
	return slices.DeleteFunc(c.times(ctx, lostKey(a)), func(t int64) bool { return t <= since })
}

// Fight says in an operator's words that another program takes an account's access token away; "" where none does.
func (c *Channel) Fight(ctx context.Context, account string) string {
	a := c.accounts[account]
	if a == nil {
		return ""
	}
	n := len(c.recentlyLost(ctx, a))
	if n < fightAfter {
		return ""
	}
	return "一小时里有 " + strconv.Itoa(n) + " 次，别的程序换掉了这个公众号的 access_token，发消息会时断时续。请找出还有谁在用它的 AppSecret（旧系统、测试机、第三方平台），停掉它，或者让它也用 stable_token、不要 force_refresh。"
}

// times reads what the replicas share of when something was done. A cache that is away knows of nothing.
func (c *Channel) times(ctx context.Context, key string) (ts []int64) {
	raw, ok, err := c.o.Cache.Get(ctx, key)
	if err != nil || !ok || json.Unmarshal([]byte(raw), &ts) != nil {
		return nil
	}
	return ts
}

func (c *Channel) keepTimes(ctx context.Context, key string, ts []int64, ttl time.Duration) {
	raw, err := json.Marshal(ts)
	if err == nil {
		err = c.o.Cache.Set(ctx, key, string(raw), ttl)
	}
	if err != nil {
		c.o.Log.Warn("the other replicas do not hear what became of an access token", "error", err)
	}
}
