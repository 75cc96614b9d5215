// Package shortcode makes codes that one person shows and another types, and reads them as they are typed on a phone.
package shortcode

import (
	"crypto/rand"
	"math/big"
	"strings"
	"unicode"
)

// letters are those of a code, without look-alikes: about 4.95 random bits each.
const letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

// New makes a code of a length.
func New(length int) string { return Of(letters, length) }

// Of makes a code of an alphabet of its own: ASCII, each character as likely as any other.
func Of(alphabet string, length int) string {
	code := make([]byte, length)
	for i := range code {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		code[i] = alphabet[n.Int64()]
	}
	return string(code)
}

// Clean reads a code as it is typed on a phone: in small letters, with blanks, in full width, among a few words.
func Clean(said string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full-width forms stand in the order of ASCII
			r -= '！' - '!'
		}
		if r = unicode.ToUpper(r); strings.ContainsRune(letters, r) {
			return r
		}
		return -1
	}, said)
}
