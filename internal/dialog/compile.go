package dialog

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// stepCompiler turns one step's YAML into what the engine runs, and says what is wrong with it.
type stepCompiler struct {
	*loader
	raw  rawFlow
	step *step
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
	c.loader.bad(c.raw.file, node, hint, "步骤 %s："+format, append([]any{c.step.id}, args...)...)
}

func (c *stepCompiler) compile() {
	if !problem.Decode(c.raw.file, c.node.Value, &c.file, &c.problems) {
		return
	}
	f, s := &c.file, c.step
	deeds := 0
	for _, has := range []bool{f.Say != nil || f.Card != nil || f.Image != nil, f.Ask != nil, len(f.If) > 0, len(f.Set) > 0, f.Call != "", f.Flow != "", f.End} {
		if has {
			deeds++
		}
	}
	if deeds != 1 {
		c.bad("", "每一步只写 say、ask、if、set、call、flow、end 中的一个", "写了 %d 样", deeds)
		return
	}
	s.next = c.target("next", f.Next)
	switch {
	case f.Say != nil || f.Card != nil || f.Image != nil:
		s.say = c.say()
	case f.Ask != nil:
		s.ask = c.ask()
	case len(f.If) > 0:
		s.cond = c.branches()
	case len(f.Set) > 0:
		s.set = c.assigns()
	case f.Call != "":
		s.call = c.call()
	case f.Flow != "":
		s.sub = c.subFlow()
	default:
		s.home = true
	}
}

// target reads "步骤" or "流程.步骤"; empty is the end of the flow.
func (c *stepCompiler) target(key, s string) target {
	if s == "" {
		return target{}
	}
	flowID, stepID, dotted := strings.Cut(s, ".")
	if !dotted {
		flowID, stepID = c.raw.id, s
	}
	f := c.set.flows[flowID]
	switch {
	case f == nil:
		c.bad(key, "请检查名字", "没有叫 %s 的流程", flowID)
	case f.steps[stepID] == nil:
		c.bad(key, "请检查名字，或者加上这一步", "要去的步骤 %s 不存在", s)
	}
	return target{flowID, stepID}
}

