package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

type menuFile struct {
	Menu []wechat.Button `yaml:"menu"`

	Menus []wechat.AudienceMenu `yaml:"menus"` // that some people alone see
}

// loadMenu reads an account's menu: dialogs/accounts/NAME/menu.yaml, else dialogs/menu.yaml, which is also the menu of "".
func loadMenu(dir, account string) (menuFile, error) {
	var (
		f  menuFile
		ps problem.Problems
	)
	file := content.MenuFile(dir, account)
	doc, ok := problem.Read(os.DirFS(dir), file, file, &f, &ps)
	if ok {
		if err := wechat.CheckMenu(f.Menu); err != nil {
			doc.Bad(&ps, "$.menu", "请对照文件开头的说明", "%v", err)
		}
		if err := wechat.CheckMenus(f.Menus); err != nil {
			doc.Bad(&ps, "$.menus", "请对照文件开头的说明", "%v", err)
		}
	}
	return f, ps.Err()
}

func wechatCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "wechat", Short: "the WeChat official account: what is wrong with it, and its menu"}
	var name string
	cmd.PersistentFlags().StringVar(&name, "account", "", "the account's `NAME` in the configuration (default: the first)")
	with := func(f func(cmd *cobra.Command, c *wechat.Channel, account, dialogs string) error) func(*cobra.Command, []string) error {
		return work(func(cmd *cobra.Command, _ []string) error {
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			if len(cfg.WeChat.Accounts) == 0 {
				return errors.New("no WeChat account is configured: see wechat.accounts in configs/xinqiao.yaml")
			}
			account := name
			if account == "" {
				account = cfg.WeChat.Accounts[0].Name
			}
			a := &App{cfg: cfg, log: e.logger(cfg)}
			c, err := wechat.New(wechat.Options{Accounts: a.wechatAccounts(), PublicURL: cfg.HTTP.PublicURL, Cache: session.NewMemory(), Log: a.log})
			if err != nil {
				return err
			}
			return f(cmd, c, account, cfg.Dialogs.Dir)
		})
	}
	menu := &cobra.Command{Use: "menu", Short: "the menu at the bottom of the account"}
	menu.AddCommand(
		&cobra.Command{Use: "show", Short: "show the menu as the platform has it", Args: cobra.NoArgs, RunE: with(func(cmd *cobra.Command, c *wechat.Channel, account, _ string) error {
			shown, err := c.ShowMenu(cmd.Context(), account)
			if err == nil {
				_, _ = fmt.Fprintln(e.out, shown)
			}
			return err
		})},
		&cobra.Command{Use: "push", Short: "replace the menu by dialogs/accounts/NAME/menu.yaml, or dialogs/menu.yaml where the account has none", Args: cobra.NoArgs, RunE: with(func(cmd *cobra.Command, c *wechat.Channel, account, dialogs string) error {
			menus, err := loadMenu(dialogs, account)
			if err != nil {
				return err
			}
			if err := c.PushMenu(cmd.Context(), account, menus.Menu, menus.Menus...); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(e.out, "菜单已发布，手机上五分钟内会更新。")
			if n := len(menus.Menus); n > 0 {
				_, _ = fmt.Fprintf(e.out, "另有 %d 份只给一部分人看的菜单。说过自己是谁的人，下次说起或者重新关注时换上。\n", n)
			}
			return nil
		})},
	)
	cmd.AddCommand(menu, wechatEventsCommand(e), wechatCodesCommand(e), &cobra.Command{Use: "doctor", Short: "look at the account and say what to mend", Args: cobra.NoArgs, RunE: with(func(cmd *cobra.Command, c *wechat.Channel, account, _ string) error {
		findings, err := c.Doctor(cmd.Context(), account)
		if err != nil {
			return err
		}
		bad := 0
		for _, f := range findings {
			if f.Fine {
				_, _ = fmt.Fprintf(e.out, "好    %s\n", f.What)
				continue
			}
			bad++
			_, _ = fmt.Fprintf(e.out, "要改  %s：%s\n", f.What, f.Advice)
		}
		if bad > 0 {
			return fmt.Errorf("%d things to mend", bad)
		}
		return nil
	})})
	return cmd
}
