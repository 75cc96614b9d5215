package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// TestAUnionIDIsNeitherKeptNorLogged: it would join what one person did in several accounts and programs, which nobody here
// has a use for.
func TestAUnionIDIsNeitherKeptNorLogged(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	who := openid(t, 1)
	const union = "oUNION-6bz3j9q7Zk4t8v2"
	w.sends(wxsim.Subscribe(who, ""))
	for i, field := range []string{"UnionId", "unionid", "UnionID"} {
		for _, kind := range []string{
			"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>",
			"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[user_info_modified]]></Event><OpenID>" + who + "</OpenID>",
			"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[some_new_event]]></Event>",
		} {
			xml := fmt.Sprintf("<xml><ToUserName>gh_school</ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>%s<%s><![CDATA[%s]]></%s></xml>",
				who, w.app.now().Unix()+int64(i), kind, field, union, field)
			if _, err := w.client.SendXML(t.Context(), who, xml); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.stop() // everything is on the disk
	if strings.Contains(w.logs.String(), union) {
		t.Error("the log holds a union ID")
	}
	files := 0
	err := filepath.WalkDir(w.cfg.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		if bytes.Contains(data, []byte(union)) {
			t.Errorf("%s holds a union ID", filepath.Base(path))
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files looked at, %v", files, err)
	}
}

func TestThePageForNoticesProvesItselfWithOneTicket(t *testing.T) {
	t.Parallel()
	w, _, _, _ := noticing(t, embedded(t))
	tickets := func() (n int) {
		for _, c := range w.platform.Calls() {
			if c.Path == "/cgi-bin/ticket/getticket" && c.ErrCode == 0 {
				n++
			}
		}
		return n
	}
	open := func() string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/p/notices", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", "Mozilla/5.0 MicroMessenger/8.0")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var b bytes.Buffer
		if _, err := b.ReadFrom(res.Body); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	w.platform.Script("/cgi-bin/ticket/getticket", 42001) // an ended token is fetched anew
	for range 2 {
		if page := open(); !strings.Contains(page, `template="`+visitForm+`,tmpl-word"`) || !strings.Contains(page, `data-app="`+account.AppID+`"`) {
			t.Errorf("the page is %s", page)
		}
	}
	if n := tickets(); n != 1 {
		t.Errorf("%d tickets, want 1: a day has few", n)
	}
}
