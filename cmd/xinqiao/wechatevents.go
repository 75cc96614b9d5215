package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
)

func wechatEventsCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:     "events",
		Short:   "every event of the platform, and what is done with each, as Markdown",
		Example: "  xinqiao wechat events > deploy/WECHAT-EVENTS.md",
		Args:    cobra.NoArgs,
		RunE: work(func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, wechat.EventTable())
			return err
		}),
	}
}
