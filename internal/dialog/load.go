package dialog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// The YAML of a flow file. dialogs/README.md explains it to editors.
type (
	flowFile struct {
		Flow     string          `yaml:"flow"`
		Title    string          `yaml:"title"`
		Triggers triggersFile    `yaml:"triggers"`
		Vars     map[string]Type `yaml:"vars"`
		Takes    []string        `yaml:"takes"`
		Gives    []string        `yaml:"gives"`
		Stopped  string          `yaml:"stopped"`
		Steps    any             `yaml:"steps"`
	}
	systemFile struct {
		System systemTexts `yaml:"system"`
	}
	triggersFile struct {
		Words   []string `yaml:"words"`
		Phrases []string `yaml:"phrases"`
		Said    string   `yaml:"word_into"`
		Aside   bool     `yaml:"aside"`
		Clicks  []string `yaml:"clicks"`
		Scenes  []string `yaml:"scenes"`
		Into    string   `yaml:"scene_into"`
		Goto    string   `yaml:"scene_goto"`
		Events  []string `yaml:"events"`
	}
	stepFile struct {
		Say   *string           `yaml:"say"`
		Card  *cardFile         `yaml:"card"`
		Image *imageFile        `yaml:"image"`
		Ask   *askFile          `yaml:"ask"`
		If    []branchFile      `yaml:"if"`
		Set   yaml.MapSlice     `yaml:"set"`
		Call  string            `yaml:"call"`
		With  yaml.MapSlice     `yaml:"with"`
		Save  map[string]string `yaml:"save"`
		On    map[string]string `yaml:"on"`
		Flow  string            `yaml:"flow"`
		End   bool              `yaml:"end"`
		Next  string            `yaml:"next"`
	}
	cardFile struct {
		Title   string `yaml:"title"`
		Summary string `yaml:"summary"`
		URL     string `yaml:"url"`
		Picture string `yaml:"picture"`
	}
	imageFile struct {
		File  string `yaml:"file"`
		About string `yaml:"about"`
	}
	askFile struct {
		Text     string       `yaml:"text"`
		Choices  []choiceFile `yaml:"choices"`
		From     string       `yaml:"choices_from"`
		Also     string       `yaml:"also_from"`
		Said     string       `yaml:"said"`
		Type     askKind      `yaml:"type"`
		Into     string       `yaml:"into"`
		Retry    string       `yaml:"retry"`
		Min      *float64     `yaml:"min"`
		Max      *float64     `yaml:"max"`
		Tries    int          `yaml:"tries"`
		GiveUp   string       `yaml:"give_up"`
		Open     bool         `yaml:"open"`
		Past     bool         `yaml:"past"`
		Passing  bool         `yaml:"passing"`
		Location string       `yaml:"location"`
		Back     string       `yaml:"back"`
		KeptBy   string       `yaml:"kept_by"`
		Media    string       `yaml:"media"`
	}
	choiceFile struct {
		Label string   `yaml:"label"`
		Also  []string `yaml:"also"`
		Value string   `yaml:"value"`
		Means string   `yaml:"means"`
		Group string   `yaml:"group"`
		Goto  string   `yaml:"goto"`
	}
	branchFile struct {
		When string `yaml:"when"`
		Goto string `yaml:"goto"`
		Else string `yaml:"else"`
	}
)

// Load reads every flow under fsys, which is rooted at dialogs/flows. The error is a problem.Problems that lists all
// mistakes. Commands are used for their signatures alone.
func Load(fsys fs.FS, with Signatures) (*Set, error) {
	l := &loader{set: &Set{
		flows: map[string]*flow{}, words: map[string]string{}, phrases: map[string]string{}, clicks: map[string]string{}, scenes: map[string]string{}, events: map[string]string{},
		taps: map[string]tap{}, commands: map[string]Command{}, facts: with.Facts, person: map[string]personVar{}, faq: &faq{},
	}}
	for _, c := range with.Commands {
		l.set.commands[c.Name] = c
	}
	digest := sha256.New()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		raw, err := fs.ReadFile(fsys, path)
		if err == nil {
			_, _ = fmt.Fprintf(digest, "%s\x00%s\x00", path, raw) // a hash never fails
			l.read("flows/"+path, raw)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read flows: %w", err)
	}
	if len(l.problems) == 0 {
		l.compile()
	}
	if err := l.problems.Err(); err != nil {
		return nil, err
	}
	l.set.faq.index(with.Others)
	l.set.Version = hex.EncodeToString(digest.Sum(nil)[:6])
	return l.set, nil
}

