package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// withDB runs f with the configured database open and nothing else. To the audit trail it is the operator who acts.
func (e env) withDB(cmd *cobra.Command, f func(ctx context.Context, db *store.DB) error) error {
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	if err := closeFolders(cfg, e.logger(cfg)); err != nil {
		return err
	}
	sealer, err := openKeys(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir, Sealer: sealer, Unreadable: e.unreadable})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	// It seals with what those who run know, and with nothing where the keys are another database's. Without tables there is
	// nothing to seal.
	if err := db.CheckKeys(cmd.Context()); err != nil && !store.Unmigrated(err) && !store.Away(err) {
		return wrongKeys(cfg, err)
	}
	if err := db.AgreeKeys(cmd.Context(), ""); err != nil && !store.Unmigrated(err) && !store.Away(err) {
		return err
	}
	return f(audit.With(cmd.Context(), operator()), db)
}

// operator is who works at the command line: whoever the machine says they are.
func operator() audit.Actor {
	name := "?"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return audit.Actor{ID: "operator:" + name, Name: name, Role: audit.RoleOperator}
}

// unreadable says of a stored text that it cannot be opened.
func (e env) unreadable(table, id string, cause error) {
	_, _ = fmt.Fprintf(e.err, "a stored text cannot be opened (%s %s): %v\n", table, id, cause)
}

func migrateCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "bring the database's tables up to date, or say how they stand"}
	cmd.AddCommand(
		&cobra.Command{Use: "up", Short: "apply what is missing, under a lock", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error { return db.Migrate(ctx) })
		})},
		&cobra.Command{Use: "status", Short: "list the migrations and which are applied", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				status, err := db.MigrationStatus(ctx)
				if err != nil {
					return err
				}
				for _, line := range status {
					_, _ = fmt.Fprintln(e.out, line)
				}
				return nil
			})
		})},
	)
	return cmd
}

func staffCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "staff", Short: "the people who work at the desk"}
	with := func(cmd *cobra.Command, f func(ctx context.Context, s *staff.Service) error) error {
		return e.withStaff(cmd, f)
	}
	var role, display, station, account string
	var districts []string
	add := &cobra.Command{Use: "add NAME", Short: "add an account and print its one-time password", Example: "  xinqiao staff add chen --display 陈老师 --role counsellor\n  xinqiao staff add tianhe --display 天河前台 --role station --station tianhe-1\n  xinqiao staff add shifan --display 示例小学王老师 --account school1", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
		if display == "" {
			display = args[0]
		}
		if staff.Role(role) == staff.Station {
			if err := e.knownStation(cmd, station); err != nil {
				return err
			}
		}
		if err := cmp.Or(e.knownAccount(cmd, account), e.knownDistricts(cmd, districts)); err != nil {
			return err
		}
		return with(cmd, func(ctx context.Context, s *staff.Service) error {
			add := func() (staff.Account, string, error) { return s.Add(ctx, args[0], display, staff.Role(role)) }
			if station != "" {
				add = func() (staff.Account, string, error) { return s.AddAtStation(ctx, args[0], display, station) }
			}
			if account != "" {
				add = func() (staff.Account, string, error) {
					return s.AddServing(ctx, args[0], display, staff.Role(role), account)
				}
			}
			a, password, err := add()
			if err == nil && len(districts) > 0 {
				a, err = s.Bind(ctx, a.Name, districts, account)
			}
			if err == nil {
				e.oneTime(args[0], password, s)
				e.sayWaiting(a)
			}
			return err
		})
	})}
	add.PreRunE = func(*cobra.Command, []string) error {
		if station != "" && staff.Role(role) != staff.Station {
			return fmt.Errorf("--station goes with --role %s alone, not with %s", staff.Station, role)
		}
		if account != "" && station != "" {
			return errors.New("--account and --station do not go together: a station is every account's")
		}
		if len(districts) > 0 && station != "" {
			return errors.New("--district and --station do not go together: a station lies in one district")
		}
		return validRole(role)
	}
	add.Flags().StringSliceVar(&districts, "district", nil, "the districts that they work for, with commas between (default: the whole city)")
	add.Flags().StringVar(&account, "account", "", "the one account of the service that they work for, a school's or a district's: they see the people who came by it alone")
	add.Flags().StringVar(&role, "role", "counsellor", roleNames())
	add.Flags().StringVar(&station, "station", "", "the ID of the one station that an account of the role station works at")
	add.Flags().StringVar(&display, "display", "", "the name that colleagues and persons see (default: NAME)")
	cmd.AddCommand(add, e.staffRole(with), e.staffBind(with),
		&cobra.Command{Use: "list", Short: "list the accounts", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
			return with(cmd, func(ctx context.Context, s *staff.Service) error {
				accounts, err := s.List(ctx)
				if err != nil {
					return err
				}
				with, err := s.WithFactor(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
				_, _ = fmt.Fprintln(w, "NAME\tDISPLAY\tROLE\tSTATION\tACCOUNT\tDISTRICTS\tCODE\tSTATE")
				for _, a := range accounts {
					state := "active"
					if !a.DisabledAt.IsZero() {
						state = "disabled"
					}
					if a.Wants != "" {
						state += ", waits to be " + string(a.Wants)
					}
					code := "-"
					if slices.Contains(with, a.ID) {
						code = "set up"
					}
					_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, a.DisplayName, a.Role, cmp.Or(a.Station, "-"), cmp.Or(a.Serves, "-"), cmp.Or(strings.Join(a.Districts, ","), "-"), code, state)
				}
				return w.Flush()
			})
		})},
		&cobra.Command{Use: "disable NAME", Short: "end an account's access at once", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
			return with(cmd, func(ctx context.Context, s *staff.Service) error { return s.Disable(ctx, args[0]) })
		})},
		&cobra.Command{Use: "reset NAME", Short: "print a new one-time password", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
			return with(cmd, func(ctx context.Context, s *staff.Service) error {
				password, err := s.Reset(ctx, args[0])
				if err == nil {
					e.oneTime(args[0], password, s)
					err = e.sayIfWaiting(ctx, s, args[0])
				}
				return err
			})
		})},
		&cobra.Command{Use: "reset-code NAME", Short: "take away a lost authenticator; they set up a new one when they sign in", Long: `Takes the second factor and the recovery codes of an account away, and ends its sessions. At the next sign-in its owner sets up
a new one with their password alone. Make sure first that it is they who ask: face to face, or by a number that you know.`, Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
			return with(cmd, func(ctx context.Context, s *staff.Service) error {
				a, err := s.ResetFactor(ctx, args[0])
				if err == nil {
					_, _ = fmt.Fprintf(e.out, "%s sets up a new authenticator at the next sign-in\n", a.Name)
				}
				return err
			})
		})},
	)
	return cmd
}

