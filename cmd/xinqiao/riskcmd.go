package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

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
		riskEvalCommand(e, judge),
		riskTrainCommand(e),
	)
	return cmd
}

func riskEvalCommand(e env, judge func(*cobra.Command) (*risk.Judge, error)) *cobra.Command {
	var o risk.EvalOptions
	cmd := &cobra.Command{
		Use:   "eval FILE…",
		Short: "judge readings against labelled JSON Lines: what is noticed, called, and asked or called in vain",
		Long: `Judges readings against labelled JSON Lines. A line has "text" and its level as "level" or "expect", or as the least
("min") or the most ("max") that is right; "subject", "kind" and "doubt" where known. Lines of doubt are left out.
A FILE of - is standard input.`,
		Example: "  xinqiao risk eval dialogs/tests/risk/held/*.jsonl --worst 20",
		Args:    cobra.MinimumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			j, err := judge(cmd)
			if err != nil {
				return err
			}
			var files []risk.Source
			for _, name := range args {
				if name == "-" {
					files = append(files, risk.Source{Name: "standard input", In: e.in})
					continue
				}
				f, err := os.Open(name)
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				files = append(files, risk.Source{Name: filepath.Base(name), In: f})
			}
			_, err = risk.Eval(cmd.Context(), j, files, e.out, o)
			return err
		}),
	}
	cmd.Flags().IntVar(&o.Worst, "worst", 10, "list so many of the worst errors")
	cmd.Flags().BoolVar(&o.NoTexts, "no-texts", false, "leave the texts out of that list")
	cmd.Flags().StringSliceVar(&o.Kinds, "kinds", nil, "judge only lines of these kinds, such as uniform,domain,turn")
	return cmd
}

// writeWhole replaces a content file at once, or leaves it as it was.
func writeWhole(path string, raw []byte) error {
	if err := os.WriteFile(path+".new", raw, 0o644); err != nil { //nolint:gosec // a content file: the server, which may run as another user, reads it
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
