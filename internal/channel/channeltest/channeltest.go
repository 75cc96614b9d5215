// Package channeltest is the conformance suite of messaging channels: what every one of them must do alike, seen from
// the person's side of the platform. A channel's own test gives Run a Driver that plays its platform; platform matters
// (signatures, quotas, codes) stay in the channel's own tests. Start reading at Run.
package channeltest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Message is what a person does on the platform. The same ID sent again is the platform's retry.
type Message struct {
	ID       int64
	Text     string
	MenuID   string // set: a tap on the choice with this ID, which says Text
	Event    channel.EventType
	Key      string // of the event
	Location *channel.Location
	At       time.Time // in whole seconds
}

// Seen is what stands on the person's screen after a message: all of it, a Driver follows what the platform folds away.
type Seen struct {
	Texts   []string // as they are read, links by their labels
	Choices []channel.Choice
	Cards   []channel.Card
}

// Text is all text on the screen.
func (s Seen) Text() string { return strings.Join(s.Texts, "\n") }

// Wiring is what a channel under test is connected to.
type Wiring struct {
	Handle    func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	PublicURL string
	Log       *slog.Logger
	Now       func() time.Time
}

// Driver plays the platform and one person on it.
type Driver interface {
	// User is the platform's key of the person, which nobody else may see.
	User() string
	// Send does what the person does and returns what then stands on the screen. It ends the test where the platform
	// would find the channel's answer wrong.
	Send(t *testing.T, m Message) Seen
	// Push says something unasked. A channel without pushes returns false.
	Push(t *testing.T, r channel.Reply) (Seen, bool)
}

// Limits say what a platform cannot carry; the zero value is one that carries everything.
type Limits struct {
	NoEvents   bool // no menu buttons and scanned codes
	NoLocation bool
	NoRetry    bool // never delivers a message twice
}

// Run checks a channel. open makes a new one for each test, with t.Cleanup to end it.
func Run(t *testing.T, l Limits, open func(t *testing.T, w Wiring) Driver) {
	t.Helper()
	for _, c := range []struct {
		name string
		skip bool
		run  func(s *stage)
	}{
		{"a text arrives with its words, its sender, an ID and its time", false, (*stage).text},
		{"a tap on a choice arrives with the choice's ID", false, (*stage).tap},
		{"a retry carries the same ID, and another message another", l.NoRetry, (*stage).retry},
		{"events arrive with their type and key", l.NoEvents, (*stage).events},
		{"a shared place arrives in degrees with its datum", l.NoLocation, (*stage).place},
		{"choices are visible, and a tap says what was meant", false, (*stage).choices},
		{"a long text arrives whole", false, (*stage).long},
		{"several replies arrive in order", false, (*stage).several},
		{"a card shows its title and leads to a whole address", false, (*stage).card},
		{"words that look like markup stay words", false, (*stage).markup},
		{"a handler with nothing to say leaves the screen as it was", false, (*stage).silence},
		{"a push arrives, with its choices", false, (*stage).push},
		{"neither words nor the person's key are logged", false, (*stage).discreet},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.skip {
				t.Skip("the platform has no such thing")
			}
			s := &stage{T: t, at: time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)}
			s.driver = open(t, Wiring{
				Handle: s.handle, PublicURL: publicURL, Now: func() time.Time { return s.at },
				Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			c.run(s)
		})
	}
}

const publicURL = "https://xinqiao.example"

// stage is one test's channel, with what it was told and what it is to say.
type stage struct {
	*testing.T
	driver Driver
	at     time.Time
	log    buffer
	next   int64

	mu      sync.Mutex
	got     []channel.Inbound
	replies []channel.Reply
}

func (s *stage) handle(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, in)
	return s.replies, nil
}

// say sets what the handler answers from now on.
func (s *stage) say(rs ...channel.Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = rs
}

// send sends m as a new message and returns what stands on the screen.
func (s *stage) send(m Message) Seen {
	s.Helper()
	s.next++
	if m.ID == 0 {
		m.ID = 1000 + s.next
	}
	if m.At.IsZero() {
		m.At = s.at
	}
	return s.driver.Send(s.T, m)
}

// last returns the message that the handler was given last.
func (s *stage) last() channel.Inbound {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) == 0 {
		s.Fatal("nothing arrived")
	}
	return s.got[len(s.got)-1]
}

// same compares what arrived with what was sent, but for the ID and the address, which are the platform's.
func (s *stage) same(want channel.Inbound) {
	s.Helper()
	got := s.last()
	got.ID, got.Address, got.Origin, got.At = "", channel.Address{}, "", time.Time{}
	got.Event.Name = ""
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("what arrived (-want +got):\n%s", diff)
	}
}

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
