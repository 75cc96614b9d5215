package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const mediaPath = "/cgi-bin/media/get"

var _ channel.Fetcher = sender{}

// mediaAPI says whether the account has the API of media, which every verified account has, and only those.
func (a *account) mediaAPI() bool {
	c := a.Capabilities
	return c.CustomerService || c.Template || c.OAuth
}

// Fetches implements channel.Fetcher: by the API, or a picture from its public address.
func (s sender) Fetches(k channel.Kind, m channel.Media) bool {
	return s.a.mediaAPI() && m.ID != "" || k == channel.KindImage && s.a.ours(m.URL)
}

// Fetch implements channel.Fetcher. A picture has two ways: where the API refuses, its address may still lead to it.
func (s sender) Fetch(ctx context.Context, k channel.Kind, m channel.Media, most int64) ([]byte, error) {
	err := fmt.Errorf("%s: %w", mediaPath, channel.ErrMediaGone)
	if s.a.mediaAPI() && m.ID != "" {
		var data []byte
		if data, err = s.c.mediaOf(ctx, s.a, m.ID, most); err == nil {
			return data, nil
		}
		s.note(err)
	}
	if k != channel.KindImage || errors.Is(err, channel.ErrMediaTooLarge) || !s.a.ours(m.URL) {
		return nil, err
	}
	data, perr := s.c.download(ctx, s.a, m.URL, most)
	if perr == nil || errors.Is(err, channel.ErrMediaGone) || errors.Is(perr, channel.ErrMediaTooLarge) {
		return data, perr
	}
	return nil, err // the API may mend, however the address does
}

// note tells the operator of what only they can mend.
func (s sender) note(err error) {
	var ae *APIError
	if !errors.As(err, &ae) {
		return
	}
	switch ae.Code {
	case 40013, 40125, 40164, 48001, 50002, 61004:
		s.c.o.Log.Error("WeChat account cannot fetch what people send: run `xinqiao wechat doctor`", "account", s.a.Name, "code", ae.Code)
	case 45009, 45011:
		s.c.o.Log.Error("WeChat quota used up", "account", s.a.Name, "code", ae.Code)
	}
}

// mediaOf brings a temporary medium by its ID. The API answers with the file itself, with an error as JSON, or, for films,
// with JSON that says where the file is.
func (c *Channel) mediaOf(ctx context.Context, a *account, id string, most int64) (data []byte, err error) {
	err = c.withToken(ctx, a, func(token string) (err error) {
		data, err = c.mediaBy(ctx, a, token, id, most)
		return err
	})
	return data, err
}

func (c *Channel) mediaBy(ctx context.Context, a *account, token, id string, most int64) (data []byte, err error) {
	code := "http"
	defer func() { c.metrics.calls.WithLabelValues(mediaPath, code).Inc() }()
	q := url.Values{"access_token": {token}, "media_id": {id}}
	data, err = c.download(ctx, a, a.APIURL+mediaPath+"?"+q.Encode(), most)
	if errors.Is(err, channel.ErrMediaGone) { // the API itself has no 404 for a medium
		return nil, fmt.Errorf("%s: %w", mediaPath, errHTTP)
	}
	if err != nil || len(data) == 0 || data[0] != '{' { // none of the types that are let in begins so
		if err == nil {
			code = "0"
		}
		return data, err
	}
	var answer struct {
		ErrCode  int    `json:"errcode"`
		ErrMsg   string `json:"errmsg"`
		VideoURL string `json:"video_url"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w: no JSON", mediaPath, errHTTP)
	}
	code = strconv.Itoa(answer.ErrCode)
	switch {
	case answer.ErrCode == 40007 || answer.ErrCode == 40004: // invalid or expired media ID
		return nil, fmt.Errorf("%s: %w: %w", mediaPath, &APIError{Code: answer.ErrCode, Msg: strings.ToValidUTF8(answer.ErrMsg, "?")}, channel.ErrMediaGone)
	case answer.ErrCode != 0:
		return nil, fmt.Errorf("%s: %w", mediaPath, &APIError{Code: answer.ErrCode, Msg: strings.ToValidUTF8(answer.ErrMsg, "?")})
	case !a.ours(answer.VideoURL):
		return nil, fmt.Errorf("%s: %w: it names no address of the platform's for a film", mediaPath, errHTTP)
	}
	return c.download(ctx, a, answer.VideoURL, most)
}

// ours says whether an address is the platform's, or the one that the operator set in its place.
func (a *account) ours(address string) bool { return tencent.Ours(a.APIURL, address) }

func (c *Channel) download(ctx context.Context, a *account, address string, most int64) ([]byte, error) {
	return tencent.Download(ctx, c.o.HTTP, a.APIURL, address, most)
}
