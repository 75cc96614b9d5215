package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/risk/train"
)

func riskTrainCommand(e env) *cobra.Command {
	var (
		real, sentences, labels, out string
		seed                         uint64
	)
	cmd := &cobra.Command{
		Use:   "train",
		Short: "learn dialogs/risk/reader.bin anew from labelled messages and sentences",
		Long: `Learns how danger sounds, from labelled real messages (--real: a folder with labelled.jsonl and unlabelled.jsonl; some
blocks of them are kept for judging and never learned from) and from the sentences in dialogs/tests/risk/learn. Run it after
a change of words or of sentences. The same words, files and seed give the same file. What it was learned from is noted
beside it, in reader.sum, by which a test knows that somebody forgot to. It prints how well a model reads what
it was not trained on (cross-validation), by the line at which it asks and calls.`,
		Example: "  xinqiao risk train --real ../risk-real --seed 1",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			j, err := risk.LoadRules(os.DirFS(filepath.Join(dir, "risk")))
			if err != nil {
				return err
			}
			or := func(given, usual string) string {
				if given != "" {
					return given
				}
				return filepath.Join(dir, usual)
			}
			examples, err := train.Sentences(os.DirFS(or(sentences, "tests/risk/learn")))
			if err != nil {
				return fmt.Errorf("read the sentences: %w", err)
			}
			given, err := os.ReadFile(or(labels, "tests/risk/learn/real-labels.tsv"))
			if err != nil {
				return fmt.Errorf("read the labels: %w", err)
			}
			learn, _, err := train.Real(os.DirFS(real), given)
			if err != nil {
				return fmt.Errorf("read the real messages: %w", err)
			}
			res, err := train.Train(cmd.Context(), j, append(learn, examples...), seed)
			if err != nil {
				return err
			}
			raw, path := res.Model.Encode(), or(out, "risk/reader.bin")
			sums, err := train.Sums(cmd.Context(), train.Source{Words: os.DirFS(filepath.Join(dir, "risk")), Sentences: os.DirFS(or(sentences, "tests/risk/learn")),
				Labels: given, Real: os.DirFS(real), Seed: seed}, raw)
			if err != nil {
				return err
			}
			if err := writeWhole(path, raw); err != nil {
				return err
			}
			if err := writeWhole(strings.TrimSuffix(path, ".bin")+".sum", []byte(sums)); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(e.out, "%s: %d examples, %d features, %d bytes\n", path, res.Examples, res.Rows, len(raw))
			train.Curves(e.out, res)
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&real, "real", "", "folder of the real messages")
	f.StringVar(&labels, "labels", "", "labels of further real messages (default: real-labels.tsv beside the sentences)")
	f.StringVar(&sentences, "sentences", "", "folder of the sentences (default: tests/risk/learn of the content)")
	f.StringVar(&out, "out", "", "file to write (default: risk/reader.bin of the content)")
	f.Uint64Var(&seed, "seed", 1, "the order in which examples are gone through")
	_ = cmd.MarkFlagRequired("real") // the flag exists
	return cmd
}
