package main

import (
	"context"
	"fmt"
	"io"
)

// tokenFights says a line for each official account whose access token another program takes away. People are answered all the
// same, so that no load balancer need send them elsewhere.
func (a *App) tokenFights(ctx context.Context, out io.Writer) {
	for _, account := range a.cfg.WeChat.Accounts {
		if said := a.wechat.Fight(ctx, account.Name); said != "" {
			_, _ = fmt.Fprintf(out, "wechat %s: degraded: %s\n", account.Name, said)
		}
	}
}
