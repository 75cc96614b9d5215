package editing

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// A simple flow is messages and questions with choices: what a form can show as a list of steps. Whatever else a flow may
// have (variables, conditions, calls) is for its file, and such a flow is not opened here.

const (
	flowSteps   = 14 // rows of the form, at most
	flowBlank   = 3  // empty ones at its end
	flowChoices = 6  // of a question
)

// ownFlow begins the names of flows that are written in forms: nobody has to think of one, and shipped tests, which want the
// steps of flows walked, know what is not theirs.
const ownFlow = "desk-"

var flowName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

// FlowStep is one row of the form.
type FlowStep struct {
	Row     int
	Name    string // of the step in its file
	Ask     bool
	Text    string
	Next    string
	Choices []FlowChoice
}

// FlowChoice is one choice of a question.
type FlowChoice struct{ Label, Goto string }

func emptyFlow() Values {
	return Values{"step.0.name": {"start"}, "step.0.kind": {"say"}}
}

// StepsOf are the rows of a flow's form, with some empty ones behind.
func StepsOf(v Values) []FlowStep {
	var out []FlowStep
	last := -1
	for i := range flowSteps {
		s := FlowStep{Row: i, Name: v.Get(step(i, "name")), Ask: v.Get(step(i, "kind")) == "ask", Text: v.Get(step(i, "text")), Next: v.Get(step(i, "next"))}
		for n := range flowChoices {
			s.Choices = append(s.Choices, FlowChoice{v.Get(step(i, fmt.Sprintf("label.%d", n))), v.Get(step(i, fmt.Sprintf("goto.%d", n)))})
		}
		if s.Name == "" {
			s.Name = freeName(out, i)
		}
		if s.Text != "" {
			last = i
		}
		out = append(out, s)
	}
	return out[:min(last+1+flowBlank, flowSteps)]
}

func freeName(steps []FlowStep, row int) string {
	if row == 0 {
		return "start"
	}
	for n := row + 1; ; n++ {
		name := fmt.Sprintf("step%d", n)
		if !slices.ContainsFunc(steps, func(s FlowStep) bool { return s.Name == name }) {
			return name
		}
	}
}

func step(row int, name string) string { return fmt.Sprintf("step.%d.%s", row, name) }

