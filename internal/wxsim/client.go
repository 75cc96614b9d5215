package wxsim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// patience is how long the platform waits for an answer, and how far apart
	// it repeats a delivery.
	patience   = 5 * time.Second
	deliveries = 3
	// maxReply bounds what is read of an answer; no valid reply comes near it.
	maxReply = 1 << 20
)

// Client plays the platform towards one account's webhook. The zero values of
// HTTP, Now, Rand and Patience work.
type Client struct {
	URL     string // http://127.0.0.1:8080/wechat/main
	Account Account
	HTTP    *http.Client
	Now     func() time.Time
	Rand    io.Reader
	// Patience replaces the platform's five seconds where a test has no time for them.
	Patience time.Duration
	// Platform, when set, is told of every message, so that its customer-service
	// windows open and close as they would.
	Platform *Server
}

// Verify asks for the webhook's verification, as the console does on saving its URL.
func (c *Client) Verify(ctx context.Context) error {
	echo, err := c.number()
	if err != nil {
		return err
	}
	q, err := c.query(c.now())
	if err != nil {
		return err
	}
	want := strconv.FormatUint(echo, 10)
	q.Set("echostr", want)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"?"+q.Encode(), nil)
	if err != nil {
		return fmt.Errorf("verify the webhook: %w", err)
	}
	status, body, err := c.do(req)
	if err != nil {
		return fmt.Errorf("verify the webhook: %w", err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("verify the webhook: %w with status %d", ErrRefused, status)
	}
	if string(body) != want {
		return fmt.Errorf("verify the webhook: %w: not the bare echostr", ErrBadReply)
	}
	return nil
}

// Send makes one delivery and reads the answer as the platform would: signature,
// app ID, swapped users and limits included. Another status than 200 is
// ErrRefused, an unacceptable answer ErrBadReply; the Reply is filled as far as
// it could be read.
func (c *Client) Send(ctx context.Context, m Message) (Reply, error) {
	if err := c.complete(&m); err != nil {
		return Reply{}, err
	}
	c.tell(m)
	return c.deliver(ctx, m, "")
}

// SendBroken makes one delivery with something wrong about it.
func (c *Client) SendBroken(ctx context.Context, m Message, f Fault) (Reply, error) {
	if !f.Valid() {
		return Reply{}, fmt.Errorf("unknown fault %q", f)
	}
	if err := c.complete(&m); err != nil {
		return Reply{}, err
	}
	return c.deliver(ctx, m, f)
}

// Deliver does as the platform does: it gives the account five seconds, and
// delivers the same message up to three times, five seconds apart, until an
// answer comes. An unacceptable answer is an answer: it is not asked for again.
func (c *Client) Deliver(ctx context.Context, m Message) (Reply, int, error) {
	if err := c.complete(&m); err != nil {
		return Reply{}, 0, err
	}
	c.tell(m)
	wait := c.Patience
	if wait == 0 {
		wait = patience
	}
	for attempt := 1; ; attempt++ {
		next := time.NewTimer(wait)
		one, cancel := context.WithTimeout(ctx, wait)
		r, err := c.deliver(one, m, "")
		cancel()
		if err == nil || errors.Is(err, ErrBadReply) || attempt == deliveries || ctx.Err() != nil {
			next.Stop()
			return r, attempt, err
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return r, attempt, ctx.Err()
		}
	}
}

func (c *Client) deliver(ctx context.Context, m Message, f Fault) (Reply, error) {
	return c.post(ctx, m, f, m.appendXML(nil, c.Account.GhID))
}

// post delivers what a message is on the wire.
func (c *Client) post(ctx context.Context, m Message, f Fault, clear []byte) (Reply, error) {
	cd, err := newCodec(c.Account)
	if err != nil {
		return Reply{}, err
	}
	target, body, err := c.envelope(cd, m, f, clear)
	if err != nil {
		return Reply{}, err
	}
	if m.around != nil {
		body = m.around(clear, body)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("deliver %s: %w", m.Type, err)
	}
	req.Header.Set("Content-Type", "text/xml")
	status, answer, err := c.do(req)
	if err != nil {
		return Reply{}, fmt.Errorf("deliver %s: %w", m.Type, err)
	}
	if status != http.StatusOK {
		return Reply{Status: status, Raw: answer}, fmt.Errorf("deliver %s: %w with status %d", m.Type, ErrRefused, status)
	}
	r, err := cd.readReply(answer, m.From, c.Account.GhID)
	if err != nil {
		return r, fmt.Errorf("deliver %s: %w", m.Type, err)
	}
	return r, nil
}

func (c *Client) tell(m Message) {
	if c.Platform != nil {
		c.Platform.Saw(c.Account.AppID, m)
	}
}

// envelope makes the URL and the body of one delivery. Each has its own
// timestamp, nonce and random bytes, a repeated one too.
func (c *Client) envelope(cd *codec, m Message, f Fault, clear []byte) (string, []byte, error) {
	at := c.now()
	if f == FaultStale {
		at = at.Add(-staleBy)
	}
	q, err := c.query(at)
	if err != nil {
		return "", nil, err
	}
	q.Set("openid", m.From)
	clear = f.spoilClear(clear)
	body := clear
	if cd.safe() && f != FaultPlain {
		var random [16]byte
		if _, err := io.ReadFull(c.rand(), random[:]); err != nil {
			return "", nil, fmt.Errorf("read random bytes: %w", err)
		}
		cd := f.spoilCodec(cd)
		var scratch []byte
		sealed := cd.seal(nil, &scratch, random, clear)
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", sign(cd.token, q.Get("timestamp"), q.Get("nonce"), string(sealed)))
		body = elem([]byte("<xml>"), "ToUserName", c.Account.GhID)
		body = elem(body, "Encrypt", string(sealed))
		body = append(body, "</xml>"...)
	}
	body = f.spoilBody(body)
	f.spoilQuery(q)
	return c.URL + "?" + q.Encode(), body, nil
}

func (c *Client) query(at time.Time) (url.Values, error) {
	n, err := c.number()
	if err != nil {
		return nil, err
	}
	ts, nonce := strconv.FormatInt(at.Unix(), 10), strconv.FormatUint(n%1e10, 10)
	return url.Values{
		"timestamp": {ts},
		"nonce":     {nonce},
		"signature": {sign(c.Account.Token, ts, nonce)},
	}, nil
}

func (c *Client) do(req *http.Request) (int, []byte, error) {
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	res, err := h.Do(req)
	if err != nil {
		// The error of net/http carries the URL with the openid: keep its cause only.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	}
	return res.StatusCode, body, nil
}

// complete fills what the platform itself would: the time, and the message's ID.
func (c *Client) complete(m *Message) error {
	if m.CreateTime == 0 {
		m.CreateTime = c.now().Unix()
	}
	if m.MsgID == 0 && m.Type != "event" {
		n, err := c.number()
		if err != nil {
			return err
		}
		m.MsgID = nextNumber(c.now().UnixMicro()*1000 + int64(n%1000)) //nolint:gosec // under 1000
	}
	return nil
}

// numbered is the last number given: the platform numbers messages in the order in which it takes them.
var numbered atomic.Int64

func nextNumber(at int64) int64 {
	for {
		last := numbered.Load()
		n := max(at, last+1)
		if numbered.CompareAndSwap(last, n) {
			return n
		}
	}
}

func (c *Client) number() (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(c.rand(), b[:]); err != nil {
		return 0, fmt.Errorf("read random bytes: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]), nil
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Client) rand() io.Reader {
	if c.Rand != nil {
		return c.Rand
	}
	return rand.Reader
}
