package page_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// TestALookAtAPageMakesNobody opens every page with the cookie of a chat in which nothing was ever said, which anybody can
// make up.
func TestALookAtAPageMakesNobody(t *testing.T) {
	h := openHouse(t, nil)
	_, who := h.chatting("a-parent", person.Parent)
	b := h.browser()
	u, _ := url.Parse(h.url)
	b.jar.SetCookies(u, []*http.Cookie{{Name: "chat", Value: "made-up", Path: "/"}})
	for path := range h.everyPage(who) {
		if p := b.get(path); p.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, p.status)
		}
		if p := b.do(http.MethodPost, path, url.Values{"form": {"x.y"}}); strings.Contains(p.body, who.Alias) || p.status >= http.StatusInternalServerError {
			t.Errorf("%s, posted: %d", path, p.status)
		}
	}
	if p, err := h.db.People().Find(t.Context(), channel.Address{Channel: "web", Account: "chat", User: "made-up"}); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("a look made %+v, %v", p, err)
	}
}
