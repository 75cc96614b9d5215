package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// APIError is an error code of the platform; every one comes with HTTP 200.
type APIError struct {
	Code int
	Msg  string
}

func (e *APIError) Error() string { return fmt.Sprintf("WeChat says %d: %s", e.Code, e.Msg) }

// ErrHTTP says that no answer of the platform came.
var ErrHTTP = errors.New("WeChat's API did not answer")

// maxAnswer bounds what is read of an answer: a page of a hundred long messages is far below.
const maxAnswer = 4 << 20

// Request is one call of an API. In, where it is not nil, goes out as JSON; what comes back is decoded into Out.
type Request struct {
	Method, URL, Path string
	Query             url.Values
	In, Out           any
}

// Call makes one call. Its error never holds the query, which carries the token.
func Call(ctx context.Context, client *http.Client, r Request) error {
	var body bytes.Buffer
	if r.In != nil {
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false) // the platform shows \u escapes as they are
		if err := enc.Encode(r.In); err != nil {
			return fmt.Errorf("%s: %w", r.Path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL+r.Path+"?"+r.Query.Encode(), &body)
	if err != nil {
		return fmt.Errorf("%s: the API's address cannot be used", r.Path)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := client.Do(req)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("%s: %w: %w", r.Path, ErrHTTP, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w: status %d", r.Path, ErrHTTP, res.StatusCode)
	}
	var status struct {
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("%s: %w: no JSON", r.Path, ErrHTTP)
	}
	if status.ErrCode != 0 {
		return fmt.Errorf("%s: %w", r.Path, &APIError{status.ErrCode, strings.ToValidUTF8(status.ErrMsg, "?")})
	}
	if r.Out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, r.Out); err != nil {
		return fmt.Errorf("%s: %w: unexpected JSON", r.Path, ErrHTTP)
	}
	return nil
}
