package load

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// stepCompiler turns one step's YAML into what the engine runs, and says what is wrong with it.
type stepCompiler struct {
	*loader
	raw  rawFlow
	step *plan.Step
	node *ast.MappingValueNode
	file stepFile
}

func (c *stepCompiler) bad(key, hint, format string, args ...any) {
	node := ast.Node(c.node.Key)
	if m, ok := c.node.Value.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if v.Key.String() == key {
				node = v.Key
			}
		}
	}
	c.loader.bad(c.raw.File, node, hint, "步骤 %s："+format, append([]any{c.step.ID}, args...)...)
}

func (c *stepCompiler) compile() {
	if !problem.Decode(c.raw.File, c.node.Value, &c.file, &c.problems) {
		return
	}
	f, s := &c.file, c.step
	deeds := 0
	for _, has := range []bool{f.Say != nil || f.Card != nil || f.Image != nil, f.Ask != nil, len(f.If) > 0, len(f.Set) > 0, f.Call != "", f.Flow != "", f.Needs != "", f.End} {
		if has {
			deeds++
		}
	}
	if deeds != 1 {
		c.bad("", "每一步只写 say、ask、if、set、call、flow、needs、end 中的一个", "写了 %d 样", deeds)
		return
	}
	s.Next = c.target("next", f.Next)
	switch {
	case f.Say != nil || f.Card != nil || f.Image != nil:
		s.Say = c.say()
	case f.Ask != nil:
		s.Ask = c.ask()
	case len(f.If) > 0:
		s.Cond = c.branches()
	case len(f.Set) > 0:
		s.Set = c.assigns()
	case f.Call != "":
		s.Call = c.call()
	case f.Flow != "":
		s.Sub = c.subFlow()
	case f.Needs != "":
		s.Need = c.need()
	default:
		s.Home = true
	}
}

// target reads "步骤" or "流程.步骤"; empty is the end of the flow.
func (c *stepCompiler) target(key, s string) plan.Target {
	if s == "" {
		return plan.Target{}
	}
	flowID, stepID, dotted := strings.Cut(s, ".")
	if !dotted {
		flowID, stepID = c.raw.ID, s
	}
	f := c.plan.Flows[flowID]
	switch {
	case f == nil:
		c.bad(key, "请检查名字", "没有叫 %s 的流程", flowID)
	case f.Steps[stepID] == nil:
		c.bad(key, "请检查名字，或者加上这一步", "要去的步骤 %s 不存在", s)
	}
	return plan.Target{Flow: flowID, Step: stepID}
}

func (c *stepCompiler) text(key, s string) plan.Text {
	t, err := plan.ParseText(strings.TrimRight(s, "\n"), func(name string) bool {
		_, known := c.plan.TypeOf(c.raw.Flow, name)
		_, fact := c.plan.Facts[name]
		return known || fact || name == "audience"
	})
	if err != nil {
		c.bad(key, "变量要先在 vars 或 flows/person.yaml 里写上", "%v", err)
	}
	if len(s) > maxText {
		c.bad(key, "请分成两步说", "文字有 %d 字节，微信一条最多 2048", len(s))
	}
	return t
}

// fitsOneMessage refuses a question that a platform would cut in two because of its choices.
func (c *stepCompiler) fitsOneMessage(f *askFile) {
	size := len(f.Text)
	for _, ch := range f.Choices {
		size += linkBytes + len(ch.Label) + len(ch.Group) + len(url.QueryEscape(cmp.Or(ch.Value, ch.Label)))
	}
	if size > maxMessage {
		c.bad("ask", "请写短些，或者把选项分成两步问", "问题和 %d 个选项合起来约 %d 字节，微信一条最多 %d，会被拆成两条", len(f.Choices), size, maxMessage)
	}
}

// In a WeChat text of 2,048 bytes every choice is a link: its label, what a tap says in URL encoding, and the markup.
const (
	maxMessage = 2048
	linkBytes  = 80
)

// maxText leaves room for the choices and a variable or two in one WeChat text of 2,048 bytes.
const maxText = 1700

func (c *stepCompiler) variable(key, name string, types ...plan.Type) {
	t, known := c.plan.TypeOf(c.raw.Flow, name)
	switch {
	case !known:
		c.bad(key, "请在 vars 里加上", "没有叫 %s 的变量", name)
	case !slices.Contains(types, t):
		c.bad(key, "请改 vars 里的类型，或者换一个变量", "变量 %s 是 %s，这里要 %v", name, t, types)
	}
}

