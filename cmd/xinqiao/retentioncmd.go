package main

import (
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/retention"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// openRetention makes the service of what is kept for how long.
func openRetention(cfg config.Config, db *store.DB, log *slog.Logger, now func() time.Time) *retention.Service {
	rules := retention.Rules{}
	for kind, days := range cfg.Retention.ByKind() {
		rules[retention.Kind(kind)] = days
	}
	return &retention.Service{Store: db.Retention(), Rules: rules, Trail: db.Trail(), Outbox: db.Outbox(), Log: log, Clock: citytime.Clock{Now: now}}
}

func retentionCommand(e env) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "retention",
		Short: "say how long each kind of thing is kept, and when what is over was last dropped",
		Long: `Says for each kind of thing how many days it is kept, when the nightly run last went through it, how much that
dropped, and whether anything was left. With --dry-run it counts instead what a run now would drop, and how old the
oldest of it is. It changes nothing, either way: the server drops what is over, once a night.`,
		Example: "  xinqiao retention\n  xinqiao retention --dry-run --config /etc/xinqiao/xinqiao.yaml",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) (err error) {
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			sealer, err := openKeys(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			db, err := store.Open(cmd.Context(), store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir, Sealer: sealer})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			lines, err := openRetention(cfg, db, slog.New(slog.DiscardHandler), time.Now).Look(cmd.Context())
			if err != nil {
				return err
			}
			return e.printRetention(lines, dry)
		}),
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "count what a run now would drop; nothing is changed")
	return c
}

func (e env) printRetention(lines []retention.Line, dry bool) error {
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	head := "KIND\tDAYS\tLAST RUN\tDROPPED\tLEFT\tWHAT"
	if dry {
		head = "KIND\tDAYS\tOVER\tOLDEST\tWHAT"
	}
	_, _ = fmt.Fprintln(w, head)
	for _, l := range lines {
		days := fmt.Sprint(l.Days)
		if l.Days == 0 {
			days = "for good"
		}
		if dry {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", l.Kind, days, l.Over.N, dated(l.Over.Oldest), l.Kind.About())
			continue
		}
		left := "nothing"
		switch {
		case l.Last.At.IsZero():
			left = "-"
		case l.Last.Failed != "":
			left = "it failed: see the log"
		case !l.Last.Done:
			left = "more, in a few minutes"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", l.Kind, days, dated(l.Last.At), l.Last.Dropped, left, l.Kind.About())
	}
	return w.Flush()
}

// dated is a moment as an operator reads it, "-" for none.
func dated(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(citytime.Zone).Format("2006-01-02 15:04")
}
