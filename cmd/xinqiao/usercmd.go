package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/private"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// hearOfErased drops what this replica remembers of who is behind an address when somebody was erased anywhere.
func (a *App) hearOfErased(ctx context.Context) {
	for range a.bus.Subscribe(ctx, live.TopicErased) {
		a.db.People().Forget()
	}
}

// titleOf is what the content calls a lesson, a station, a self-check or something that is remembered of a person.
func (a *App) titleOf(ref string) string {
	c := a.library.Current()
	if l, ok := c.Courses.Lesson(ref); ok {
		return l.Title
	}
	if st, ok := c.Stations.Station(ref); ok {
		return st.Name
	}
	if sc, ok := c.Surveys.Scale(ref); ok {
		return sc.Title
	}
	if h, ok := c.Habits.Habit(ref); ok {
		return h.Name
	}
	if k, ok := c.Season.Campaign(ref); ok {
		return k.Title
	}
	about, _ := c.Flows.PersonVar(ref)
	return about
}

func userCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "a person's rights: all that is held of them, its erasure, and who may see it"}
	cmd.AddCommand(userExportCommand(e), userEraseCommand(e), userRightsCommand(e))
	return cmd
}

// withRights runs f on one person's rights. A running server shares its sessions only through Redis: there they are
// forgotten with the person.
func (e env) withRights(cmd *cobra.Command, who string, f func(ctx context.Context, s *rights.Service, p person.Person) error) error {
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
		s := &rights.Service{Store: db.Rights(), Trail: db.Trail()}
		if cfg.Redis.URL != "" {
			client, err := openRedis(cfg.Redis)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }()
			if err := shareRights(s, client, db.Sealer()); err != nil {
				return err
			}
		} else {
			sessions, err := session.OpenMemory(cfg.Path("sessions"), time.Now, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			defer func() { _ = sessions.Close() }()
			s.Forget = func(ctx context.Context, a channel.Address) error { return sessions.Forget(ctx, db.Sealer().Index(a)) }
		}
		p, err := s.Store.Find(ctx, who)
		if errors.Is(err, person.ErrNotFound) {
			return fmt.Errorf("nobody is known as %q: give the alias as the desk shows it (in quotes, it has a space) or the person's ID", who)
		}
		if err != nil {
			return err
		}
		return f(ctx, s, p)
	})
}

func shareRights(s *rights.Service, client redis.UniversalClient, sealer *seal.Sealer) error {
	sessions, err := session.NewRedis(client, "xq:")
	if err != nil {
		return err
	}
	bus := live.NewRedis(client, "xq:")
	s.Forget = func(ctx context.Context, a channel.Address) error { return sessions.Forget(ctx, sealer.Index(a)) }
	s.Erased = func(ctx context.Context) error { return bus.Publish(ctx, live.TopicErased) }
	return nil
}

func userExportCommand(e env) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export ALIAS|ID",
		Short: "all that is held of one person, as JSON that they can read",
		Long: `Writes the conversation, self-checks, appointments, letters, lessons, events and the file of one person, opened. The
file holds what they trusted us with: give it to nobody else, and delete it once it is handed over. It never holds their
address on WeChat.`,
		Example: "  xinqiao user export \"家长·木棉 4127\" --out 资料.json",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return e.withRights(cmd, args[0], func(ctx context.Context, s *rights.Service, p person.Person) error {
				r, err := s.Export(ctx, p.ID)
				if err != nil {
					return err
				}
				raw, err := json.MarshalIndent(r, "", "  ")
				if err != nil {
					return fmt.Errorf("write the record: %w", err)
				}
				raw = append(raw, '\n')
				if out == "" {
					_, err = e.out.Write(raw)
					return err
				}
				if err := private.WriteFile(out, raw); err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.out, "%s: all that is held of %s\n", out, p.Alias)
				return err
			})
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` (readable for you alone) instead of standard output")
	return cmd
}

// restoredBy is who erases again, for the audit log.
const restoredBy = "恢复备份"

func userEraseCommand(e env) *cobra.Command {
	var (
		by    string
		again bool
	)
	cmd := &cobra.Command{
		Use:   "erase ALIAS|ID | erase --again",
		Short: "erase a person on their request, for good",
		Long: `Erases a person: identity, conversation, self-checks, appointments, letters, lessons, sign-ups. Files of closed cases stay
as the law demands, with their dates, levels and steps, without a word that was said and without anything that leads to
the person. A person with an open case is not erased: close it at the desk first. The audit log keeps who did it. It
cannot be undone. With the person goes their key: whatever is left of their texts, in freed pages, in logs or in backups, is
noise (deploy/README.md says from when on). --again erases everybody again who was erased, where an old backup was put back;
a server does so by itself when it starts on one. On the embedded default, where sessions are in the server's process, restart the server afterwards.`,
		Example: "  xinqiao user erase \"家长·木棉 4127\" --by \"示例·林老师\"",
		Args:    cobra.MaximumNArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error {
			if again == (len(args) == 1) {
				return errors.New("name one person, or say --again")
			}
			return nil
		},
		RunE: work(func(cmd *cobra.Command, args []string) error {
			if again {
				return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
					n, err := db.Rights().Replay(ctx, restoredBy)
					if err == nil {
						_, _ = fmt.Fprintf(e.out, "%d people who were erased before are erased again.\n", n)
					}
					return err
				})
			}
			return e.withRights(cmd, args[0], func(ctx context.Context, s *rights.Service, p person.Person) error {
				done, err := s.Erase(ctx, p.ID, by)
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(e.out, "%s is erased: %d rows are gone, %d closed files stay as %s.\n", p.Alias, done.Rows, done.Cases, done.Ghost)
				if s.Forget == nil {
					_, _ = fmt.Fprintln(e.out, "If a server runs on this data, restart it now: its process still has the session.")
				}
				return nil
			})
		}),
	}
	cmd.Flags().StringVar(&by, "by", "operator", "who erases, for the audit log")
	cmd.Flags().BoolVar(&again, "again", false, "erase again whoever was erased before, in a backup that was put back")
	return cmd
}
