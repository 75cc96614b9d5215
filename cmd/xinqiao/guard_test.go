package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// opened is an app that serves nobody, for tests that ask its handlers.
func opened(t *testing.T, cfg config.Config) *App {
	t.Helper()
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), appOptions{library: shipped(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// keepable are the answers that a browser or a front may keep: what is the same for everybody and says nothing of anybody.
var keepable = regexp.MustCompile(`^/(chat/static/|desk/static/|desk/manifest\.webmanifest|desk/push\.js|p/page\.css|p/near\.js|p/notices\.js|p/present\.js|p/media/)`)

func TestEveryRouteCarriesTheHeadersThatGuardIt(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.HTTP.PublicURL = "https://xinqiao.example"
	cfg.WeChat.Accounts = []config.Account{{Name: "main", AppID: "wx1", Token: "t"}}
	cfg.WeCom.Accounts = []config.KfAccount{{Name: "kf", CorpID: "ww1", Secret: "s", Token: "t", AESKey: config.Secret(account.AESKey), OpenKfID: "wk1"}}
	a := opened(t, cfg)
	h := a.routes()
	type ask struct{ method, path string }
	asks := []ask{{"GET", "/nowhere"}, {"GET", "/api/v1/nowhere"}, {"GET", "/desk/nowhere"}, {"GET", "/chat/static/"}, {"GET", "/desk/static/css/"}, {"GET", "/p/../p/"}, {"DELETE", "/chat"}, {"POST", "/wechat/none"}}
	param := regexp.MustCompile(`[:*]\w+`)
	for _, r := range a.router().Routes() {
		asks = append(asks, ask{r.Method, param.ReplaceAllString(r.Path, "x")})
	}
	if len(asks) < 120 {
		t.Fatalf("only %d routes are found", len(asks))
	}
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex",
	}
	for _, k := range asks {
		for _, site := range []string{"same-origin", "cross-site"} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			r := httptest.NewRequestWithContext(ctx, k.method, k.path, nil)
			r.Header.Set("Sec-Fetch-Site", site)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			cancel()
			at := k.method + " " + k.path + " (" + site + ")"
			for name, v := range want {
				if got := w.Header().Values(name); len(got) != 1 || got[0] != v {
					t.Errorf("%s: %s is %q, want %q", at, name, got, v)
				}
			}
			csp := w.Header().Get("Content-Security-Policy")
			for _, rule := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
				if !strings.Contains(csp, rule) {
					t.Errorf("%s: the policy lacks %s: %q", at, rule, csp)
				}
			}
			if strings.Contains(csp, "unsafe") && !strings.Contains(csp, "sandbox") {
				t.Errorf("%s: the policy is loose: %q", at, csp)
			}
			if !strings.Contains(w.Header().Get("Permissions-Policy"), "camera=()") {
				t.Errorf("%s: Permissions-Policy is %q", at, w.Header().Get("Permissions-Policy"))
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "no-store") && !keepable.MatchString(k.path) {
				t.Errorf("%s: Cache-Control is %q: it may be somebody's own", at, got)
			}
		}
	}
}

func TestWithoutHTTPSNobodyIsBoundToIt(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	opened(t, embedded(t)).routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if got := w.Header().Get("Strict-Transport-Security"); got != "" || w.Code != http.StatusOK {
		t.Errorf("%d, Strict-Transport-Security %q", w.Code, got)
	}
}

func TestNoPublicPathTellsOfTheServersInside(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	ask := func(h http.Handler, path, from, host string, header ...string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = from, host
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		raw, _ := io.ReadAll(w.Body)
		return w.Code, string(raw)
	}
	together := opened(t, cfg).routes()
	if code, page := ask(together, "/metrics", "127.0.0.1:5", "127.0.0.1:8080"); code != http.StatusOK || !strings.Contains(page, "xinqiao_") {
		t.Errorf("an operator on the machine itself: %d %.100q", code, page)
	}
	cfg.Metrics.Addr = "127.0.0.1:1" // never opened here: an address of their own is all that counts
	cfg.DataDir = t.TempDir()
	apart := opened(t, cfg).routes()
	for name, by := range map[string]struct {
		h          http.Handler
		from, host string
		header     []string
	}{
		"somebody outside":                        {together, "203.0.113.9:5", "xinqiao.example", nil},
		"somebody outside who says they are here": {together, "203.0.113.9:5", "localhost", []string{"X-Forwarded-For", "127.0.0.1"}},
		"by the front on this machine":            {together, "127.0.0.1:5", "localhost", []string{"X-Forwarded-For", "203.0.113.9"}},
		"by a front that tells nothing":           {together, "127.0.0.1:5", "xinqiao.example", nil},
		"by a page that points a name here":       {together, "127.0.0.1:5", "rebind.example:8080", nil},
		"on the machine, with an address apart":   {apart, "127.0.0.1:5", "127.0.0.1:8080", nil},
	} {
		if code, page := ask(by.h, "/metrics", by.from, by.host, by.header...); code != http.StatusNotFound || strings.Contains(page, "xinqiao_") || strings.Contains(page, "go_") {
			t.Errorf("%s sees the metrics: %d %.80q", name, code, page)
		}
		if _, page := ask(by.h, "/readyz", by.from, by.host, by.header...); page != "database: ok\nsession: ok\nspool: ok\n" {
			t.Errorf("%s sees of /readyz: %q; want the three backends alone", name, page)
		}
		for _, path := range []string{"/debug/pprof/", "/debug/vars", "/debug/pprof/heap", "/.git/config", "/configs/xinqiao.yaml", "/var/keys.json", "/desk/static/../desk.go"} {
			if code, page := ask(by.h, path, by.from, by.host, by.header...); code != http.StatusNotFound || strings.Contains(page, "goroutine") || strings.Contains(page, "panic") {
				t.Errorf("%s: %s is answered with %d %.80q", name, path, code, page)
			}
		}
	}
}

// A service that lost one of its doors would let everybody through, and say nothing.
func TestAServerDoesNotStartWithAServiceThatIsHalfBuilt(t *testing.T) {
	t.Parallel()
	a := opened(t, embedded(t))
	if err := a.wired(); err != nil {
		t.Errorf("as it is: %v", err)
	}
	a.bookings.Door, a.cases.Outbox, a.letters = nil, nil, nil
	err := a.wired()
	for _, missing := range []string{"booking.Service was not given Door", "casework.Service was not given Outbox", "letter.Service"} {
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("%q is not said: %v", missing, err)
		}
	}
}
