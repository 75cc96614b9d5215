package tencent

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// Codec seals and opens an account's messages as the SDK's EncryptMsg and DecryptMsg do, with the key prepared once
// instead of at every message.
type Codec struct {
	block cipher.Block
	iv    []byte
	owner []byte
}

const (
	padTo  = 32 // PKCS#7 with the platform's own block size, not AES's
	header = 20 // 16 random bytes and the length
)

// The errors of what does not open. Whoever sends gets one answer for every cause, so that nobody learns from it; the log tells a wrong key from a wrong app ID.
var (
	ErrSealed = errors.New("not sealed for this account")
	ErrOwner  = fmt.Errorf("%w: it names another owner", ErrSealed)
)

// NewCodec returns the codec of an account. The owner is whom it seals for: an official account's app ID, a company's corp ID.
func NewCodec(owner, aesKey string) (*Codec, error) {
	// The last character carries unused bits: the decoder must not mind them.
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the AES key is not 43 characters of base64")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Codec{block: block, iv: key[:aes.BlockSize], owner: []byte(owner)}, nil
}

// Open returns the message inside an Encrypt element.
func (k *Codec) Open(sealed []byte) ([]byte, error) {
	b := make([]byte, base64.StdEncoding.DecodedLen(len(sealed)))
	n, err := base64.StdEncoding.Decode(b, sealed)
	if err != nil || n < padTo || n%padTo != 0 {
		return nil, ErrSealed
	}
	b = b[:n]
	cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(b, b)
	pad := int(b[n-1])
	if pad < 1 || pad > padTo || n-pad < header {
		return nil, ErrSealed
	}
	b = b[:n-pad]
	size := uint64(binary.BigEndian.Uint32(b[16:header]))
	if size > uint64(len(b)-header) {
		return nil, ErrSealed
	}
	message, owner := b[header:header+size], b[header+size:]
	if subtle.ConstantTimeCompare(owner, k.owner) != 1 {
		return nil, ErrOwner
	}
	return message, nil
}

// Room begins what is to be sealed: its message is written behind it. It stands in buf as far as that reaches; nil will do.
func (k *Codec) Room(buf []byte) []byte {
	return append(buf[:0], make([]byte, header)...)
}

// Seal adds the content of an Encrypt element to out. b is a room with a message behind it, which is sealed where it stands;
// random are 16 fresh bytes.
func (k *Codec) Seal(out, random, b []byte) []byte {
	copy(b, random[:16])
	binary.BigEndian.PutUint32(b[16:header], uint32(len(b)-header)) //nolint:gosec // a few thousand bytes
	b = append(b, k.owner...)
	pad := padTo - len(b)%padTo
	for range pad {
		b = append(b, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(b, b)
	return base64.StdEncoding.AppendEncode(out, b)
}

// Signature is the platform's: the SHA-1 of what is signed, sorted. It is util.Signature of the SDK, which copies a sealed
// message three times to come to it.
func Signature(parts ...[]byte) string {
	slices.SortFunc(parts, bytes.Compare)
	h := sha1.New() //nolint:gosec // the platform's choice
	for _, p := range parts {
		_, _ = h.Write(p) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// maxOpened bounds what is looked for in one body: a platform seals one message in it, a person may write some of
// their own beside it, and each that is found is hashed before anybody knows who sent it. A body of openings, one in the other, would be hashed thousands of times.
const maxOpened = 64

// SealedIn returns what stands in the Encrypt elements of a delivery, without reading the rest, which nothing vouches for: in
// compatible mode a person's own text stands beside it, and may hold such an element too. Its content is base64, in CDATA or
// bare. Whoever takes one must check its signature.
func SealedIn(body []byte) (all [][]byte) {
	open := []byte("<Encrypt")
	for range maxOpened {
		_, after, ok := bytes.Cut(body, open)
		if !ok {
			return all
		}
		body = after
		end := bytes.IndexByte(after, '>')
		if end < 0 || end > 0 && !bytes.ContainsAny(after[:1], " \t\r\n") {
			continue
		}
		inner := bytes.TrimLeft(after[end+1:], " \t\r\n")
		inner = bytes.TrimLeft(bytes.TrimPrefix(inner, []byte("<![CDATA[")), " \t\r\n")
		n := 0
		for n < len(inner) && inner[n] != '<' && inner[n] != ']' {
			n++
		}
		if sealed := bytes.TrimRight(inner[:n], " \t\r\n"); len(sealed) > 0 && n < len(inner) {
			all = append(all, sealed)
		}
	}
	return all
}
