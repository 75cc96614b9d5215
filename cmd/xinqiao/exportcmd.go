package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/private"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func exportCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "write lists for colleagues who work with spreadsheets"}
	cmd.AddCommand(exportAttendanceCommand(e), exportVainCommand(e))
	return cmd
}

func exportAttendanceCommand(e env) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "attendance EVENT",
		Short: "who comes to an event, for the door, as CSV",
		Long: `Writes who has a seat, who waits and who cancelled, with the code that each says at the door and the alias that staff
know them by; never who they are on WeChat. A date of a weekly event is written with its day: family-sports@20260307.`,
		Example: "  xinqiao export attendance talk-exam --out 签到.csv\n  xinqiao export attendance family-sports@20260307",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			cal, err := event.Load(os.DirFS(filepath.Join(dir, "events")))
			if err != nil {
				return err
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				s := &event.Service{Calendar: func() *event.Calendar { return cal }, Store: db.Signups()}
				alias := func(ctx context.Context, id string) (string, error) {
					p, err := db.People().Get(ctx, id)
					return p.Alias, err
				}
				if err := db.Trail().Record(ctx, audit.Event{Kind: audit.ExportData, Object: "attendance " + args[0]}); err != nil {
					return err
				}
				var table bytes.Buffer // whole or not at all
				rows, err := s.Attendance(ctx, args[0], alias, &table)
				if err != nil {
					return err
				}
				if out == "" {
					_, err = e.out.Write(table.Bytes())
					return err
				}
				if err := private.WriteFile(out, table.Bytes()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.out, "%s: %d rows\n", out, rows)
				return err
			})
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` instead of standard output")
	return cmd
}
