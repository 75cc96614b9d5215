// Package script runs written conversations (dialogs/tests) against whoever talks, and records new ones. It knows nothing of
// flows: only what was said, tapped and answered. Start reading at Run; recording.go writes a talk down as a conversation.
package script

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Talker is whoever answers in a conversation test: the whole assistant.
type Talker interface {
	Say(ctx context.Context, in channel.Inbound) ([]channel.Reply, error)
	// Answer is what staff answer to the letter that waits longest.
	Answer(ctx context.Context, text string) error
	// Traced returns the steps that the conversation went through so far.
	Traced() []dialog.Trace
	Close()
}

// Script is a conversation test: what a person does and what must come back. dialogs/README.md explains it to editors.
type Script struct {
	Name    string
	File    string
	Account string    // by which the person comes; empty: one that says what is common
	Network string    // from which, on a channel where anybody can be any number of people; empty: behind an account
	Clock   time.Time // at which it begins
	turns   []turn
	past    *atomic.Int64 // nanoseconds that it has been going on; work behind the answers reads the clock too
}

// Now is the script's clock, which stands but where a turn says that time goes by.
func (s Script) Now() time.Time { return s.Clock.Add(time.Duration(s.past.Load())) }

type turn struct {
	line   int
	after  time.Duration // that goes by before it
	as     string        // who acts; "" is the person whom the conversation is about
	say    string
	tap    string
	event  string
	answer string // of staff, to the letter that waits longest
	place  *channel.Location
	wants  []string
	nots   []string
	tapped []string                  // choices that must be there
	keep   map[string]*regexp.Regexp // parts of the answer that are said later, by the names that stand for them there
}

type (
	scriptFile struct {
		Tests []struct {
			Name    string     `yaml:"name"`
			Account string     `yaml:"account"`
			Network string     `yaml:"network"`
			Clock   string     `yaml:"clock"`
			Turns   []turnFile `yaml:"turns"`
		} `yaml:"conversations"`
	}
	turnFile struct {
		After   string            `yaml:"after"` // 72h
		As      string            `yaml:"as"`    // another person in the same world
		Say     string            `yaml:"say"`
		Tap     string            `yaml:"tap"`
		Event   string            `yaml:"event"`
		Answer  string            `yaml:"answer"` // of staff, to the letter that waits longest
		Place   []float64         `yaml:"place"`  // latitude, longitude
		Has     stringList        `yaml:"has"`
		Not     stringList        `yaml:"not"`
		Choices stringList        `yaml:"choices"`
		Keep    map[string]string `yaml:"keep"` // a name to the pattern of a part of the answer; said later as {{name}}
	}
)

// stringList is one text or a list of them.
type stringList []string

// UnmarshalYAML takes both forms.
func (l *stringList) UnmarshalYAML(node ast.Node) error {
	var many []string
	if yaml.NodeToValue(node, &many) == nil {
		*l = many
		return nil
	}
	var one string
	err := yaml.NodeToValue(node, &one)
	*l = stringList{one}
	return err
}

// Shapes are the files that this package reads, as load.Shapes are those of flows.
func Shapes() map[string]any { return map[string]any{"conversations": scriptFile{}} }

// Report is what came of a run of scripts.
type Report struct {
	Passed, Failed int
	Visited        map[string]bool // "flow.step"
}

// defaultClock is a Monday, 10:00 in Guangzhou, on duty.
var defaultClock = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

// Run runs every conversation under fsys, each with a talker of its own, and prints what went otherwise.
func Run(ctx context.Context, fsys fs.FS, newTalker func(Script) (Talker, error), out io.Writer) (Report, error) {
	scripts, err := loadScripts(fsys)
	if err != nil {
		return Report{}, err
	}
	rep := Report{Visited: map[string]bool{}}
	for _, s := range scripts {
		t, err := newTalker(s)
		if err != nil {
			return rep, fmt.Errorf("%s: %w", s.Name, err)
		}
		failure := s.run(ctx, t)
		for _, tr := range t.Traced() {
			rep.Visited[tr.Flow+"."+tr.Step] = true
		}
		t.Close()
		if failure == "" {
			rep.Passed++
			_, _ = fmt.Fprintf(out, "ok    %s\n", s.Name)
			continue
		}
		rep.Failed++
		_, _ = fmt.Fprintf(out, "FAIL  %s\n%s", s.Name, failure)
	}
	return rep, nil
}

func loadScripts(fsys fs.FS) ([]Script, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	var (
		scripts []Script
		ps      problem.Problems
	)
	for _, name := range files {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read conversations: %w", err)
		}
		doc, ok := problem.Parse("tests/"+name, raw, &ps)
		if !ok {
			continue
		}
		bodies := doc.Bodies()
		if len(bodies) == 0 || bodies[0] == nil || !strings.HasPrefix(strings.TrimSpace(bodies[0].String()), "conversations:") {
			continue // other tests, such as search questions
		}
		var f scriptFile
		if !problem.Decode("tests/"+name, bodies[0], &f, &ps) {
			continue
		}
		scripts = append(scripts, f.scripts("tests/"+name, doc, &ps)...)
	}
	return scripts, ps.Err()
}

