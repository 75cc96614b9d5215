package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func keysCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "make, show and rotate the keys that seal what is stored",
		Long: `The key file seals the keys of people, and everything that is nobody's. It is changed in steps, while the program runs:

  xinqiao keys add         a new key, which opens and seals nothing yet; give the file to every replica
  xinqiao keys promote ID  it seals, once every replica that runs has said that it knows it
  xinqiao keys status      what was sealed anew with it, in the background
  xinqiao keys retire ID   the old key goes, once no row needs it

"rotate" does the first two at once, where all replicas read the same file.`,
	}
	cmd.AddCommand(keysInitCommand(e), keysStatusCommand(e), keysAddCommand(e), keysPromoteCommand(e), keysRotateCommand(e), keysRetireCommand(e))
	return cmd
}

// keyFileOf is the key file of a configuration.
func keyFileOf(cfg config.Config) seal.File {
	return seal.File{Path: cfg.Path(cfg.Keys.File), Wrap: cfg.Keys.Wrap, Unwrap: cfg.Keys.Unwrap}
}

// keyFile is where the configuration says that the key file is. Keys that come in the environment are changed where they come from.
func (e env) keyFile(cmd *cobra.Command) (config.Config, seal.File, error) {
	cfg, err := e.load(cmd)
	if err == nil && cfg.Keys.JSON.Reveal() != "" {
		err = errors.New("the keys come from XINQIAO_KEYS_JSON: write them into a file, name it with --config or XINQIAO_KEYS_FILE and without XINQIAO_KEYS_JSON, change it there, and put its new content back where the variable comes from")
	}
	return cfg, keyFileOf(cfg), err
}

func keysInitCommand(e env) *cobra.Command {
	return &cobra.Command{Use: "init", Short: "make the keys; refuses when they exist, or when the database is filled", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
		cfg, file, err := e.keyFile(cmd)
		if err != nil {
			return err
		}
		if filled, err := store.Filled(cmd.Context(), store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir}); err == nil && filled {
			if s, err := file.Load(false); err == nil && s != nil {
				return fmt.Errorf("%s: %w", file.Path, seal.ErrExists)
			}
			return errors.New("the database is filled already, and new keys would open nothing in it: put the key file back that it was sealed with (deploy/backup/backup-keys.sh --open). For a new installation name an empty database")
		}
		if err := file.Create(); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(e.out, "%s made. Back it up, apart from the database: without it what is sealed is lost.\n", file.Path)
		return nil
	})}
}

func keysAddCommand(e env) *cobra.Command {
	return &cobra.Command{Use: "add", Short: "add a key that opens and seals nothing yet", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
		_, file, err := e.keyFile(cmd)
		if err != nil {
			return err
		}
		id, err := file.Add()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(e.out, "%s has the new key %d, which seals nothing yet. Back the file up (deploy/backup/backup-keys.sh) and give it to every replica, which reads it by itself; then: xinqiao keys promote %d\n", file.Path, id, id)
		return nil
	})}
}

func keyID(arg string) (uint32, error) {
	id, err := strconv.ParseUint(arg, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no ID of a key: take one of those that `xinqiao keys status` lists", arg)
	}
	return uint32(id), nil
}

// errUnknown says who does not know a key yet.
var errUnknown = errors.New("some replicas do not know the key yet")

func (e env) knownToAll(ctx context.Context, db *store.DB, id uint32) error {
	all, err := db.KeyReplicas(ctx)
	if err != nil {
		return err
	}
	behind := 0
	for _, r := range all {
		if !slices.Contains(r.Knows, id) {
			behind++
		}
	}
	if behind > 0 {
		return fmt.Errorf("%w: %d of the %d that run have not read it. Give them the file; they look every few seconds", errUnknown, behind, len(all))
	}
	return nil
}

