package wechat

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
	"github.com/sirupsen/logrus"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// The worked vector's account and message.
const (
	vectorApp    = "wx0123456789abcdef"
	vectorKey    = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	vectorRandom = "0123456789abcdef"
	vectorXML    = "<xml><ToUserName><![CDATA[gh_school]]></ToUserName><FromUserName><![CDATA[oParent-0001]]></FromUserName><CreateTime>1732320000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[孩子不想上学怎么办]]></Content><MsgId>23456789012345678</MsgId></xml>"
	vectorSealed = "4j/AuRx71kQlxVlzbpsMWJGEiVZINFciB+YbRojzGdyr3sOuTGZ8HTGrzy68xaeFGs/7GnMvbBh0vn9d4hBhYQZQvJrm8IE80rTqxE9eTiACAL9itaSFsW1j7gwtqnnbxfmAiTJri2ZFtGdM+l4E/5hBUirSIJRNyAWGb/XNuViNEJPzq8ThY5rXvwE6INpiq5MRdONw+FppTXvMPnjMc7p2nO02lvkr+aaslqvr+IKDo02mZM+Lv4kTw6J7RjinK3LxHkhycaEw19r75xyv3U7zSe7IKlC0QF51sJkxFrL1h9qyfrG84kkpMvSrisQ3LVld+S3PSnE2Eoj4mwjsFHdJmC0w3YTE2Hom23XAcDNOs9Ib34iuPkfAJFp4jsEhpkkgIXOEkiA/5fAt1nNmhpbL67NquqO+m0CbxaYsBnQ="
)

func sealed(k *tencent.Codec, random, message string) []byte {
	return k.Seal(nil, []byte(random), append(k.Room(nil), message...))
}

func TestASignatureIsTheSDKs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 2, 4).Draw(t, "parts")
		raw := make([][]byte, len(parts))
		for i, p := range parts {
			raw[i] = []byte(p)
		}
		if got, want := tencent.Signature(raw...), util.Signature(parts...); got != want {
			t.Fatalf("signed as %s, and by the SDK as %s", got, want)
		}
	})
}

func TestTheCodecSealsAndOpensTheWorkedVector(t *testing.T) {
	k, err := tencent.NewCodec(vectorApp, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	if got := sealed(k, vectorRandom, vectorXML); string(got) != vectorSealed {
		t.Errorf("sealed as %s", got)
	}
	if got, err := k.Open([]byte(vectorSealed)); err != nil || string(got) != vectorXML {
		t.Errorf("opened as %q, %v", got, err)
	}
}

func TestTheCodecAndTheSDKReadEachOther(t *testing.T) {
	k, err := tencent.NewCodec(vectorApp, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		said := rapid.StringN(1, 300, 1500).Draw(rt, "said")
		random := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "random")
		_, back, err := util.DecryptMsg(vectorApp, string(sealed(k, string(random), said)), vectorKey)
		if err != nil || string(back) != said {
			rt.Fatalf("the SDK reads %q, %v", back, err)
		}
		sealed, err := util.EncryptMsg(random, []byte(said), vectorApp, vectorKey)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := k.Open(sealed); err != nil || string(got) != said {
			rt.Fatalf("ours reads %q, %v", got, err)
		}
	})
}