func (c *stepCompiler) say() *plan.Say {
	s := &plan.Say{}
	if c.file.Say != nil {
		s.Text = c.text("say", *c.file.Say)
	}
	if k := c.file.Card; k != nil {
		s.Card = &plan.CardText{Title: c.text("card", k.Title), Summary: c.text("card", k.Summary), URL: c.text("card", k.URL), Picture: c.text("card", k.Picture)}
	}
	if m := c.file.Image; m != nil {
		if s.Card != nil {
			c.bad("image", "卡片的图片写在 card 的 picture 里；要另发一张图，请再加一步", "一步里不能又有 card 又有 image")
		}
		s.Card = c.image(m)
	}
	return s
}

// image reads a picture of dialogs/media: it is shown as an article that has nothing but its picture, which every platform
// can show.
func (c *stepCompiler) image(m *imageFile) *plan.CardText {
	if m.About == "" {
		c.bad("image", "请写上 about：看不见图的人，读到的就是这句话", "图片没有说明")
	}
	pos := inside(c.node.Value, "image", "file").GetToken().Position
	c.plan.Media = append(c.plan.Media, plan.MediaUse{Name: m.File, File: c.raw.File, Line: pos.Line, Col: pos.Column})
	at := plan.Text{{Literal: dialog.MediaPath + m.File}}
	return &plan.CardText{Title: c.text("image", m.About), URL: at, Picture: at}
}

func (c *stepCompiler) ask() *plan.Ask {
	f := c.file.Ask
	a := &plan.Ask{
		Text: c.text("ask", f.Text), From: f.From, Also: f.Also, Said: f.Said, Kind: f.Type, Into: f.Into, Retry: c.text("ask", f.Retry), Tries: f.Tries, Open: f.Open, Past: f.Past, Passing: f.Passing,
		GiveUp: c.target("ask", f.GiveUp), Location: c.target("ask", f.Location), Back: c.target("ask", f.Back), Lower: map[string]int{},
		KeptBy: f.KeptBy, Unread: c.text("ask", f.Media),
	}
	if a.Text.Empty() {
		c.bad("ask", "请写上 text", "没有问题")
	}
	a.Kind = cmp.Or(a.Kind, plan.AskChoice)
	if !a.Kind.Valid() {
		c.bad("ask", "只能是 "+strings.Join(plan.AskKinds(), "、"), "type %q 不对", a.Kind)
	}
	if a.Past && !a.Kind.Day() {
		c.bad("ask", "只有 type 是 date 或 datetime 的问题用得上它，请删掉", "past 写在了不问日子的地方")
	}
	if a.Kind == plan.AskChoice && len(f.Choices) == 0 && a.From == "" {
		c.bad("ask", "请写 choices 或 choices_from，或者用 type 说明要什么", "没有可以选的")
	}
	if a.From != "" {
		c.variable("ask", a.From, plan.TypeChoices)
	}
	if a.Also != "" {
		c.variable("ask", a.Also, plan.TypeChoices)
		if a.From == "" || !a.Kind.DayOrClock() {
			c.bad("ask", "只有 type 是 date 或 time、又写了 choices_from 的问题用得上它，请删掉", "also_from 写在了用不上的地方")
		}
	}
	if a.Said != "" {
		c.variable("ask", a.Said, plan.TypeText)
		if a.From == "" || !a.Kind.DayOrClock() {
			c.bad("ask", "只有 type 是 date 或 time、又写了 choices_from 的问题用得上它，请删掉", "said 写在了用不上的地方")
		}
	}
	if a.Into != "" {
		c.variable("ask", a.Into, cmp.Or(a.Kind.Into(), plan.TypeText))
	}
	if f.Min != nil {
		a.Min = *f.Min
	}
	if f.Max != nil {
		a.Max = *f.Max
	}
	if a.Tries > 0 && a.GiveUp.None() {
		c.bad("ask", "请写 give_up: 步骤", "写了 tries，没有写答不对时去哪里")
	}
	for i, ch := range f.Choices {
		c.choice(a, i, ch)
	}
	c.fitsOneMessage(f)
	return a
}

