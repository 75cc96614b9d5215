package staff

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

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

// minPassword is the least length of a password that someone chooses, in characters.
const minPassword = 10

// hashSlots bounds how many hashes run at once, so that a storm of sign-ins does not eat the memory of the bot.
var hashSlots = make(chan struct{}, 2)

func argon(password string, salt []byte, memory, passes uint32, lanes uint8, n uint32) []byte {
	hashSlots <- struct{}{}
	defer func() { <-hashSlots }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, n)
}

// hashPassword returns a PHC string.
func hashPassword(password string) string {
	salt := make([]byte, argonSaltLen)
	_, _ = rand.Read(salt) // never fails
	return phc(salt, argon(password, salt, argonMemory, argonPasses, argonLanes, argonKeyLen))
}

func phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// checkPassword compares in constant time; an unreadable hash never matches.
func checkPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || lanes == 0 || passes == 0 || memory > 1<<20 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false
	}
	got := argon(password, salt, memory, passes, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// checkStrength refuses what is guessed first.
func checkStrength(name, password string) error {
	lower := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range lower {
		distinct[r] = true
	}
	switch {
	case utf8.RuneCountInString(password) < minPassword, len(password) > 256, len(distinct) < 5,
		strings.Contains(lower, strings.ToLower(name)), strings.Contains("12345678901234567890", lower),
		strings.Contains("qwertyuiopasdfghjklzxcvbnm", lower), strings.HasPrefix(lower, "password"):
		return ErrWeak
	}
	return nil
}

// oneTimeLetters leave out what is confused on paper.
const oneTimeLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// oneTimePassword is three groups of four, 59 bits.
func oneTimePassword() string {
	var b strings.Builder
	for i := range 12 {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(oneTimeLetters[randomBelow(len(oneTimeLetters))])
	}
	return b.String()
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
