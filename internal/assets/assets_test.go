package assets_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/assets"
)

func TestFilesAreServedAndFoldersAreNot(t *testing.T) {
	h := assets.Handler(fstest.MapFS{"static/chat.js": {Data: []byte("1")}, "static/css/a.css": {Data: []byte("2")}}, "static")
	for path, want := range map[string]int{
		"/chat.js": http.StatusOK, "/css/a.css": http.StatusOK,
		"/": http.StatusNotFound, "/css": http.StatusNotFound, "/css/": http.StatusNotFound, "/css/.": http.StatusNotFound, "/css/..": http.StatusNotFound, "//": http.StatusNotFound, "/../static/": http.StatusNotFound, "/nothing": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
	}
}
