package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// surfer is a browser without a screen.
type surfer struct {
	t    *testing.T
	base string
	http *http.Client
}

func newSurfer(t *testing.T, base string) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t, base, &http.Client{Jar: jar}}
}

// ask sends a request and returns the status and the body; body is JSON, or nothing.
func (s *surfer) ask(method, path, body string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, bytes.NewBufferString(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(raw)
}

func (s *surfer) says(words string) string {
	s.t.Helper()
	status, answer := s.ask(http.MethodPost, "/chat/messages", fmt.Sprintf(`{"id":%q,"text":%q}`, uuid.NewString(), words))
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", words, status, answer)
	}
	return answer
}

// cookies are copied, as whoever looks over a shoulder would.
func (s *surfer) copied() *surfer {
	s.t.Helper()
	at, err := url.Parse(s.base)
	if err != nil {
		s.t.Fatal(err)
	}
	other := newSurfer(s.t, s.base)
	other.http.Jar.SetCookies(at, s.http.Jar.Cookies(at))
	return other
}

func TestWhoLeavesASharedComputerIsNotFoundThereByAnyCopyOfTheirCookie(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		b := newSurfer(t, w.url)
		b.ask(http.MethodGet, "/chat", "")
		if answer := b.says("我不想活了"); !strings.Contains(answer, "12356") {
			t.Fatalf("danger is answered with %s", answer)
		}
		thief := b.copied()
		if _, page := thief.ask(http.MethodGet, "/chat/messages", ""); !strings.Contains(page, "不想活") {
			t.Fatalf("before they leave the copy shows %s: the test steals nothing", page)
		}
		if status, body := b.ask(http.MethodPost, "/chat/leave", ""); status != http.StatusNoContent {
			t.Fatalf("leaving: %d %s", status, body)
		}
		for name, who := range map[string]*surfer{"the next at this computer": b, "a copy of the cookie": thief} {
			for _, path := range []string{"/chat/messages", "/p/data", "/p/results"} {
				if _, page := who.ask(http.MethodGet, path, ""); strings.Contains(page, "不想活") || strings.Contains(page, "家长·") || strings.Contains(page, "朋友·") {
					t.Errorf("%s sees at %s: %.300s", name, path, page)
				}
			}
		}
		token := w.token("counsellor")
		cases := w.cases(token)
		if len(cases) != 1 || cases[0].Status == "closed" {
			t.Fatalf("the case of whoever left: %+v; it must stay open", cases)
		}
		gone, err := w.app.db.People().Unfollowed(t.Context(), personOf(t, w, cases[0].Alias))
		if err != nil || gone.IsZero() {
			t.Errorf("staff are not told that the person cannot be reached: %v %v", gone, err)
		}
		b.ask(http.MethodGet, "/chat", "")
		b.says("你好")
		if cases := w.cases(token); len(cases) != 1 {
			t.Errorf("the next visitor's hello is %d cases", len(cases))
		}
	})
}

func personOf(t *testing.T, w *world, alias string) string {
	t.Helper()
	p, err := w.app.db.Rights().Find(t.Context(), alias)
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}