// flows lists every flow; those that a form cannot show say so.
func (s *Service) flows() ([]Item, error) {
	names, err := fs.Glob(s.root(), "flows/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Item
	for _, name := range names {
		raw, err := fs.ReadFile(s.root(), name)
		if err != nil {
			return nil, fmt.Errorf("read content: %w", err)
		}
		var head struct {
			Flow  string `yaml:"flow"`
			Title string `yaml:"title"`
		}
		if problem.Unmarshal([]byte(strings.TrimPrefix(string(raw), bom)), &head) != nil || head.Flow == "" {
			continue
		}
		it := Item{Kind: Flow, Key: head.Flow, Title: cmp.Or(head.Title, head.Flow), File: name, Line: 1}
		if _, err := flowValues(string(raw)); err != nil {
			it.About = "比较复杂，在这里可以改里面的话"
		}
		out = append(out, it)
	}
	return out, nil
}

// flowText returns the text of a flow's file, and its name.
func (s *Service) flowText(key string) (text, file string) {
	all, err := s.flows()
	if err != nil {
		return "", ""
	}
	i := slices.IndexFunc(all, func(it Item) bool { return it.Key == key })
	if i < 0 {
		return "", ""
	}
	raw, err := fs.ReadFile(s.root(), all[i].File)
	if err != nil {
		return "", ""
	}
	return string(raw), all[i].File
}

func (s *Service) openFlow(key string) (Edit, error) {
	text, file := s.flowText(key)
	if text == "" {
		return Edit{}, ErrNotFound
	}
	return flowEdit(file, text)
}

func flowEdit(file, text string) (Edit, error) {
	v, err := flowValues(text)
	if errors.Is(err, ErrComplex) {
		return sentenceEdit(file, text)
	}
	if err != nil {
		return Edit{}, err
	}
	return Edit{Item: Item{Kind: Flow, Key: v.Get("flow"), Title: v.Get("title"), File: file, Line: 1}, Values: v}, nil
}

// sentenceEdit shows the sentences of a flow that the form cannot hold.
func sentenceEdit(file, text string) (Edit, error) {
	var head struct {
		Flow     string         `yaml:"flow"`
		Title    string         `yaml:"title"`
		Triggers map[string]any `yaml:"triggers"`
	}
	if problem.Unmarshal([]byte(strings.TrimPrefix(text, bom)), &head) != nil {
		return Edit{}, ErrBroken
	}
	all, err := sentencesIn(text)
	if err != nil {
		return Edit{}, err
	}
	v := Values{"flow": {head.Flow}, "title": {head.Title}, "words": {firstOf(head.Triggers["words"])}}
	for _, s := range all {
		v.set(s.Name, s.Text)
	}
	return Edit{Item: Item{Kind: Flow, Key: head.Flow, Title: cmp.Or(head.Title, head.Flow), File: file, Line: 1}, Values: v, Sentences: all}, nil
}

// resayFlow puts what a form says into the sentences of a flow.
func resayFlow(d Draft, v Values) (Draft, error) {
	now, err := sentenceEdit(d.File, d.Old)
	if err != nil {
		return d, err
	}
	d.After, d.Title = now.Key, now.Title
	d.New, err = resaid(d.Old, v)
	return d, err
}

// flowValues fills the form from a flow file, or fails with ErrComplex.
func flowValues(text string) (Values, error) {
	var f struct {
		Flow     string         `yaml:"flow"`
		Title    string         `yaml:"title"`
		Triggers map[string]any `yaml:"triggers"`
		Steps    yaml.MapSlice  `yaml:"steps"`
	}
	text = strings.TrimPrefix(text, bom)
	if err := problem.Unmarshal([]byte(text), &f, yaml.Strict()); err != nil {
		return nil, ErrComplex
	}
	body := false
	for l := range strings.SplitSeq(text, "\n") { // a comment among the steps would be lost
		l = strings.TrimSpace(l)
		if !strings.HasPrefix(l, "#") && l != "" {
			body = true
		}
		if body && (strings.HasPrefix(l, "#") || strings.Contains(l, " #")) {
			return nil, ErrComplex
		}
	}
	if !only(f.Triggers, "words") || len(f.Steps) > flowSteps {
		return nil, ErrComplex
	}
	v := Values{"flow": {f.Flow}, "title": {f.Title}}
	var words []string
	for _, w := range listOf(f.Triggers["words"]) {
		words = append(words, fmt.Sprint(w))
	}
	v.set("words", strings.Join(words, "\n"))
	for i, item := range f.Steps {
		body, ok := mapOf(item.Value)
		if !ok || !flowStepValues(v, i, body) {
			return nil, ErrComplex
		}
		v.set(step(i, "name"), fmt.Sprint(item.Key))
	}
	return v, nil
}

func mapOf(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case yaml.MapSlice:
		out := map[string]any{}
		for _, it := range v {
			out[fmt.Sprint(it.Key)] = it.Value
		}
		return out, true
	}
	return nil, false
}

func flowStepValues(v Values, i int, body map[string]any) bool {
	v.set(step(i, "next"), str(body["next"]))
	if say, ok := body["say"].(string); ok && only(body, "say", "next") {
		v.set(step(i, "kind"), "say")
		v.set(step(i, "text"), strings.TrimRight(say, "\n"))
		return true
	}
	ask, ok := mapOf(body["ask"])
	if !ok || !only(body, "ask", "next") || !only(ask, "text", "choices") {
		return false
	}
	v.set(step(i, "kind"), "ask")
	v.set(step(i, "text"), strings.TrimRight(str(ask["text"]), "\n"))
	choices := listOf(ask["choices"])
	if len(choices) > flowChoices {
		return false
	}
	for n, c := range choices {
		m, ok := mapOf(c)
		if !ok || !only(m, "label", "goto") {
			return false
		}
		v.set(step(i, fmt.Sprintf("label.%d", n)), str(m["label"]))
		v.set(step(i, fmt.Sprintf("goto.%d", n)), str(m["goto"]))
	}
	return true
}