func TestWhatWasTamperedWithNeverOpensAsAnotherAccounts(t *testing.T) {
	k, err := tencent.NewCodec(vectorApp, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	other, err := tencent.NewCodec("wxfedcba9876543210", vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open([]byte(vectorSealed)); !errors.Is(err, tencent.ErrSealed) {
		t.Errorf("another account opened it: %v", err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		raw, _ := base64.StdEncoding.DecodeString(vectorSealed)
		raw = raw[:rapid.IntRange(0, len(raw)).Draw(rt, "length")]
		sealed := base64.StdEncoding.EncodeToString(raw)
		if got, err := k.Open([]byte(sealed)); err == nil && string(got) != vectorXML {
			rt.Fatalf("a cut-off message opened as %q", got)
		} else if err != nil && !errors.Is(err, tencent.ErrSealed) {
			rt.Fatalf("the error tells causes apart: %v", err)
		}
	})
}

func TestTheSDKsLoggerPrintsNothing(t *testing.T) {
	var out bytes.Buffer
	logrus.SetOutput(&out) // as if something had turned it on before
	logrus.SetLevel(logrus.DebugLevel)
	mute()
	logrus.Debugf("悄悄话")
	logrus.Error("悄悄话")
	if out.Len() > 0 {
		t.Errorf("it printed %q", out.String())
	}
}

// BenchmarkDelivery is one text answered with one text in safe mode, against a bare handler that does the same with the
// SDK's cryptography and types.
func BenchmarkDelivery(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	at := time.Unix(1732320000, 0)
	q := url.Values{"timestamp": {"1732320000"}, "nonce": {"1320562132"}, "msg_signature": {"0c5dd4fad4d337a366cfd6a1bbf008e1c2d7f1cb"}, "encrypt_type": {"aes"}}
	body := []byte("<xml><ToUserName><![CDATA[gh_school]]></ToUserName><Encrypt><![CDATA[" + vectorSealed + "]]></Encrypt></xml>")
	run := func(b *testing.B, e *gin.Engine) {
		b.ReportAllocs()
		for b.Loop() {
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/wechat/main?"+q.Encode(), bytes.NewReader(body)))
			if w.Code != http.StatusOK || w.Body.Len() < 200 {
				b.Fatalf("status %d, %d bytes", w.Code, w.Body.Len())
			}
		}
	}
	b.Run("channel", func(b *testing.B) {
		c, err := New(Options{Now: func() time.Time { return at }, Log: slog.New(slog.DiscardHandler), Cache: session.NewMemory(),
			Handle: func(context.Context, channel.Inbound) ([]channel.Reply, error) {
				return []channel.Reply{{Text: "收到"}}, nil
			},
			Accounts: []Account{{Name: "main", AppID: vectorApp, Token: "xinqiao-token", AESKey: vectorKey}}})
		if err != nil {
			b.Fatal(err)
		}
		e := gin.New()
		c.Register(e)
		run(b, e)
	})
	b.Run("bare", func(b *testing.B) {
		e := gin.New()
		e.POST("/wechat/main", func(g *gin.Context) { bare(b, g) })
		run(b, e)
	})
}

func bare(b *testing.B, g *gin.Context) {
	raw, err := io.ReadAll(g.Request.Body)
	if err != nil {
		b.Fatal(err)
	}
	var env message.EncryptedXMLMsg
	if err := xml.Unmarshal(raw, &env); err != nil {
		b.Fatal(err)
	}
	ts, nonce := g.Query("timestamp"), g.Query("nonce")
	if util.Signature("xinqiao-token", ts, nonce, env.EncryptedMsg) != g.Query("msg_signature") {
		b.Fatal("signature")
	}
	random, clear, err := util.DecryptMsg(vectorApp, env.EncryptedMsg, vectorKey)
	if err != nil {
		b.Fatal(err)
	}
	var m message.MixMessage
	if err := xml.Unmarshal(clear, &m); err != nil {
		b.Fatal(err)
	}
	reply := message.NewText("收到")
	reply.SetToUserName(m.FromUserName)
	reply.SetFromUserName(m.ToUserName)
	reply.SetCreateTime(1732320000)
	reply.SetMsgType(message.MsgTypeText)
	out, err := xml.Marshal(reply)
	if err != nil {
		b.Fatal(err)
	}
	sealed, err := util.EncryptMsg(random, out, vectorApp, vectorKey)
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseInt(ts, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	g.XML(http.StatusOK, message.ResponseEncryptedXMLMsg{EncryptedMsg: string(sealed), MsgSignature: util.Signature("xinqiao-token", ts, nonce, string(sealed)), Timestamp: n, Nonce: nonce})
}
