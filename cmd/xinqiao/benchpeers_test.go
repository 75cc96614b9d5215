package main

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
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

// asBare is set in the environment of the process that serves the bare handler and nothing else.
const asBare = "XINQIAO_BENCH_BARE"

// serveBare makes this process the bare handler's, where it was started for that: a process of its own has a CPU of its own.
// It ends with whoever started it.
func serveBare() bool {
	if os.Getenv(asBare) == "" {
		return false
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.POST("/wechat/"+account.Name, bareHandler)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return true
	}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close()
	}()
	_, _ = fmt.Println(listening + ln.Addr().String())
	_ = srv.Serve(ln)
	return true
}

// listening is what a peer prints when it can be asked, before its address.
const listening = "listening on "

// bare starts the bare handler in a process of its own.
func bare(b *testing.B) *contender {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asBare+"=1")
	return peer(b, "bare", cmd)
}

// coWechat starts co-wechat, the handler that most accounts on Node run, pinned with its lock file in testdata/peer. It is nil, and
// that is said aloud, where there is no Node or the packages cannot be fetched.
func coWechat(b *testing.B) *contender {
	b.Helper()
	without := func(err error) *contender {
		progress("!!! %s: WITHOUT co-wechat: %v. Install nodejs and npm, and let npm reach its registry once.", b.Name(), err)
		return nil
	}
	node, err := exec.LookPath("node")
	npm, errNPM := exec.LookPath("npm")
	if err = errors.Join(err, errNPM); err != nil {
		return without(err)
	}
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/peer")); err != nil {
		b.Fatal(err)
	}
	install := exec.Command(npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--fetch-timeout=30000")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return without(fmt.Errorf("npm ci: %w\n%s", err, out))
	}
	cmd := exec.Command(node, filepath.Join(dir, "server.js"))
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "TOKEN="+account.Token, "APP_ID="+account.AppID, "AES_KEY="+account.AESKey)
	return peer(b, "co-wechat", cmd)
}

// peer starts a peer and waits until it listens. It ends with its standard input, or is killed at the end.
func peer(b *testing.B, name string, cmd *exec.Cmd) *contender {
	b.Helper()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), listening)
	if !ok {
		b.Fatalf("%s did not say where it listens: %q, %v", name, line, err)
	}
	c := &contender{name: name, pids: []int{cmd.Process.Pid}, opts: browsing(500)}
	c.opts.URL, c.opts.Account = "http://"+addr+"/wechat/"+account.Name, account
	return c
}
