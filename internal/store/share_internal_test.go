package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// crowd is some who write to one SQLite file at the same time: they stand in line behind a first one until it is let go.
type crowd struct {
	t      *testing.T
	db     *DB
	wg     sync.WaitGroup
	open   chan struct{}
	mu     sync.Mutex
	order  []string
	shared map[gorm.ConnPool][]string // who was in which transaction
	errs   map[string]error
}

func newCrowd(t *testing.T) *crowd {
	dir := t.TempDir()
	sealer, err := seal.LoadOrCreate(filepath.Join(dir, "keys.json"), true)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "x.db")
	if err := WriteFresh(file); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) // and it stays so, however busy the machine is
	db, err := Open(t.Context(), Options{URL: "sqlite:" + file, Sealer: sealer, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &crowd{t: t, db: db, open: make(chan struct{}), shared: map[gorm.ConnPool][]string{}, errs: map[string]error{}}
}

// writes has somebody put a row into the outbox, and do then behind it; it returns once they stand in line, or have the turn.
func (c *crowd) writes(ctx context.Context, who string, then func(ctx context.Context) error) {
	c.t.Helper()
	before := c.inLine()
	c.wg.Go(func() {
		var err error
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%v", p)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.errs[who] = err
		}()
		err = c.db.InTx(ctx, func(ctx context.Context) error {
			tx, _ := ctx.Value(txKey{}).(*gorm.DB)
			c.mu.Lock()
			c.order = append(c.order, who)
			c.shared[tx.Statement.ConnPool] = append(c.shared[tx.Statement.ConnPool], who)
			c.mu.Unlock()
			if err := c.db.Outbox().Put(ctx, outbox.Row{Key: who, Kind: "x"}); err != nil {
				return err
			}
			return then(ctx)
		})
	})
	for c.inLine() == before {
	}
}

// inLine is how many have come.
func (c *crowd) inLine() int {
	c.db.line.mu.Lock()
	defer c.db.line.mu.Unlock()
	n := len(c.db.line.waiting)
	if c.db.line.busy {
		n++
	}
	return n
}

func (c *crowd) kept() []string {
	c.t.Helper()
	var keys []string
	if err := c.db.reads.Raw("SELECT op_key FROM outbox ORDER BY seq").Scan(&keys).Error; err != nil {
		c.t.Fatal(err)
	}
	return keys
}

func fine(context.Context) error { return nil }

func TestWhoStandsInLineIsAnsweredByOneCommitAndWhoFailsFailsAlone(t *testing.T) {
	c := newCrowd(t)
	broken := errors.New("broken")
	c.writes(t.Context(), "first", func(context.Context) error {
		<-c.open
		if kept := c.kept(); len(kept) != 0 {
			t.Errorf("before the commit others see %v", kept)
		}
		return nil
	})
	c.writes(t.Context(), "second", fine)
	c.writes(t.Context(), "fails", func(context.Context) error { return broken })
	c.writes(t.Context(), "panics", func(context.Context) error { panic("panicked") })
	late, cancel := context.WithCancel(t.Context())
	c.writes(late, "broken off", func(context.Context) error { cancel(); return nil })
	c.writes(t.Context(), "double", func(ctx context.Context) error {
		return c.db.Outbox().Put(ctx, outbox.Row{Key: "first", Kind: "x"}) // is left as it is
	})
	c.writes(t.Context(), "nested", func(ctx context.Context) error {
		inner := c.db.InTx(context.WithValue(ctx, savepointKey{}, true), func(ctx context.Context) error {
			return errors.Join(c.db.Outbox().Put(ctx, outbox.Row{Key: "inner", Kind: "x"}), broken)
		})
		if !errors.Is(inner, broken) {
			t.Errorf("the inner transaction: %v", inner)
		}
		return nil
	})
	gone, leave := context.WithCancel(t.Context())
	c.writes(gone, "left the line", fine)
	leave()
	for c.inLine() != 7 {
	}
	c.writes(t.Context(), "last", fine)
	close(c.open)
	c.wg.Wait()
	want := []string{"first", "second", "double", "nested", "last"}
	if kept := c.kept(); !slices.Equal(kept, want) {
		t.Errorf("kept is %v, want %v", kept, want)
	}
	for _, who := range want {
		if c.errs[who] != nil {
			t.Errorf("%s: %v", who, c.errs[who])
		}
	}
	for who, err := range map[string]error{"fails": broken, "broken off": context.Canceled, "left the line": context.Canceled} {
		if !errors.Is(c.errs[who], err) {
			t.Errorf("%s: %v, want %v", who, c.errs[who], err)
		}
	}
	if c.errs["panics"] == nil {
		t.Error("the panic was swallowed")
	}
	if n := len(c.shared); n != 1 {
		t.Errorf("there were %d transactions (%v), want one", n, c.shared)
	}
	if n := c.inLine(); n != 0 {
		t.Errorf("%d still stand in line", n)
	}
	if err := c.db.Outbox().Put(t.Context(), outbox.Row{Key: "later", Kind: "x"}); err != nil {
		t.Errorf("whoever comes later: %v", err)
	}
}

func TestASharedTransactionThatIsUndoneIsRunAgainByEverybodyInIt(t *testing.T) {
	c := newCrowd(t)
	c.writes(t.Context(), "first", func(context.Context) error { <-c.open; return nil })
	once := sync.OnceFunc(func() { // as SQLite does by itself where the disk is full
		c.mu.Lock()
		defer c.mu.Unlock()
		for tx := range c.shared {
			if _, err := tx.ExecContext(t.Context(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
		}
	})
	c.writes(t.Context(), "second", func(context.Context) error { once(); return nil })
	c.writes(t.Context(), "third", fine)
	close(c.open)
	c.wg.Wait()
	kept := c.kept()
	slices.Sort(kept)
	if want := []string{"first", "second", "third"}; !slices.Equal(kept, want) {
		t.Errorf("kept is %v, want %v", kept, want)
	}
	for who, err := range c.errs {
		if err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
}

func TestNobodyWaitsForASharedTransactionForLong(t *testing.T) {
	c := newCrowd(t)
	c.writes(t.Context(), "first", func(context.Context) error { <-c.open; return nil })
	for i := range 3 * mostShare {
		c.writes(t.Context(), fmt.Sprintf("%03d", i), fine)
	}
	close(c.open)
	c.wg.Wait()
	for _, who := range c.shared {
		if len(who) > mostShare {
			t.Errorf("%d were in one transaction, at most %d may", len(who), mostShare)
		}
	}
	if n := len(c.kept()); n != 3*mostShare+1 {
		t.Errorf("%d rows were kept", n)
	}
	if !slices.IsSorted(c.order[1:]) {
		t.Errorf("they did not have their turn in the order in which they came: %v", c.order)
	}
}