func keysPromoteCommand(e env) *cobra.Command {
	return &cobra.Command{Use: "promote ID", Short: "let a key seal, once every replica that runs knows it", Args: cobra.ExactArgs(1), RunE: work(func(cmd *cobra.Command, args []string) error {
		_, file, err := e.keyFile(cmd)
		if err != nil {
			return err
		}
		id, err := keyID(args[0])
		if err != nil {
			return err
		}
		return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
			if err := e.knownToAll(ctx, db, id); err != nil {
				return err
			}
			return e.promote(ctx, db, file, id)
		})
	})}
}

func (e env) promote(ctx context.Context, db *store.DB, file seal.File, id uint32) error {
	if err := db.Trail().Record(ctx, audit.Event{Kind: audit.KeysRotated, Object: strconv.FormatUint(uint64(id), 10), Note: "换成用它加密"}); err != nil {
		return err
	}
	if err := file.Promote(id); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.out, "key %d seals from now on; what older keys sealed is sealed anew in the background (xinqiao keys status). Give the file to every replica that has a copy of its own, and back it up.\n", id)
	return nil
}

// rotatePause is how often those who run are asked whether they know the new key.
const rotatePause = time.Second

func keysRotateCommand(e env) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "rotate", Short: "add a key, and let it seal as soon as every replica that runs knows it", Args: cobra.NoArgs,
		Long: "Does `keys add` and `keys promote` in one. Where replicas have copies of the key file, do the steps one by one: they cannot learn of the\nnew key from this one. Should not all know it in time, the key is in the file and `keys promote` finishes it.",
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			_, file, err := e.keyFile(cmd)
			if err != nil {
				return err
			}
			id, err := file.Add()
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(e.out, "%s has the new key %d\n", file.Path, id)
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				err := e.knownToAll(ctx, db, id)
				for until := time.Now().Add(wait); errors.Is(err, errUnknown) && time.Now().Before(until); {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(rotatePause):
					}
					err = e.knownToAll(ctx, db, id)
				}
				switch {
				case errors.Is(err, errUnknown):
					return fmt.Errorf("%w. Then: xinqiao keys promote %d", err, id)
				case store.Unmigrated(err) || store.Away(err): // nobody runs on it, or nobody can say: each takes it up when all do
				case err != nil:
					return err
				}
				return e.promote(ctx, db, file, id)
			})
		}),
	}
	cmd.Flags().DurationVar(&wait, "wait", 2*time.Minute, "how long to wait until every replica knows the new key")
	return cmd
}

func keysStatusCommand(e env) *cobra.Command {
	var rows bool
	cmd := &cobra.Command{Use: "status", Short: "list the keys, never their material, who knows them, and what is still to be sealed anew", Args: cobra.NoArgs, RunE: work(func(cmd *cobra.Command, _ []string) error {
		cfg, err := e.load(cmd)
		if err != nil {
			return err
		}
		s, err := openKeysAsTheyAre(cfg)
		if err != nil {
			return err
		}
		k := s.Keys()
		for _, id := range k.IDs {
			does := "opens what it sealed"
			if id == k.Primary {
				does = "seals and opens"
			}
			_, _ = fmt.Fprintf(e.out, "key %d  AES-256-GCM  %s\n", id, does)
		}
		if cfg.Database.Embedded() {
			if filled, err := store.Filled(cmd.Context(), store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir}); err != nil || !filled {
				return err
			}
		}
		err = e.withDB(cmd, func(ctx context.Context, db *store.DB) error { return e.keyProgress(ctx, db, k, rows) })
		if err != nil && (store.Away(err) || store.Unmigrated(err)) {
			_, _ = fmt.Fprintln(e.out, "the database cannot be asked who knows them and what is sealed with them")
			return nil
		}
		return err
	})}
	cmd.Flags().BoolVar(&rows, "rows", false, "count the rows that each key still opens, which reads every row")
	return cmd
}

