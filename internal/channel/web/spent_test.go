package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
)

func most(thing budget.Thing, per budget.Per) int {
	for _, l := range budget.Table() {
		if l.Thing == thing && l.Per == per {
			return l.Most
		}
	}
	return 0
}

// says sends a message and returns its status and what the page reads.
func (s *server) says(ck *http.Cookie, n int, words string) (int, string) {
	s.t.Helper()
	res := s.do(http.MethodPost, "/chat/messages", ck, map[string]any{"id": fmt.Sprintf("message-%08d", n), "text": words})
	return res.StatusCode, text(res)
}

func refusedKindly(t *testing.T, status int, body string) {
	t.Helper()
	if status != http.StatusTooManyRequests || !strings.Contains(body, "后再发") || !strings.Contains(body, "12356") || !strings.Contains(body, "110") {
		t.Errorf("it answers %d %s; want 429 that says when it works again, and where there is help", status, body)
	}
}

func TestOneVisitorHasAFewStreams(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	var stops []func()
	for range most(budget.Stream, budget.PerPerson) {
		next, stop := s.stream(ck)
		_ = next()
		stops = append(stops, stop)
	}
	for range 50 {
		if res := s.do(http.MethodGet, "/chat/events", ck, nil); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(text(res), "关掉几个") || res.Header.Get("Retry-After") == "" {
			t.Fatalf("one more is answered with %d", res.StatusCode)
		}
	}
	other := s.visit()
	_, stop := s.stream(other)
	defer stop()
	for _, stop := range stops {
		stop()
	}
}

func TestHasteIsHeldUpAndDangerNever(t *testing.T) {
	s := open(t, nil)
	ck := s.spoken()
	n := 0
	for ; n < most(budget.Message, budget.PerPerson); n++ {
		if status, body := s.says(ck, n, "在吗"); status != http.StatusOK {
			t.Fatalf("message %d: %d %s", n, status, body)
		}
	}
	status, body := s.says(ck, n+1, "在吗")
	refusedKindly(t, status, body)
	if status, _ := s.says(ck, n+2, "我不想活了"); status != http.StatusOK {
		t.Errorf("danger is answered with %d", status)
	}
	s.minded = web.HasCase
	status, body = s.says(ck, n+3, "嗯")
	refusedKindly(t, status, body)
	s.minded = web.WasAsked
	if status, _ := s.says(ck, n+4, "是"); status != http.StatusOK {
		t.Errorf("the answer to whether they are in danger: %d", status)
	}
}

func TestOneNetworkMakesSoManyVisitorsAndNoMore(t *testing.T) {
	s := open(t, nil)
	known := s.spoken()
	for n := range most(budget.Visitor, budget.PerNetwork) {
		if status, body := s.says(s.visit(), n, "在吗"); status != http.StatusOK {
			t.Fatalf("visitor %d: %d %s", n, status, body)
		}
	}
	status, body := s.says(s.visit(), 1, "在吗")
	refusedKindly(t, status, body)
	if status, _ := s.says(known, 1, "在吗"); status != http.StatusOK {
		t.Errorf("who was there before: %d", status)
	}
	if status, _ := s.says(s.visit(), 1, "我不想活了"); status != http.StatusOK {
		t.Errorf("danger of one more new visitor: %d", status)
	}
}

func TestTheNeighboursOfACaseHoldNobodyUp(t *testing.T) {
	s := open(t, nil)
	child := s.spoken()
	crowd := make([]*http.Cookie, 0, 40)
	for range 40 {
		crowd = append(crowd, s.spoken())
	}
	n, full := 0, false
	for ; n <= most(budget.Message, budget.PerNetwork) && !full; n++ {
		status, _ := s.says(crowd[n%len(crowd)], n, "在吗")
		full = status == http.StatusTooManyRequests
	}
	if !full {
		t.Fatalf("%d messages of one network are all taken", n)
	}
	status, body := s.says(child, n, "嗯")
	refusedKindly(t, status, body)
	s.minded = web.HasCase
	if status, _ := s.says(child, n+1, "嗯"); status != http.StatusOK {
		t.Errorf("who has a case is held up by others: %d", status)
	}
}
