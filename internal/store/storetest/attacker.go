package storetest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Attacker has every byte and the key file. They mind no seal and no place: they take whatever a key makes of whatever begins as a
// sealed text, and try as a person's key whatever the key file's keys make of anything.
type Attacker struct{ keys map[uint32][]byte }

// NewAttacker reads the key file as its program would not: for the keys themselves.
func NewAttacker(t testing.TB, path string) Attacker {
	t.Helper()
	var file struct {
		Sealing struct {
			Key []struct {
				KeyData struct{ Value string }
				KeyID   uint32
			}
		}
	}
	content, err := os.ReadFile(path) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	a := Attacker{map[uint32][]byte{}}
	for _, k := range file.Sealing.Key {
		value, err := base64.StdEncoding.DecodeString(k.KeyData.Value)
		if err != nil || len(value) < keyBytes {
			t.Fatalf("the key's value cannot be read: %v", err)
		}
		a.keys[k.KeyID] = value[len(value)-keyBytes:]
	}
	return a
}

const (
	keyBytes   = 32
	nonceBytes = 12
	idBytes    = 16
	longest    = 1000 // bytes that are looked at behind the beginning of a sealed text
)

// stream is what AES-GCM makes of a text without looking at its seal.
func stream(key, nonce, text []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	out := make([]byte, len(text))
	cipher.NewCTR(block, append(slices.Clone(nonce), 0, 0, 0, 2)).XORKeyStream(out, text)
	return out
}

func open(key, nonceAndText []byte, most int) []byte {
	if len(nonceAndText) <= nonceBytes {
		return nil
	}
	return stream(key, nonceAndText[:nonceBytes], nonceAndText[nonceBytes:min(len(nonceAndText), nonceBytes+most)])
}

// Opens returns whatever can be made of some bytes that holds one of the words, with keys that are found in any of the places.
func (a Attacker) Opens(all []byte, places [][]byte, words ...string) []byte {
	has := func(plain []byte) bool {
		return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(plain, []byte(w)) })
	}
	if len(all) == 0 {
		return nil
	}
	var out bytes.Buffer
	found := map[string]bool{} // keys of people, perhaps
	for _, place := range append(places, all) {
		for id, key := range a.keys {
			begin := seal.Prefix(id)
			for at := bytes.Index(place, begin); at >= 0; {
				plain := open(key, place[at+len(begin):], longest)
				if &place[0] == &all[0] && has(plain) {
					out.Write(plain)
				}
				if len(plain) >= keyBytes {
					found[string(plain[:keyBytes])] = true
				}
				next := bytes.Index(place[at+1:], begin)
				if next < 0 {
					break
				}
				at += 1 + next
			}
		}
	}
	for at := range all {
		if all[at] != seal.PersonPrefix[0] || len(all)-at <= 1+idBytes+nonceBytes {
			continue
		}
		rest := all[at+1+idBytes:]
		for key := range found {
			if plain := open([]byte(key), rest, longest); has(plain) {
				out.Write(plain)
			}
		}
	}
	return out.Bytes()
}
