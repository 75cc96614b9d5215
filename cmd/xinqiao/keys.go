package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// openKeys makes the keys on the very first start of the embedded default; elsewhere they must be there. Never are new ones made
// for a database that is filled: they would open nothing in it.
func openKeys(ctx context.Context, cfg config.Config) (*seal.Sealer, error) {
	if raw := cfg.Keys.JSON.Reveal(); raw != "" {
		return seal.Parse([]byte(raw))
	}
	file := keyFileOf(cfg)
	s, err := file.Load(false)
	if !errors.Is(err, seal.ErrNoFile) {
		return s, err
	}
	filled := false
	if cfg.Database.Embedded() {
		var looked error
		if filled, looked = store.Filled(ctx, store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir}); looked == nil && !filled {
			return file.Load(true)
		}
	}
	if filled {
		return nil, fmt.Errorf("%w; the database is filled, and new keys would open nothing in it. Put the key file back: its copy by deploy/backup/backup-keys.sh (xinqiao-keys-….enc, opened with --open), or the one that other replicas use; or name where it is with keys.file (XINQIAO_KEYS_FILE). No new keys were made", err)
	}
	return nil, fmt.Errorf("%w. A new installation makes it with `xinqiao keys init`, and each replica has the same; where there was one before, put its copy back (deploy/backup/backup-keys.sh --open)", err)
}

// wrongKeys says what to do about a key file that is not the database's.
func wrongKeys(cfg config.Config, err error) error {
	var wrong *store.WrongKeysError
	if !errors.As(err, &wrong) {
		return err
	}
	where := cfg.Path(cfg.Keys.File)
	if cfg.Keys.JSON.Reveal() != "" {
		where = "XINQIAO_KEYS_JSON"
	}
	return fmt.Errorf("%s is not the key file of this database: %w. Put the right one back: its copy by deploy/backup/backup-keys.sh (xinqiao-keys-….enc, opened with --open), or the one that other replicas use. Nothing was changed", where, err)
}

// keyWatch is what a replica does about keys while it runs: it reads the key file anew, says what it knows, seals with what all
// know, and seals anew what older keys sealed.
type keyWatch struct {
	a    *App
	name string

	unreadable *prometheus.CounterVec
	resealed   prometheus.Counter
	agreed     prometheus.Gauge
	left       prometheus.Gauge
	spoiled    prometheus.Gauge

	mu   sync.Mutex
	told map[string]time.Time // when an unreadable row of a table was last written into the log
}

// The pauses of what is done about keys.
const (
	keysPause     = 2 * time.Second        // between looks at the file
	sayPause      = 10 * time.Second       // between what is said to the others and asked of them
	resealPause   = 200 * time.Millisecond // between the parts of what is sealed anew: at most 500 rows/s
	resealRest    = time.Minute            // where nothing is left to be sealed anew
	resealAfter   = 2 * store.KeysAlive    // a key has sealed for so long before older texts are sealed anew with it
	unreadableLog = 5 * time.Minute        // between lines in the log of one table
)

func newKeyWatch(a *App, name string) *keyWatch {
	w := &keyWatch{
		a: a, name: name, told: map[string]time.Time{},
		unreadable: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xinqiao_unreadable_total", Help: "How often a sealed text could not be opened, by table; its page said so and worked otherwise."}, []string{"table"}),
		resealed:   prometheus.NewCounter(prometheus.CounterOpts{Name: "xinqiao_resealed_total", Help: "Texts that were sealed anew, under a person's key or with a newer key."}),
		agreed:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "xinqiao_key_agreed", Help: "1 where the key seals that the key file wants; 0 while some replica does not know it yet."}),
		left:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "xinqiao_reseal_tables_left", Help: "Tables that are not wholly sealed with the newest key yet."}),
		spoiled:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "xinqiao_reseal_unreadable_rows", Help: "Rows that nothing could open when they were to be sealed anew."}),
	}
	a.metrics.MustRegister(w.unreadable, w.resealed, w.agreed, w.left, w.spoiled)
	w.agreed.Set(1)
	return w
}

// saw counts a text that could not be opened, and says so in the log, not once for each.
func (w *keyWatch) saw(table, id string, cause error) {
	w.unreadable.WithLabelValues(table).Inc()
	w.mu.Lock()
	quiet := w.a.now().Sub(w.told[table]) < unreadableLog && !w.told[table].IsZero()
	if !quiet {
		w.told[table] = w.a.now()
	}
	w.mu.Unlock()
	if !quiet {
		w.a.log.Error("A STORED TEXT CANNOT BE OPENED: its page says so and works; the row is left as it is. See XinqiaoUnreadable in deploy/RUNBOOK.md: most likely a key is missing in the key file", "table", table, "row", id, "error", cause)
	}
}

