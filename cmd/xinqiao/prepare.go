package main

import (
	"context"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/store"
)

var errNotPrepared = errors.New("the database has not been reached since the start")

// migrate brings the database into the form that this version needs; nil where an operator does so by hand. Until then
// nothing else is asked of it: readyz says so.
func (a *App) migrate(ctx context.Context) error {
	if !a.cfg.Database.Migrate || a.prepared() {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := a.db.Ping(asking); err != nil {
		return err
	}
	if err := a.db.Migrate(ctx); err != nil {
		return err
	}
	close(a.migrated)
	return nil
}

// beginKeys stops a start whose keys are not the database's. While the database is away that is looked at later; until then the
// oldest key seals, which everybody knows.
func (a *App) beginKeys(ctx context.Context) error {
	if !a.prepared() && a.cfg.Database.Migrate {
		return a.sealer.Agree([]uint32{})
	}
	asking, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	err := a.keys.begin(asking)
	if err != nil && (store.Away(err) || store.Unmigrated(err)) {
		a.log.Error("whether the keys are the database's is looked at once it can be asked", "error", err)
		return a.sealer.Agree([]uint32{})
	}
	return err
}

// eraseAgain erases whoever was erased, on a database that was just put back from a backup.
func (a *App) eraseAgain(ctx context.Context) error {
	restored, err := a.db.Restored(ctx)
	if err != nil || !restored {
		return err
	}
	n, err := a.db.Rights().Replay(ctx, restoredBy)
	if err != nil {
		return err
	}
	a.log.Warn("the database was put back from a backup: whoever was erased since is erased again", "people", n)
	return a.db.RestoreEnded(ctx)
}

func (a *App) prepared() bool {
	select {
	case <-a.migrated:
		return true
	default:
		return false
	}
}

const (
	startPatience = 3 * time.Second
	startPause    = time.Second // until what the database was not there for is tried again
)

// prepare does what a start needs the database for, as soon as it is there: a replica starts without it, and answers danger.
func (a *App) prepare(ctx context.Context) {
	steps := []func(context.Context) error{a.migrate, a.keys.begin, a.eraseAgain, a.media.Plan, a.retention.Plan, a.bookings.PlanPromises, a.events.PlanPromises}
	for warned := false; len(steps) > 0; {
		doing, cancel := context.WithTimeout(ctx, time.Minute)
		err := steps[0](doing)
		cancel()
		if err == nil {
			steps = steps[1:]
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if !warned {
			a.log.Warn("what the start needs the database for waits until it is back", "error", err)
			warned = true
		}
		timer := time.NewTimer(startPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
	_ = a.duty.Refresh(ctx) // logged there; whoever follows it tries again
}

// written says whether the database takes what is written, in the form that this version needs.
func (a *App) written(ctx context.Context) error {
	if a.cfg.Database.Migrate && !a.prepared() {
		return errNotPrepared
	}
	return a.db.Writes(ctx)
}
