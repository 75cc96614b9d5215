// Package term is the assistant in a terminal: plain lines, choices by number, and on demand the state that the
// conversation is in. It is for editors and developers; nobody is served through it. Start reading at Run.
package term

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// ChannelName is what the terminal is called in an Address.
const ChannelName = "term"

// Options are what a terminal chat needs. Pushes and State may be nil; NewID defaults to random UUIDs.
type Options struct {
	In     io.Reader
	Out    io.Writer
	Handle func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	Pushes <-chan channel.Reply
	State  func() string
	Now    func() time.Time
	NewID  func() string
	Color  bool
}

// terminal is one conversation.
type terminal struct {
	Options
	from    channel.Address
	choices []channel.Choice // what can be tapped by number
}

// Run talks until the input ends, :quit is typed or ctx ends.
func Run(ctx context.Context, o Options) error {
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	t := &terminal{Options: o, from: channel.Address{Channel: ChannelName, Account: "local", User: channel.UserKey(o.NewID())}}
	if err := t.send(ctx, channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventSubscribe, Name: "begin"}}); err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	lines := make(chan string)
	failed := make(chan error, 1)
	go read(reading, o.In, lines, failed)
	for {
		t.prompt()
		select {
		case <-ctx.Done():
			return nil
		case r := <-o.Pushes:
			t.show(r)
		case line, ok := <-lines:
			if !ok {
				return <-failed
			}
			if quit, err := t.line(ctx, strings.TrimSpace(line)); quit || err != nil {
				return err
			}
		}
	}
}

func read(ctx context.Context, in io.Reader, lines chan<- string, failed chan<- error) {
	defer close(lines)
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		select {
		case lines <- s.Text():
		case <-ctx.Done():
			failed <- nil
			return
		}
	}
	failed <- s.Err()
}

func (t *terminal) line(ctx context.Context, line string) (quit bool, err error) {
	switch line {
	case "":
		return false, nil
	case ":quit", ":q":
		return true, nil
	case ":state":
		if t.State != nil {
			t.print(t.State() + "\n")
		}
		return false, nil
	case ":help":
		t.print(":state  对话进行到哪一步\n:place 纬度,经度  发一个位置\n:quit  离开\n数字  点选项\n")
		return false, nil
	}
	if rest, ok := strings.CutPrefix(line, ":place "); ok {
		var lat, lng float64
		if _, err := fmt.Sscanf(rest, "%f,%f", &lat, &lng); err != nil {
			t.print("写成 :place 23.13,113.26\n")
			return false, nil //nolint:nilerr // whoever typed it was told
		}
		return false, t.send(ctx, channel.Inbound{Kind: channel.KindLocation, Location: &channel.Location{Latitude: lat, Longitude: lng, Datum: "gcj02"}})
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(line, ":tap ")); err == nil && n > 0 && n <= len(t.choices) {
		c := t.choices[n-1]
		return false, t.send(ctx, channel.Inbound{Kind: channel.KindText, Text: c.Saying(), MenuID: c.ID})
	}
	return false, t.send(ctx, channel.Inbound{Kind: channel.KindText, Text: line})
}

func (t *terminal) send(ctx context.Context, in channel.Inbound) error {
	in.Address, in.ID, in.At = t.from, t.NewID(), t.Now()
	replies, err := t.Handle(ctx, in)
	if err != nil {
		return fmt.Errorf("talk: %w", err)
	}
	t.choices = nil
	for _, r := range replies {
		t.show(r)
	}
	return nil
}

func (t *terminal) show(r channel.Reply) {
	if r.Text != "" {
		t.print(t.paint("32", "心桥 ") + strings.ReplaceAll(r.Text, "\n", "\n     ") + "\n")
	}
	if c := r.Card; c != nil {
		t.print("     ▤ " + c.Title + "\n       " + c.Summary + "\n       " + c.URL + "\n")
	}
	for _, c := range r.Choices {
		t.choices = append(t.choices, c)
		t.print(fmt.Sprintf("     %s %s\n", t.paint("36", fmt.Sprintf("%2d)", len(t.choices))), c.Label))
	}
}

func (t *terminal) prompt() { t.print(t.paint("90", "› ")) }

func (t *terminal) paint(code, s string) string {
	if !t.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// print writes to the terminal; when that is gone there is nobody left to tell.
func (t *terminal) print(s string) { _, _ = io.WriteString(t.Out, s) }
