package wecom

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const mediaPath = "/cgi-bin/media/get"

var _ channel.Fetcher = sender{}

// Fetches implements channel.Fetcher.
func (sender) Fetches(_ channel.Kind, m channel.Media) bool { return m.ID != "" }

// Fetch implements channel.Fetcher. The API answers with the file itself, or with an error as JSON.
func (s sender) Fetch(ctx context.Context, _ channel.Kind, m channel.Media, most int64) (data []byte, err error) {
	err = s.c.withToken(ctx, s.a, func(token string) (err error) {
		data, err = s.c.mediaBy(ctx, s.a, token, m.ID, most)
		return err
	})
	return data, err
}

func (c *Channel) mediaBy(ctx context.Context, a *account, token, id string, most int64) ([]byte, error) {
	code := "http"
	defer func() { c.metrics.calls.WithLabelValues(mediaPath, code).Inc() }()
	q := url.Values{"access_token": {token}, "media_id": {id}}
	data, err := tencent.Download(ctx, c.o.HTTP, a.APIURL, a.APIURL+mediaPath+"?"+q.Encode(), most)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || data[0] != '{' { // none of the types that are let in begins so
		code = "0"
		return data, nil
	}
	var answer struct {
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.ErrCode == 0 {
		return nil, fmt.Errorf("%s: %w: no medium", mediaPath, tencent.ErrHTTP)
	}
	code = strconv.Itoa(answer.ErrCode)
	err = fmt.Errorf("%s: %w", mediaPath, &tencent.APIError{Code: answer.ErrCode, Msg: strings.ToValidUTF8(answer.ErrMsg, "?")})
	if answer.ErrCode == 40007 || answer.ErrCode == 40004 { // invalid or expired
		err = fmt.Errorf("%w: %w", err, channel.ErrMediaGone)
	}
	return nil, err
}
