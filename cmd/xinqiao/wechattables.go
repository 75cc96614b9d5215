package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
)

func wechatCodesCommand(e env) *cobra.Command {
	return wechatTableCommand(e, "codes", "WECHAT-CODES.md", "every error code of the platform, what is done about each, and how to mend it, as Markdown", wechat.CodeTable)
}

func wechatEventsCommand(e env) *cobra.Command {
	return wechatTableCommand(e, "events", "WECHAT-EVENTS.md", "every event of the platform, and what is done with each, as Markdown", wechat.EventTable)
}

// wechatTableCommand prints a table of the platform's, which deploy/ shows as a file.
func wechatTableCommand(e env, name, file, short string, table func() string) *cobra.Command {
	return &cobra.Command{
		Use:     name,
		Short:   short,
		Example: "  xinqiao wechat " + name + " > deploy/" + file,
		Args:    cobra.NoArgs,
		RunE: work(func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, table())
			return err
		}),
	}
}
