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
	"strconv"
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

// ErrAddress says that the API's address is none.
var ErrAddress = errors.New("the API's address cannot be used")

// OddAnswer is an answer that is none of the platform's: a gateway, a proxy or a page for logging in stands in between, or the
// address is another's.
type OddAnswer struct {
	Status int // of HTTP; 200 where the answer itself cannot be read
	What   string
}

func (e *OddAnswer) Error() string {
	if e.Status != http.StatusOK {
		return "status " + strconv.Itoa(e.Status)
	}
	return e.What
}

// Whole is a whole number that may stand in quotation marks, as some gateways pass it on.
type Whole int

// UnmarshalJSON implements json.Unmarshaler.
func (w *Whole) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "" || s == "null" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return fmt.Errorf("%w: no whole number", err)
	}
	*w = Whole(n)
	return nil
}

var _ json.Unmarshaler = (*Whole)(nil)

// ByteOrder may stand before a text in UTF-8.
var ByteOrder = []byte{0xEF, 0xBB, 0xBF}

// Request is one call of an API. In, where it is not nil, goes out as JSON; what comes back, of which at most Most bytes are
// read, is decoded into Out. Seen, where it is not nil, is told of every answer, whatever stands in it.
type Request struct {
	Method, URL, Path string
	Query             url.Values
	In, Out           any
	Most              int64
	Seen              func(*http.Response)
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
	if u, err := url.Parse(r.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("%s: %w", r.Path, ErrAddress)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL+r.Path+"?"+r.Query.Encode(), &body)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path, ErrAddress)
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
	if r.Seen != nil {
		r.Seen(res)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, r.Most))
	switch {
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %w: %w", r.Path, ErrHTTP, &OddAnswer{res.StatusCode, ""})
	case err != nil:
		return fmt.Errorf("%s: %w: it broke off: %w", r.Path, ErrHTTP, err)
	}
	raw = bytes.TrimPrefix(raw, ByteOrder)
	var status struct {
		ErrCode Whole  `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("%s: %w: %w", r.Path, ErrHTTP, &OddAnswer{http.StatusOK, "no JSON"})
	}
	if status.ErrCode != 0 {
		return fmt.Errorf("%s: %w", r.Path, &APIError{int(status.ErrCode), strings.ToValidUTF8(status.ErrMsg, "?")})
	}
	if r.Out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, r.Out); err != nil {
		return fmt.Errorf("%s: %w: %w", r.Path, ErrHTTP, &OddAnswer{http.StatusOK, "unexpected JSON"})
	}
	return nil
}

// Outcome is what a call came to, for the metrics: the platform's code, "0", or "http" where no answer of the platform's came.
func Outcome(err error) string {
	var ae *APIError
	switch {
	case errors.As(err, &ae):
		return strconv.Itoa(ae.Code)
	case err != nil:
		return "http"
	}
	return "0"
}
