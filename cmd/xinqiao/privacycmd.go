package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/privacy"
	"github.com/xinqiao-bot/xinqiao/internal/private"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func privacyCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "privacy", Short: "what the law asks a year for: the impact assessment and the audit of minors' data"}
	cmd.AddCommand(privacyReportCommand(e))
	return cmd
}

func privacyReportCommand(e env) *cobra.Command {
	var (
		year int
		out  string
		csv  bool
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "the personal-information impact assessment (PIPL art. 55) and the yearly minors' audit (art. 37), filled with figures",
		Long: `Writes a document in Chinese (Markdown), filled with counts from the database and the audit trail: which kinds of data are
held and for how long, how many people, consents given and withdrawn, who opened what by role, exports and erasures,
security events, keys. It holds nothing of anybody. What only a human can answer is marked 【请填写】.
With --csv it writes the figures alone, for a spreadsheet.`,
		Example: "  xinqiao privacy report --year 2026 --out 评估-2026.md\n  xinqiao privacy report --csv --out 数字-2026.csv",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			if year == 0 {
				year = time.Now().In(citytime.Zone).Year()
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				s := &privacy.Service{Store: db.Privacy(), Now: time.Now, City: citytime.Zone, MediaAfterClose: cfg.Media.AfterClose, MediaAtMost: cfg.Media.AtMost}
				f, err := s.Figures(ctx, year)
				if err != nil {
					return err
				}
				var report bytes.Buffer // whole or not at all
				write := s.Write
				if csv {
					write = s.WriteTables
				}
				if err := write(&report, f); err != nil {
					return err
				}
				if out == "" {
					_, err = e.out.Write(report.Bytes())
					return err
				}
				if err := private.WriteFile(out, report.Bytes()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.out, "%s: %d 年，写着“【请填写】”的地方请人来填\n", out, year)
				return err
			})
		}),
	}
	cmd.Flags().IntVar(&year, "year", 0, "the `YEAR` (default this one)")
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` (readable for you alone) instead of standard output")
	cmd.Flags().BoolVar(&csv, "csv", false, "the figures alone, as CSV")
	return cmd
}
