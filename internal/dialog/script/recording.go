package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Recording is a conversation on its way to become a test: what a person did and what came back. Its clock stands but
// where time is said to go by, as a Script's does, so that what is recorded goes the same way again.
type Recording struct {
	Name    string
	Account string    // by which the person comes, as a Script has it
	Clock   time.Time // at which it begins, in whole minutes
	turns   []recorded
}

type recorded struct {
	in      channel.Inbound
	tap     string // how the choice is named that was tapped
	replies []channel.Reply
}

// Add notes what a person did and what came back.
func (r *Recording) Add(in channel.Inbound, replies []channel.Reply) {
	t := recorded{in: in, replies: replies}
	if in.Tapped() && len(r.turns) > 0 {
		t.tap = nameOf(in.MenuID, choicesOf(r.turns[len(r.turns)-1].replies))
	}
	r.turns = append(r.turns, t)
}

// Drop takes back the last turn; it reports whether there was one.
func (r *Recording) Drop() bool {
	if len(r.turns) == 0 {
		return false
	}
	r.turns = r.turns[:len(r.turns)-1]
	return true
}

// Inbounds are what the person did so far, in order.
func (r *Recording) Inbounds() []channel.Inbound {
	ins := make([]channel.Inbound, len(r.turns))
	for i, t := range r.turns {
		ins[i] = t.in
	}
	return ins
}

// Settle holds the conversation again with a talker of its own and keeps of each answer only what came back both times:
// an alias or a code that is drawn anew must not be expected.
func (r *Recording) Settle(ctx context.Context, newTalker func(Script) (Talker, error)) error {
	s := Script{Name: r.Name, File: "recording", Account: r.Account, Clock: r.Clock, past: new(atomic.Int64)}
	for i, t := range r.turns {
		s.turns = append(s.turns, turn{line: i + 1, after: r.before(i), say: t.said(), tap: t.tap, event: t.event(), place: t.in.Location})
	}
	t, err := newTalker(s)
	if err != nil {
		return err
	}
	defer t.Close()
	h := &hearing{Talker: t}
	if failure := s.run(ctx, h); failure != "" {
		return fmt.Errorf("第二次走就不一样了：%s", strings.TrimSpace(failure))
	}
	for i := range r.turns {
		r.turns[i].replies = common(r.turns[i].replies, h.heard[i])
	}
	return nil
}

// hearing keeps what its talker answers.
type hearing struct {
	Talker
	heard [][]channel.Reply
}

func (h *hearing) Say(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
	replies, err := h.Talker.Say(ctx, in)
	h.heard = append(h.heard, replies)
	return replies, err
}

// common keeps of some replies the pieces of text and the choices that others have too.
func common(replies, others []channel.Reply) []channel.Reply {
	text, offered := said(others), choicesOf(others)
	var out []channel.Reply
	for _, r := range replies {
		var kept channel.Reply
		for _, p := range pieces(r) {
			if strings.Contains(text, p) {
				kept.Text += p + "\n"
			}
		}
		for _, c := range r.Choices {
			if slices.ContainsFunc(offered, func(o channel.Choice) bool { return o.Label == c.Label }) {
				kept.Choices = append(kept.Choices, c)
			}
		}
		out = append(out, kept)
	}
	return out
}

func (t recorded) said() string {
	if t.tap != "" || t.in.Kind != channel.KindText {
		return ""
	}
	return t.in.Text
}

func (t recorded) event() string {
	if t.in.Kind != channel.KindEvent {
		return ""
	}
	return strings.TrimSpace(string(t.in.Event.Type) + " " + t.in.Event.Key)
}

// before is how much time went by before a turn.
func (r *Recording) before(i int) time.Duration {
	last := r.Clock
	if i > 0 {
		last = r.turns[i-1].in.At
	}
	return r.turns[i].in.At.Sub(last)
}

// nameOf says which choice was tapped: by its label where no earlier one has it too and it stays the same from day to
// day, else by its place.
func nameOf(id string, offered []channel.Choice) string {
	i := slices.IndexFunc(offered, func(c channel.Choice) bool { return c.ID == id })
	if i < 0 {
		return ""
	}
	label := offered[i].Label
	if first := slices.IndexFunc(offered, func(c channel.Choice) bool { return strings.Contains(c.Label, label) }); first == i && !fleeting.MatchString(label) {
		return label
	}
	return "第" + strconv.Itoa(i+1) + "个"
}

func choicesOf(replies []channel.Reply) (all []channel.Choice) {
	for _, r := range replies {
		all = append(all, r.Choices...)
	}
	return all
}

// fleeting is what is true today and not tomorrow, or for one person alone: figures, codes, days, times of day.
var fleeting = regexp.MustCompile(`[0-9A-Za-z０-９/]|[今明后昨]天|[周星][一二三四五六日天期]|今晚|明晚|上午|下午|晚上|早上|中午|[一二三四五六七八九十两]+[点月日号]|·`)

// clause ends where a reader would pause.
var clause = regexp.MustCompile(`[\n。！？!?；;：:，,]`)

// pieces are the clauses of a reply that will still be said another day.
func pieces(r channel.Reply) (out []string) {
	text := r.Text
	if r.Card != nil {
		text += "\n" + r.Card.Title
	}
	for _, p := range clause.Split(text, -1) {
		p = strings.TrimFunc(p, func(c rune) bool {
			return !unicode.Is(unicode.Han, c) && !strings.ContainsRune("“”《》（）", c)
		})
		if p != "" && !fleeting.MatchString(p) {
			out = append(out, p)
		}
	}
	return out
}

