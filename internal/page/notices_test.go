package page_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/page"
)

// asker is an account with subscription notices.
type asker struct {
	address string
	away    bool
}

func (*asker) Templates(account string) []string {
	if account != "main" {
		return nil
	}
	return []string{"tmpl-1", "tmpl-2"}
}

func (a *asker) Prove(_ context.Context, _, address, nonce string) (page.Proof, error) {
	if a.address = address; a.away {
		return page.Proof{}, errors.New("the platform is away")
	}
	return page.Proof{AppID: "wx01", Timestamp: 1, Nonce: nonce, Signature: "signed"}, nil
}

func TestThePlatformsButtonForNoticesStandsOnOnePageOfItsBrowserAlone(t *testing.T) {
	a := &asker{}
	h := openHouse(t, func(_ *house, o *page.Options) { o.Platform, o.Account, o.Notices = &gate{}, "main", a })
	b := h.browser()
	b.get("/p/notices").want(t, http.StatusOK, "请在微信里打开").lacks(t, "<script")
	b.agent = "Mozilla/5.0 MicroMessenger/8.0"
	p := b.get("/p/notices?via=main").want(t, http.StatusOK, `template="tmpl-1,tmpl-2"`, `data-app="wx01"`, `data-proof="signed"`, "res.wx.qq.com/open/js/jweixin", "/p/notices.js").
		lacks(t, "unsafe", `style="`)
	if a.address != h.url+"/p/notices?via=main" {
		t.Errorf("signed %s", a.address)
	}
	csp := p.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "script-src 'self' https://res.wx.qq.com;") || !strings.Contains(csp, "frame-src https://*.qq.com webcompt:") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
	if other := b.get("/p/lessons").header.Get("Content-Security-Policy"); strings.Contains(other, "qq.com") {
		t.Errorf("another page lets the platform in: %q", other)
	}
	a.away = true
	b.get("/p/notices").want(t, http.StatusOK, "过几分钟再打开试试").lacks(t, "<script", "wx-open-subscribe")
	without := openHouse(t, nil)
	without.browser().get("/p/notices").want(t, http.StatusNotFound, "没有找到")
}
