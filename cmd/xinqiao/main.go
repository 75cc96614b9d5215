// Command xinqiao is the whole service in one binary: the server, the checks that editors run on dialogs/, the terminal
// chat, and the tools of whoever operates it. It is the only place that knows every package; start reading at app.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // people see Guangzhou's time on any machine

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// version is stamped by the linker: -X main.version=….
var version = "dev"

// The exit codes of the contract.
const (
	exitFine = iota
	exitFailed
	exitMisused
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()})
	stop()
	os.Exit(code)
}

// failed is an error of the work itself; every other error of a command line is misuse.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

// run executes a command line and returns its exit code.
func run(ctx context.Context, args []string, e env) int {
	root := newRoot(e)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	_, _ = fmt.Fprintln(e.err, "xinqiao:", err)
	if f := (failed{}); errors.As(err, &f) {
		return exitFailed
	}
	_, _ = fmt.Fprintln(e.err, "See `xinqiao --help`.")
	return exitMisused
}

func newRoot(e env) *cobra.Command {
	root := &cobra.Command{
		Use:   "xinqiao",
		Short: "心桥: the assistant for parents and students, and the desk of those who help them",
		Long: `心桥: the assistant for parents and students, and the desk of those who help them.

  xinqiao serve                 start the server: web chat, WeChat webhook, desk, API
  xinqiao chat                  talk to the assistant in the terminal
  xinqiao check                 check the content in dialogs/
  xinqiao test                  run the conversations in dialogs/tests/`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.PersistentFlags().String("config", "", "configuration `FILE` (default: $XINQIAO_CONFIG, else built-in defaults)")
	root.AddCommand(
		serveCommand(e), chatCommand(e), checkCommand(e), testCommand(e), graphCommand(e), riskCommand(e),
		migrateCommand(e), keysCommand(e), alertsCommand(e), rotaCommand(e), staffCommand(e), tokenCommand(e), wechatCommand(e), doctorCommand(e), searchCommand(e), faqCommand(e), schemaCommand(e), exportCommand(e), userCommand(e), retentionCommand(e), privacyCommand(e), campaignCommand(e), importCommand(e), auditCommand(e),
	)
	for _, c := range root.Commands() {
		requireSubcommand(c)
	}
	return root
}

// requireSubcommand makes a command that only groups others refuse to be run by itself or with an unknown word, so that a
// script with a slip of the pen does not go on as if the work were done.
func requireSubcommand(group *cobra.Command) {
	if !group.HasSubCommands() {
		return
	}
	names := make([]string, 0, len(group.Commands()))
	for _, c := range group.Commands() {
		requireSubcommand(c)
		names = append(names, c.Name())
	}
	if group.Runnable() {
		return
	}
	group.Args = cobra.ArbitraryArgs
	group.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q; it has %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
		}
		return fmt.Errorf("%q needs one of %s", cmd.CommandPath(), strings.Join(names, ", "))
	}
}

// work wraps a command's deed, so that its error exits with 1 and not as misuse.
func work(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return failed{err}
		}
		return nil
	}
}

// load reads the configuration that the command line and the environment name.
func (e env) load(cmd *cobra.Command) (config.Config, error) {
	file, _ := cmd.Flags().GetString("config")
	if file == "" {
		file = e.lookup("XINQIAO_CONFIG")
	}
	cfg, err := config.Load(file, e.environ)
	if err == nil {
		if err = errors.Join(checkWays(cfg.Alerts), checkNotices(cfg.WeChat)); err != nil {
			err = fmt.Errorf("configuration: %w", err)
		}
	}
	return cfg, err
}

func (e env) logger(c config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Log.Level)) // validated with the configuration
	opts := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(e.err, opts))
	}
	return slog.New(slog.NewTextHandler(e.err, opts))
}