// knownAccount refuses an account that is not configured, and names those that are; "" is none.
func (e env) knownAccount(cmd *cobra.Command, account string) error {
	if account == "" {
		return nil
	}
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	known := accountNames(cfg)
	if slices.Contains(known, account) {
		return nil
	}
	return fmt.Errorf("no account %q is configured; there are: %s", account, strings.Join(known, ", "))
}

// accountNames are the accounts of the service, official ones, those of WeCom and the web chat.
func accountNames(cfg config.Config) []string {
	var known []string
	for _, a := range cfg.WeChat.Accounts {
		known = append(known, a.Name)
	}
	for _, a := range cfg.WeCom.Accounts {
		known = append(known, a.Name)
	}
	if cfg.Web.Chat {
		known = append(known, web.AccountName)
	}
	return known
}

// knownStation refuses a station that is not in the directory, and names those that are.
func (e env) knownStation(cmd *cobra.Command, station string) error {
	cfg, err := e.load(cmd)
	if err != nil {
		return err
	}
	d, err := booking.LoadStations(os.DirFS(filepath.Join(cfg.Dialogs.Dir, "stations")))
	if err != nil {
		return err
	}
	if _, ok := d.Station(station); ok {
		return nil
	}
	known := make([]string, len(d.All()))
	for i, st := range d.All() {
		known[i] = fmt.Sprintf("  %s  %s", st.ID, st.Name)
	}
	return fmt.Errorf("--station %q is no station of %s; these are:\n%s", station, filepath.Join(cfg.Dialogs.Dir, "stations"), strings.Join(known, "\n"))
}

// validRole refuses a role that nobody has, and names those that exist.
func validRole(role string) error {
	if staff.Role(role).Valid() {
		return nil
	}
	return fmt.Errorf("--role %q is none of %s", role, roleNames())
}

func roleNames() string {
	var names []string
	for _, r := range staff.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
