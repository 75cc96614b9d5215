// Command wxsim plays the WeChat platform in front of a webhook: it sends what
// people send, talks like a phone, answers like api.weixin.qq.com, and loads.
// All it does is in internal/wxsim; here are only flags and printing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// errFailed has been explained on the terminal already; it only sets the exit code.
var errFailed = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "wxsim",
		Short:         "扮演微信平台：给公众号后台发消息、收回复、接口应答和压力测试",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(sendCommand(), chatCommand(), serveCommand(), loadCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		if !errors.Is(err, errFailed) {
			fmt.Fprintln(os.Stderr, "wxsim:", err)
		}
		os.Exit(1)
	}
}

// account are the flags that say which webhook, and as which account.
type account struct {
	url string
	wxsim.Account
}

func (a *account) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&a.url, "url", "http://127.0.0.1:8080/wechat/main", "公众号后台的地址")
	a.identity(c)
}

func (a *account) identity(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&a.Token, "token", "", "公众号设置里的 Token")
	f.StringVar(&a.AESKey, "aes-key", "", "43 位 EncodingAESKey；留空即明文模式")
	f.StringVar(&a.AppID, "app-id", "wx0123456789abcdef", "公众号的 AppID")
	f.StringVar(&a.AppSecret, "app-secret", "sample-secret", "公众号的 AppSecret")
	f.StringVar(&a.GhID, "gh-id", "gh_sample", "公众号的原始 ID")
}

func (a *account) client() *wxsim.Client {
	return &wxsim.Client{URL: a.url, Account: a.Account}
}
