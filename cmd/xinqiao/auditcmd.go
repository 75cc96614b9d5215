package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// anchorFile keeps the last verified end of the audit trail, apart from the database.
const anchorFile = "audit.anchor"

// errTrailBroken makes `audit verify` exit with 1.
var errTrailBroken = errors.New("审计记录对不上，见上面每一处的说明")

func auditCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "the trail of who did what: verify it, or write it as a table"}
	cmd.AddCommand(auditVerifyCommand(e), auditExportCommand(e))
	return cmd
}

func auditVerifyCommand(e env) *cobra.Command {
	var end, accept string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "find what was changed, dropped, reordered or cut off in the audit trail; exits with 1 where something was",
		Long: `Reads the whole trail and checks each line against the one before, the signed marks of its beginning and end, and the end
that was remembered in DATA_DIR/audit.anchor. Each finding says which line, when, and what to do.

An end that somebody wrote down elsewhere is given as --end LINE:HASH (the auditor's page shows it, the server logs it once a
day): a trail that was set back to before it, or written anew, is found by it even where the whole machine was in other hands.

Once somebody has looked into the findings, --accept says what it came to: they stay in the trail and are listed, and
alarm nobody any more.`,
		Example: "  xinqiao audit verify\n  xinqiao audit verify --end 1042:5f0c…\n  xinqiao audit verify --accept \"3月2日从备份恢复，缺的是备份之后的行，见事故记录\"",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			var anchors []audit.Mark
			if end != "" {
				m, err := writtenDown(end)
				if err != nil {
					return err
				}
				anchors = append(anchors, m)
			}
			cfg, err := e.load(cmd)
			if err != nil {
				return err
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				w := &audit.Watch{Trail: db.Trail(), Anchor: cfg.Path(anchorFile), Now: time.Now}
				v, err := w.Verify(ctx, anchors...)
				if err != nil {
					return err
				}
				if accept != "" && !v.OK() {
					if err := db.Trail().Accept(ctx, v, accept); err != nil {
						return err
					}
					if v, err = w.Verify(ctx, anchors...); err != nil {
						return err
					}
				}
				e.tellVerdict(v)
				if err := db.Trail().Record(ctx, audit.Event{Kind: audit.VerifyAudit, Object: fmt.Sprintf("1-%d", v.Head.Seq), Note: v.Word()}); err != nil {
					return err
				}
				if !v.OK() {
					return errTrailBroken
				}
				return nil
			})
		}),
	}
	cmd.Flags().StringVar(&end, "end", "", "an end that was written down: `LINE:HASH`")
	cmd.Flags().StringVar(&accept, "accept", "", "what looking into the findings came to")
	return cmd
}

// writtenDown reads an end as somebody wrote it down.
func writtenDown(s string) (audit.Mark, error) {
	line, hash, ok := strings.Cut(s, ":")
	seq, err := strconv.ParseInt(line, 10, 64)
	if !ok || err != nil || seq < 1 || len(hash) != 64 {
		return audit.Mark{}, fmt.Errorf("--end %q is no LINE:HASH, such as 1042: and 64 hexadecimal digits", s)
	}
	return audit.Mark{Seq: seq, Hash: strings.ToLower(hash)}, nil
}

func (e env) tellVerdict(v audit.Verdict) {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return "（" + t.In(citytime.Zone).Format("2006-01-02 15:04:05") + "）"
	}
	for _, f := range v.Findings {
		_, _ = fmt.Fprintf(e.out, "第 %d 行%s：%s\n  怎么办：%s\n", f.Seq, at(f.At), f.What, f.Mend)
	}
	if v.More > 0 {
		_, _ = fmt.Fprintf(e.out, "……还有 %d 处\n", v.More)
	}
	for _, f := range v.Accepted {
		_, _ = fmt.Fprintf(e.out, "查清过：第 %d 行%s：%s\n", f.Seq, at(f.At), f.What)
	}
	_, _ = fmt.Fprintf(e.out, "%s：%d 行，从第 %d 行到第 %d 行\n", v.Word(), v.Lines, v.Start.Seq+1, v.Head.Seq)
	if v.Head.Hash != "" {
		_, _ = fmt.Fprintf(e.out, "末尾 %d:%s\n", v.Head.Seq, v.Head.Hash)
	}
}

func auditExportCommand(e env) *cobra.Command {
	var out, from, to string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "write the audit trail as a table (CSV)",
		Long: `Writes who did what, line by line, with times of the city. It holds nothing that anybody said and no name of a person; the
cases stand in it by their IDs. That the table was taken away is itself a line of the trail.`,
		Example: "  xinqiao audit export --from 2026-01-01 --to 2026-12-31 --out 审计.csv",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			var f audit.Filter
			for _, d := range []struct {
				flag, value string
				to          *time.Time
				add         int
			}{{"from", from, &f.From, 0}, {"to", to, &f.To, 1}} {
				if d.value == "" {
					continue
				}
				t, err := time.ParseInLocation(time.DateOnly, d.value, citytime.Zone)
				if err != nil {
					return fmt.Errorf("--%s %q is no day such as 2026-03-02", d.flag, d.value)
				}
				*d.to = t.AddDate(0, 0, d.add)
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) (err error) {
				w := e.out
				if out != "" {
					file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
					if err != nil {
						return err
					}
					defer func() { err = errors.Join(err, file.Close()) }()
					w = file
				}
				n, err := db.Trail().WriteCSV(ctx, w, f, citytime.Zone)
				if err == nil && out != "" {
					_, err = fmt.Fprintf(e.out, "%s: %d lines\n", out, n)
				}
				return err
			})
		}),
	}
	cmd.Flags().StringVar(&from, "from", "", "the first `DAY`, such as 2026-03-02")
	cmd.Flags().StringVar(&to, "to", "", "the last `DAY`")
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` (readable for you alone) instead of standard output")
	return cmd
}

// watchTrail makes what verifies the audit trail while the server runs, and counts what is recorded.
func (a *App) watchTrail() {
	recorded := a.counts("xinqiao_audit_lines_total", "kind", "Lines written into the audit trail, by what was done: failed sign-ins, lock-outs, denied rights, identities seen, exports and all else.")
	failed := a.counts("xinqiao_audit_failures_total", "kind", "What could not be written into the audit trail, and was therefore not opened.")
	a.db.Trail().Hear(func(e audit.Event, err error) {
		if err != nil {
			failed(string(e.Kind))
			return
		}
		recorded(string(e.Kind))
	})
	a.trail = &audit.Watch{Trail: a.db.Trail(), Anchor: a.cfg.Path(anchorFile), Now: a.now, Log: a.log}
}
