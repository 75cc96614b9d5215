package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
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
		&cobra.Command{
			Use:   "train",
			Short: "learn dialogs/risk/learned.tsv anew from the labelled sentences",
			Long: `Learns anew, from dialogs/tests/risk/*.jsonl, how sentences sound in which no single rule sees danger. Run it after
adding sentences, words or rules. The same content gives the same file.`,
			Args: cobra.NoArgs,
			RunE: work(func(cmd *cobra.Command, _ []string) error {
				dir, err := e.contentDir(cmd, nil)
				if err != nil {
					return err
				}
				j, err := risk.LoadRules(os.DirFS(filepath.Join(dir, "risk")))
				if err != nil {
					return err
				}
				return trainRisk(cmd.Context(), dir, j, e.out)
			}),
		},
	)
	return cmd
}

// trainRisk writes the learned model of a content folder whole, or leaves it as it was.
func trainRisk(ctx context.Context, dir string, j *risk.Judge, out io.Writer) error {
	examples, err := risk.Examples(os.DirFS(filepath.Join(dir, "tests", "risk")))
	if err != nil {
		return err
	}
	var model bytes.Buffer
	t, err := risk.Train(ctx, j, examples, rand.New(rand.NewPCG(1, 1)), &model) // a fixed seed: training is repeatable
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "risk", "learned.tsv")
	if err := os.WriteFile(path+".new", model.Bytes(), 0o644); err != nil { //nolint:gosec // a content file: the server, which may run as another user, reads it
		return fmt.Errorf("write the model: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	_, _ = fmt.Fprintf(out, "%s: %d sentences, %d weights; dangers that neither it nor a rule sees: %d; raised too far: %d\n",
		path, t.Examples, t.Weights, t.Missed, t.False)
	return nil
}
