package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/google/uuid"
)

// Whom a request comes from decides whose flood is whose: a front that is not named would make one of all people, and one
// that anybody may play would let them pretend.
func TestOnlyFrontsThatAreNamedSayWhomARequestComesFrom(t *testing.T) {
	for name, tt := range map[string]struct {
		trusted []string
		origins int
	}{
		"the front is named":       {[]string{"127.0.0.0/8"}, 2},
		"another address is named": {[]string{"10.9.9.9"}, 1},
		"nobody is named":          {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := embedded(t)
			cfg.HTTP.TrustedProxies = tt.trusted
			w := start(t, cfg, appOptions{})
			for i := range 2 {
				jar, _ := cookiejar.New(nil)
				visitor := &http.Client{Jar: jar}
				for _, ask := range []func() (*http.Request, error){
					func() (*http.Request, error) {
						return http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/chat", nil)
					},
					func() (*http.Request, error) {
						return http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/chat/messages", bytes.NewReader(fmt.Appendf(nil, `{"id":%q,"text":"我不想活了"}`, uuid.NewString())))
					},
				} {
					req, err := ask()
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Content-Type", "application/json")
					req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i+1))
					res, err := visitor.Do(req)
					if err != nil || res.StatusCode != http.StatusOK {
						t.Fatalf("%s %s: %v %v", req.Method, req.URL.Path, res, err)
					}
					_ = res.Body.Close()
				}
			}
			got, err := w.app.cases.Origins(t.Context(), 10)
			if err != nil || len(got) != tt.origins {
				t.Errorf("two visitors behind a front come from %d networks (%v), want %d", len(got), err, tt.origins)
			}
		})
	}
}
