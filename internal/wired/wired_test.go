package wired_test

import (
	"io"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/wired"
)

type service struct {
	Store  io.Reader
	Door   func() error
	Trail  *int
	Tries  io.Writer `wired:"optional"` // nil: counted in the store
	Name   string
	hidden io.Reader
}

func TestAServiceIsNotUsedHalfBuilt(t *testing.T) {
	whole := service{Store: strings.NewReader(""), Door: func() error { return nil }, Trail: new(int)}
	if err := wired.Check(&whole); err != nil {
		t.Errorf("a whole service: %v", err)
	}
	_ = whole.hidden
	for name, undo := range map[string]func(s *service){
		"Store": func(s *service) { s.Store = nil },
		"Door":  func(s *service) { s.Door = nil },
		"Trail": func(s *service) { s.Trail = nil },
	} {
		s := whole
		undo(&s)
		if err := wired.Check(&s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	var none *service
	for _, s := range []any{nil, none, service{}, 1} {
		if wired.Check(s) == nil {
			t.Errorf("%#v passes for a service", s)
		}
	}
}