type loader struct {
	set      *Set
	raw      []rawFlow
	problems problem.Problems
}

type rawFlow struct {
	*flow
	head  flowFile
	body  *ast.MappingNode
	nodes map[string]*ast.MappingValueNode
}

func (l *loader) bad(file string, node ast.Node, hint, format string, args ...any) {
	line, col := 1, 1
	if node != nil {
		line, col = node.GetToken().Position.Line, node.GetToken().Position.Column
	}
	l.problems.Addf(file, line, col, hint, format, args...)
}

func (l *loader) read(file string, raw []byte) {
	doc, ok := problem.Parse(file, raw, &l.problems)
	if !ok {
		return
	}
	bodies := doc.Bodies()
	if len(bodies) != 1 || bodies[0] == nil {
		l.bad(file, nil, "一个文件写一个流程", "文件是空的，或者不止一份")
		return
	}
	body, ok := bodies[0].(*ast.MappingNode)
	if !ok {
		l.bad(file, bodies[0], "请对照 dialogs/README.md", "文件开头应该是“名字: 内容”的写法")
		return
	}
	switch body.Values[0].Key.String() {
	case "system":
		var f systemFile
		problem.Decode(file, body, &f, &l.problems)
		l.set.system = f.System
	case "faq":
		l.readFAQ(file, body)
	case "faq_words":
		l.readFAQWords(file, body)
	case "faq_asked":
		l.readFAQAsked(file, body)
	case "faq_not":
		l.readFAQNot(file, body)
	case "person":
		l.readPerson(file, body)
	default:
		l.readFlow(file, body)
	}
}

func (l *loader) readFlow(file string, body *ast.MappingNode) {
	var head flowFile
	if !problem.Decode(file, body, &head, &l.problems) {
		return
	}
	if head.Flow == "" {
		l.bad(file, body, "请在第一行写 flow: 名字", "流程没有名字")
		return
	}
	if other, taken := l.set.flows[head.Flow]; taken {
		l.bad(file, body, "请换一个名字", "流程 %s 在 %s 里已经有了", head.Flow, other.file)
		return
	}
	f := &flow{id: head.Flow, title: head.Title, file: file, vars: head.Vars, takes: head.Takes, gives: head.Gives, stopped: head.Stopped, steps: map[string]*step{}}
	rf := rawFlow{flow: f, head: head, body: body, nodes: map[string]*ast.MappingValueNode{}}
	for _, v := range body.Values {
		if v.Key.String() != "steps" {
			continue
		}
		steps, ok := v.Value.(*ast.MappingNode)
		if !ok {
			l.bad(file, v, "每一步写成“步骤名:”再缩进", "steps 的写法有误")
			return
		}
		for _, s := range steps.Values {
			name := s.Key.String()
			rf.nodes[name] = s
			f.order = append(f.order, name)
			f.steps[name] = &step{flow: f, id: name, line: s.Key.GetToken().Position.Line}
		}
	}
	if f.steps[flowStart] == nil {
		l.bad(file, body, "请加一个叫 start 的步骤，流程从它开始", "流程 %s 没有 start", f.id)
	}
	for name, typ := range f.vars {
		if l.set.told(name) {
			l.bad(file, rf.place("vars", name), "请换一个名字", "%s 是程序告诉流程的，不能当变量", name)
		}
		if !slices.Contains([]Type{TypeText, TypeNumber, TypeBool, TypeChoices, TypeTexts}, typ) {
			l.bad(file, rf.place("vars", name), "只能是 text、number、bool、choices、texts", "变量 %s 的类型 %q 不对", name, typ)
		}
	}
	l.set.flows[f.id] = f
	l.raw = append(l.raw, rf)
	l.set.steps += len(f.order)
}