func (c *stepCompiler) text(key, s string) text {
	t, err := parseText(strings.TrimRight(s, "\n"), func(name string) bool {
		_, known := c.set.typeOf(c.raw.flow, name)
		_, fact := c.set.facts[name]
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

func (c *stepCompiler) variable(key, name string, types ...Type) {
	t, known := c.set.typeOf(c.raw.flow, name)
	switch {
	case !known:
		c.bad(key, "请在 vars 里加上", "没有叫 %s 的变量", name)
	case !slices.Contains(types, t):
		c.bad(key, "请改 vars 里的类型，或者换一个变量", "变量 %s 是 %s，这里要 %v", name, t, types)
	}
}

func (c *stepCompiler) say() *say {
	s := &say{}
	if c.file.Say != nil {
		s.text = c.text("say", *c.file.Say)
	}
	if k := c.file.Card; k != nil {
		s.card = &cardText{c.text("card", k.Title), c.text("card", k.Summary), c.text("card", k.URL), c.text("card", k.Picture)}
	}
	if m := c.file.Image; m != nil {
		if s.card != nil {
			c.bad("image", "卡片的图片写在 card 的 picture 里；要另发一张图，请再加一步", "一步里不能又有 card 又有 image")
		}
		s.card = c.image(m)
	}
	return s
}

// image reads a picture of dialogs/media: it is shown as an article that has nothing but its picture, which every platform
// can show.
func (c *stepCompiler) image(m *imageFile) *cardText {
	if m.About == "" {
		c.bad("image", "请写上 about：看不见图的人，读到的就是这句话", "图片没有说明")
	}
	pos := inside(c.node.Value, "image", "file").GetToken().Position
	c.set.media = append(c.set.media, MediaUse{m.File, c.raw.file, pos.Line, pos.Column})
	at := text{{literal: MediaPath + m.File}}
	return &cardText{title: c.text("image", m.About), url: at, picture: at}
}

func (c *stepCompiler) ask() *ask {
	f := c.file.Ask
	a := &ask{
		text: c.text("ask", f.Text), from: f.From, said: f.Said, kind: f.Type, into: f.Into, retry: c.text("ask", f.Retry), tries: f.Tries, open: f.Open, past: f.Past, passing: f.Passing,
		giveUp: c.target("ask", f.GiveUp), location: c.target("ask", f.Location), back: c.target("ask", f.Back), lower: map[string]int{},
		keptBy: f.KeptBy, unread: c.text("ask", f.Media),
	}
	if a.text.empty() {
		c.bad("ask", "请写上 text", "没有问题")
	}
	switch a.kind {
	case "":
		a.kind = askChoice
	case askChoice, askText, askNumber, askYesNo, askLocation, askDate, askTime, askDatetime, askPhone:
	default:
		c.bad("ask", "只能是 choice、text、number、yesno、location、date、time、datetime、phone", "type %q 不对", a.kind)
	}
	if a.past && a.kind != askDate && a.kind != askDatetime {
		c.bad("ask", "只有 type 是 date 或 datetime 的问题用得上它，请删掉", "past 写在了不问日子的地方")
	}
	if a.kind == askChoice && len(f.Choices) == 0 && a.from == "" {
		c.bad("ask", "请写 choices 或 choices_from，或者用 type 说明要什么", "没有可以选的")
	}
	if a.from != "" {
		c.variable("ask", a.from, TypeChoices)
	}
	if a.said != "" {
		c.variable("ask", a.said, TypeText)
		if a.from == "" || a.kind != askDate && a.kind != askTime {
			c.bad("ask", "只有 type 是 date 或 time、又写了 choices_from 的问题用得上它，请删掉", "said 写在了用不上的地方")
		}
	}
	if a.into != "" {
		want := map[askKind][]Type{askNumber: {TypeNumber}, askYesNo: {TypeBool}}[a.kind]
		if want == nil {
			want = []Type{TypeText}
		}
		c.variable("ask", a.into, want...)
	}
	if f.Min != nil {
		a.min = *f.Min
	}
	if f.Max != nil {
		a.max = *f.Max
	}
	if a.tries > 0 && a.giveUp.none() {
		c.bad("ask", "请写 give_up: 步骤", "写了 tries，没有写答不对时去哪里")
	}
	for i, ch := range f.Choices {
		c.choice(a, i, ch)
	}
	c.fitsOneMessage(f)
	return a
}

func (c *stepCompiler) choice(a *ask, i int, ch choiceFile) {
	if ch.Label == "" {
		c.bad("ask", "请写 label", "第 %d 个选项没有字", i+1)
	}
	value := ch.Value
	if value == "" {
		value = ch.Label
	}
	id := choiceID(c.raw.id, c.step.id, value)
	a.choices = append(a.choices, choice{id: id, label: ch.Label, value: value, group: ch.Group, means: ch.Means, to: c.target("ask", ch.Goto)})
	if ch.Means != "" && ch.Means != meansYes && ch.Means != meansNo {
		c.bad("ask", "只能写 yes（点头）或 no（不要）", "选项 %q 的 means %q 不对", ch.Label, ch.Means)
	}
	if other, taken := c.set.taps[id]; taken && (other.step != c.step || other.index != i) {
		c.bad("ask", "请改一改其中一个的字", "选项 %q 和 %s.%s 的选项编号相撞", ch.Label, other.flow.id, other.step.id)
	}
	c.set.taps[id] = tap{c.raw.flow, c.step, i}
	for _, word := range append([]string{ch.Label}, ch.Also...) {
		key := hanzi.Fold(word)
		if j, taken := a.lower[key]; taken && j != i {
			c.bad("ask", "请改掉其中一个", "选项 %q 和第 %d 个选项分不开", word, j+1)
		}
		if g := globalOf(key); g != globalNone && ch.Goto == "" {
			c.bad("ask", "请换一个词", "选项 %q 到处都有固定的意思", word)
		}
		c.shadows(a, i, word, ch.Goto)
		a.lower[key] = i
	}
}

// shadows refuses a word that people would say to mean something else: the way home, to a human or to the help, which
// have to lead there everywhere, or the number of another choice.
func (c *stepCompiler) shadows(a *ask, i int, word, to string) {
	key := hanzi.Fold(word)
	home, fixed := map[global]string{globalMenu: flowMenu, globalHuman: flowHuman, globalHelp: flowHelp}[globalOf(key)]
	if fixed && to != "" && c.target("ask", to).flow != home {
		c.bad("ask", "请换一个词，或者写 goto: "+home+".start", "选项 %q 挡住了到处都能用的“%s”", word, word)
	}
	n := hanzi.Ordinal(key)
	switch {
	case n == 0 || n == i+1 && a.from == "":
	case a.from != "":
		c.bad("ask", "请在数字后面加上单位，例如“3 次”", "选项 %q 和 choices_from 里第 %d 个选项的编号分不开", word, n)
	case n <= len(c.file.Ask.Choices):
		c.bad("ask", "请换一个说法，例如在数字后面加上单位，或者按编号的次序排", "选项 %q 和第 %d 个选项的编号分不开", word, n)
	}
}

func (c *stepCompiler) branches() []branch {
	var out []branch
	for i, b := range c.file.If {
		if b.Else != "" {
			if i != len(c.file.If)-1 {
				c.bad("if", "else 要放在最后", "else 后面的条件永远走不到")
			}
			out = append(out, branch{to: c.target("if", b.Else)})
			continue
		}
		p, err := c.set.compileExpr(c.raw.flow, b.When, expr.AsBool())
		if err != nil {
			c.bad("if", "条件里只能用 vars 里的变量，以及 audience、channel、hour、weekday 和程序告诉流程的事（见 dialogs/README.md）", "条件 %q 看不懂：%v", b.When, exprWords(err))
		}
		out = append(out, branch{p, c.target("if", b.Goto)})
	}
	if len(out) == 0 || out[len(out)-1].when != nil {
		c.bad("if", "请在最后加一条 else: 步骤", "都不符合时没有去处")
	}
	return out
}

func (c *stepCompiler) assigns() []assign {
	var out []assign
	for _, item := range c.file.Set {
		name, source := fmt.Sprint(item.Key), fmt.Sprint(item.Value)
		t, known := c.set.typeOf(c.raw.flow, name)
		if !known {
			c.bad("set", "请在 vars 里加上", "没有叫 %s 的变量", name)
			continue
		}
		p, err := c.set.compileExpr(c.raw.flow, source, as(t)...)
		if err != nil {
			c.bad("set", "文字要加引号，例如 '\"孩子\"'", "%s 的值 %q 看不懂：%v", name, source, exprWords(err))
		}
		out = append(out, assign{name, p})
	}
	return out
}

func as(t Type) []expr.Option {
	switch t {
	case TypeNumber:
		return []expr.Option{expr.AsFloat64()}
	case TypeBool:
		return []expr.Option{expr.AsBool()}
	case TypeText:
		return []expr.Option{expr.AsKind(reflect.String)}
	default:
		return nil
	}
}
