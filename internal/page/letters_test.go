package page_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/page"
)

// shelf is a column of pieces as they are.
type shelf struct {
	pieces []letter.Piece
	err    error
	asked  string
}

func (s *shelf) Column(_ context.Context, topic, words string) ([]letter.Piece, error) {
	s.asked = words
	var out []letter.Piece
	for _, p := range s.pieces {
		if (topic == "" || p.Words.Topic == topic) && strings.Contains(p.Words.Letter, words) {
			out = append(out, p)
		}
	}
	return out, s.err
}

func (s *shelf) Shown(_ context.Context, id string) (letter.Piece, error) {
	for _, p := range s.pieces {
		if p.ID == id {
			return p, nil
		}
	}
	return letter.Piece{}, letter.ErrNotFound
}

func (s *shelf) Sent(context.Context, string) ([]letter.Letter, error) { return nil, s.err }

func (s *shelf) Agree(context.Context, string, string, bool) error { return s.err }

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func shelfPages(s *shelf) http.Handler {
	r := gin.New()
	page.New(page.Options{Letters: s, Danger: func(text string) bool { return strings.Contains(text, "不想活") }, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}).Register(r)
	return r
}

func find(t *testing.T, h http.Handler, words string) string {
	t.Helper()
	w := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/p/letters", strings.NewReader(url.Values{"words": {words}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("searched for %q: %d", words, w.Code)
	}
	return w.Body.String()
}

func TestTheColumnShowsWhatIsPublishedAndNothingFinerThanAMonth(t *testing.T) {
	s := &shelf{}
	h := shelfPages(s)
	if body := get(t, h, "/p/letters").Body.String(); !strings.Contains(body, "这里还没有信") {
		t.Error("an empty column does not say what will stand there")
	}
	s.pieces = []letter.Piece{
		{ID: "a", Letter: "the-letter-it-came-from", Words: letter.Words{Title: "考完那天", Topic: "学习和考试", Letter: "考砸了，<b>不敢</b>回家。", Answer: "先吃饭。"}, PublishedAt: noon, Edited: letter.Hand{Name: "兰老师"}, Publisher: "督导"},
		{ID: "b", Words: letter.Words{Title: "同桌要转学", Topic: "同学和朋友", Letter: "舍不得。", Answer: "写信给他。"}, PublishedAt: noon},
	}
	w := get(t, h, "/p/letters")
	if body := w.Body.String(); !strings.Contains(body, `href="/p/letters/a"`) || !strings.Contains(body, "同桌要转学") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "form-action 'self'") {
		t.Errorf("the column: %s", body)
	}
	one := get(t, h, "/p/letters/a")
	if !strings.Contains(one.Header().Get("Content-Security-Policy"), "form-action 'none'") {
		t.Error("a page without a form may send one")
	}
	body := one.Body.String()
	for _, want := range []string{"考完那天", "&lt;b&gt;不敢", "先吃饭。", "2026年3月"} {
		if !strings.Contains(body, want) {
			t.Errorf("a letter lacks %q", want)
		}
	}
	for _, trace := range []string{"3月2日", "the-letter-it-came-from", "兰老师", "督导", "12:00"} {
		if strings.Contains(body, trace) {
			t.Errorf("a letter shows %q", trace)
		}
	}
	if w := get(t, h, "/p/letters/gone"); w.Code != http.StatusNotFound {
		t.Errorf("a letter that is not there: %d", w.Code)
	}
	if body := get(t, h, "/p/letters?topic="+url.QueryEscape("同学和朋友")).Body.String(); strings.Contains(body, "考完那天") || !strings.Contains(body, "同桌要转学") {
		t.Error("a topic shows others' letters")
	}
	s.err = errors.New("示例：the database says too much")
	if w := get(t, h, "/p/letters"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "too much") {
		t.Errorf("a failing database: %d", w.Code)
	}
}

func TestASearchPutsNoWordsIntoAnAddressAndDangerFirst(t *testing.T) {
	s := &shelf{pieces: []letter.Piece{{ID: "a", Words: letter.Words{Title: "考完那天", Topic: "学习和考试", Letter: "考砸了", Answer: "先吃饭。"}, PublishedAt: noon}}}
	h := shelfPages(s)
	if body := find(t, h, "考砸"); !strings.Contains(body, "找到 1 封") || strings.Contains(body, "你现在还好吗") {
		t.Error("a search does not find, or is taken for danger")
	}
	body := find(t, h, "不想活")
	if !strings.Contains(body, "没有找到") || !strings.Contains(body, "你现在还好吗") || strings.Index(body, "12356") > strings.Index(body, "没有找到") {
		t.Error("somebody who searches for dying does not read the hotline first")
	}
	if get(t, h, "/p/letters?words=secret"); s.asked != "" {
		t.Errorf("words of an address are searched for: %q", s.asked)
	}
}

func TestManyLettersStandOnSeveralPages(t *testing.T) {
	s := &shelf{}
	for i := range 45 {
		s.pieces = append(s.pieces, letter.Piece{ID: strings.Repeat("x", i+1), Words: letter.Words{Title: "题目", Topic: "别的", Letter: "信", Answer: "回"}, PublishedAt: noon})
	}
	h := shelfPages(s)
	for path, want := range map[string]int{"/p/letters": 20, "/p/letters?page=2": 20, "/p/letters?page=3": 5, "/p/letters?page=99": 20, "/p/letters?page=x": 20} {
		if n := strings.Count(get(t, h, path).Body.String(), `href="/p/letters/x`); n != want {
			t.Errorf("%s shows %d letters, want %d", path, n, want)
		}
	}
}
