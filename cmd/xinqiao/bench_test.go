package main

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// bareHandler is the ceiling: it checks, decrypts, parses and encrypts one fixed reply with the SDK's code, and nothing else.
func bareHandler(g *gin.Context) {
	q := g.Request.URL.Query()
	var in message.EncryptedXMLMsg
	if err := xml.NewDecoder(g.Request.Body).Decode(&in); err != nil {
		g.Status(http.StatusBadRequest)
		return
	}
	if util.Signature(account.Token, q.Get("timestamp"), q.Get("nonce"), in.EncryptedMsg) != q.Get("msg_signature") {
		g.Status(http.StatusForbidden)
		return
	}
	random, plain, err := util.DecryptMsg(account.AppID, in.EncryptedMsg, account.AESKey)
	var m message.MixMessage
	if err == nil {
		err = xml.Unmarshal(plain, &m)
	}
	if err != nil {
		g.Status(http.StatusBadRequest)
		return
	}
	reply := message.NewText("您好，请从菜单里选一项，或者直接说说您的情况。")
	reply.SetToUserName(m.FromUserName)
	reply.SetFromUserName(m.ToUserName)
	reply.SetCreateTime(time.Now().Unix())
	reply.SetMsgType(message.MsgTypeText)
	raw, err := xml.Marshal(reply)
	var sealed []byte
	if err == nil {
		sealed, err = util.EncryptMsg(random, raw, account.AppID, account.AESKey)
	}
	if err != nil {
		g.Status(http.StatusInternalServerError)
		return
	}
	ts, nonce := time.Now().Unix(), q.Get("nonce")
	g.XML(http.StatusOK, message.ResponseEncryptedXMLMsg{
		EncryptedMsg: string(sealed), MsgSignature: util.Signature(account.Token, strconv.FormatInt(ts, 10), nonce, string(sealed)), Timestamp: ts, Nonce: nonce,
	})
}

func serveBare(tb testing.TB) string {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.POST("/wechat/main", bareHandler)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }()
	tb.Cleanup(func() { _ = srv.Close() })
	return "http://" + ln.Addr().String()
}

// BenchmarkWebhook prints the throughput of browsing in safe mode on MariaDB and Redis beside the bare handler's, in
// alternation so that a noisy machine is noisy for both, and the latencies at 500 messages a second.
func BenchmarkWebhook(b *testing.B) {
	bare := serveBare(b)
	_, api := platformServer(b)
	ours := launch(b, shared(b), api)
	load := func(url string, rate float64, d time.Duration) wxsim.LoadReport {
		r, err := wxsim.Load(b.Context(), wxsim.LoadOptions{URL: url + "/wechat/main", Account: account, Users: 500, Seed: 1, Rate: rate, Duration: d, Concurrency: 32, Quiet: true})
		if err != nil {
			b.Fatal(err)
		}
		if r.Wrong > 0 || r.Missing > 0 {
			b.Errorf("%d wrong and %d missing replies of %d", r.Wrong, r.Missing, r.Sent)
		}
		return r
	}
	load(bare, 0, time.Second)
	load(ours.url, 0, 3*time.Second) // every person is known and every page is warm
	for b.Loop() {
		var sumBare, sumOurs float64
		const rounds = 3
		for range rounds {
			sumBare += load(bare, 0, 3*time.Second).Throughput
			sumOurs += load(ours.url, 0, 3*time.Second).Throughput
		}
		atBare, atOurs := load(bare, 500, 5*time.Second), load(ours.url, 500, 5*time.Second)
		b.ReportMetric(sumBare/rounds, "bare-msg/s")
		b.ReportMetric(sumOurs/rounds, "xinqiao-msg/s")
		b.ReportMetric(sumOurs/sumBare, "ratio")
		b.ReportMetric(float64(atBare.P99.Microseconds())/1000, "bare-p99-ms@500/s")
		b.ReportMetric(float64(atOurs.P99.Microseconds())/1000, "xinqiao-p99-ms@500/s")
		b.ReportMetric(residentMB(b, ours.cmd.Process.Pid), "RSS-MB")
		b.ReportMetric(ours.ready.Seconds(), "ready-s")
	}
}

// residentMB is a process's resident memory.
func residentMB(tb testing.TB, pid int) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				tb.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	tb.Fatal("no VmRSS")
	return 0
}
