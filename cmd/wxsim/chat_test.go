package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestThePhoneTapsALinkByItsNumber(t *testing.T) {
	var taps []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "<bizmsgmenuid><![CDATA[101]]>") {
			taps = append(taps, "101")
		}
		fmt.Fprint(w, `<xml><ToUserName>o1</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>`+
			`<Content><![CDATA[请选 <a href="weixin://bizmsgmenu?msgmenucontent=c&msgmenuid=101">课程</a>]]></Content></xml>`)
	}))
	defer srv.Close()
	var out strings.Builder
	p := &phone{client: &wxsim.Client{URL: srv.URL, HTTP: srv.Client(), Account: wxsim.Account{GhID: "gh"}}, openid: "o1", out: &out}
	if err := p.talk(t.Context(), strings.NewReader("你好\n1\n\n")); err != nil {
		t.Fatal(err)
	}
	if len(taps) != 1 || !strings.Contains(out.String(), "请选 课程\n  [1] 课程") {
		t.Errorf("taps %v, screen:\n%s", taps, out.String())
	}
}
