package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// onStaff runs f on the accounts.
type onStaff func(cmd *cobra.Command, f func(ctx context.Context, s *staff.Service) error) error

// staffRole gives somebody another role.
func (e env) staffRole(with onStaff) *cobra.Command {
	var role string
	cmd := &cobra.Command{Use: "role NAME --role ROLE", Short: "give somebody another role, and end their sessions",
		Long: `Gives somebody another role, and ends their sessions. A role by which they agree to what others ask (supervisor) waits until
a colleague who has it has confirmed it on the desk, under 两人同意; until then they work as a counsellor. Only while no such
colleague has ever signed in does it take effect at once. Where there is none left, it takes effect after a day, and everybody
at the desk reads so meanwhile. The same holds for new accounts and for reset passwords.`,
		Example: "  xinqiao staff role chen --role supervisor", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
			return with(cmd, func(ctx context.Context, s *staff.Service) error {
				a, err := s.SetRole(ctx, args[0], staff.Role(role))
				if err != nil {
					return err
				}
				if a.Wants == "" {
					_, _ = fmt.Fprintf(e.out, "%s is %s now\n", a.Name, a.Role)
				}
				e.sayWaiting(a)
				return nil
			})
		})}
	cmd.PreRunE = func(*cobra.Command, []string) error { return validRole(role) }
	cmd.Flags().StringVar(&role, "role", "", roleNames())
	_ = cmd.MarkFlagRequired("role")
	return cmd
}

// staffBind says for whom somebody works.
func (e env) staffBind(with onStaff) *cobra.Command {
	var account string
	var districts []string
	cmd := &cobra.Command{Use: "bind NAME", Short: "say for which districts, and which account, somebody works; neither: the whole city",
		Long: `Says for which districts, and for which one account of the service, somebody works, and ends their sessions. They see the cases,
letters, requests and appointments of these alone, and the cases to which they are called. Without a flag they work for the
whole city again. xinqiao user rights prints what each role may do, and how far.`,
		Example: "  xinqiao staff bind chen --district 天河区,越秀区\n  xinqiao staff bind wang --account school1\n  xinqiao staff bind chen", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(e.knownAccount(cmd, account), e.knownDistricts(cmd, districts)); err != nil {
				return err
			}
			return with(cmd, func(ctx context.Context, s *staff.Service) error {
				a, err := s.Bind(ctx, args[0], districts, account)
				if err == nil {
					_, _ = fmt.Fprintf(e.out, "%s works for %s\n", a.Name, reachOfAccount(a))
				}
				return err
			})
		})}
	cmd.Flags().StringVar(&account, "account", "", "the one account of the service that they work for")
	cmd.Flags().StringSliceVar(&districts, "district", nil, "the districts that they work for, with commas between")
	return cmd
}

// reachOfAccount says for whom somebody works.
func reachOfAccount(a staff.Account) string {
	switch {
	case !a.Bound():
		return "the whole city"
	case a.Serves == "":
		return strings.Join(a.Districts, ", ")
	case len(a.Districts) == 0:
		return "the account " + a.Serves
	}
	return strings.Join(a.Districts, ", ") + " and the account " + a.Serves
}

// sayWaiting says that a role waits, and for whom.
func (e env) sayWaiting(a staff.Account) {
	switch {
	case a.Wants == "":
	case a.WantsAt.IsZero():
		_, _ = fmt.Fprintf(e.out, "%s works as %s until a colleague who is %s has confirmed on the desk, under 两人同意, that they are %s too\n", a.Name, a.Role, a.Wants, a.Wants)
	default:
		_, _ = fmt.Fprintf(e.out, "%s works as %s until %s: nobody is left who could confirm that they are %s, and everybody at the desk reads that it is coming\n", a.Name, a.Role, a.WantsAt.Local().Format("2006-01-02 15:04"), a.Wants)
	}
}

func (e env) sayIfWaiting(ctx context.Context, s *staff.Service, name string) error {
	a, err := s.Store.ByName(ctx, strings.ToLower(name))
	if err == nil {
		e.sayWaiting(a)
	}
	return err
}

// knownDistricts refuses a district that neither an account nor a station lies in: whoever worked for it would see nothing.
func (e env) knownDistricts(cmd *cobra.Command, districts []string) error {
	if len(districts) == 0 {
		return nil
	}
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	known := []string{rota.City}
	for _, a := range cfg.WeChat.Accounts {
		known = append(known, a.District)
	}
	for _, a := range cfg.WeCom.Accounts {
		known = append(known, a.District)
	}
	if d, err := booking.LoadStations(os.DirFS(filepath.Join(cfg.Dialogs.Dir, "stations"))); err == nil {
		known = append(known, d.Districts...)
	}
	slices.Sort(known)
	known = slices.DeleteFunc(slices.Compact(known), func(d string) bool { return d == "" })
	for _, d := range districts {
		if !slices.Contains(known, strings.TrimSpace(d)) {
			return fmt.Errorf("--district %q is none of %s: the districts of the configured accounts and of the stations", d, strings.Join(known, ", "))
		}
	}
	return nil
}

// userRightsCommand prints who may do what, and how far.
func userRightsCommand(e env) *cobra.Command {
	return &cobra.Command{Use: "rights", Short: "print which role may do what, and how far (in Chinese, as Markdown)",
		Long: "Prints the one table by which the desk, the API and every list let staff through, with what needs two people. deploy/RIGHTS.md is\nthis output.", Args: cobra.NoArgs,
		RunE: work(func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(e.out, staff.Policy())
			return err
		})}
}
