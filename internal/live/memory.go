package live

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Memory is the bus of one process.
type Memory struct {
	mu   sync.Mutex
	subs map[*subscriber]struct{}
}

// NewMemory returns a bus without listeners.
func NewMemory() *Memory { return &Memory{subs: map[*subscriber]struct{}{}} }

type subscriber struct {
	topics  []string
	mu      sync.Mutex
	touched []string      // in order, each once
	wake    chan struct{} // capacity 1
}

func (s *subscriber) touch(topic string) {
	s.mu.Lock()
	if !slices.Contains(s.touched, topic) {
		s.touched = append(s.touched, topic)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscriber) next() (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.touched) == 0 {
		return "", false
	}
	t := s.touched[0]
	s.touched = slices.Delete(s.touched, 0, 1)
	return t, true
}

// Publish implements Bus.
func (m *Memory) Publish(_ context.Context, topic string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.subs {
		if slices.Contains(s.topics, topic) {
			s.touch(topic)
		}
	}
	return nil
}

// touchAll touches every topic that anyone listens to, but for those of a moment: after words may have been lost.
func (m *Memory) touchAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.subs {
		for _, t := range s.topics {
			if !strings.HasPrefix(t, momentary) {
				s.touch(t)
			}
		}
	}
}

// Subscribe implements Bus.
func (m *Memory) Subscribe(ctx context.Context, topics ...string) <-chan string {
	s := &subscriber{topics: topics, wake: make(chan struct{}, 1)}
	m.mu.Lock()
	m.subs[s] = struct{}{}
	m.mu.Unlock()
	out := make(chan string)
	go func() {
		defer close(out)
		defer func() {
			m.mu.Lock()
			delete(m.subs, s)
			m.mu.Unlock()
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
			}
			for topic, ok := s.next(); ok; topic, ok = s.next() {
				select {
				case out <- topic:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}
