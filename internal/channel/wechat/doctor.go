package wechat

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Finding is one thing that the doctor looked at, for an operator to read.
type Finding struct {
	Fine   bool
	What   string // what was looked at
	Advice string // what to do, where it is not fine
}

// explain says in an operator's words what an error code of the platform means.
func explain(err error) string {
	var ae *APIError
	if !errors.As(err, &ae) {
		return "连不上微信的接口：检查服务器能否访问外网、api_url 是否写对。"
	}
	switch ae.Code {
	case -1:
		return "微信系统繁忙（-1）：过一会儿再试。"
	case 40013:
		return "app_id 不对（40013）：到公众号后台“设置与开发 → 基本配置”里复制 AppID。"
	case 40125, 40001:
		return fmt.Sprintf("app_secret 不对（%d）：在公众号后台重置 AppSecret，再写进配置。", ae.Code)
	case 40164:
		ip := regexp.MustCompile(`\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]{6,}`).FindString(ae.Msg)
		return strings.TrimSpace(fmt.Sprintf("服务器的 IP %s 不在白名单里（40164）：到公众号后台“基本配置 → IP 白名单”里加上它。", ip))
	case 48001, 50005, 61004:
		return fmt.Sprintf("账号没有这个接口的权限（%d）：未认证的订阅号只有被动回复，请把 capabilities 写成 []，或者用认证的服务号。", ae.Code)
	case 45009, 45011:
		return fmt.Sprintf("接口调用次数用完了（%d）：每天零点（北京时间）恢复；也可以在公众号后台申请清零。", ae.Code)
	case 42001, 40014:
		return fmt.Sprintf("access_token 失效（%d）：会自动重新获取；一直出现时，看看是不是有别的程序也在用这个账号取 token。", ae.Code)
	}
	return fmt.Sprintf("微信返回 %d：%s", ae.Code, ae.Msg)
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
	if err != nil {
		add(false, "取 access_token", explain(err))
		return fs, nil
	}
	add(token != "", "取 access_token", "")
	var ae *APIError
	err = c.call(ctx, a, "GET", "/cgi-bin/menu/get", nil, nil)
	if errors.As(err, &ae) && ae.Code == 46003 {
		add(false, "自定义菜单", "还没有菜单：xinqiao wechat menu push。")
	} else {
		add(err == nil, "自定义菜单", explain(err))
	}
	if a.Capabilities.CustomerService {
		// A probe that reaches nobody: an openid that does not exist is refused for its sake, a missing right for its own.
		err := c.call(ctx, a, "POST", "/cgi-bin/message/custom/typing", map[string]string{"touser": "xinqiao-doctor", "command": "CancelTyping"}, nil)
		fine := err == nil || errors.As(err, &ae) && (ae.Code == 40003 || ae.Code == 43004 || ae.Code == 45015 || ae.Code == 45081 || ae.Code == 45083)
		add(fine, "客服消息", explain(err))
	}
	return fs, nil
}