func (e env) keyProgress(ctx context.Context, db *store.DB, k seal.Keys, rows bool) error {
	replicas, err := db.KeyReplicas(ctx)
	if err != nil {
		return err
	}
	for _, r := range replicas {
		missing := ""
		for _, id := range k.IDs {
			if !slices.Contains(r.Knows, id) {
				missing += fmt.Sprintf(", does not know %d yet", id)
			}
		}
		_, _ = fmt.Fprintf(e.out, "replica %s  seals with %d%s\n", r.Name[:min(8, len(r.Name))], r.Seals, missing)
	}
	all, err := db.Reseals(ctx)
	if err != nil {
		return err
	}
	done, moved, unreadable := 0, 0, 0
	for _, r := range all {
		if !r.Done.IsZero() && r.Target == k.Primary {
			done++
		}
		moved += r.Moved
		unreadable += r.Unreadable
	}
	_, _ = fmt.Fprintf(e.out, "sealed anew: %d of %d tables done for key %d, %d rows moved, %d rows that nothing opens\n", done, store.SealedColumns(), k.Primary, moved, unreadable)
	if !rows {
		return nil
	}
	for _, id := range k.IDs {
		needs, err := db.Needs(ctx, id)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(e.out, "key %d is needed by %s\n", id, needed(needs))
	}
	return nil
}

func needed(rows map[string]int) string {
	var parts []string
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		parts = append(parts, fmt.Sprintf("%d of %s", rows[table], table))
	}
	if len(parts) == 0 {
		return "no row"
	}
	return strings.Join(parts, ", ")
}

func keysRetireCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "retire ID", Short: "take an old key away for good, once nothing needs it", Args: cobra.ExactArgs(1),
		Long: `Takes a key out of the file. Refused while a row of the database, a message that waits on a replica's disk, or a replica
that seals with it needs the key. With the key go the copies of people's keys in old backups and logs that it sealed:
whoever was erased before is noise there, too. Sessions and links of pages that it sealed begin anew.`,
		RunE: work(func(cmd *cobra.Command, args []string) error {
			cfg, file, err := e.keyFile(cmd)
			if err != nil {
				return err
			}
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			s, err := file.Load(false)
			if err != nil {
				return err
			}
			switch k := s.Keys(); {
			case !slices.Contains(k.IDs, id):
				return fmt.Errorf("there is no key %d in %s", id, file.Path)
			case k.Primary == id:
				return fmt.Errorf("key %d seals: promote another first", id)
			}
			return e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
				if err := unneeded(ctx, cfg, db, id); err != nil {
					return err
				}
				if err := db.Trail().Record(ctx, audit.Event{Kind: audit.KeysRotated, Object: strconv.FormatUint(uint64(id), 10), Note: "不再使用，移出密钥文件"}); err != nil {
					return err
				}
				if err := file.Retire(id); err != nil {
					return err
				}
				_, _ = fmt.Fprintf(e.out, "key %d is gone from %s. Give the file to every replica, back it up, and destroy the older copies.\n", id, file.Path)
				return nil
			})
		}),
	}
}

// unneeded is an error that says who needs a key.
func unneeded(ctx context.Context, cfg config.Config, db *store.DB, id uint32) error {
	replicas, err := db.KeyReplicas(ctx)
	if err != nil {
		return err
	}
	for _, r := range replicas {
		if r.Seals == id {
			return fmt.Errorf("replica %s seals with key %d: wait until it has taken up the newer one (xinqiao keys status)", r.Name[:min(8, len(r.Name))], id)
		}
		if r.Spooled > 0 {
			return fmt.Errorf("%d messages wait on the disk of replica %s, sealed: wait until they are recorded", r.Spooled, r.Name[:min(8, len(r.Name))])
		}
	}
	if n := spool.Files(cfg.Path("spool")); n > 0 && len(replicas) == 0 {
		return fmt.Errorf("%d messages wait in %s, sealed: start the server, so that they are recorded", n, cfg.Path("spool"))
	}
	needs, err := db.Needs(ctx, id)
	if err != nil {
		return err
	}
	if len(needs) > 0 {
		again := db.AgainFor(ctx, slices.Collect(maps.Keys(needs))...)
		return errors.Join(fmt.Errorf("key %d is needed by %s: they are sealed anew while the server runs; try again later (xinqiao keys status --rows)", id, needed(needs)), again)
	}
	return nil
}
