package tencent_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const fuzzKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

func FuzzFrame(f *testing.F) {
	codec, err := tencent.NewCodec("wx0123456789abcdef", fuzzKey)
	if err != nil {
		f.Fatal(err)
	}
	whole := codec.Seal(nil, make([]byte, 16), append(codec.Room(nil), "<xml><Content>在吗</Content></xml>"...))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{32}, 64))))
	f.Add([]byte("="))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		clear, err := codec.Open(sealed)
		if err != nil {
			return
		}
		if again, err := codec.Open(codec.Seal(nil, make([]byte, 16), append(codec.Room(nil), clear...))); err != nil || !bytes.Equal(again, clear) {
			t.Errorf("what opened to %q is sealed again and opens to %q, %v", clear, again, err)
		}
	})
}

func FuzzSealedIn(f *testing.F) {
	for _, s := range []string{"<xml><Encrypt><![CDATA[YQ==]]></Encrypt></xml>", "<Encrypt>YQ==</Encrypt><Encrypt>", "<Encrypt x='>'>a", "<Encrypt><![CDATA[", "{}", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, sealed := range tencent.SealedIn(body) {
			if !bytes.Contains(body, sealed) {
				t.Errorf("%q does not stand in %q", sealed, body)
			}
		}
	})
}

func FuzzWhole(f *testing.F) {
	for _, s := range []string{"7200", `"7200"`, "7.2e3", "null", "-1", "1e999", `""`, "{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var n tencent.Whole
		_ = json.Unmarshal(raw, &n)
	})
}
