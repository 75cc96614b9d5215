package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func alertsCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "alerts", Short: "try the ways by which staff are called"}
	cmd.AddCommand(&cobra.Command{
		Use: "test", Short: "send a trial alert by every configured way and say what became of it", Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			ways, err := openWays(cfg.Alerts, notify.Outside{Now: time.Now}, nil)
			if err != nil {
				return err
			}
			if len(ways) == 0 {
				return errors.New("no way to call staff is configured; set alerts.ways")
			}
			failed := 0
			for i, w := range ways {
				_, _ = fmt.Fprintf(e.out, "%s … ", w.Name)
				if personal(cfg.Alerts.Ways[i]) { // who turned it on is known to the server alone
					_, _ = fmt.Fprintln(e.out, "is tried on the desk, under your name")
					continue
				}
				if _, err := w.Notify(cmd.Context(), notify.Alert{ID: uuid.NewString(), Kind: notify.Trial, At: time.Now()}); err != nil {
					failed++
					_, _ = fmt.Fprintln(e.out, err)
					continue
				}
				_, _ = fmt.Fprintln(e.out, "sent")
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d ways do not work", failed, len(ways))
			}
			return nil
		}),
	})
	return cmd
}

func rotaCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "rota [FILE]", Short: "check a rota and read out who is on call in the next seven days", Args: cobra.MaximumNArgs(1),
		Long: "Without FILE it reads what is in use: alerts.rota, or the rota written on the desk, with the desk's changes by date.",
		RunE: work(func(cmd *cobra.Command, args []string) error {
			r, err := e.rota(cmd, args)
			if err != nil {
				return err
			}
			now := time.Now().Truncate(time.Hour)
			for _, district := range r.Districts() {
				_, _ = fmt.Fprintln(e.out, district)
				last := ""
				for at := now; at.Before(now.Add(lookAhead)); at = at.Add(15 * time.Minute) {
					if line := ladderLine(r.Ladder(district, at)); line != last {
						_, _ = fmt.Fprintf(e.out, "  %s  %s\n", at.In(citytime.Zone).Format("01-02 15:04"), line)
						last = line
					}
				}
			}
			gaps := r.Gaps(now, now.Add(lookAhead))
			for _, g := range gaps {
				_, _ = fmt.Fprintf(e.out, "nobody on call: %s – %s\n", g.From.Format("2006-01-02 15:04"), g.To.Format("2006-01-02 15:04"))
			}
			if len(gaps) > 0 {
				return errors.New("the rota has gaps")
			}
			return nil
		}),
	}
}

// rota is the one in the file that args name, else the one in use.
func (e env) rota(cmd *cobra.Command, args []string) (r *rota.Rota, err error) {
	if len(args) > 0 {
		return rota.Load(args[0])
	}
	cfg, err := e.load(cmd)
	if err != nil {
		return nil, err
	}
	err = e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
		book, err := rota.Open(cfg.Alerts.Rota, db.Rota(), time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		if err := book.Refresh(ctx); err != nil {
			return err
		}
		days, err := calendar.Load(os.DirFS(cfg.Dialogs.Dir))
		if err != nil {
			return err
		}
		book.Keep(func() *calendar.Days { return days })
		if r = book.Current(); r == nil {
			return errors.New("no rota: name a file, set alerts.rota, or write one on the desk under 值班")
		}
		return nil
	})
	return r, err
}

func ladderLine(rungs []rota.Rung) string {
	parts := make([]string, 0, len(rungs))
	for _, r := range rungs[:len(rungs)-1] { // without everybody, who come last always
		names := make([]string, len(r.Call))
		for i, c := range r.Call {
			names[i] = c.Name
		}
		parts = append(parts, r.Name+" "+strings.Join(names, "、"))
	}
	return strings.Join(parts, " → ")
}
