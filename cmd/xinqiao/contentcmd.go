package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// contentDir is the folder that a command works on: its argument, or the configured one.
func (e env) contentDir(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	cfg, err := e.load(cmd)
	return cfg.Dialogs.Dir, err
}

func checkCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "check the content in dialogs/: one file:line:col: problem a line",
		Args:  cobra.MaximumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, args)
			if err != nil {
				return err
			}
			lib, err := openContent(dir)
			var ps problem.Problems
			if errors.As(err, &ps) {
				for _, p := range ps {
					_, _ = fmt.Fprintln(e.out, filepath.Join(dir, p.String()))
				}
				return fmt.Errorf("%d problems", len(ps))
			}
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(e.out, "%s: fine (version %s)\n", dir, lib.Current().Version)
			return nil
		}),
	}
}

// openContent loads content without a database: the commands are there for their signatures.
func openContent(dir string) (*content.Library, error) {
	lib, err := content.Open(dir, func(*content.Library) []dialog.Command { return (&App{}).signatures() })
	_, menuErr := loadMenu(dir)
	return lib, problem.Join(err, menuErr)
}

func graphCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:     "graph FLOW",
		Short:   "draw a flow as SVG",
		Example: "  xinqiao graph booking > booking.svg",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			lib, err := openContent(dir)
			if err != nil {
				return err
			}
			svg, err := lib.Current().Flows.Graph(args[0])
			if err != nil {
				return err
			}
			_, err = e.out.Write(svg)
			return err
		}),
	}
}

func riskCommand(e env) *cobra.Command {
	judge := func(cmd *cobra.Command) (*risk.Judge, error) {
		dir, err := e.contentDir(cmd, nil)
		if err != nil {
			return nil, err
		}
		return risk.Load(os.DirFS(filepath.Join(dir, "risk")))
	}
	cmd := &cobra.Command{Use: "risk", Short: "read danger in text, and judge how well it is read"}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "scan",
			Short:   "read JSON Lines {\"text\":…} on standard input and print one reading a line, in order",
			Example: `  echo '{"text":"最近不想活了"}' | xinqiao risk scan`,
			Args:    cobra.NoArgs,
			RunE: work(func(cmd *cobra.Command, _ []string) error {
				j, err := judge(cmd)
				if err != nil {
					return err
				}
				return risk.Scan(cmd.Context(), j, e.in, e.out)
			}),
		},
		&cobra.Command{
			Use:   "eval FILE",
			Short: "judge readings against JSON Lines with \"text\" and \"expect\": precision, recall, F1, confusion",
			Args:  cobra.ExactArgs(1),
			RunE: work(func(cmd *cobra.Command, args []string) error {
				j, err := judge(cmd)
				if err != nil {
					return err
				}
				in := e.in
				if args[0] != "-" {
					f, err := os.Open(args[0])
					if err != nil {
						return err
					}
					defer func() { _ = f.Close() }()
					in = f
				}
				_, err = risk.Eval(cmd.Context(), j, in, e.out)
				return err
			}),
		},
	)
	return cmd
}
