package wxsim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// KfClient plays the platform towards the webhook of an account of customer service. What people send goes to Platform, where
// it is pulled from; Hint is the call that says so.
type KfClient struct {
	URL      string // http://127.0.0.1:8080/wecom/kf
	Account  Account
	Platform *Server
	HTTP     *http.Client
	Now      func() time.Time
}

// Says lets somebody write, and calls. The msgid comes back.
func (c *KfClient) Says(ctx context.Context, user, text string) (string, error) {
	id := c.Platform.KfPut(c.Account.OpenKfID, user, "", c.now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": text}})
	return id, c.Hint(ctx)
}

// Taps lets somebody tap what stands in a menu.
func (c *KfClient) Taps(ctx context.Context, user, menuID, content string) (string, error) {
	id := c.Platform.KfPut(c.Account.OpenKfID, user, "", c.now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": content, "menu_id": menuID}})
	return id, c.Hint(ctx)
}

// Hint calls the webhook: something came.
func (c *KfClient) Hint(ctx context.Context) error {
	x := elem([]byte("<xml>"), "ToUserName", c.Account.AppID)
	x = append(x, "<CreateTime>"+strconv.FormatInt(c.now().Unix(), 10)+"</CreateTime>"...)
	x = elem(elem(x, "MsgType", "event"), "Event", "kf_msg_or_event")
	x = elem(elem(x, "Token", c.Platform.kfHint(c.Account.OpenKfID)), "OpenKfId", c.Account.OpenKfID)
	_, err := c.Post(ctx, append(x, "</xml>"...), "")
	return err
}

// Post seals an event and calls the webhook with it, with something wrong about it where a Fault says so.
func (c *KfClient) Post(ctx context.Context, clear []byte, f Fault) (status int, err error) {
	cd, err := newCodec(c.Account)
	if err != nil {
		return 0, err
	}
	at := c.now()
	if f == FaultStale {
		at = at.Add(-staleBy)
	}
	sealed, q, err := c.seal(f.spoilCodec(cd), at, f.spoilClear(clear))
	if err != nil {
		return 0, err
	}
	f.spoilQuery(q)
	body := elem([]byte("<xml>"), "ToUserName", c.Account.AppID)
	body = elem(elem(body, "Encrypt", string(sealed)), "AgentID", "")
	body = f.spoilBody(append(body, "</xml>"...))
	if f == FaultPlain {
		body = clear
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("call the webhook: %w", err)
	}
	status, _, err = c.do(req)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("call the webhook: %w with status %d", ErrRefused, status)
	}
	return status, err
}

// Verify asks for the webhook's verification, as the console does on saving its URL.
func (c *KfClient) Verify(ctx context.Context) error {
	cd, err := newCodec(c.Account)
	if err != nil {
		return err
	}
	const echo = "4823109238471"
	sealed, q, err := c.seal(cd, c.now(), []byte(echo))
	if err != nil {
		return err
	}
	q.Set("echostr", string(sealed))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"?"+q.Encode(), nil)
	if err != nil {
		return fmt.Errorf("verify the webhook: %w", err)
	}
	status, body, err := c.do(req)
	switch {
	case err != nil:
		return fmt.Errorf("verify the webhook: %w", err)
	case status != http.StatusOK:
		return fmt.Errorf("verify the webhook: %w with status %d", ErrRefused, status)
	case string(body) != echo:
		return fmt.Errorf("verify the webhook: %w: not the opened echostr", ErrBadReply)
	}
	return nil
}

func (c *KfClient) seal(cd *codec, at time.Time, clear []byte) ([]byte, url.Values, error) {
	var random [24]byte
	if _, err := io.ReadFull(rand.Reader, random[:]); err != nil {
		return nil, nil, fmt.Errorf("read random bytes: %w", err)
	}
	var scratch []byte
	sealed := cd.seal(nil, &scratch, [16]byte(random[:16]), clear)
	ts, nonce := strconv.FormatInt(at.Unix(), 10), strconv.FormatUint(binary.BigEndian.Uint64(random[16:])%1e10, 10)
	return sealed, url.Values{"timestamp": {ts}, "nonce": {nonce}, "msg_signature": {sign(cd.token, ts, nonce, string(sealed))}}, nil
}

func (c *KfClient) do(req *http.Request) (int, []byte, error) {
	return (&Client{HTTP: c.HTTP}).do(req)
}

func (c *KfClient) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}