// A tell-tale part of an answer is a clause of some length; a turn needs not more than two.
const (
	telling  = 4
	tooLong  = 24
	tellings = 2
)

// tell picks what an answer is known by: its first clauses that say something, or the longest of the short ones.
func tell(replies []channel.Reply) (parts []string) {
	longest := ""
	for _, r := range replies {
		for _, p := range pieces(r) {
			n := len([]rune(p))
			if n >= telling && n <= tooLong && len(parts) < tellings && !slices.Contains(parts, p) {
				parts = append(parts, p)
			}
			if n <= tooLong && n > len([]rune(longest)) {
				longest = p
			}
		}
	}
	if len(parts) == 0 && longest != "" {
		parts = []string{longest}
	}
	return parts
}

// Fits says why the conversation cannot follow in a file; before is the file's text, empty for a new one.
func (r *Recording) Fits(file string, before []byte) error {
	_, err := recordable(file, before, r.Name)
	return err
}

// AppendTo returns a file of conversations with this one at its end; what stood in it stays as it was, comments and all.
// file is its name for error messages, and before its text, empty for a new one.
func (r *Recording) AppendTo(file string, before []byte) ([]byte, error) {
	if r.Name == "" || len(r.turns) == 0 {
		return nil, errors.New("还没有名字，或者一句话也没有说")
	}
	indent, err := recordable(file, before, r.Name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Write(before)
	if len(before) == 0 {
		b.WriteString("# yaml-language-server: $schema=../.schema/conversations.json\nconversations:\n")
	} else if !bytes.HasSuffix(before, []byte("\n")) {
		b.WriteByte('\n')
	}
	pad := strings.Repeat(" ", indent)
	fmt.Fprintf(&b, "%s- name: %s\n", pad, scalar(r.Name))
	if r.Account != "" {
		fmt.Fprintf(&b, "%s  account: %s\n", pad, scalar(r.Account))
	}
	fmt.Fprintf(&b, "%s  clock: %s\n%s  turns:\n", pad, r.Clock.In(citytime.Zone).Format("2006-01-02 15:04"), pad)
	for i := range r.turns {
		fmt.Fprintf(&b, "%s    - {%s}\n", pad, strings.Join(r.fields(i), ", "))
	}
	return b.Bytes(), nil
}

// recordable says at which column a file's conversations stand, if another can follow at its end.
func recordable(file string, before []byte, name string) (indent int, err error) {
	if len(before) == 0 {
		return 2, nil
	}
	doc, err := problem.Tree(before)
	if err != nil {
		return 0, fmt.Errorf("%s 读不懂，先用 xinqiao test 看看：%s", file, problem.Reason(err))
	}
	if len(doc.Docs) == 1 {
		if body, ok := doc.Docs[0].Body.(*ast.MappingNode); ok {
			last := body.Values[len(body.Values)-1]
			if list, ok := last.Value.(*ast.SequenceNode); ok && last.Key.String() == "conversations" && !list.IsFlowStyle {
				return list.Start.Position.Column - 1, known(file, list, name)
			}
		}
	}
	return 0, fmt.Errorf("%s 不是一份对话测试（conversations: 写在最后），请换一个文件", file)
}

// known refuses a second conversation of one name.
func known(file string, list *ast.SequenceNode, name string) error {
	for _, n := range list.Values {
		m, ok := n.(*ast.MappingNode)
		if !ok {
			continue
		}
		for _, v := range m.Values {
			if s, ok := v.Value.(*ast.StringNode); ok && v.Key.String() == "name" && s.Value == name {
				pos := s.GetToken().Position
				return fmt.Errorf("%s:%d:%d: 已经有一段叫 %q 的对话；用 --name 换一个名字", file, pos.Line, pos.Column, name)
			}
		}
	}
	return nil
}

func (r *Recording) fields(i int) (out []string) {
	t := r.turns[i]
	if d := r.before(i); d > 0 {
		out = append(out, "after: "+d.String())
	}
	switch {
	case t.tap != "":
		out = append(out, "tap: "+scalar(t.tap))
	case t.in.Location != nil:
		out = append(out, fmt.Sprintf("place: [%v, %v]", t.in.Location.Latitude, t.in.Location.Longitude))
	case t.in.Kind == channel.KindEvent:
		out = append(out, "event: "+scalar(t.event()))
	default:
		out = append(out, "say: "+scalar(t.in.Text))
	}
	if parts := tell(t.replies); len(parts) > 0 {
		out = append(out, "has: "+list(parts))
	}
	var labels []string
	for _, c := range choicesOf(t.replies) {
		if !fleeting.MatchString(c.Label) {
			labels = append(labels, c.Label)
		}
	}
	if len(labels) > 0 {
		out = append(out, "choices: "+list(labels))
	}
	return out
}

func list(parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = scalar(p)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// bare is a text that YAML takes for one without quotes, in a list too.
var bare = regexp.MustCompile(`^[\p{Han}“”《》（），。！？、：；…]+$`)

func scalar(s string) string {
	if bare.MatchString(s) || s == string(channel.EventSubscribe) {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be written, and JSON's quotes are YAML's
	return strings.TrimSpace(b.String())
}
