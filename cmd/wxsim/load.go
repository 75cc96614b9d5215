package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func loadCommand() *cobra.Command {
	var (
		acc    account
		o      wxsim.LoadOptions
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "load",
		Short: "压力测试：许多人同时发消息，打印吞吐、延迟、重投和有误的回复",
		Example: `  wxsim load --token t --aes-key … --users 1000 --rate 500 --duration 30s
  wxsim load --token t --rate 0 --concurrency 32 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.URL, o.Account = acc.url, acc.Account
			r, err := wxsim.Load(c.Context(), o)
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			if asJSON {
				if err := json.NewEncoder(out).Encode(r); err != nil {
					return fmt.Errorf("write the report: %w", err)
				}
			} else {
				fmt.Fprintf(out, "发出 %d 条，答复 %d 条，用时 %s，每秒 %.0f 条\n", r.Sent, r.Answered, r.Elapsed.Round(time.Millisecond), r.Throughput)
				fmt.Fprintf(out, "延迟 p50 %s  p95 %s  p99 %s  最长 %s\n", r.P50, r.P95, r.P99, r.Max)
				fmt.Fprintf(out, "重投 %d  有误 %d  缺失 %d  未能准时发出 %d\n", r.Retries, r.Wrong, r.Missing, r.Late)
			}
			if r.Wrong+r.Missing > 0 {
				return errFailed
			}
			return nil
		},
	}
	acc.flags(c)
	f := c.Flags()
	f.IntVar(&o.Users, "users", 100, "有多少人")
	f.Float64Var(&o.Rate, "rate", 0, "每秒多少条；0 为尽可能快")
	f.DurationVar(&o.Duration, "duration", 10*time.Second, "多久")
	f.IntVar(&o.Concurrency, "concurrency", 32, "同时最多多少条在途")
	f.BoolVar(&o.Quiet, "quiet-ok", false, "空回复也算答复")
	f.Uint64Var(&o.Seed, "seed", 0, "随机种子；0 为随机")
	f.StringSliceVar(&o.Mix, "say", nil, "要发的文字，可重复；默认为内置的浏览用语")
	f.BoolVar(&asJSON, "json", false, "打印 JSON")
	return c
}