// flowYAML writes the form as a flow file, under the comments that the file began with.
func flowYAML(head string, v Values) string {
	var b strings.Builder
	b.WriteString(head)
	src := &source{eol: "\n"}
	line := func(column int, name string, value any) {
		b.WriteString(src.field(strings.Repeat(" ", column), column, name, value, nil))
	}
	line(0, "flow", clean(v.Get("flow"), false))
	line(0, "title", clean(v.Get("title"), false))
	if words := splitLines(v.Get("words")); len(words) > 0 {
		b.WriteString("triggers:\n")
		line(2, "words", words)
	}
	b.WriteString("steps:\n")
	for _, s := range StepsOf(v) {
		text := clean(s.Text, true)
		if text == "" {
			continue
		}
		b.WriteString("  " + s.Name + ":\n")
		if !s.Ask {
			line(4, "say", text)
		} else {
			b.WriteString("    ask:\n")
			line(6, "text", text)
			var choices []string
			for _, c := range s.Choices {
				label := clean(c.Label, false)
				if label == "" {
					continue
				}
				o := ordered{{"label", label}}
				if to := clean(c.Goto, false); to != "" {
					o = append(o, pair{"goto", to})
				}
				choices = append(choices, "        - "+inline(o, false)+"\n")
			}
			if len(choices) > 0 {
				b.WriteString("      choices:\n" + strings.Join(choices, ""))
			}
		}
		if next := clean(s.Next, false); next != "" {
			line(4, "next", next)
		}
	}
	return b.String()
}

// flowHead are the comments that a flow file begins with.
func flowHead(text string) string {
	var b strings.Builder
	for l := range strings.SplitAfterSeq(text, "\n") {
		if !strings.HasPrefix(strings.TrimPrefix(l, bom), "#") {
			break
		}
		b.WriteString(l)
	}
	return b.String()
}

const newFlowHead = "# yaml-language-server: $schema=../.schema/flow.json\n# 在值班台的“内容”页写的，也可以直接在这里改。\n"

func (s *Service) makeFlow(d Draft, c Change) (Draft, error) {
	name := clean(c.Values.Get("flow"), false)
	d.After, d.Title = name, cmp.Or(clean(c.Values.Get("title"), false), name)
	if d.Item != "" && d.Item != name || d.Item == "" && (!flowName.MatchString(name) || !strings.HasPrefix(name, ownFlow)) {
		return d, ErrKey // others lead to a flow by its name
	}
	head := newFlowHead
	if d.Item == "" {
		d.File, d.Old = "flows/"+name+".yaml", ""
		if _, err := fs.Stat(s.root(), d.File); err == nil {
			return d, ErrConflict
		}
	} else {
		if d.Old, d.File = s.flowText(d.Item); d.Old == "" {
			return d, ErrNotFound
		}
		if _, err := flowValues(d.Old); err != nil {
			return resayFlow(d, c.Values)
		}
		head = flowHead(d.Old)
	}
	d.New = flowYAML(head, c.Values)
	if back, err := flowValues(d.New); err != nil || !sameFlow(back, c.Values) {
		return d, fmt.Errorf("%s: the flow would not be written as meant (%w)", d.File, cmp.Or(err, ErrKey))
	}
	return d, nil
}

// sameFlow makes sure that what somebody typed is what the file says.
func sameFlow(a, b Values) bool {
	return flowYAML("", a) == flowYAML("", b)
}

func (s *Service) flowFile(d Draft) (string, error) {
	raw, err := fs.ReadFile(s.root(), d.File)
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.Adds():
		return d.New, nil
	case errors.Is(err, fs.ErrNotExist) && d.Removes():
		return "", errApplied
	case errors.Is(err, fs.ErrNotExist):
		return "", ErrConflict
	case err != nil:
		return "", fmt.Errorf("read content: %w", err)
	case d.Removes() && !Removable(d.Kind, d.Item):
		return "", ErrComplex
	case lf(string(raw)) == lf(d.New):
		return "", errApplied
	case d.Adds() || lf(string(raw)) != lf(d.Old):
		return "", ErrConflict
	}
	return d.New, nil
}

// Removable says whether an item may be taken away: of the flows those that a form made, for menus and programs lead into
// the others.
func Removable(k Kind, key string) bool {
	if k == Flow {
		return strings.HasPrefix(key, ownFlow)
	}
	return key != "" && !k.Fixed()
}

// deletes says that the draft takes a file away, with its one item.
func (d Draft) deletes() bool { return d.Kind == Flow && d.Removes() }

// Targets are the flows that a step may lead to, beside the steps of its own flow.
func (s *Service) Targets(own string) ([]Option, error) {
	all, err := s.flows()
	if err != nil {
		return nil, err
	}
	var out []Option
	for _, it := range all {
		if it.Key != own {
			out = append(out, Option{it.Key + ".start", it.Title})
		}
	}
	return out, nil
}
