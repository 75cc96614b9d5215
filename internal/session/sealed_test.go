package session_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// peeked notes all that reaches a cache.
type peeked struct {
	session.Cache
	seen strings.Builder
}

func (p *peeked) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	p.seen.WriteString(key + "=" + value + "\n")
	return p.Cache.Set(ctx, key, value, ttl)
}

func (p *peeked) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	p.seen.WriteString(key + "\n")
	return p.Cache.Lock(ctx, key, ttl)
}

func keys(t *testing.T) *seal.Sealer {
	t.Helper()
	s, err := seal.LoadOrCreate(filepath.Join(t.TempDir(), "keys.json"), true)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASealedCacheTellsWhoeverLooksIntoItNothing(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		ctx, under, sealer := t.Context(), &peeked{Cache: s}, keys(t)
		c := session.Sealed{Cache: under, Sealer: sealer}
		const key, value = "token:wx-oOpenid0001", "access-token-0001"
		if err := c.Set(ctx, key, value, time.Minute); err != nil {
			t.Fatal(err)
		}
		unlock, err := c.Lock(ctx, key, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		if got, ok, err := c.Get(ctx, key); got != value || !ok || err != nil {
			t.Errorf("read again: %q %v %v", got, ok, err)
		}
		if other, ok, err := c.Get(ctx, key+"x"); ok || err != nil {
			t.Errorf("another name holds %q %v", other, err)
		}
		seen := under.seen.String()
		if strings.Contains(seen, "oOpenid0001") || strings.Contains(seen, "access-token") || !strings.HasPrefix(seen, "token:") {
			t.Errorf("the cache shows %q", seen)
		}
		// A value that somebody moved to another name, or changed, or that other keys sealed, is as good as not there.
		line, _, _ := strings.Cut(seen, "\n")
		name, sealed, _ := strings.Cut(line, "=")
		if err := c.Set(ctx, "ticket:a", "x", time.Minute); err != nil {
			t.Fatal(err)
		}
		all := strings.Split(strings.TrimSpace(under.seen.String()), "\n")
		ticket, _, _ := strings.Cut(all[len(all)-1], "=")
		for what, put := range map[string]string{"moved": sealed, "changed": sealed[:len(sealed)-2] + "AA", "no sealed text": "plain", "empty": ""} {
			if err := s.Set(ctx, ticket, put, time.Minute); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := c.Get(ctx, "ticket:a"); ok || err != nil {
				t.Errorf("%s: %q %v", what, got, err)
			}
		}
		if got, ok, err := (session.Sealed{Cache: s, Sealer: keys(t)}).Get(ctx, key); ok || err != nil {
			t.Errorf("with other keys: %q %v", got, err)
		}
		if err := c.Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := s.Get(ctx, name); ok {
			t.Error("a deleted value is still there")
		}
	})
}
