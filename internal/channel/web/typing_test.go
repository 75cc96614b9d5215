package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/live"
)

func TestTheCounsellorSeesThatThePersonWritesOnlyWhileOneIsThere(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	p := s.person(ck)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	told := s.bus.Subscribe(ctx, live.TopicTyping(p.ID), "marker")
	if res := s.do(http.MethodPost, "/chat/typing", ck, nil); res.StatusCode != http.StatusNoContent {
		t.Fatalf("writing while nobody is there answers %d", res.StatusCode)
	}
	if err := s.bus.Publish(ctx, "marker"); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "marker" {
		t.Errorf("%q is told while no counsellor has the conversation", got)
	}
	s.talking = "case"
	s.do(http.MethodPost, "/chat/typing", ck, nil)
	if got := <-told; got != live.TopicTyping(p.ID) {
		t.Errorf("told %q, want that the person writes", got)
	}
	if res := s.do(http.MethodPost, "/chat/typing", nil, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger's typing answers %d", res.StatusCode)
	}
}

func TestThePersonSeesThatTheCounsellorWrites(t *testing.T) {
	s := open(t, nil)
	ck := s.visit()
	p := s.person(ck)
	next, stop := s.stream(ck)
	defer stop()
	if got := next(); got != "changed" {
		t.Fatalf("first came %q", got)
	}
	for _, topic := range []string{live.TopicTyping(p.ID), live.TopicStaffTyping("somebody-else"), live.TopicStaffTyping(p.ID)} {
		if err := s.bus.Publish(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
	}
	if got := next(); got != "typing" {
		t.Errorf("then came %q", got)
	}
	if err := s.bus.Publish(t.Context(), live.TopicPerson(p.ID)); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "changed" {
		t.Errorf("typing came twice: %q", got)
	}
}
