package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func campaignCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "campaign", Short: "what is told to everybody who agreed: look at it, try it on one person, start, pause, resume",
		Example: "  xinqiao campaign preview exam-2027\n  xinqiao campaign test exam-2027 --to 家长8F3A\n  xinqiao campaign start exam-2027",
	}
	with := func(f func(ctx context.Context, s *campaign.Service, db *store.DB, id string) error) func(*cobra.Command, []string) error {
		return work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			all, err := campaign.Load(os.DirFS(dir + "/campaigns"))
			if err != nil {
				return err
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				id := ""
				if len(args) > 0 {
					id = args[0]
				}
				err := f(ctx, &campaign.Service{Calendar: func() *campaign.Calendar { return all }, Store: db.Campaigns(), Outbox: db.Outbox()}, db, id)
				return saidPlainly(err, id, all)
			})
		})
	}
	status := with(func(ctx context.Context, s *campaign.Service, _ *store.DB, id string) error {
		all, err := s.Statuses(ctx)
		if err != nil {
			return err
		}
		if _, ok := s.Calendar().Campaign(id); !ok && id != "" {
			return campaign.ErrNotFound
		}
		for _, st := range all {
			if id == "" || st.ID == id {
				writeStatus(e.out, st)
			}
		}
		return nil
	})
	// The running server does the sending: these change what it finds in the database.
	deed := func(use, short, done string, do func(ctx context.Context, s *campaign.Service, id string) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: with(func(ctx context.Context, s *campaign.Service, db *store.DB, id string) error {
			if err := do(ctx, s, id); err != nil {
				return err
			}
			if err := db.Trail().Record(ctx, audit.Event{Kind: audit.Campaign, Object: id + " " + strings.Fields(use)[0]}); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(e.out, done)
			return nil
		})}
	}
	const by = "命令行"
	var to string
	test := &cobra.Command{Use: "test NAME", Short: "send it to one person now, marked as a trial", Args: cobra.ExactArgs(1), RunE: with(func(ctx context.Context, s *campaign.Service, db *store.DB, id string) error {
		p, err := db.Rights().Find(ctx, to)
		if err != nil {
			return fmt.Errorf("find %q: %w (an alias such as 家长8F3A, or a person's ID)", to, err)
		}
		if err := db.Trail().Record(ctx, audit.Event{Kind: audit.Campaign, Object: id + " test"}); err != nil {
			return err
		}
		if err := s.Test(ctx, id, p.ID); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(e.out, "试发的那条在路上了；不能主动发的账号，对方下次来时看到。")
		return nil
	})}
	test.Flags().StringVar(&to, "to", "", "the `ALIAS` or ID of the person who gets the trial")
	_ = test.MarkFlagRequired("to")
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "list the campaigns and how far each has come", Args: cobra.NoArgs, RunE: status},
		&cobra.Command{Use: "status NAME", Short: "show how far a campaign has come", Args: cobra.ExactArgs(1), RunE: status},
		&cobra.Command{Use: "preview NAME", Short: "show what people would get", Args: cobra.ExactArgs(1), RunE: with(func(_ context.Context, s *campaign.Service, _ *store.DB, id string) error {
			c, ok := s.Calendar().Campaign(id)
			if !ok {
				return campaign.ErrNotFound
			}
			writePreview(e.out, c)
			return nil
		})},
		test,
		deed("start NAME", "send it, from its first day on", "开始了。看走到哪：xinqiao campaign status", func(ctx context.Context, s *campaign.Service, id string) error { return s.Start(ctx, id, by) }),
		deed("pause NAME", "stop before the next copy", "停下了，没发的都留着。接着发：xinqiao campaign resume", func(ctx context.Context, s *campaign.Service, id string) error {
			return s.Pause(ctx, id, by, "由"+by+"暂停")
		}),
		deed("resume NAME", "go on where it was paused", "接着发了。", func(ctx context.Context, s *campaign.Service, id string) error { return s.Resume(ctx, id, by) }),
	)
	return cmd
}

// saidPlainly says what an operator can do about an error of campaigns.
func saidPlainly(err error, id string, all *campaign.Calendar) error {
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		var known []string
		for _, c := range all.All() {
			known = append(known, c.ID)
		}
		return fmt.Errorf("没有叫 %q 的活动；dialogs/campaigns 里有：%s", id, strings.Join(known, "、"))
	case errors.Is(err, campaign.ErrDays):
		return fmt.Errorf("%s 的日子已经过了：请在 dialogs/campaigns 里换一个新的编号和日子", id)
	case errors.Is(err, campaign.ErrState):
		return fmt.Errorf("%s 现在不能这样：没开始的先 start，停下的才能 resume；看一看：xinqiao campaign status %s", id, id)
	}
	return err
}

func writeStatus(w io.Writer, st campaign.Status) {
	_, _ = fmt.Fprintf(w, "%s  %s  %s  %s  %s\n", st.ID, st.Title, st.Run.State.Label(), st.Due, st.For())
	if st.Run.Reason != "" {
		_, _ = fmt.Fprintf(w, "    %s\n", st.Run.Reason)
	}
	for _, r := range st.Results {
		_, _ = fmt.Fprintf(w, "    %s %d\n", r.Label, r.N)
	}
}

func writePreview(w io.Writer, c campaign.Campaign) {
	way := "能发就发，发不了的等对方下次来"
	if c.Way == campaign.Contact {
		way = "等对方下次来再说"
	}
	_, _ = fmt.Fprintf(w, "%s（%s）\n发给：%s\n日子：%s 到 %s，早上 8 点到晚上 9 点\n怎么发：%s，一分钟最多 %d 个人\n\n", c.Title, c.ID, c.For(), c.From, c.Until, way, c.PerMinute)
	for _, r := range c.Replies() {
		_, _ = fmt.Fprintln(w, r.Text)
		if k := r.Card; k != nil {
			_, _ = fmt.Fprintf(w, "▤ %s %s %s\n", k.Title, k.Summary, k.URL)
		}
	}
}
