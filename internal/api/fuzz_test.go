package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// FuzzRequests sends requests that no program would: each is answered as JSON, and none by a failure of ours.
func FuzzRequests(f *testing.F) {
	db := storetest.SQLite(f).Open(f, nil)
	c := newCity(f, db)
	token := c.token(f, staff.Supervisor)
	f.Add("GET", "cases", "limit=1&cursor=abc", "")
	f.Add("GET", "cases/nobody", "", "{}")
	f.Add("POST", "cases/x/ack", "", `{"by":1}`)
	f.Add("GET", "stations", "cursor=%00&limit=-1", "")
	f.Add("GET", "letters", "limit=1e9&cursor=Zm9v", "[")
	f.Add("GET", "../desk", "a;b", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if method != http.MethodGet && method != http.MethodPost {
			method = http.MethodPut
		}
		req := (&http.Request{
			Method: method, URL: &url.URL{Path: "/api/v1/" + path, RawQuery: query}, Host: "xinqiao.example", RemoteAddr: "127.0.0.1:1",
			Header: http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}, Body: http.NoBody,
		}).WithContext(t.Context())
		if body != "" {
			req = httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body)).WithContext(t.Context())
			req.URL = &url.URL{Path: "/api/v1/" + path, RawQuery: query}
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		c.engine.ServeHTTP(w, req)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s?%s: %d %s", method, path, query, w.Code, w.Body)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "json") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s?%s answers %q", method, path, query, w.Body)
		}
	})
}
