package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// answerLimit is how much of a receiver's answer is read.
const answerLimit = 64 << 10

// post sends a JSON body and returns the answer of a receiver that took it (2xx). Its errors never hold the address:
// the secret of a group robot stands in it.
func post(ctx context.Context, client *http.Client, to string, body []byte, header http.Header) (answer []byte, retry bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, false, errors.New("the address cannot be used")
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "xinqiao")
	res, err := client.Do(req)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, true, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if res.StatusCode == http.StatusTooManyRequests {
		return nil, true, ErrTooMany
	}
	if res.StatusCode/100 != 2 {
		retry := res.StatusCode >= 500 || res.StatusCode == http.StatusRequestTimeout
		return nil, retry, fmt.Errorf("the receiver answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
	if err != nil {
		return nil, true, fmt.Errorf("read the receiver's answer: %w", err)
	}
	return answer, false, nil
}

// newClient follows no redirect: an alert goes where the operator said, or nowhere. It keeps no connection: hours lie
// between two alerts, and one must not meet a connection that died meanwhile.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
