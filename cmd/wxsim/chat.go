package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func chatCommand() *cobra.Command {
	var (
		acc               account
		openid, serveAddr string
	)
	c := &cobra.Command{
		Use:   "chat",
		Short: "终端里的手机：打字发消息，输入编号点链接，空行或 Ctrl-D 结束",
		Long: `终端里的手机。直接打字就是发文字；只输入一个编号，就是点上一条消息里的链接；
/关注、/取关、/点击 菜单键、/语音 文字 发相应的消息。
加上 --serve-addr 时同时扮演接口，客服消息会出现在这里（后台的 api_url 指到这个地址）。`,
		Example: "  wxsim chat --token t --serve-addr 127.0.0.1:9090",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(c.Context())
			defer cancel()
			p := &phone{client: acc.client(), openid: openid, out: c.OutOrStdout()}
			served := make(chan error, 1)
			if serveAddr == "" {
				served <- nil
			} else {
				s := wxsim.NewServer(acc.Account)
				s.OnCall = p.push
				p.client.Platform = s
				up := make(chan struct{})
				go func() { served <- listen(ctx, s, serveAddr, func(string) { close(up) }) }()
				select {
				case <-up:
				case err := <-served:
					return err
				}
			}
			err := p.talk(ctx, c.InOrStdin())
			cancel()
			return errors.Join(err, <-served)
		},
	}
	acc.flags(c)
	c.Flags().StringVar(&openid, "openid", "oSim-visitor-000000000000001", "手机的主人")
	c.Flags().StringVar(&serveAddr, "serve-addr", "", "同时在这个地址上扮演微信接口")
	return c
}

// phone shows one person's conversation.
type phone struct {
	client *wxsim.Client
	openid string

	mu    sync.Mutex // replies and pushed messages come from two sides
	out   io.Writer
	links []wxsim.MenuLink
}

func (p *phone) talk(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for fmt.Fprint(p.out, "> "); lines.Scan(); fmt.Fprint(p.out, "> ") {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			return nil
		}
		r, attempts, err := p.client.Deliver(ctx, p.message(line))
		p.mu.Lock()
		switch {
		case ctx.Err() != nil:
		case err != nil:
			fmt.Fprintf(p.out, "该公众号提供的服务出现故障，请稍后再试（投递 %d 次：%v）\n", attempts, err)
		default:
			if len(r.MenuLinks) > 0 {
				p.links = r.MenuLinks
			}
			printReply(p.out, r)
		}
		p.mu.Unlock()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // interrupted: that is how one leaves
		}
	}
	return lines.Err()
}

// message is what a typed line stands for.
func (p *phone) message(line string) wxsim.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(p.links) {
		return p.links[n-1].Tap(p.openid)
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "/关注":
		return wxsim.Subscribe(p.openid, rest)
	case "/取关":
		return wxsim.Event(p.openid, "unsubscribe", "")
	case "/点击":
		return wxsim.Click(p.openid, rest)
	case "/语音":
		return wxsim.Voice(p.openid, "media-sample", rest)
	}
	return wxsim.Text(p.openid, line)
}

// push shows a customer-service message as it comes.
func (p *phone) push(c wxsim.Call) {
	if c.Path != "/cgi-bin/message/custom/send" || c.ErrCode != 0 || c.Silenced || c.ToUser() != p.openid {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := c.MenuLinks(); len(l) > 0 {
		p.links = l
	}
	fmt.Fprint(p.out, "\n（公众号发来）")
	printText(p.out, c.Text(), c.MenuLinks())
}
