package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// APIError is an error code of the platform; every one comes with HTTP 200.
type APIError = tencent.APIError

// errHTTP says that no answer of the platform came.
var errHTTP = tencent.ErrHTTP

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

func (c *Channel) exchange(ctx context.Context, a *account, method, path string, query url.Values, in, out any) (err error) {
	code := "http"
	defer func() { c.metrics.calls.WithLabelValues(path, code).Inc() }()
	var body bytes.Buffer
	if in != nil {
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false) // the platform shows \u escapes as they are
		if err := enc.Encode(in); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if !usable(a.APIURL) {
		return fmt.Errorf("%s: %w", path, errAddress)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.APIURL+path+"?"+query.Encode(), &body)
	if err != nil {
		return fmt.Errorf("%s: %w", path, errAddress)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := c.o.HTTP.Do(req)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("%s: %w: %w", path, errHTTP, err)
	}
	defer func() { _ = res.Body.Close() }()
	a.ahead.Store(int64(clockAhead(res, c.o.Now())))
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	switch {
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %w: %w", path, errHTTP, &oddAnswer{res.StatusCode, ""})
	case err != nil:
		return fmt.Errorf("%s: %w: it broke off: %w", path, errHTTP, err)
	}
	raw = bytes.TrimPrefix(raw, byteOrder)
	var status struct {
		ErrCode whole  `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("%s: %w: %w", path, errHTTP, &oddAnswer{http.StatusOK, "no JSON"})
	}
	code = strconv.Itoa(int(status.ErrCode))
	if status.ErrCode != 0 {
		return fmt.Errorf("%s: %w", path, &APIError{Code: int(status.ErrCode), Msg: strings.ToValidUTF8(status.ErrMsg, "?")})
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			return fmt.Errorf("%s: %w: %w", path, errHTTP, &oddAnswer{http.StatusOK, "unexpected JSON"})
		}
	}
	return nil
}
