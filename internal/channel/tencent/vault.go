package tencent

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Cache is what a Vault needs of the cache that the replicas share.
type Cache interface {
	Get(ctx context.Context, key string) (value string, ok bool, err error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
}

// Vault keeps the rest of a long answer for a while: it may be a counsellor's letter, and the cache keeps things in clear.
// Secret is made of the account's own secrets, which all replicas share.
type Vault struct {
	Cache  Cache
	Secret string
	Rand   io.Reader
}

func (v Vault) aead() (cipher.AEAD, error) {
	key := sha256.Sum256([]byte("rest\x00" + v.Secret))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Keep seals what is kept under key.
func (v Vault) Keep(ctx context.Context, key string, what any, ttl time.Duration) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("keep the rest: %w", err)
	}
	aead, err := v.aead()
	if err != nil {
		return fmt.Errorf("keep the rest: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(v.Rand, nonce); err != nil {
		return fmt.Errorf("keep the rest: %w", err)
	}
	sealed := aead.Seal(nonce, nonce, raw, []byte(key))
	if err := v.Cache.Set(ctx, key, base64.StdEncoding.EncodeToString(sealed), ttl); err != nil {
		return fmt.Errorf("keep the rest: %w", err)
	}
	return nil
}

// Kept reads what is kept under key; false where there is nothing.
func (v Vault) Kept(ctx context.Context, key string, what any) (bool, error) {
	value, ok, err := v.Cache.Get(ctx, key)
	if err != nil || !ok {
		return false, err
	}
	aead, err := v.aead()
	if err != nil {
		return false, err
	}
	sealed, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(sealed) < aead.NonceSize() {
		return false, errors.New("the rest cannot be read")
	}
	raw, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(key))
	if err != nil {
		return false, errors.New("the rest cannot be opened")
	}
	if err := json.Unmarshal(raw, what); err != nil {
		return false, errors.New("the rest cannot be read")
	}
	return true, nil
}
