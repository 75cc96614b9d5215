package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/draw"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
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
					p.File = filepath.Join(dir, p.File)
					_, _ = fmt.Fprintln(e.out, p)
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
	lib, err := content.Open(dir, (&App{}).signatures())
	_, menuErr := loadMenu(dir, "")
	errs := []error{err, menuErr}
	if err == nil {
		for _, account := range lib.Accounts() {
			_, menuErr := loadMenu(dir, account)
			errs = append(errs, menuErr)
		}
	}
	return lib, problem.Join(errs...)
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
			svg, err := draw.Flow(lib.Current().Flows.Plan(), args[0])
			if err != nil {
				return err
			}
			_, err = e.out.Write(svg)
			return err
		}),
	}
}
