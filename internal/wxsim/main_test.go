package wxsim

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var school = Account{
	Name: "main", AppID: "wx0123456789abcdef", AppSecret: "sample-secret", Token: "xinqiao-token",
	AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", GhID: "gh_school",
}

const parent = "oParent-00000000000000000001"

type inbound struct {
	FromUserName, MsgType, Content string
	MsgId                          int64
}

// webhook is an account's bare webhook: it checks and decrypts, and answers with
// what reply says (a whole reply XML, or "success").
type webhook struct {
	t     *testing.T
	a     Account
	reply func(in inbound) (status int, body string)
}

func text(to, content string) string {
	b := elem([]byte("<xml>"), "ToUserName", to)
	b = elem(b, "FromUserName", school.GhID)
	b = num(b, "CreateTime", 1732320000)
	b = elem(b, "MsgType", "text")
	b = elem(b, "Content", content)
	return string(append(b, "</xml>"...))
}

func (h webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := newCodec(h.a)
	if err != nil {
		h.t.Error(err)
	}
	q := r.URL.Query()
	ts, nonce := q.Get("timestamp"), q.Get("nonce")
	if q.Get("signature") != sign(h.a.Token, ts, nonce) {
		http.Error(w, "signature", http.StatusForbidden)
		return
	}
	if at, _ := strconv.ParseInt(ts, 10, 64); time.Since(time.Unix(at, 0)) > 5*time.Minute {
		http.Error(w, "stale", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet {
		fmt.Fprint(w, q.Get("echostr"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		http.Error(w, "size", http.StatusRequestEntityTooLarge)
		return
	}
	var scratch []byte
	if c.safe() {
		var e envelopeXML
		if xml.Unmarshal(body, &e) != nil || q.Get("msg_signature") != sign(h.a.Token, ts, nonce, e.Encrypt) {
			http.Error(w, "envelope", http.StatusForbidden)
			return
		}
		if body, err = c.open([]byte(e.Encrypt), &scratch); err != nil {
			http.Error(w, "sealed", http.StatusForbidden)
			return
		}
		body = bytes.Clone(body)
	}
	var in inbound
	if xml.Unmarshal(body, &in) != nil {
		http.Error(w, "xml", http.StatusBadRequest)
		return
	}
	status, answer := h.reply(in)
	if c.safe() && answer != "" && answer != "success" {
		sealed := string(c.seal(nil, &scratch, [16]byte{1}, []byte(answer)))
		answer = string(elem(elem(elem(elem([]byte("<xml>"), "Encrypt", sealed), "MsgSignature", sign(h.a.Token, ts, nonce, sealed)), "TimeStamp", ts), "Nonce", nonce)) + "</xml>"
	}
	w.WriteHeader(status)
	fmt.Fprint(w, answer)
}

func echo(in inbound) (int, string) { return 200, text(in.FromUserName, "收到："+in.Content) }

// listen starts a handler and gives a client whose connections end with the test.
func listen(t *testing.T, h http.Handler) (string, *http.Client) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL, srv.Client()
}
