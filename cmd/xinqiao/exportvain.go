package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/private"
	"github.com/xinqiao-bot/xinqiao/internal/sheet"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// vainDays is how far back the export looks where nothing else is said.
const vainDays = 90

// exportVainCommand feeds the figures of the reader: which rules called somebody when there was no danger.
func exportVainCommand(e env) *cobra.Command {
	var from, to, out string
	cmd := &cobra.Command{
		Use:   "mistaken",
		Short: "which rules called in vain, as CSV",
		Long: `Writes one line for each signal of the cases that were closed as "误会，没有危险": the hour, the rule, what it was about,
the level and the score of its reading. It has no words, no alias and no case, so that the figure of calls in vain can be
followed by rule without anybody's conversation. --from and --to are days of the closing, --to is not included.`,
		Example: "  xinqiao export mistaken --out 误会.csv\n  xinqiao export mistaken --from 2026-11-01 --to 2026-12-01",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			now := time.Now().In(citytime.Zone)
			since, until := now.AddDate(0, 0, -vainDays), now
			for _, d := range []struct {
				flag, text string
				at         *time.Time
			}{{"from", from, &since}, {"to", to, &until}} {
				if d.text == "" {
					continue
				}
				at, err := time.ParseInLocation(time.DateOnly, d.text, citytime.Zone)
				if err != nil {
					return fmt.Errorf("--%s %q is no day: write it as 2026-11-01", d.flag, d.text)
				}
				*d.at = at
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				if err := db.Trail().Record(ctx, audit.Event{Kind: audit.ExportData, Object: "mistaken"}); err != nil {
					return err
				}
				signals, err := db.Figures().Vain(ctx, since, until)
				if err != nil {
					return fmt.Errorf("read the calls in vain: %w", err)
				}
				var table bytes.Buffer // whole or not at all
				lines := [][]string{{"time", "rule", "category", "level", "score"}}
				for _, s := range signals {
					hour := s.At.In(citytime.Zone).Truncate(time.Hour) // a minute could be laid beside a conversation
					lines = append(lines, []string{hour.Format("2006-01-02 15:04"), s.Rule, s.Category, string(s.Level), strconv.FormatFloat(s.Score, 'f', 2, 64)})
				}
				if err := sheet.Write(&table, lines); err != nil {
					return fmt.Errorf("write the calls in vain: %w", err)
				}
				if out == "" {
					_, err = e.out.Write(table.Bytes())
					return err
				}
				if err := private.WriteFile(out, table.Bytes()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.out, "%s: %d rows\n", out, len(signals))
				return err
			})
		}),
	}
	cmd.Flags().StringVar(&from, "from", "", "first `DAY` of closing (default 90 days ago)")
	cmd.Flags().StringVar(&to, "to", "", "`DAY` after the last of closing (default now)")
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` instead of standard output")
	return cmd
}