func (c *stepCompiler) choice(a *plan.Ask, i int, ch choiceFile) {
	if ch.Label == "" {
		c.bad("ask", "请写 label", "第 %d 个选项没有字", i+1)
	}
	value := ch.Value
	if value == "" {
		value = ch.Label
	}
	id := plan.ChoiceID(c.raw.ID, c.step.ID, value)
	a.Choices = append(a.Choices, plan.Choice{ID: id, Label: ch.Label, Value: value, Group: ch.Group, Means: ch.Means, To: c.target("ask", ch.Goto)})
	if ch.Means != "" && ch.Means != plan.MeansYes && ch.Means != plan.MeansNo {
		c.bad("ask", "只能写 yes（点头）或 no（不要）", "选项 %q 的 means %q 不对", ch.Label, ch.Means)
	}
	if other, taken := c.plan.Taps[id]; taken && (other.Step != c.step || other.Index != i) {
		c.bad("ask", "请改一改其中一个的字", "选项 %q 和 %s.%s 的选项编号相撞", ch.Label, other.Flow.ID, other.Step.ID)
	}
	c.plan.Taps[id] = plan.Tap{Flow: c.raw.Flow, Step: c.step, Index: i}
	for _, word := range append([]string{ch.Label}, ch.Also...) {
		key := hanzi.Fold(word)
		if j, taken := a.Lower[key]; taken && j != i {
			c.bad("ask", "请改掉其中一个", "选项 %q 和第 %d 个选项分不开", word, j+1)
		}
		if g := plan.GlobalOf(key); g != plan.GlobalNone && ch.Goto == "" {
			c.bad("ask", "请换一个词", "选项 %q 到处都有固定的意思", word)
		}
		c.shadows(a, i, word, ch.Goto)
		a.Lower[key] = i
	}
}

// shadows refuses a word that people would say to mean something else: the way home, to a human or to the help, which
// have to lead there everywhere, or the number of another choice.
func (c *stepCompiler) shadows(a *plan.Ask, i int, word, to string) {
	key := hanzi.Fold(word)
	home, fixed := map[plan.Global]string{plan.GlobalMenu: plan.FlowMenu, plan.GlobalHuman: plan.FlowHuman, plan.GlobalHelp: plan.FlowHelp}[plan.GlobalOf(key)]
	if fixed && to != "" && c.target("ask", to).Flow != home {
		c.bad("ask", "请换一个词，或者写 goto: "+home+".start", "选项 %q 挡住了到处都能用的“%s”", word, word)
	}
	n := hanzi.Ordinal(key)
	switch {
	case n == 0 || n == i+1 && a.From == "":
	case a.From != "":
		c.bad("ask", "请在数字后面加上单位，例如“3 次”", "选项 %q 和 choices_from 里第 %d 个选项的编号分不开", word, n)
	case n <= len(c.file.Ask.Choices):
		c.bad("ask", "请换一个说法，例如在数字后面加上单位，或者按编号的次序排", "选项 %q 和第 %d 个选项的编号分不开", word, n)
	}
}

func (c *stepCompiler) branches() []plan.Branch {
	var out []plan.Branch
	for i, b := range c.file.If {
		if b.Else != "" {
			if i != len(c.file.If)-1 {
				c.bad("if", "else 要放在最后", "else 后面的条件永远走不到")
			}
			out = append(out, plan.Branch{To: c.target("if", b.Else)})
			continue
		}
		p, err := c.compileExpr(c.raw.Flow, b.When, expr.AsBool())
		if err != nil {
			c.bad("if", "条件里只能用 vars 里的变量，以及 audience、channel、hour、weekday 和程序告诉流程的事（见 dialogs/README.md）", "条件 %q 看不懂：%v", b.When, exprWords(err))
		}
		out = append(out, plan.Branch{When: p, To: c.target("if", b.Goto)})
	}
	if len(out) == 0 || out[len(out)-1].When != nil {
		c.bad("if", "请在最后加一条 else: 步骤", "都不符合时没有去处")
	}
	return out
}

func (c *stepCompiler) assigns() []plan.Assign {
	var out []plan.Assign
	for _, item := range c.file.Set {
		name, source := fmt.Sprint(item.Key), fmt.Sprint(item.Value)
		t, known := c.plan.TypeOf(c.raw.Flow, name)
		if !known {
			c.bad("set", "请在 vars 里加上", "没有叫 %s 的变量", name)
			continue
		}
		p, err := c.compileExpr(c.raw.Flow, source, as(t)...)
		if err != nil {
			c.bad("set", "文字要加引号，例如 '\"孩子\"'", "%s 的值 %q 看不懂：%v", name, source, exprWords(err))
		}
		out = append(out, plan.Assign{Name: name, Expr: p})
	}
	return out
}

func as(t plan.Type) []expr.Option {
	switch t {
	case plan.TypeNumber:
		return []expr.Option{expr.AsFloat64()}
	case plan.TypeBool:
		return []expr.Option{expr.AsBool()}
	case plan.TypeText:
		return []expr.Option{expr.AsKind(reflect.String)}
	default:
		return nil
	}
}
