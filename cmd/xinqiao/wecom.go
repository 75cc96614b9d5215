package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func (a *App) openWeCom() (err error) {
	a.wecom, err = wecom.New(wecom.Options{
		Accounts: wecomAccounts(a.cfg), Handle: a.traced(a.bot.Handle), HTTP: a.tracedClient(), Accept: a.bot.Accept, Late: a.bot.Late, Ledger: a.db.KfProgress(),
		PublicURL: a.cfg.HTTP.PublicURL, Sign: a.signLink, Now: a.now, Cache: a.cache, Log: a.log, Metrics: a.metrics,
	})
	return err
}

func wecomAccounts(cfg config.Config) []wecom.Account {
	var out []wecom.Account
	for _, c := range cfg.WeCom.Accounts {
		out = append(out, wecom.Account{Name: c.Name, CorpID: c.CorpID, Secret: c.Secret.Reveal(), Token: c.Token.Reveal(), AESKey: c.AESKey.Reveal(), OpenKfID: c.OpenKfID, APIURL: c.APIURL})
	}
	return out
}

// platformed says whether a channel is one of a platform's: an account stands behind each person, and what is said to them
// must be sent there.
func platformed(channelName string) bool {
	return channelName == wechat.ChannelName || channelName == wecom.ChannelName
}

// kfWindows says when and how often a person of customer service can be written to unasked: a tap counts like a word.
func kfWindows() *desk.Windows {
	written := desk.Window{For: wecom.WrittenFor, Count: wecom.WrittenCount}
	return &desk.Windows{Written: written, Tapped: written}
}

// wecomState says a line for each account that gives or takes no messages.
func (a *App) wecomState(_ context.Context, out io.Writer) {
	for _, t := range a.wecom.Troubles() {
		_, _ = fmt.Fprintf(out, "wecom %s: degraded since %s, %s: %s\n", t.Account, t.Since.UTC().Format("2006-01-02T15:04:05Z"), t.Path, t.Text())
	}
}

// wecom looks at each account of customer service.
func (d *doctor) wecom(ctx context.Context) {
	if len(d.cfg.WeCom.Accounts) == 0 {
		return
	}
	c, err := wecom.New(wecom.Options{Accounts: wecomAccounts(d.cfg), PublicURL: d.cfg.HTTP.PublicURL, Cache: session.NewMemory(), Log: slog.New(slog.DiscardHandler)})
	if !d.is(err == nil, "微信客服的配置", fmt.Sprintf("%v", err)) {
		return
	}
	for _, acc := range d.cfg.WeCom.Accounts {
		findings, err := c.Doctor(ctx, acc.Name)
		if err != nil {
			d.say(mend, acc.Name, err.Error())
			continue
		}
		for _, f := range findings {
			d.is(f.Fine, acc.Name+" · "+f.What, f.Advice)
		}
	}
}
