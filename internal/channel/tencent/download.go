package tencent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// platformHosts are where the platform keeps files: nothing is ever fetched from elsewhere, whatever a message says.
var platformHosts = []string{".qpic.cn", ".qlogo.cn", ".qq.com"}

// Ours says whether an address is the platform's, or the one that the operator set in its place.
func Ours(apiURL, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return false
	}
	if api, err := url.Parse(apiURL); err == nil && u.Host == api.Host {
		return true
	}
	if u.Port() != "" {
		return false
	}
	for _, h := range platformHosts {
		if strings.HasSuffix(strings.ToLower(u.Hostname()), h) {
			return true
		}
	}
	return false
}

// Download brings a file. Its error never holds the address, which may carry the token.
func Download(ctx context.Context, client *http.Client, apiURL, address string, most int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch media: %w: an address that cannot be used", ErrHTTP)
	}
	files := *client
	files.Timeout = 0 // a film takes longer than a call; ctx ends it
	files.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 || !Ours(apiURL, r.URL.String()) {
			return errors.New("sent elsewhere")
		}
		return nil
	}
	res, err := files.Do(req)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("fetch media: %w: %w", ErrHTTP, err)
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("fetch media: status %d: %w", res.StatusCode, channel.ErrMediaGone)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("fetch media: %w: status %d", ErrHTTP, res.StatusCode)
	case res.ContentLength > most:
		return nil, channel.ErrMediaTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("fetch media: %w: it broke off", ErrHTTP)
	}
	if int64(len(data)) > most {
		return nil, channel.ErrMediaTooLarge
	}
	return data, nil
}
