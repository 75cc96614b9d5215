// Package load reads the flows that editors write in dialogs/flows, and says with file, line and mend what is wrong with
// them: a name that does not exist, a step that nothing leads to, a loop that nobody gets out of, something that is booked
// before anybody said yes. What passes cannot fail later. Start reading at Flows; step.go takes one step apart.
package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/faq"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// The YAML of a flow file. dialogs/README.md explains it to editors.
type (
	flowFile struct {
		Flow     string               `yaml:"flow"`
		Title    string               `yaml:"title"`
		Triggers triggersFile         `yaml:"triggers"`
		Vars     map[string]plan.Type `yaml:"vars"`
		Takes    []string             `yaml:"takes"`
		Gives    []string             `yaml:"gives"`
		Stopped  string               `yaml:"stopped"`
		Steps    any                  `yaml:"steps"`
	}
	systemFile struct {
		System plan.System `yaml:"system"`
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
		Needs string            `yaml:"needs"`
		Into  string            `yaml:"into"`
		Other string            `yaml:"otherwise"`
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
		Type     plan.AskKind `yaml:"type"`
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

// Flows reads every flow under fsys, which is rooted at dialogs/flows. The error is a problem.Problems that lists all
// mistakes. Commands are used for their signatures alone.
func Flows(fsys fs.FS, with dialog.Signatures) (*dialog.Set, error) {
	l := &loader{commands: map[string]dialog.Command{}, faq: &faq.Book{}, plan: &plan.Plan{
		Flows: map[string]*plan.Flow{}, Words: map[string]string{}, Phrases: map[string]string{}, Clicks: map[string]string{}, Scenes: map[string]string{}, Events: map[string]string{},
		Taps: map[string]plan.Tap{}, Facts: with.Facts, Person: map[string]plan.PersonVar{},
	}}
	for _, c := range with.Commands {
		l.commands[c.Name] = c
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
	l.faq.Index(with.Others)
	return dialog.NewSet(hex.EncodeToString(digest.Sum(nil)[:6]), l.plan, l.faq, l.commands), nil
}

type loader struct {
	plan     *plan.Plan
	faq      *faq.Book
	commands map[string]dialog.Command
	raw      []rawFlow
	entries  []ast.Node   // where each entry of the FAQ stands
	asked    []askedLines // further ways of asking, until all entries are known
	problems problem.Problems
}

type rawFlow struct {
	*plan.Flow
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
		l.plan.System = f.System
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
	if other, taken := l.plan.Flows[head.Flow]; taken {
		l.bad(file, body, "请换一个名字", "流程 %s 在 %s 里已经有了", head.Flow, other.File)
		return
	}
	f := &plan.Flow{ID: head.Flow, Title: head.Title, File: file, Vars: head.Vars, Takes: head.Takes, Gives: head.Gives, Stopped: head.Stopped, Steps: map[string]*plan.Step{}}
	rf := rawFlow{Flow: f, head: head, body: body, nodes: map[string]*ast.MappingValueNode{}}
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
			f.Order = append(f.Order, name)
			f.Steps[name] = &plan.Step{Flow: f, ID: name, Line: s.Key.GetToken().Position.Line}
		}
	}
	if f.Steps[plan.FlowStart] == nil {
		l.bad(file, body, "请加一个叫 start 的步骤，流程从它开始", "流程 %s 没有 start", f.ID)
	}
	for name, typ := range f.Vars {
		if l.plan.Told(name) {
			l.bad(file, rf.place("vars", name), "请换一个名字", "%s 是程序告诉流程的，不能当变量", name)
		}
		if !slices.Contains([]plan.Type{plan.TypeText, plan.TypeNumber, plan.TypeBool, plan.TypeChoices, plan.TypeTexts}, typ) {
			l.bad(file, rf.place("vars", name), "只能是 text、number、bool、choices、texts", "变量 %s 的类型 %q 不对", name, typ)
		}
	}
	l.plan.Flows[f.ID] = f
	l.raw = append(l.raw, rf)
	l.plan.Steps += len(f.Order)
}

// compile turns the steps of all flows, which now are known, into what the engine runs.
func (l *loader) compile() {
	for _, name := range []string{plan.FlowMenu, plan.FlowHuman, plan.FlowHelp} {
		if l.plan.Flows[name] == nil {
			l.problems.Addf("flows/", 1, 1, "请加上这个流程", "缺少流程 %s，程序离不开它", name)
		}
	}
	if missing := l.plan.System.Missing(); len(missing) > 0 {
		l.problems.Addf("flows/system.yaml", 1, 1, "请对照 dialogs/README.md 补全", "system 里缺 %s", strings.Join(missing, "、"))
	}
	for _, rf := range l.raw {
		l.scopes(rf)
		l.triggers(rf)
		for _, name := range rf.Order {
			c := &stepCompiler{loader: l, raw: rf, step: rf.Steps[name], node: rf.nodes[name]}
			c.compile()
		}
	}
	if t := l.plan.System.Lesson; t != "" {
		flowID, stepID, _ := strings.Cut(t, ".")
		if f := l.plan.Flows[flowID]; f == nil || f.Steps[stepID] == nil {
			l.problems.Addf("flows/system.yaml", 1, 1, "写成 流程.步骤", "lesson 指向的 %s 不存在", t)
		}
	}
	l.checkFAQ()
	if len(l.problems) == 0 {
		l.findSources()
		l.checkKept()
		l.checkCommits()
		l.checkNeeds()
		l.checkShape()
	}
}
