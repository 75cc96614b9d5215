package wxsim

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// worker is one connection's worth of load. Its buffers live as long as it does,
// so that a message costs the generator little but the crypto itself.
type worker struct {
	o     *LoadOptions
	codec *codec
	shift *shift
	users []user
	http  http.RoundTripper
	dice  *rand.Rand

	targets                           []*url.URL
	target                            *url.URL // of the message in hand
	clear, sealed, body, scratch, ans []byte

	sent, answered, deliveries, wrong, missing, late int
	hist                                             histogram
}

func (w *worker) report(r *LoadReport) {
	r.Sent += w.sent
	r.Answered += w.answered
	r.Deliveries += w.deliveries
	r.Retries += w.deliveries - w.sent
	r.Wrong += w.wrong
	r.Missing += w.missing
	r.Late += w.late
}

func (w *worker) work(ctx context.Context) {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	for {
		n, due, late, more := w.shift.next(ctx, t)
		if !more {
			return
		}
		if late {
			w.late++
		}
		who := &w.users[w.whose(n)]
		w.target = w.targets[int(n)%len(w.targets)]
		m := Text(who.openid, w.o.Mix[int(who.said.Add(1)-1)%len(w.o.Mix)])
		m.MsgID, m.CreateTime = w.shift.id+n, time.Now().Unix()
		w.one(ctx, &m, due)
	}
}

// whose turn the nth is.
func (w *worker) whose(n int64) int {
	if w.o.InTurn {
		return int((n - 1) % int64(len(w.users)))
	}
	return w.dice.IntN(len(w.users))
}

type outcome int

const (
	answered outcome = iota
	empty
	wrong   // a 200 that does not hold: the platform does not ask again
	refused // a 4xx: the platform delivers again, and it is wrong in the end
	nothing // no answer, or a 5xx: the platform delivers again
)

// one sees a message through to its answer, as Client.Deliver does.
func (w *worker) one(ctx context.Context, m *Message, due time.Time) {
	w.sent++
	var o outcome
	for attempt := 1; attempt <= deliveries; attempt++ {
		began := time.Now()
		o = w.deliver(ctx, m)
		w.deliveries++
		if o < refused || attempt == deliveries || ctx.Err() != nil {
			break
		}
		t := time.NewTimer(time.Until(began.Add(w.o.Patience)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
	switch {
	case o == answered, o == empty && w.o.Quiet:
		w.answered++
		w.hist.put(time.Since(due))
	case o == wrong, o == refused:
		w.wrong++
	default:
		w.missing++
	}
}

func (w *worker) deliver(ctx context.Context, m *Message) outcome {
	var tsBuf, nonceBuf [20]byte
	ts := string(strconv.AppendInt(tsBuf[:0], time.Now().Unix(), 10))
	nonce := string(strconv.AppendUint(nonceBuf[:0], w.dice.Uint64N(1e10), 10))
	gh := w.o.Account.GhID
	w.clear = m.appendXML(w.clear[:0], gh)
	u := *w.target
	u.RawQuery = "signature=" + sign(w.codec.token, ts, nonce) + "&timestamp=" + ts + "&nonce=" + nonce + "&openid=" + m.From
	body := w.clear
	if w.codec.safe() {
		var random [16]byte
		a, b := w.dice.Uint64(), w.dice.Uint64()
		for i := range 8 {
			random[i], random[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
		}
		w.sealed = w.codec.seal(w.sealed[:0], &w.scratch, random, w.clear)
		u.RawQuery += "&encrypt_type=aes&msg_signature=" + sign(w.codec.token, ts, nonce, string(w.sealed))
		w.body = elem(append(w.body[:0], "<xml>"...), "ToUserName", gh)
		w.body = append(w.body, "<Encrypt><![CDATA["...)
		w.body = append(w.body, w.sealed...)
		w.body = append(w.body, "]]></Encrypt></xml>"...)
		body = w.body
	}
	ctx, cancel := context.WithTimeout(ctx, w.o.Patience)
	defer cancel()
	req := (&http.Request{
		Method: http.MethodPost, URL: &u, Host: u.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/xml"}},
		// The transport may still read a body after it returned an error: a
		// fresh copy is handed out, the buffer is the next message's.
		Body: io.NopCloser(bytes.NewReader(bytes.Clone(body))), ContentLength: int64(len(body)),
	}).WithContext(ctx)
	res, err := w.http.RoundTrip(req)
	if err != nil {
		return nothing
	}
	defer res.Body.Close()
	buf := bytes.NewBuffer(w.ans[:0])
	_, err = buf.ReadFrom(io.LimitReader(res.Body, maxReply))
	w.ans = buf.Bytes()
	switch {
	case err != nil || res.StatusCode >= 500:
		return nothing
	case res.StatusCode != http.StatusOK:
		return refused
	}
	return w.judge(m)
}

var (
	success                   = []byte("success")
	tagEncrypt, tagSignature  = []byte("<Encrypt>"), []byte("<MsgSignature>")
	tagTime, tagNonce         = []byte("<TimeStamp>"), []byte("<Nonce>")
	tagTo, tagFrom, tagType   = []byte("<ToUserName>"), []byte("<FromUserName>"), []byte("<MsgType>")
	cdataOpen, cdataShut, end = []byte("<![CDATA["), []byte("]]>"), []byte("</")
)

// judge reads a reply by its tags alone: signature, decryption, whose it is and
// that it says something. Client.Send is the strict reader.
func (w *worker) judge(m *Message) outcome {
	b := w.ans
	if len(b) == 0 || bytes.Equal(b, success) {
		return empty
	}
	if w.codec.safe() {
		env := field(b, tagEncrypt)
		want := field(b, tagSignature)
		got := sign(w.codec.token, string(field(b, tagTime)), string(field(b, tagNonce)), string(env))
		if len(env) == 0 || len(want) != hex.EncodedLen(20) || got != string(want) {
			return wrong
		}
		var err error
		if b, err = w.codec.open(env, &w.scratch); err != nil {
			return wrong
		}
	}
	if string(field(b, tagTo)) != m.From || len(field(b, tagType)) == 0 {
		return wrong
	}
	if gh := w.o.Account.GhID; gh != "" && string(field(b, tagFrom)) != gh {
		return wrong
	}
	if !bytes.Contains(b, []byte(w.o.Want)) {
		return wrong
	}
	return answered
}

// field is the first element's text, in CDATA or not; nil when it is missing.
func field(b, tag []byte) []byte {
	_, b, found := bytes.Cut(b, tag)
	if !found {
		return nil
	}
	if in, ok := bytes.CutPrefix(bytes.TrimLeft(b, " \r\n\t"), cdataOpen); ok {
		text, _, _ := bytes.Cut(in, cdataShut)
		return text
	}
	text, _, _ := bytes.Cut(b, end)
	return bytes.TrimSpace(text)
}
