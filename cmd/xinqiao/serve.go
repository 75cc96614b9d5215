package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
)

// starting is how far the memory may grow, in percent, before it is tidied while a server starts: reading the content makes
// much that stays and little that is thrown away, so that tidying as often as usual took a tenth of a second.
const starting = 200

// running is the same while it runs, unless the environment sets GOGC or GOMEMLIMIT. What stays, the content and what was
// learned from it, is some 80 MB, so that Go's usual 100 let a server take more than 200 MB under load. Messages leave so
// little behind that tidying more often costs nothing that could be measured (0.29 and 0.28 ms of CPU a message).
const running = 75

func serveCommand(e env) *cobra.Command {
	var preview, demo bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "start the server: web chat, WeChat webhook, desk, API",
		Long: `Starts the server and runs until it is interrupted; messages in hand are finished first.

Without a configuration it runs on the embedded default: one SQLite file and the keys under var/, state in the process,
the content in dialogs/. On that default the first start makes a demo account for the desk and prints its password once.

With --preview the web chat shows editors the step, the variables and the file and line of every answer, and takes a
saved file into use at once. It stays off, with a warning, where others could open the page.

With --demo signing in at the desk asks for a password alone, for a look round on one's own machine. Everywhere else it asks
for the code of an authenticator too, which is set up after the first password.

It keeps to some 200 MB of memory; GOGC and GOMEMLIMIT in the environment say otherwise, as for any program in Go.`,
		Example: "  xinqiao serve\n  xinqiao serve --config configs/xinqiao.yaml\n  XINQIAO_HTTP_ADDR=127.0.0.1:9000 xinqiao serve",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			cfg.Dialogs.Preview = cfg.Dialogs.Preview || preview
			cfg.Desk.Demo = cfg.Desk.Demo || demo
			log := e.logger(cfg)
			usual := debug.SetGCPercent(starting)
			a, err := newApp(ctx, cfg, log, appOptions{})
			if e.lookup("GOGC") == "" && e.lookup("GOMEMLIMIT") == "" {
				usual = running
			}
			debug.SetGCPercent(usual)
			if err != nil {
				return err
			}
			defer func() {
				if err := a.Close(); err != nil {
					log.Error("not everything was closed", "error", err)
				}
			}()
			return a.Run(ctx, func(addr string) {
				if cfg.Database.Embedded() { // not before it listens: a one-time password of a failed start would be lost
					if err := e.demo(cmd, a); err != nil {
						log.Error("the desk has no first account; make one with `xinqiao staff add`", "error", err)
					}
				}
				log.Info("ready", "version", version, "addr", addr, "chat", cfg.HTTP.PublicURL+"/chat", "desk", cfg.HTTP.PublicURL+"/desk",
					"api", cfg.HTTP.PublicURL+"/api/v1/openapi.json", "wechat_accounts", len(cfg.WeChat.Accounts), "content", a.library.Current().Version)
			})
		}),
	}
	cmd.Flags().BoolVar(&demo, "demo", false, "sign in at the desk without a second factor; on this machine alone")
	cmd.Flags().BoolVar(&preview, "preview", false, "show editors where each answer is written, beside the web chat")
	return cmd
}

// demo makes the desk's first account on the embedded default and says where to click.
func (e env) demo(cmd *cobra.Command, a *App) error {
	password, created, err := a.staff.EnsureDemo(cmd.Context())
	if err != nil {
		return err
	}
	public := a.cfg.HTTP.PublicURL
	_, _ = fmt.Fprintf(e.out, "\n  心桥已经启动\n\n  对话 web chat      %s/chat\n  值班台 desk        %s/desk\n", public, public)
	if created {
		_, _ = fmt.Fprintf(e.out, "    用户名 demo，一次性密码 one-time password:  %s  （只显示这一次；忘了就运行 xinqiao staff reset demo）\n", password)
	}
	if a.editing != nil {
		_, _ = fmt.Fprintf(e.out, "  编辑预览 preview   开着：改 %s/ 里的文件，保存就生效\n", a.cfg.Dialogs.Dir)
	}
	_, _ = fmt.Fprintln(e.out, "  停下来 stop        Ctrl+C，数据留在 "+a.cfg.DataDir+"/")
	_, _ = fmt.Fprintln(e.out)
	return nil
}

// minded says how near to help a visitor of the web chat is.
func (a *App) minded(ctx context.Context, personID string) (web.Minded, error) {
	_, asked, err := a.cases.Waiting(ctx, personID)
	if err != nil || asked {
		return web.WasAsked, err
	}
	open, err := a.cases.OpenCase(ctx, personID)
	if open != "" {
		return web.HasCase, err
	}
	return web.NotMinded, err
}

// pages registers everything that a browser opens, and returns what answers for an address that leads nowhere.
func (a *App) pages(r *gin.Engine) (missing gin.HandlerFunc) {
	if a.cfg.Web.Chat {
		a.chat = web.New(web.Options{
			Handle: a.traced(a.bot.Handle), People: a.db.People(), Transcript: a.db.Messages(), Flush: a.messages.Flush, Bus: a.bus, Talking: a.cases.TalkingWith,
			Pictures: a.media, OpenCase: a.cases.OpenCase,
			Preview: a.preview(), Secure: a.secure(), Sealer: a.sealer, Left: a.leftWeb, Index: a.sealer.Index, Origin: func(network string) string { return a.sealer.Digest("origin", network) }, Budget: a.purse, Danger: a.hears, Minded: a.minded, Log: a.log, Now: a.now,
		})
		a.chat.Register(r)
	}
	ofDesk := a.deskPages(r)
	a.apiRoutes(r)
	ofUsers := a.servePages(r)
	return func(g *gin.Context) {
		if strings.HasPrefix(g.Request.URL.Path, "/desk/") {
			ofDesk(g)
			return
		}
		ofUsers(g)
	}
}
