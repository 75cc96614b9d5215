package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// scratch returns a configuration of its own, in a folder that done removes: nothing of a try-out is kept.
func scratch(dialogs string) (cfg config.Config, done func(), err error) {
	dir, err := os.MkdirTemp("", "xinqiao-")
	if err != nil {
		return cfg, nil, err
	}
	cfg = config.Default()
	cfg.DataDir, cfg.Dialogs.Dir, cfg.Dialogs.Reload = dir, dialogs, false
	cfg.HTTP.PublicURL = "http://" + cfg.HTTP.Addr
	if err := store.WriteFresh(cfg.Path("xinqiao.db")); err != nil {
		_ = os.RemoveAll(dir)
		return cfg, nil, err
	}
	return cfg, func() { _ = os.RemoveAll(dir) }, nil
}

// talker is one person's conversation with a whole assistant of their own.
type talker struct {
	app   *App
	clean func()
	last  channel.Address

	mu    sync.Mutex
	trace []dialog.Trace
}

func newTalker(ctx context.Context, lib *content.Library, now func() time.Time, logs io.Writer) (*talker, error) {
	cfg, clean, err := scratch(lib.Dir())
	if err != nil {
		return nil, err
	}
	t := &talker{clean: clean}
	log := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	t.app, err = newApp(ctx, cfg, log, appOptions{now: now, trace: t.traced, library: lib, patience: time.Minute})
	if err != nil {
		clean()
		return nil, err
	}
	t.app.terminal = pushed{} // flows may count on it; the outbox stands still until somebody reads what is pushed
	return t, nil
}

// Close ends the assistant and removes its folder.
func (t *talker) Close() {
	_ = t.app.Close()
	t.clean()
}

func (t *talker) traced(_ string, trace []dialog.Trace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trace = append(t.trace, trace...)
}

// Say implements script.Talker.
func (t *talker) Say(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
	if in.ID == "" {
		in.ID = uuid.NewString()
	}
	t.last = in.Address
	if in.Origin != "" {
		ctx = budget.With(ctx, budget.By{Network: in.Origin})
	}
	return t.app.bot.Handle(ctx, in)
}

// Answer implements script.Talker.
func (t *talker) Answer(ctx context.Context, text string) error {
	waiting, _, err := t.app.letters.Store.Desk(ctx, letter.Filter{Tab: letter.TabWaiting, Limit: 1})
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		return errors.New("没有等着回的信：先让人把信寄出")
	}
	l := waiting[0]
	_, err = t.app.letters.HandIn(ctx, l.ID, letter.Actor{ID: "teacher", Name: "示例老师"}, letter.Text{Text: text, Version: l.DraftVersion})
	return err
}

// Traced returns the steps that the conversation went through.
func (t *talker) Traced() []dialog.Trace {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trace
}

// State shows where the conversation stands.
func (t *talker) State() string {
	st, err := t.app.bot.State(context.Background(), t.last)
	if err != nil {
		return err.Error()
	}
	raw, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func testCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "test [DIR]",
		Short: "run the conversations under dialogs/tests/, and name the steps that none visits",
		Args:  cobra.MaximumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, args)
			if err != nil {
				return err
			}
			lib, err := openContent(dir)
			if err != nil {
				return err
			}
			report, err := runConversations(cmd.Context(), lib, e.out, e.err)
			if err != nil {
				return err
			}
			steps := lib.Current().Flows
			missed := steps.Unvisited(report.Visited)
			for _, s := range missed {
				_, _ = fmt.Fprintf(e.out, "never visited  %s\n", s)
			}
			_, _ = fmt.Fprintf(e.out, "%d passed, %d failed; %d of %d steps visited\n", report.Passed, report.Failed, steps.Steps()-len(missed), steps.Steps())
			if report.Failed > 0 {
				return errors.New("some conversations went otherwise")
			}
			return nil
		}),
	}
}

func runConversations(ctx context.Context, lib *content.Library, out, logs io.Writer) (script.Report, error) {
	tests := filepath.Join(lib.Dir(), "tests")
	if _, err := os.Stat(tests); err != nil {
		return script.Report{}, fmt.Errorf("no conversations: %w", err)
	}
	return script.Run(ctx, os.DirFS(tests), func(s script.Script) (script.Talker, error) {
		if err := hasAccount(lib, s.Account); err != nil {
			return nil, fmt.Errorf("%s: %w", s.File, err)
		}
		return newTalker(ctx, lib, s.Now, logs)
	}, out)
}
