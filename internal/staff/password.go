package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: OWASP's first choice for argon2id with little memory (19 MiB, 2 passes, 1 lane).
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKeyLen  = 32
	argonSaltLen = 16
)

// lane bounds how many hashes run at once, and how many people wait for one, so that a storm of sign-ins eats neither the memory
// nor the processors of the bot: whoever comes when the lane is full is told so at once.
type lane struct {
	slots   chan struct{}
	most    int32 // who may wait
	waiting atomic.Int32
}

// Those who come from a device that they have used before, and those who are signed in, have a lane of their own, which a flood
// of strangers does not fill.
var (
	strangers  = lane{slots: make(chan struct{}, max(1, runtime.NumCPU()/2)), most: 32}
	acquainted = lane{slots: make(chan struct{}, max(1, runtime.NumCPU()/2)), most: 64}
)

// full says whether whoever comes now would be refused.
func (l *lane) full() bool { return l.waiting.Load() >= l.most }

func (l *lane) run(ctx context.Context, work func()) error {
	if l.waiting.Add(1) > l.most {
		l.waiting.Add(-1)
		return ErrBusy
	}
	defer l.waiting.Add(-1)
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.slots }()
	work()
	return nil
}

// hashPassword returns a PHC string.
func hashPassword(ctx context.Context, password string) (hash string, err error) {
	salt := make([]byte, argonSaltLen)
	_, _ = rand.Read(salt) // never fails
	err = acquainted.run(ctx, func() {
		hash = phc(salt, argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeyLen))
	})
	return hash, err
}

func phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// unencoded is nil for what is no base64.
func unencoded(s string) []byte {
	raw, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return raw
}

// checkPassword compares in constant time; an unreadable hash never matches.
func checkPassword(ctx context.Context, l *lane, hash, password string) (right bool, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, nil
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if n, _ := fmt.Sscanf(parts[2], "v=%d", &version); n != 1 || version != argon2.Version {
		return false, nil
	}
	if n, _ := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); n != 3 || lanes == 0 || passes == 0 || memory > 1<<20 {
		return false, nil
	}
	salt, want := unencoded(parts[4]), unencoded(parts[5])
	if salt == nil || len(want) == 0 {
		return false, nil
	}
	err = l.run(ctx, func() {
		got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
		right = subtle.ConstantTimeCompare(got, want) == 1
	})
	return right, err
}

// oneTimeLetters leave out what is confused on paper.
const oneTimeLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// oneTimePassword is three groups of four, 59 bits.
func oneTimePassword() string {
	p := randomLetters(12)
	return p[:4] + "-" + p[4:8] + "-" + p[8:]
}

func randomLetters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = oneTimeLetters[randomBelow(len(oneTimeLetters))]
	}
	return string(b)
}

// randomBelow draws without bias.
func randomBelow(n int) int {
	var b [1]byte
	for {
		_, _ = rand.Read(b[:])
		if int(b[0]) < 256-256%n {
			return int(b[0]) % n
		}
	}
}
