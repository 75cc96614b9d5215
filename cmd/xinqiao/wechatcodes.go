package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
)

func wechatCodesCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:     "codes",
		Short:   "every error code of the platform, what is done about each, and how to mend it, as Markdown",
		Example: "  xinqiao wechat codes > deploy/WECHAT-CODES.md",
		Args:    cobra.NoArgs,
		RunE: work(func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, wechat.CodeTable())
			return err
		}),
	}
}