func (f scriptFile) scripts(file string, doc problem.Doc, ps *problem.Problems) []Script {
	var out []Script
	for i, t := range f.Tests {
		s := Script{Name: strings.TrimSuffix(strings.TrimPrefix(file, "tests/"), ".yaml") + "：" + t.Name, File: file, Account: t.Account, Network: t.Network, Clock: defaultClock, past: new(atomic.Int64)}
		if t.Clock != "" {
			at, err := time.ParseInLocation("2006-01-02 15:04", t.Clock, citytime.Zone)
			if err != nil {
				ps.Addf(file, lineOf(doc, fmt.Sprintf("$.conversations[%d].clock", i)), 1, "写成 2026-03-02 10:00", "时间 %q 看不懂", t.Clock)
			}
			s.Clock = at
		}
		for j, u := range t.Turns {
			tn := turn{line: lineOf(doc, fmt.Sprintf("$.conversations[%d].turns[%d]", i, j)), as: u.As, say: u.Say, tap: u.Tap, event: u.Event, answer: u.Answer, wants: u.Has, nots: u.Not, tapped: u.Choices}
			tn.keep = u.patterns(file, tn.line, ps)
			if u.After != "" {
				var err error
				if tn.after, err = time.ParseDuration(u.After); err != nil || tn.after < 0 {
					ps.Addf(file, tn.line, 1, "写成 30m、72h", "after %q 看不懂", u.After)
				}
			}
			if len(u.Place) == 2 {
				tn.place = &channel.Location{Latitude: u.Place[0], Longitude: u.Place[1], Datum: "gcj02"}
			}
			s.turns = append(s.turns, tn)
		}
		out = append(out, s)
	}
	return out
}

// patterns are what a turn keeps of its answer.
func (u turnFile) patterns(file string, line int, ps *problem.Problems) map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	for name, pattern := range u.Keep {
		re, err := regexp.Compile(pattern)
		if err != nil {
			ps.Addf(file, line, 1, "写成 '[A-Z]{4}' 这样的正则", "keep 的 %q 看不懂", pattern)
			continue
		}
		out[name] = re
	}
	return out
}

func lineOf(doc problem.Doc, path string) int {
	line, _ := doc.Place(path)
	return line
}

// run goes through the turns; it returns the first that went otherwise, in words.
func (s Script) run(ctx context.Context, t Talker) string {
	offered, kept := map[string][]channel.Choice{}, map[string]string{}
	for _, u := range s.turns {
		s.past.Add(int64(u.after))
		if u.answer != "" {
			if err := t.Answer(ctx, u.answer); err != nil {
				return fmt.Sprintf("  %s:%d: %v\n", s.File, u.line, err)
			}
			continue
		}
		choices := offered[u.as]
		from := channel.Address{Channel: "term", Account: cmp.Or(s.Account, "test"), User: channel.UserKey(s.File + s.Name + u.as)}
		in := channel.Inbound{Address: from, Kind: channel.KindText, Text: filled(u.say, kept), Origin: s.Network, At: s.Now()}
		switch {
		case u.event != "":
			typ, key, _ := strings.Cut(u.event, " ")
			in.Kind, in.Event = channel.KindEvent, channel.Event{Type: channel.EventType(typ), Name: typ, Key: key}
		case u.place != nil:
			in.Kind, in.Location = channel.KindLocation, u.place
		case u.tap != "":
			i := slices.IndexFunc(choices, func(c channel.Choice) bool { return strings.Contains(c.Label, u.tap) })
			if n := hanzi.Ordinal(u.tap); i < 0 && n <= len(choices) {
				i = n - 1
			}
			if i < 0 {
				return fmt.Sprintf("  %s:%d: 没有可以点的选项 %q，能点的有：%s\n", s.File, u.line, u.tap, labels(choices))
			}
			in.Text, in.MenuID = choices[i].Saying(), choices[i].ID
		}
		replies, err := t.Say(ctx, in)
		if err != nil {
			return fmt.Sprintf("  %s:%d: %v\n", s.File, u.line, err)
		}
		choices = nil
		for _, r := range replies {
			choices = append(choices, r.Choices...)
		}
		offered[u.as] = choices
		if msg := u.judge(replies, choices); msg != "" {
			return fmt.Sprintf("  %s:%d: %s\n  回答是：\n%s\n", s.File, u.line, msg, indent(said(replies)))
		}
		for name, re := range u.keep {
			if kept[name] = re.FindString(said(replies)); kept[name] == "" {
				return fmt.Sprintf("  %s:%d: 回答里没有 keep 要的 %s（%s）\n  回答是：\n%s\n", s.File, u.line, name, re, indent(said(replies)))
			}
		}
	}
	return ""
}

func (u turn) judge(replies []channel.Reply, choices []channel.Choice) string {
	text := said(replies)
	for _, w := range u.wants {
		if !strings.Contains(text, w) {
			return fmt.Sprintf("回答里没有 %q", w)
		}
	}
	for _, n := range u.nots {
		if strings.Contains(text, n) {
			return fmt.Sprintf("回答里不该有 %q", n)
		}
	}
	for _, l := range u.tapped {
		if !slices.ContainsFunc(choices, func(c channel.Choice) bool { return strings.Contains(c.Label, l) }) {
			return fmt.Sprintf("没有选项 %q，有的是：%s", l, labels(choices))
		}
	}
	return ""
}

// filled puts what earlier answers said into a text.
func filled(text string, kept map[string]string) string {
	for name, value := range kept {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

func said(replies []channel.Reply) string {
	var b strings.Builder
	for _, r := range replies {
		b.WriteString(r.Text + "\n")
		if r.Card != nil {
			b.WriteString("▤ " + r.Card.Title + " " + r.Card.Far + " " + r.Card.Summary + " " + r.Card.URL + "\n")
		}
		for _, c := range r.Choices {
			b.WriteString("［" + c.Label + "］")
		}
	}
	return strings.TrimSpace(b.String())
}

func labels(cs []channel.Choice) string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.Label
	}
	return strings.Join(names, "、")
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
