package term_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/channeltest"
	"github.com/xinqiao-bot/xinqiao/internal/channel/term"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheTerminalDoesWhatEveryChannelDoes(t *testing.T) {
	// A keyboard has neither menu buttons nor codes to scan, and nobody types a line twice by accident.
	channeltest.Run(t, channeltest.Limits{NoEvents: true, NoRetry: true}, func(t *testing.T, w channeltest.Wiring) channeltest.Driver {
		in, keys := io.Pipe()
		s := &sitter{keys: keys, shown: make(chan string), pushes: make(chan channel.Reply), offered: map[string]channel.Choice{}}
		ended := make(chan error, 1)
		began := false
		go func() {
			ended <- term.Run(t.Context(), term.Options{In: in, Out: s, Pushes: s.pushes, PublicURL: w.PublicURL, Now: w.Now, NewID: func() string {
				s.ids++
				return fmt.Sprint("id", s.ids)
			}, Handle: func(ctx context.Context, m channel.Inbound) ([]channel.Reply, error) {
				if !began { // the greeting is no part of the suite
					began, s.user = true, m.User.Reveal()
					return nil, nil
				}
				replies, err := w.Handle(ctx, m)
				s.know(replies)
				return replies, err
			}})
		}()
		<-s.shown
		t.Cleanup(func() {
			_ = keys.Close()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

// sitter sits at the terminal.
type sitter struct {
	keys   *io.PipeWriter
	shown  chan string // the screen since the last prompt, at each prompt
	pushes chan channel.Reply
	user   string
	ids    int

	mu      sync.Mutex
	b       strings.Builder
	offered map[string]channel.Choice // by label: a screen shows no IDs
}

// Write is the screen.
func (s *sitter) Write(p []byte) (int, error) {
	if string(p) == "› " {
		text := s.b.String()
		s.b.Reset()
		s.shown <- text
		return len(p), nil
	}
	return s.b.Write(p)
}

func (s *sitter) know(replies []channel.Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range replies {
		for _, c := range r.Choices {
			s.offered[c.Label] = c
		}
	}
}

func (s *sitter) User() string { return s.user }

func (s *sitter) Send(t *testing.T, m channeltest.Message) channeltest.Seen {
	t.Helper()
	line := m.Text
	switch {
	case m.Location != nil:
		line = fmt.Sprintf(":place %v,%v %s", m.Location.Latitude, m.Location.Longitude, m.Location.Label)
	case m.MenuID != "": // only what is offered can be tapped
		s.Push(t, channel.Reply{Text: "？", Choices: []channel.Choice{{ID: m.MenuID, Label: "这个", Say: m.Text}}})
		line = "1"
	}
	if _, err := io.WriteString(s.keys, line+"\n"); err != nil {
		t.Fatal(err)
	}
	return s.read(<-s.shown)
}

func (s *sitter) Push(t *testing.T, r channel.Reply) (channeltest.Seen, bool) {
	t.Helper()
	s.know([]channel.Reply{r})
	s.pushes <- r
	return s.read(<-s.shown), true
}

var choiceLine = regexp.MustCompile(`^ {5,6}\d+\) (.*)$`)

// read reads the screen as a person does.
func (s *sitter) read(screen string) (seen channeltest.Seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(screen), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimPrefix(strings.TrimPrefix(lines[i], "心桥 "), "     ")
		switch c := choiceLine.FindStringSubmatch(lines[i]); {
		case c != nil:
			seen.Choices = append(seen.Choices, s.offered[c[1]])
		case strings.HasPrefix(line, "▤ "):
			seen.Cards = append(seen.Cards, channel.Card{Title: line, Summary: strings.TrimSpace(lines[i+1]), URL: strings.TrimSpace(lines[i+2])})
			i += 2
		case line != "":
			seen.Texts = append(seen.Texts, line)
		}
	}
	return seen
}
