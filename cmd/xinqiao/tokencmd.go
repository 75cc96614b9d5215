package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// withStaff runs f on the accounts and tokens of the configured database, by whoever works on this machine.
func (e env) withStaff(cmd *cobra.Command, f func(ctx context.Context, s *staff.Service) error) error {
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
		return f(ctx, &staff.Service{Store: db.Staff(), Trail: db.Trail(), OneTime: cfg.Desk.OneTime})
	})
}

// oneTime says a password that is shown once.
func (e env) oneTime(name, password string, s *staff.Service) {
	_, _ = fmt.Fprintf(e.out, "%s can sign in with the one-time password %s\n", name, password)
	_, _ = fmt.Fprintf(e.out, "It opens the desk once, within %s, and asks for a password of their own.\n", cmp.Or(s.OneTime, staff.DefaultOneTime))
}

func tokenCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "API tokens"}
	cmd.AddCommand(tokenCreateCommand(e), tokenListCommand(e), &cobra.Command{
		Use: "revoke ID", Short: "end a token at once; `token list` shows the IDs", Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return e.withStaff(cmd, func(ctx context.Context, s *staff.Service) error {
				if err := s.RevokeToken(ctx, args[0]); err != nil {
					return fmt.Errorf("%s: %w; `xinqiao token list` shows the IDs", args[0], err)
				}
				_, err := fmt.Fprintln(e.out, "revoked")
				return err
			})
		}),
	})
	return cmd
}

func tokenCreateCommand(e env) *cobra.Command {
	var role, name string
	var rights, districts []string
	var account string
	var days int
	cmd := &cobra.Command{
		Use: "create --role ROLE --name NAME", Short: "make a token and print it once",
		Example: "  xinqiao token create --role reader --name 市平台\n  xinqiao token create --role admin --rights see_cases,see_stats --days 30 --name 区平台",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(e.knownAccount(cmd, account), e.knownDistricts(cmd, districts)); err != nil {
				return err
			}
			return e.withStaff(cmd, func(ctx context.Context, s *staff.Service) error {
				n := staff.NewToken{Name: name, Role: staff.Role(role), Life: time.Duration(days) * 24 * time.Hour, Serves: account, Districts: districts}
				if by, ok := audit.By(ctx); ok {
					n.MadeBy = by.Name
				}
				for _, r := range rights {
					n.Scope = append(n.Scope, staff.Right(r))
				}
				_, secret, err := s.CreateToken(ctx, n)
				if err == nil {
					_, _ = fmt.Fprintln(e.out, secret)
				}
				return err
			})
		}),
	}
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if staff.Role(role) == staff.Station {
			return fmt.Errorf("--role %s is for people at the desk: a token knows no station; take %s for figures and the directory", role, staff.Reader)
		}
		if longest := int(staff.LongestTokenLife / (24 * time.Hour)); days < 1 || days > longest {
			return fmt.Errorf("--days %d is outside 1 to %d", days, longest)
		}
		return validRole(role)
	}
	cmd.Flags().StringVar(&role, "role", "", roleNames())
	cmd.Flags().StringVar(&account, "account", "", "the one account of the service of which the program may see (default: all)")
	cmd.Flags().StringSliceVar(&districts, "district", nil, "the districts of which the program may see, with commas between (default: all)")
	cmd.Flags().StringVar(&name, "name", "", "what the token is for")
	cmd.Flags().StringSliceVar(&rights, "rights", nil, "what of the role's rights it has, of "+rightNames()+" (default: all that the role has)")
	cmd.Flags().IntVar(&days, "days", int(staff.DefaultTokenLife/(24*time.Hour)), "how many days it lasts")
	_ = cmd.MarkFlagRequired("role")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

func tokenListCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the tokens: what each may do, when it was used, until when it lasts; never a secret", Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return e.withStaff(cmd, func(ctx context.Context, s *staff.Service) error {
				all, err := s.Tokens(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
				_, _ = fmt.Fprintln(w, "ID\tNAME\tROLE\tRIGHTS\tLAST USED\tLASTS UNTIL\tSTATE")
				for _, t := range all {
					scope, state, until := "all of the role", "good", "for ever: replace it"
					if len(t.Scope) > 0 {
						scope = ""
						for i, r := range t.Scope {
							scope += map[bool]string{true: ","}[i > 0] + string(r)
						}
					}
					if err := t.Good(time.Now()); err != nil {
						state = strings.TrimPrefix(err.Error(), "staff: ")
					}
					if !t.ExpiresAt.IsZero() {
						until = dayOf(t.ExpiresAt)
					}
					_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, scope, dayOf(t.LastUsedAt), until, state)
				}
				return w.Flush()
			})
		}),
	}
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format(time.DateOnly)
}

func rightNames() string {
	var names []string
	for _, r := range staff.TokenRights() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// passwordList opens the file of known passwords, where one is configured.
func passwordList(cfg config.Config) (*staff.Breached, error) {
	if cfg.Desk.KnownPasswords == "" {
		return nil, nil
	}
	b, err := staff.OpenBreached(cfg.Path(cfg.Desk.KnownPasswords))
	if err != nil {
		return nil, fmt.Errorf("desk.known_passwords: %w", err)
	}
	return b, nil
}
