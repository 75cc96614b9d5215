package wecom

import (
	"context"
	"fmt"
	"strings"
)

const listPath = "/cgi-bin/kf/account/list"

// Finding is one thing that the doctor looked at, for an operator to read.
type Finding struct {
	Fine   bool
	What   string // what was looked at
	Advice string // what to do, where it is not fine
}

// Doctor looks at an account's configuration and asks the platform whether it is there and given to the API. The error is
// for an unknown account.
func (c *Channel) Doctor(ctx context.Context, account string) ([]Finding, error) {
	a := c.accounts[account]
	if a == nil {
		return nil, fmt.Errorf("no WeCom account %q is configured", account)
	}
	var fs []Finding
	add := func(fine bool, what, advice string) { fs = append(fs, Finding{fine, what, advice}) }
	add(strings.HasPrefix(c.o.PublicURL, "https://"), "公网地址 "+c.o.PublicURL, "微信里打开的网页需要 https，并且手机能访问。请在前面放一个 TLS 代理，再设置 http.public_url。")
	if _, err := c.accessToken(ctx, a, ""); err != nil {
		add(false, "取 access_token", Explain(err))
		return fs, nil
	}
	add(true, "取 access_token", "")
	var got struct {
		List []struct {
			KfID string `json:"open_kfid"`
			Name string `json:"name"`
		} `json:"account_list"`
	}
	if err := c.call(ctx, a, listPath, map[string]int{"offset": 0, "limit": 100}, &got); err != nil {
		add(false, "客服账号", Explain(err))
		return fs, nil
	}
	var others []string
	for _, k := range got.List {
		if k.KfID == a.OpenKfID {
			add(true, "客服账号 "+k.Name, "")
			return fs, nil
		}
		others = append(others, k.KfID+"（"+k.Name+"）")
	}
	advice := "一个客服账号也没有交给 API 管理：在微信客服后台选“通过 API 管理微信客服账号”。"
	if len(others) > 0 {
		advice = "没有 open_kfid 说的这个客服账号。能用的有：" + strings.Join(others, "、") + "。"
	}
	add(false, "客服账号", advice)
	return fs, nil
}
