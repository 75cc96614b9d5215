package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// Button is one entry of the account's menu: a click with its Key, a page with its URL (relative ones are completed), or a
// group of entries.
type Button struct {
	Name string   `yaml:"name" json:"name"`
	Type string   `yaml:"-" json:"type,omitempty"`
	Key  string   `yaml:"key" json:"key,omitempty"`
	URL  string   `yaml:"url" json:"url,omitempty"`
	Sub  []Button `yaml:"sub" json:"sub_button,omitempty"`
}

// The platform's limits of a menu.
const (
	maxTop, maxSub         = 3, 5
	maxTopName, maxSubName = 16, 60 // bytes
	maxKey, maxURL         = 128, 1024
)

// CheckMenu says what the platform would refuse of a menu.
func CheckMenu(buttons []Button) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(buttons) == 0 || len(buttons) > maxTop {
		bad("菜单要有 1 到 %d 个按钮，现在有 %d 个", maxTop, len(buttons))
	}
	for _, b := range buttons {
		if b.Name == "" || len(b.Name) > maxTopName || utf8.RuneCountInString(b.Name) > 4 {
			bad("按钮 %q：名字要 1 到 4 个汉字", b.Name)
		}
		if len(b.Sub) > maxSub {
			bad("按钮 %q：最多 %d 个子按钮", b.Name, maxSub)
		}
		if len(b.Sub) > 0 && strings.ContainsFunc(b.Name, tencent.Unclean) {
			bad("按钮 %q：名字里有看不见的控制字符，请重新打一遍", b.Name)
		}
		if len(b.Sub) == 0 {
			errs = append(errs, checkLeaf(b))
		}
		for _, s := range b.Sub {
			if s.Name == "" || len(s.Name) > maxSubName || utf8.RuneCountInString(s.Name) > 8 {
				bad("子按钮 %q：名字要 1 到 8 个汉字", s.Name)
			}
			errs = append(errs, checkLeaf(s))
		}
	}
	return errors.Join(errs...)
}

func checkLeaf(b Button) error {
	if strings.ContainsFunc(b.Name+b.Key+b.URL, tencent.Unclean) {
		return fmt.Errorf("按钮 %q：名字、key 或 url 里有看不见的控制字符，请重新打一遍", b.Name)
	}
	if (b.Key == "") == (b.URL == "") {
		return fmt.Errorf("按钮 %q：key 和 url 写一个，不能都写或都不写", b.Name)
	}
	if len(b.Key) > maxKey || len(b.URL) > maxURL {
		return fmt.Errorf("按钮 %q：key 最多 %d 字节，url 最多 %d 字节", b.Name, maxKey, maxURL)
	}
	return nil
}

// PushMenu replaces an account's menu, and those that some people alone see; phones show them within five minutes.
func (c *Channel) PushMenu(ctx context.Context, account string, buttons []Button, own ...AudienceMenu) error {
	a := c.accounts[account]
	if a == nil {
		return fmt.Errorf("no WeChat account %q is configured", account)
	}
	if err := errors.Join(CheckMenu(buttons), CheckMenus(own)); err != nil {
		return err
	}
	err := c.call(ctx, a, "POST", "/cgi-bin/menu/create", map[string]any{"button": c.typed(buttons)}, nil)
	if err == nil {
		err = c.pushConditional(ctx, a, own)
	}
	return explainedTo(err)
}

func (c *Channel) typed(buttons []Button) []Button {
	out := make([]Button, len(buttons))
	for i, b := range buttons {
		switch {
		case len(b.Sub) > 0:
			b.Sub = c.typed(b.Sub)
		case b.URL != "":
			b.Type = "view"
			if strings.HasPrefix(b.URL, "/") {
				b.URL = strings.TrimRight(c.o.PublicURL, "/") + b.URL
			}
		default:
			b.Type = "click"
		}
		out[i] = b
	}
	return out
}

// ShowMenu returns the account's menu as the platform has it, as JSON.
func (c *Channel) ShowMenu(ctx context.Context, account string) (string, error) {
	a := c.accounts[account]
	if a == nil {
		return "", fmt.Errorf("no WeChat account %q is configured", account)
	}
	var raw map[string]any
	if err := c.call(ctx, a, "GET", "/cgi-bin/menu/get", nil, &raw); err != nil {
		if ae := (*APIError)(nil); errors.As(err, &ae) && ae.Code == 46003 {
			return "", errors.New("the account has no menu yet: xinqiao wechat menu push")
		}
		return "", explainedTo(err)
	}
	out, err := json.MarshalIndent(raw, "", "  ")
	return string(out), err
}
