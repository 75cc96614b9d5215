package session

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Sealer is what Sealed needs of package seal.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
	Digest(parts ...string) string
}

// Sealed is a cache that others may look into, and find nothing: a platform's access tokens are worth as much as its secret,
// and a name may tell of a person. What is kept is sealed for its name, and of the name no more is shown than what kind of
// thing it is, up to the first colon.
type Sealed struct {
	Cache  Cache
	Sealer Sealer
}

func (s Sealed) name(key string) string {
	kind, _, _ := strings.Cut(key, ":")
	return kind + ":" + s.Sealer.Digest("cache name", key)
}

func sealedFor(key string) string { return "cache:" + key }

// Get implements Cache. What cannot be opened is as good as not there: it was sealed by a replica with keys that this one
// does not have yet, or has no more.
func (s Sealed) Get(ctx context.Context, key string) (string, bool, error) {
	text, ok, err := s.Cache.Get(ctx, s.name(key))
	if err != nil || !ok {
		return "", false, err
	}
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", false, nil //nolint:nilerr // see above
	}
	plain, err := s.Sealer.Open(sealed, sealedFor(key))
	if err != nil {
		return "", false, nil //nolint:nilerr // see above
	}
	return string(plain), true, nil
}

// Set implements Cache.
func (s Sealed) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	sealed, err := s.Sealer.Seal([]byte(value), sealedFor(key))
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return s.Cache.Set(ctx, s.name(key), base64.RawStdEncoding.EncodeToString(sealed), ttl)
}

// Delete implements Cache.
func (s Sealed) Delete(ctx context.Context, key string) error {
	return s.Cache.Delete(ctx, s.name(key))
}

// Lock implements Cache.
func (s Sealed) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	return s.Cache.Lock(ctx, s.name(key), ttl)
}
