package main

import (
	"fmt"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
)

func serveCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "start the server: web chat, WeChat webhook, desk, API",
		Long: `Starts the server and runs until it is interrupted; messages in hand are finished first.

Without a configuration it runs on the embedded default: one SQLite file and the keys under var/, state in the process,
the content in dialogs/. On that default the first start makes a demo account for the desk and prints its password once.`,
		Example: "  xinqiao serve\n  xinqiao serve --config configs/xinqiao.yaml\n  XINQIAO_HTTP_ADDR=127.0.0.1:9000 xinqiao serve",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			log := e.logger(cfg)
			a, err := newApp(ctx, cfg, log, appOptions{})
			if err != nil {
				return err
			}
			defer func() {
				if err := a.Close(); err != nil {
					log.Error("not everything was closed", "error", err)
				}
			}()
			if cfg.Database.Embedded() {
				if err := e.demo(cmd, a); err != nil {
					return err
				}
			}
			return a.Run(ctx, func(addr string) {
				log.Info("ready", "version", version, "addr", addr, "chat", cfg.HTTP.PublicURL+"/chat", "desk", cfg.HTTP.PublicURL+"/desk",
					"api", cfg.HTTP.PublicURL+"/api/v1/openapi.json", "wechat_accounts", len(cfg.WeChat.Accounts), "content", a.library.Current().Version)
			})
		}),
	}
}

// demo makes the desk's first account on the embedded default and says where to click.
func (e env) demo(cmd *cobra.Command, a *App) error {
	password, created, err := a.staff.EnsureDemo(cmd.Context())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.out, "\n  心桥 web chat   %s/chat\n  counsellors' desk  %s/desk\n", a.cfg.HTTP.PublicURL, a.cfg.HTTP.PublicURL)
	if created {
		_, _ = fmt.Fprintf(e.out, "  sign in as demo with the one-time password  %s   (shown once; lost: xinqiao staff reset demo)\n", password)
	}
	_, _ = fmt.Fprintln(e.out)
	return nil
}

// pages registers everything that a browser opens.
func (a *App) pages(r *gin.Engine) {
	if a.cfg.Web.Chat {
		web.New(web.Options{
			Handle: a.bot.Handle, People: a.db.People(), Transcript: a.db.Messages(), Flush: a.messages.Flush, Bus: a.bus, Secure: a.secure(), Log: a.log, Now: a.now,
		}).Register(r)
	}
	a.deskPages(r)
	a.userPages(r)
	a.apiRoutes(r)
}
