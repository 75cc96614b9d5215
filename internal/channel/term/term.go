// Package term is the assistant in a terminal: plain lines, choices by number, what comes unasked, and orders to the
// terminal itself that begin with a colon. It is for editors and developers; nobody is served through it. Start reading at Run.
package term

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// ChannelName is what the terminal is called in an Address.
const ChannelName = "term"

// Options are what a terminal chat needs. Pushes and Orders may be nil; NewID defaults to random UUIDs.
type Options struct {
	In        io.Reader
	Out       io.Writer
	Handle    func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	Pushes    <-chan channel.Reply
	Orders    map[string]Order // by what is typed: ":state"
	PublicURL string           // completes the addresses of cards
	Account   string           // whose words are spoken; empty: those that all have in common
	Now       func() time.Time
	NewID     func() string
	Color     bool
}

// Order is something that is typed to the terminal and not to the assistant.
type Order struct {
	Help string // what :help says of it, begun with what may follow it: "72h  时间过去多久"
	// Do does it. The note is for whoever typed it; replies, where there are any, are the last answer from now on.
	Do func(ctx context.Context, arg string) (note string, replies []channel.Reply, err error)
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
	t := &terminal{Options: o, from: channel.Address{Channel: ChannelName, Account: cmp.Or(o.Account, "local"), User: channel.UserKey(o.NewID())}}
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
			t.push(r)
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
	word, arg, _ := strings.Cut(line, " ")
	switch word {
	case "":
		return false, nil
	case ":quit", ":q":
		return true, nil
	case ":help":
		t.help()
		return false, nil
	case ":place":
		var lat, lng float64
		at, label, _ := strings.Cut(arg, " ")
		if _, err := fmt.Sscanf(at, "%f,%f", &lat, &lng); err != nil {
			t.print("写成 :place 23.13,113.26，后面可以写地名\n")
			return false, nil //nolint:nilerr // whoever typed it was told
		}
		return false, t.send(ctx, channel.Inbound{Kind: channel.KindLocation, Location: &channel.Location{Latitude: lat, Longitude: lng, Label: label, Datum: "gcj02"}})
	}
	if o, ok := t.Orders[word]; ok {
		return false, t.order(ctx, o, strings.TrimSpace(arg))
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(line, ":tap ")); err == nil && n > 0 && n <= len(t.choices) {
		c := t.choices[n-1]
		return false, t.send(ctx, channel.Inbound{Kind: channel.KindText, Text: c.Saying(), MenuID: c.ID})
	}
	if order.MatchString(word) {
		t.print("没有 " + word + " 这个命令；能用的有：\n")
		t.help()
		return false, nil
	}
	return false, t.send(ctx, channel.Inbound{Kind: channel.KindText, Text: line})
}

// order is what looks like one; a smile does not.
var order = regexp.MustCompile(`^:[a-z]+$`)

func (t *terminal) order(ctx context.Context, o Order, arg string) error {
	note, replies, err := o.Do(ctx, arg)
	if err != nil {
		return err
	}
	if note != "" {
		t.print(t.paint("90", note) + "\n")
	}
	if replies != nil {
		t.showAll(replies)
	}
	return nil
}

func (t *terminal) help() {
	lines := "数字  点选项\n:place 纬度,经度 地名  发一个位置\n"
	for _, word := range slices.Sorted(maps.Keys(t.Orders)) {
		lines += word + " " + t.Orders[word].Help + "\n"
	}
	t.print(lines + ":quit  离开\n")
}

func (t *terminal) send(ctx context.Context, in channel.Inbound) error {
	in.Address, in.ID, in.At = t.from, t.NewID(), t.Now()
	replies, err := t.Handle(ctx, in)
	if err != nil {
		return fmt.Errorf("talk: %w", err)
	}
	t.showAll(replies)
	return nil
}

// showAll shows an answer; what was offered before it can no longer be tapped by number.
func (t *terminal) showAll(replies []channel.Reply) {
	t.choices = nil
	for _, r := range replies {
		t.show(r)
	}
}

// push shows what comes unasked, while somebody may be typing; its choices take the place of those before.
func (t *terminal) push(r channel.Reply) {
	t.print("\n")
	if len(r.Choices) > 0 {
		t.choices = nil
	}
	t.show(r)
}

func (t *terminal) show(r channel.Reply) {
	if r.Text != "" {
		t.print(t.paint("32", "心桥 ") + strings.ReplaceAll(r.Text, "\n", "\n     ") + "\n")
	}
	if c := r.Card; c != nil {
		title := t.paint("1", c.Title)
		if c.Far != "" {
			title += "，离您" + c.Far
		}
		t.print("     ▤ " + title + "\n       " + c.Summary + "\n       " + t.paint("4", t.whole(c.URL)) + "\n")
	}
	group := ""
	for _, c := range r.Choices {
		if c.Group != group {
			if group = c.Group; group != "" {
				t.print("     【" + group + "】\n")
			}
		}
		t.choices = append(t.choices, c)
		t.print(fmt.Sprintf("     %s %s\n", t.paint("36", fmt.Sprintf("%2d)", len(t.choices))), c.Label))
	}
}

// whole completes an address within the service.
func (t *terminal) whole(url string) string {
	if strings.HasPrefix(url, "/") {
		return t.PublicURL + url
	}
	return url
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
