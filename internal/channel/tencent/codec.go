package tencent

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
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

// Seal returns the content of an Encrypt element. random are 16 fresh bytes.
func (k *Codec) Seal(random []byte, message string) []byte {
	size := header + len(message) + len(k.owner)
	pad := padTo - size%padTo
	b := make([]byte, 0, size+pad)
	b = append(b, random[:16]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(message)))
	b = append(append(b, message...), k.owner...)
	for range pad {
		b = append(b, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(b, b)
	out := make([]byte, base64.StdEncoding.EncodedLen(len(b)))
	base64.StdEncoding.Encode(out, b)
	return out
}

// SealedIn returns what stands in the Encrypt elements of a delivery, without reading the rest, which nothing vouches for: in
// compatible mode a person's own text stands beside it, and may hold such an element too. Its content is base64, in CDATA or
// bare. Whoever takes one must check its signature.
func SealedIn(body []byte) (all [][]byte) {
	open := []byte("<Encrypt")
	for {
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
}
