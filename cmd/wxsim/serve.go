package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func serveCommand() *cobra.Command {
	var (
		acc                 account
		addr                string
		fail, slow, silence []string
	)
	c := &cobra.Command{
		Use:   "serve",
		Short: "扮演 api.weixin.qq.com，把每次调用打印成一行",
		Long: `扮演 api.weixin.qq.com：凭证、客服消息、模板和订阅通知、菜单、二维码、素材、网页授权。
运行中也可以改：POST /_sim/fail {"path","errcode","errmsg","times"}、/_sim/slow {"path","for":"3s"}、
/_sim/silence {"path"}、/_sim/reset；GET /_sim/calls 列出全部调用。`,
		Example: `  wxsim serve --addr 127.0.0.1:9090 --fail /cgi-bin/message/custom/send=45015
  wxsim serve --slow /cgi-bin/stable_token=3s --silence /cgi-bin/menu/create`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s := wxsim.NewServer(acc.Account)
			out := c.OutOrStdout()
			s.OnCall = func(call wxsim.Call) { printCall(out, call) }
			if err := misbehave(s, fail, slow, silence); err != nil {
				return err
			}
			return listen(c.Context(), s, addr, func(at string) { fmt.Fprintln(out, "wxsim 在 http://"+at+" 上应答") })
		},
	}
	acc.identity(c)
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:9090", "监听地址")
	c.Flags().StringArrayVar(&fail, "fail", nil, "路径=错误码：这个接口一直出错")
	c.Flags().StringArrayVar(&slow, "slow", nil, "路径=时长：这个接口应答很慢")
	c.Flags().StringArrayVar(&silence, "silence", nil, "路径：这个接口从不应答")
	return c
}

func misbehave(s *wxsim.Server, fail, slow, silence []string) error {
	for _, f := range fail {
		path, code, _ := strings.Cut(f, "=")
		n, err := strconv.Atoi(code)
		if err != nil {
			return fmt.Errorf("--fail %q：应当写成 路径=错误码", f)
		}
		s.Fail(path, n, "told to fail", 0)
	}
	for _, f := range slow {
		path, d, _ := strings.Cut(f, "=")
		wait, err := time.ParseDuration(d)
		if err != nil {
			return fmt.Errorf("--slow %q：应当写成 路径=3s", f)
		}
		s.Slow(path, wait)
	}
	for _, path := range silence {
		s.Silence(path)
	}
	return nil
}

// listen serves until ctx ends; ready is told the address.
func listen(ctx context.Context, h http.Handler, addr string, ready func(string)) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stopped()
	ready(l.Addr().String())
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func printCall(w io.Writer, c wxsim.Call) {
	result := "成功"
	switch {
	case c.Silenced:
		result = "不应答"
	case c.ErrCode != 0:
		result = "错误 " + strconv.Itoa(c.ErrCode)
	}
	fmt.Fprintf(w, "%s %s %s %s %s\n", c.At.Format(time.TimeOnly), c.Method, c.Path, result, strings.TrimSpace(c.Raw))
}
