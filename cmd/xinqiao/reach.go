package main

import (
	"context"
	"fmt"
	"io"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
)

// reachOf is what the desk shows of how a person can be reached unasked.
func (a *App) reachOf(ctx context.Context, personID string) (r desk.Reach, err error) {
	to, err := a.db.People().Address(ctx, personID)
	if err != nil || to.Channel != wechat.ChannelName {
		return r, err
	}
	if r.Gone, err = a.db.People().Unfollowed(ctx, personID); err != nil {
		return r, err
	}
	if t, stopped := a.wechat.Stopped(ctx, to.Account); stopped {
		r.Shut = t.Text()
	}
	spent, known := a.wechat.Spending(ctx, to)
	if !known {
		return r, nil
	}
	r.Known, r.Sent = true, spent.Sent
	switch code := wechat.CodeOf(spent.Code); {
	case spent.Code == 0:
	case spent.Full():
		r.Closed = spent.Refused
	default:
		r.Failed, r.Why = spent.Refused, code.String()
	}
	return r, nil
}

// wechatState says a line for each interface of an account that takes no messages: people are answered all the same, so that
// no load balancer need send them elsewhere.
func (a *App) wechatState(ctx context.Context, out io.Writer) {
	for _, t := range a.wechat.Troubles(ctx) {
		_, _ = fmt.Fprintf(out, "wechat %s: degraded since %s, %s: %s\n", t.Account, t.Since.UTC().Format("2006-01-02T15:04:05Z"), t.Path, t.Text())
	}
}
