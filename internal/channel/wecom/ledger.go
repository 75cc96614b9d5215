package wecom

import (
	"context"
	"encoding/json"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Ledger keeps the progress durably, for all replicas.
type Ledger interface {
	// Progress returns the zero value for an account that was never pulled.
	Progress(ctx context.Context, openKfID string) (channel.Progress, error)
	// Advance keeps a progress unless a later one is there.
	Advance(ctx context.Context, openKfID string, p channel.Progress) error
}

const progressTTL = 4 * 24 * time.Hour // the platform keeps messages for three days

func progressKey(a *account) string { return "wecom-progress:" + a.OpenKfID }

// progress is the furthest that this process, the replicas' cache and the database know of. Where none of them knows, since
// the process has just begun and the database is away, blind is true.
func (c *Channel) progress(ctx context.Context, a *account) (p channel.Progress, blind bool) {
	a.mu.Lock()
	p = a.local
	a.mu.Unlock()
	kept, err := c.o.Ledger.Progress(ctx, a.OpenKfID)
	if err != nil {
		c.o.Log.Warn("how far messages were pulled cannot be read from the database; going on from what this replica knows", "account", a.Name, "error", err)
	}
	if kept.Version > p.Version {
		p = kept
	}
	var shared channel.Progress
	if raw, ok, cerr := c.o.Cache.Get(ctx, progressKey(a)); cerr == nil && ok && json.Unmarshal([]byte(raw), &shared) == nil && shared.Version > p.Version {
		p = shared
	}
	return p, err != nil && p.Version == 0
}

// advance keeps a progress wherever it can be kept.
func (c *Channel) advance(ctx context.Context, a *account, p channel.Progress) {
	a.mu.Lock()
	a.local = p
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepPatience)
	defer cancel()
	if err := c.o.Ledger.Advance(ctx, a.OpenKfID, p); err != nil {
		c.o.Log.Warn("how far messages were pulled is not kept in the database", "account", a.Name, "error", err)
	}
	if raw, err := json.Marshal(p); err == nil {
		_ = c.o.Cache.Set(ctx, progressKey(a), string(raw), progressTTL) // a copy: what is away is away for more than this
	}
}

const keepPatience = 2 * time.Second

// recent remembers which messages this process took, the last thousands of them.
type recent struct {
	ids   map[string]struct{}
	order []string
}

const mostRecent = 20000

func newRecent() *recent { return &recent{ids: map[string]struct{}{}} }

func (r *recent) has(id string) bool { _, there := r.ids[id]; return there }

func (r *recent) add(id string) {
	if r.has(id) {
		return
	}
	r.ids[id] = struct{}{}
	r.order = append(r.order, id)
	if len(r.order) > mostRecent {
		for _, old := range r.order[:mostRecent/2] {
			delete(r.ids, old)
		}
		r.order = append([]string(nil), r.order[mostRecent/2:]...)
	}
}
