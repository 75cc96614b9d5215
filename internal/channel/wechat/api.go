package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// APIError is an error code of the platform; every one comes with HTTP 200.
type APIError = tencent.APIError

// errHTTP says that no answer of the platform came.
var errHTTP = tencent.ErrHTTP

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// call calls the API with the access token; one that is worth nothing any more is fetched anew.
func (c *Channel) call(ctx context.Context, a *account, method, path string, in, out any) error {
	return c.withToken(ctx, a, func(token string) error {
		return c.request(ctx, a, method, path, url.Values{"access_token": {token}}, in, out)
	})
}

// breaker leaves an API alone for a while that does not answer, so that the work waiting on it does not pile up. A code
// of the platform is an answer: it says nothing against the next call.
type breaker = gobreaker.CircuitBreaker[struct{}]

func newBreaker(name string) *breaker {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: 15 * time.Second,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= 5 },
		IsSuccessful: func(err error) bool { return !errors.Is(err, errHTTP) || errors.Is(err, context.Canceled) },
	})
}

// request makes one call, unless the API has not been answering. Its error never holds the URL, which carries the token.
func (c *Channel) request(ctx context.Context, a *account, method, path string, query url.Values, in, out any) error {
	_, err := a.breaker.Execute(func() (struct{}, error) { return struct{}{}, c.exchange(ctx, a, method, path, query, in, out) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("%s: %w: left alone for a while: %w", path, errHTTP, err)
	}
	return err
}

func (c *Channel) exchange(ctx context.Context, a *account, method, path string, query url.Values, in, out any) error {
	err := tencent.Call(ctx, c.o.HTTP, tencent.Request{
		Method: method, URL: a.APIURL, Path: path, Query: query, In: in, Out: out, Most: maxAnswer,
		Seen: func(res *http.Response) { a.ahead.Store(int64(clockAhead(res, c.o.Now()))) },
	})
	c.metrics.calls.WithLabelValues(path, tencent.Outcome(err)).Inc()
	return err
}