// begin is done before anything is sealed: see that the keys are the database's, and agree with those who run already.
func (w *keyWatch) begin(ctx context.Context) error {
	if err := w.a.db.CheckKeys(ctx); err != nil {
		return wrongKeys(w.a.cfg, err)
	}
	return w.say(ctx)
}

func (w *keyWatch) say(ctx context.Context) error {
	used := w.a.sealer.Keys().Using
	say := func() error { return w.a.db.SayKeys(ctx, w.name, w.a.spool.Figures().Entries) }
	if err := say(); err != nil {
		return err
	}
	if err := w.a.db.AgreeKeys(ctx, w.name); err != nil {
		return err
	}
	if w.a.sealer.Keys().Using != used {
		if err := say(); err != nil {
			return err
		}
	}
	agreed := 0.0
	if w.settled() {
		agreed = 1
	}
	w.agreed.Set(agreed)
	return nil
}

// settled says whether the key seals that the file wants.
func (w *keyWatch) settled() bool {
	k := w.a.sealer.Keys()
	return k.Using == k.Primary
}

// run watches until ctx ends.
func (w *keyWatch) run(ctx context.Context) {
	var resealing sync.WaitGroup
	resealing.Go(func() { w.reseal(ctx) })
	defer resealing.Wait()
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = w.a.db.UnsayKeys(ending, w.name) // it ends by itself
	}()
	ticker := time.NewTicker(keysPause)
	defer ticker.Stop()
	var said time.Time
	pause := sayPause
	for {
		changed, err := w.a.sealer.Reload()
		if err != nil {
			w.a.log.Error("the key file changed and is not taken up; what was read before stays in use", "error", err)
		}
		if changed {
			w.a.log.Info("the key file was read anew", "keys", len(w.a.sealer.Keys().IDs))
		}
		if changed || time.Since(said) >= pause {
			said = time.Now()
			asking, cancel := context.WithTimeout(ctx, sayPause)
			err := w.say(asking)
			if pause = sayPause; !w.settled() { // the others are about to learn of a key
				pause = keysPause
			}
			if err == nil {
				_, err = w.a.db.Outbox().ReleaseSealed(asking, w.a.now())
			}
			cancel()
			if err != nil && ctx.Err() == nil {
				w.a.log.Debug("the other replicas are not asked about keys just now", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// reseal seals anew, a little at a time. A key that just began to seal waits: somebody may still seal with the one before.
func (w *keyWatch) reseal(ctx context.Context) {
	using, since, wasDone := uint32(0), time.Time{}, false
	for {
		pause := resealPause
		if k := w.a.sealer.Keys(); k.Using != using {
			using, since, wasDone = k.Using, time.Now(), false
		}
		rotated := len(w.a.sealer.Keys().IDs) > 1
		switch {
		case !w.a.prepared() || rotated && time.Since(since) < resealAfter:
			pause = time.Second
		default:
			n, done, err := w.a.db.ResealStep(ctx, w.name)
			w.resealed.Add(float64(n))
			if done && !wasDone {
				err = errors.Join(err, w.finished(ctx))
			}
			if wasDone = done && err == nil; done || err != nil {
				pause = resealRest
			}
			if err != nil && ctx.Err() == nil {
				w.a.log.Warn("texts are not sealed anew just now; it goes on later", "error", err)
			}
			w.progress(ctx)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// finished does what comes once when everything is sealed as it should be.
func (w *keyWatch) finished(ctx context.Context) error {
	if err := w.a.db.SweepKeys(ctx); err != nil {
		return err
	}
	did, err := w.a.db.Tidy(ctx, w.name)
	if did {
		w.a.log.Info("every stored text is sealed under the key that it should be", "key", w.a.sealer.Keys().Using)
	}
	return err
}

func (w *keyWatch) progress(ctx context.Context) {
	all, err := w.a.db.Reseals(ctx)
	if err != nil {
		return
	}
	left, spoiled := store.SealedColumns(), 0
	for _, r := range all {
		if !r.Done.IsZero() && r.Target == w.a.sealer.Keys().Using {
			left--
		}
		spoiled += r.Unreadable
	}
	w.left.Set(float64(max(left, 0)))
	w.spoiled.Set(float64(spoiled))
}
