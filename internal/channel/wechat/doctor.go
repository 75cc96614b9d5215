package wechat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Finding is one thing that the doctor looked at, for an operator to read.
type Finding struct {
	Fine   bool
	What   string // what was looked at
	Advice string // what to do, where it is not fine
}

// Doctor looks at an account's configuration and asks the platform what it may do. The error is for an unknown account.
func (c *Channel) Doctor(ctx context.Context, account string) ([]Finding, error) {
	a := c.accounts[account]
	if a == nil {
		return nil, fmt.Errorf("no WeChat account %q is configured", account)
	}
	var fs []Finding
	add := func(fine bool, what, advice string) { fs = append(fs, Finding{fine, what, advice}) }
	add(a.AESKey != "", "安全模式", "没有 aes_key，是明文模式：任何看到过一次请求的人都能伪造消息。请在公众号后台选“安全模式”，把 43 位 EncodingAESKey 写进配置。")
	add(strings.HasPrefix(c.o.PublicURL, "https://"), "公网地址 "+c.o.PublicURL, "微信里打开的网页需要 https，并且手机能访问。请在前面放一个 TLS 代理，再设置 http.public_url。")
	add(a.AppSecret != "", "app_secret", "没有写 app_secret：不能取 access_token，也就不能发菜单和客服消息。")
	if a.AppSecret == "" {
		return fs, nil
	}
	token, err := c.token(ctx, a)
	if ahead := time.Duration(a.ahead.Load()).Round(time.Second); ahead.Abs() > clockMayBeOff {
		side := "快"
		if ahead < 0 {
			side = "慢"
		}
		add(false, "服务器的时钟", fmt.Sprintf("比微信的%s了 %s。相差 5 分钟以上时，微信送来的消息会全部被拒收。请打开自动校时（NTP）。", side, ahead.Abs()))
	}
	if err != nil {
		add(false, "取 access_token", explainOwn(err))
		return fs, nil
	}
	add(token != "", "取 access_token", "")
	var ae *APIError
	err = c.call(ctx, a, "GET", "/cgi-bin/menu/get", nil, nil)
	if errors.As(err, &ae) && ae.Code == 46003 {
		add(false, "自定义菜单", "还没有菜单：xinqiao wechat menu push。")
	} else {
		add(err == nil, "自定义菜单", explainOwn(err))
	}
	if a.Capabilities.CustomerService {
		// A probe that reaches nobody: an openid that does not exist is refused for its sake, a missing right for its own.
		err := c.call(ctx, a, "POST", "/cgi-bin/message/custom/typing", map[string]string{"touser": "xinqiao-doctor", "command": "CancelTyping"}, nil)
		code, _, answered := codeIn(err)
		fine := err == nil || answered && code.Code != codeLimited && (code.Do == DoPerson || notTyping[code.Code])
		add(fine, "客服消息", explainOwn(err))
	}
	return fs, nil
}

// clockMayBeOff is half of what makes the platform's messages be refused.
const clockMayBeOff = window / 2

// codeLimited says of a person, or of the account, that it is restricted.
const codeLimited = 50002

// notTyping are the codes by which the platform does not show just now that somebody is writing: the right to do so is there.
var notTyping = map[int]bool{45080: true, 45081: true, 45083: true}

// explainOwn is Explain for a call that concerns nobody but the account.
func explainOwn(err error) string {
	if code, _, answered := codeIn(err); answered && code.Code == codeLimited {
		return fmt.Sprintf("公众号受限，接口被封（%d）：%s", code.Code, mendBanned)
	}
	return Explain(err)
}