// compile turns the steps of all flows, which now are known, into what the engine runs.
func (l *loader) compile() {
	for _, name := range []string{flowMenu, flowHuman, flowHelp} {
		if l.set.flows[name] == nil {
			l.problems.Addf("flows/", 1, 1, "请加上这个流程", "缺少流程 %s，程序离不开它", name)
		}
	}
	if missing := l.set.system.missing(); len(missing) > 0 {
		l.problems.Addf("flows/system.yaml", 1, 1, "请对照 dialogs/README.md 补全", "system 里缺 %s", strings.Join(missing, "、"))
	}
	for _, rf := range l.raw {
		l.scopes(rf)
		l.triggers(rf)
		for _, name := range rf.order {
			c := &stepCompiler{loader: l, raw: rf, step: rf.steps[name], node: rf.nodes[name]}
			c.compile()
		}
	}
	if t := l.set.system.Lesson; t != "" {
		flowID, stepID, _ := strings.Cut(t, ".")
		if f := l.set.flows[flowID]; f == nil || f.steps[stepID] == nil {
			l.problems.Addf("flows/system.yaml", 1, 1, "写成 流程.步骤", "lesson 指向的 %s 不存在", t)
		}
	}
	l.checkFAQ()
	if len(l.problems) == 0 {
		l.findSources()
		l.checkKept()
		l.checkCommits()
		l.checkShape()
	}
}

func (l *loader) triggers(rf rawFlow) {
	claim := func(m map[string]string, kind, key string, at ast.Node) {
		if other, taken := m[key]; taken && other != rf.id {
			l.bad(rf.file, at, "请改掉其中一个", "%s %q 已经被流程 %s 用了", kind, key, other)
		}
		m[key] = rf.id
	}
	t := rf.head.Triggers
	for i, w := range t.Words {
		at := rf.place("triggers", "words", i)
		if globalOf(hanzi.Fold(w)) != globalNone {
			l.bad(rf.file, at, "请换一个词", "触发词 %q 到处都有固定的意思", w)
		}
		claim(l.set.words, "触发词", hanzi.Fold(w), at)
	}
	for i, p := range t.Phrases {
		if utf8.RuneCountInString(hanzi.Fold(p)) < 2 {
			l.bad(rf.file, rf.place("triggers", "phrases", i), "请至少写两个字", "%q 太短，什么话里都有", p)
		}
		claim(l.set.phrases, "话里的字", hanzi.Fold(p), rf.place("triggers", "phrases", i))
	}
	if into := t.Said; into != "" && rf.vars[into] != TypeText {
		l.bad(rf.file, rf.place("triggers", "word_into"), "请在 vars 里加上，类型写 text", "word_into 的 %s 不是这个流程的文字变量", into)
	}
	rf.wordInto, rf.aside = t.Said, t.Aside
	for i, c := range t.Clicks {
		claim(l.set.clicks, "菜单键", c, rf.place("triggers", "clicks", i))
	}
	for i, s := range t.Scenes {
		claim(l.set.scenes, "二维码场景", s, rf.place("triggers", "scenes", i))
	}
	l.scene(rf)
	for i, e := range t.Events {
		at := rf.place("triggers", "events", i)
		if e != eventSubscribe && e != eventLocation && e != eventPlace {
			l.bad(rf.file, at, "只能是 subscribe（关注）、location（发位置）、place（话里说了想去哪里）", "事件 %q 不会发生", e)
		}
		claim(l.set.events, "事件", e, at)
	}
}

func zero(t Type) any {
	switch t {
	case TypeNumber:
		return 0.0
	case TypeBool:
		return false
	case TypeChoices, TypeTexts:
		return []any{}
	default:
		return ""
	}
}
