package page_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// FuzzLinksAndCookies sends links, passes and answers of a platform that nobody gave: they open nothing, and lead nowhere else.
func FuzzLinksAndCookies(f *testing.F) {
	place := storetest.SQLite(f)
	db := place.Open(f, nil)
	h := page.New(page.Options{
		People: db.People(), Sealer: place.Sealer, Cache: session.NewMemory(), Now: func() time.Time { return noon }, PublicURL: "https://xinqiao.example", Account: "main",
		Platform: &gate{}, Log: slog.New(slog.DiscardHandler),
	})
	r := gin.New()
	h.Register(r)
	f.Add("/p/data", "k=abc&again=1", "xinqiao_page=abc; xinqiao_enter=def")
	f.Add("/p/result/x", "k=", "xinqiao_page=")
	f.Add("/p/entered", "state=s&code=c", "xinqiao_enter=AAAA")
	f.Add("/p/enter", "to=//evil.example&via=main", "")
	f.Add("/p/enter", "to=/p/%2e%2e/desk", "xinqiao_page=\"a b\"")
	f.Fuzz(func(t *testing.T, path, query, cookies string) {
		if !strings.HasPrefix(path, "/p/") {
			path = "/p/" + strings.TrimLeft(path, "/")
		}
		for _, needs := range []string{"/p/lesson", "/p/event", "/p/station", "/p/letters", "/p/notices", "/p/media", "/p/habit", "/p/calendar"} {
			if strings.HasPrefix(path, needs) {
				return // they show what this house does not have
			}
		}
		req := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"Cookie": {cookies}, "User-Agent": {"MicroMessenger"}}, RemoteAddr: "127.0.0.1:1", Host: "xinqiao.example"}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req.WithContext(t.Context()))
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s?%s: %d", path, query, w.Code)
		}
		if to := w.Header().Get("Location"); to != "" {
			u, err := url.Parse(to)
			if err != nil || u.Host != "" && u.Host != "open.example" || u.Host == "" && !strings.HasPrefix(u.Path, "/p/") {
				t.Errorf("%s?%s leads to %q", path, query, to)
			}
		}
	})
}
