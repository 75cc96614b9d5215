package wechat_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// advice is what the doctor says of what is not fine.
func (r *rig) advice() string {
	r.t.Helper()
	fs, err := r.channel.Doctor(r.t.Context(), "main")
	if err != nil {
		r.t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range fs {
		if !f.Fine {
			b.WriteString(f.What + "：" + f.Advice + "\n")
		}
	}
	return b.String()
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// Whoever reads the doctor's words looks where they point: a server that was reached is not to be called unreachable.
func TestTheDoctorSaysWhyNoAnswerOfThePlatformsCame(t *testing.T) {
	const token = `{"access_token":"x","expires_in":7200}`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a page for logging in":     {says("<html>请先登录</html>"), "不是微信接口的回答"},
		"nothing":                   {says(""), "不是微信接口的回答"},
		"another's JSON":            {says(`["ok"]`), "不是微信接口的回答"},
		"no token":                  {says(`{}`), "不是微信接口的回答"},
		"a gateway":                 {status(http.StatusBadGateway), "HTTP 502"},
		"another address":           {status(http.StatusNotFound), "HTTP 404"},
		"a code in quotation marks": {says(`{"errcode":"40013","errmsg":"invalid appid"}`), "app_id 不对（40013）"},
		"a token in a compressed answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, token)
			_ = z.Close()
		}, ""},
		"a token behind a mark of the byte order":  {says("\ufeff" + token), ""},
		"a token with its time in quotation marks": {says(`{"access_token":"x","expires_in":"7200"}`), ""},
		"no answer in time": {func(_ http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body) // a server hears of a caller who hangs up only then
			<-req.Context().Done()
		}, "超时"},
		"a clock that is off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
			_, _ = io.WriteString(w, token)
		}, "服务器的时钟：比微信的快了 10m"},
	} {
		t.Run(name, func(t *testing.T) {
			api := httptest.NewServer(c.answer)
			t.Cleanup(api.Close)
			r := newRig(t, func(r *rig) {
				r.opts.Accounts[0].APIURL = api.URL
				if c.want == "超时" {
					r.opts.HTTP = &http.Client{Timeout: 50 * time.Millisecond}
				}
			})
			advice := r.advice()
			if !strings.Contains(advice, c.want) || c.want == "" && strings.Contains(advice, "access_token") {
				t.Errorf("the doctor says %q, want %q", advice, c.want)
			}
			if c.want != "" && strings.Contains(advice, "access_token：没有收到") {
				t.Errorf("something was answered, and the doctor says %q", advice)
			}
		})
	}
	closed := httptest.NewTLSServer(says(token))
	t.Cleanup(closed.Close)
	for address, want := range map[string]string{"http://127.0.0.1:1": "连接被拒绝", "api.weixin.qq.com": "api_url 不是一个可用的地址", closed.URL: "证书没有通过检查"} {
		r := newRig(t, func(r *rig) { r.opts.Accounts[0].APIURL = address })
		if advice := r.advice(); !strings.Contains(advice, want) {
			t.Errorf("of %s the doctor says %q, want %q", address, advice, want)
		}
	}
}

// The doctor's calls concern nobody: a code that means a person means the account there, or that the right is there.
func TestTheDoctorSpeaksOfTheAccountAndOfNobodyElse(t *testing.T) {
	for _, path := range []string{"/cgi-bin/stable_token", "/cgi-bin/menu/get", "/cgi-bin/message/custom/typing"} {
		r := newRig(t, nil)
		r.platform.Fail(path, 50002, "user limited", 0)
		if advice := r.advice(); !strings.Contains(advice, "公众号受限") || strings.Contains(advice, "对方") {
			t.Errorf("%s: the doctor says %q", path, advice)
		}
	}
	for _, code := range []int{40003, 43004, 45015, 45047, 45080, 45081, 45083, 50005, 48002} {
		r := newRig(t, nil)
		r.platform.Fail("/cgi-bin/message/custom/typing", code, "x", 0)
		if advice := r.advice(); strings.Contains(advice, "客服消息") {
			t.Errorf("%d: the doctor says %q, though the account may write", code, advice)
		}
	}
}
