package wxsim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// padBlock: the platform pads to 32 bytes although AES's own block has 16.
const padBlock = 32

// errSealed is the one answer to anything that does not open.
var errSealed = errors.New("the envelope does not open")

// codec holds an account's key schedule, so that load does not pay for it per message.
type codec struct {
	token string
	appID string
	block cipher.Block // nil in plain mode
	iv    []byte
}

func newCodec(a Account) (*codec, error) {
	c := &codec{token: a.Token, appID: a.AppID}
	if a.AESKey == "" {
		return c, nil
	}
	// The key's 43rd character carries unused bits; the decoder is lenient about them.
	key, err := base64.StdEncoding.DecodeString(a.AESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the AES key must be 43 characters of base64")
	}
	if c.block, err = aes.NewCipher(key); err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	c.iv = key[:aes.BlockSize]
	return c, nil
}

func (c *codec) safe() bool { return c.block != nil }

// seal appends to dst the base64 envelope of clear. scratch is reused between
// calls; random are the 16 bytes that make equal messages look different.
func (c *codec) seal(dst []byte, scratch *[]byte, random [16]byte, clear []byte) []byte {
	b := append((*scratch)[:0], random[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(clear)))
	b = append(b, clear...)
	b = append(b, c.appID...)
	pad := padBlock - len(b)%padBlock
	for range pad {
		b = append(b, byte(pad))
	}
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(b, b)
	*scratch = b
	return base64.StdEncoding.AppendEncode(dst, b)
}

// open is seal's inverse; the result lives in scratch.
func (c *codec) open(envelope []byte, scratch *[]byte) ([]byte, error) {
	b, err := base64.StdEncoding.AppendDecode((*scratch)[:0], envelope)
	if err != nil || len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil, errSealed
	}
	*scratch = b
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > padBlock || pad > len(b)-20 {
		return nil, errSealed
	}
	for _, p := range b[len(b)-pad:] {
		if int(p) != pad {
			return nil, errSealed
		}
	}
	b = b[:len(b)-pad]
	n := int64(binary.BigEndian.Uint32(b[16:20]))
	if n > int64(len(b)-20) || !bytes.Equal(b[20+n:], []byte(c.appID)) {
		return nil, errSealed
	}
	return b[20 : 20+n], nil
}

// sign is the platform's signature: SHA-1 over the sorted parts, in hex.
func sign(parts ...string) string {
	slices.Sort(parts)
	h := sha1.New()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	var sum [sha1.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0]))
}

func sameSignature(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
