package web_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// FuzzCookie reads cookies that the server never made: they name nobody.
func FuzzCookie(f *testing.F) {
	sealer, err := seal.LoadOrCreate(filepath.Join(f.TempDir(), "keys.json"), true)
	if err != nil {
		f.Fatal(err)
	}
	who := web.Visitors{Sealer: sealer}
	for _, s := range []string{"xinqiao_chat=AAAAAAAAAAAAAAAAAAAAAA", "xinqiao_chat=", "xinqiao_chat=a; xinqiao_chat=b", `xinqiao_chat="x y"`, "__Host-xinqiao_chat=AQ", "xinqiao_chat=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cookies string) {
		for _, v := range []web.Visitors{who, {Sealer: sealer, Secure: true}} {
			if a, ok := v.Of(&http.Request{Header: http.Header{"Cookie": {cookies}}}); ok {
				t.Errorf("%q names %s", cookies, a.User.Reveal())
			}
		}
	})
}
