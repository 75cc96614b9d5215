// Package draw draws a flow as SVG, so that an editor sees the ways through it. flow.go lays out the steps, route.go the
// arrows between them.
package draw

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// Flow draws a flow as SVG: steps as boxes in layers by their distance from the start, arrows with what leads along
// them. An arrow out of the flow ends at a dashed box.
func Flow(p *plan.Plan, id string) ([]byte, error) {
	f := p.Flows[id]
	if f == nil {
		return nil, fmt.Errorf("没有叫 %s 的流程", id)
	}
	d := drawing{plan: p, flow: f, at: map[string]*box{}}
	d.place()
	return d.svg(), nil
}

// The measures of a drawing, in pixels.
const (
	boxWidth  = 190
	boxHeight = 58
	gapX      = 40
	margin    = 30
	lineWide  = 28 // what fits on a line of a box, a Chinese character counting two
	labelWide = 26
)

type drawing struct {
	plan   *plan.Plan
	flow   *plan.Flow
	at     map[string]*box
	layers [][]*box
	edges  []edge
}

type box struct {
	id, kind, text string
	place          string // file:line
	layer, slot    int
	top            int
	out            bool // stands for another flow, or the end
	last           bool // the flow ends after it
}

type edge struct {
	from, to *box
	label    string
}

func (b *box) x() int      { return margin + b.slot*(boxWidth+gapX) }
func (b *box) middle() int { return b.x() + boxWidth/2 }

// place lays the steps out, nearest to the start first; steps reached from elsewhere alone follow below.
func (d *drawing) place() {
	queue := []string{plan.FlowStart}
	for _, id := range append([]string{plan.FlowStart}, d.flow.Order...) {
		if d.at[id] == nil {
			d.put(d.stepBox(id), len(d.layers))
			queue = append(queue, id)
		}
		for len(queue) > 0 {
			from := d.at[queue[0]]
			queue = queue[1:]
			for _, l := range d.flow.Steps[from.id].Links() {
				if l.To.None() && l.Label == "" {
					from.last = true
					continue
				}
				to, fresh := d.target(l.To, from.layer+1)
				if fresh && !to.out {
					queue = append(queue, to.id)
				}
				d.join(edge{from, to, l.Label})
			}
		}
	}
}

// join adds an arrow; several from one box to another become one with all labels.
func (d *drawing) join(e edge) {
	for i, other := range d.edges {
		if other.from == e.from && other.to == e.to {
			if e.label != "" && !slices.Contains(strings.Split(other.label, "、"), e.label) {
				d.edges[i].label = strings.Trim(other.label+"、"+e.label, "、")
			}
			return
		}
	}
	d.edges = append(d.edges, e)
}

func (d *drawing) put(b *box, layer int) {
	for len(d.layers) <= layer {
		d.layers = append(d.layers, nil)
	}
	b.layer, b.slot = layer, len(d.layers[layer])
	d.layers[layer] = append(d.layers[layer], b)
	d.at[b.id] = b
}

// target returns the box of a target, made where it is new.
func (d *drawing) target(t plan.Target, layer int) (*box, bool) {
	if !t.None() && t.Flow == d.flow.ID {
		if b := d.at[t.Step]; b != nil {
			return b, false
		}
		b := d.stepBox(t.Step)
		d.put(b, layer)
		return b, true
	}
	key, text := "→ 结束", "流程到这里结束"
	if !t.None() {
		key, text = "→ "+t.Flow+"."+t.Step, d.plan.Flows[t.Flow].Title
	}
	if b := d.at[key]; b != nil {
		return b, false
	}
	b := &box{id: key, text: text, out: true}
	if f := d.plan.Flows[t.Flow]; f != nil {
		b.place = fmt.Sprintf("%s:%d", f.File, f.Steps[t.Step].Line)
	}
	d.put(b, layer)
	return b, true
}

func (d *drawing) stepBox(id string) *box {
	st := d.flow.Steps[id]
	kind, text := describe(st)
	if st.Sub != nil {
		text = d.plan.Flows[st.Sub.Flow].Title + "（" + st.Sub.Flow + "）"
	}
	return &box{id: id, kind: kind, text: text, place: fmt.Sprintf("%s:%d", d.flow.File, st.Line)}
}

// describe says in a few words what a step does.
func describe(s *plan.Step) (kind, text string) {
	name := func(n string) any { return "〈" + n + "〉" }
	switch {
	case s.Say != nil && s.Say.Text.Empty() && s.Say.Card != nil:
		return "卡片", s.Say.Card.Title.Render(name)
	case s.Say != nil:
		return "说", s.Say.Text.Render(name)
	case s.Ask != nil:
		return "问", s.Ask.Text.Render(name)
	case s.Cond != nil:
		return "判断", ""
	case s.Set != nil:
		names := make([]string, len(s.Set))
		for i, a := range s.Set {
			names[i] = a.Name
		}
		return "记下", strings.Join(names, "、")
	case s.Call != nil:
		return "办理", s.Call.Command
	case s.Need != nil:
		return "先要同意", s.Need.What
	case s.Sub != nil:
		return "流程", s.Sub.Flow
	}
	return "结束", ""
}

// laneColours tell the lanes apart, each target's its own.
var laneColours = []string{"#b5654a", "#4a7fb5", "#7a62b0", "#4c8f6b", "#a8852c", "#a3527f"}

const plainColour = "#8a9cab"

func (d *drawing) svg() []byte {
	g := d.lay()
	h, w := d.settle(g)+legendHeight, g.right+len(g.lanes)*laneWidth+margin
	w = max(w, legendWidth)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" font-size="12">`+"\n", w, h, w, h)
	title := d.flow.Title + "（" + d.flow.ID + "）"
	fmt.Fprintf(&b, "<title>%s</title>\n<defs>", escape(title))
	for i, c := range append([]string{plainColour}, laneColours...) {
		fmt.Fprintf(&b, `<marker id="tip%d" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="%s"/></marker>`, i, c)
	}
	fmt.Fprintf(&b, "</defs>\n"+`<rect width="%d" height="%d" fill="#fbfcfd"/><text x="%d" y="28" font-size="17" font-weight="700" fill="#22303c">%s</text>`+"\n", w, h, margin, escape(title))
	for _, r := range g.routes {
		g.draw(&b, r)
	}
	for _, r := range g.routes {
		g.name(&b, r)
	}
	for _, layer := range d.layers {
		for _, x := range layer {
			x.draw(&b)
		}
	}
	legend(&b, h-legendHeight+8)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (g *routing) draw(b *bytes.Buffer, r *route) {
	colour, tip := plainColour, 0
	if r.lane >= 0 {
		tip = 1 + r.lane%len(laneColours)
		colour = laneColours[tip-1]
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.4" marker-end="url(#tip%d)"/>`+"\n", rounded(g.points(r)), colour, tip)
}

// name writes what leads along an arrow where it leaves its box.
func (g *routing) name(b *bytes.Buffer, r *route) {
	if r.label == "" {
		return
	}
	x, anchor := r.port+5, "start"
	if r.lane < 0 && r.to.slot < r.edge.from.slot {
		x, anchor = r.port-5, "end"
	}
	y := g.points(r)[1][1] - 4
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s" fill="#33424f" font-size="11" stroke="#fbfcfd" stroke-width="3" paint-order="stroke"><title>%s</title>%s</text>`+"\n", x, y, anchor, escape(r.label), escape(r.name))
}

// fills are the colours of the boxes by what a step does.
var fills = map[string]string{"问": "#e3f3ea", "办理": "#fff0d9", "说": "#ffffff", "卡片": "#ffffff", "流程": "#ece6f7", "判断": "#e4edf6", "记下": "#f0f1f3", "结束": "#f0f1f3"}

const (
	legendHeight = 44
	legendWidth  = 680
)

// legend says what the colours mean.
func legend(b *bytes.Buffer, y int) {
	x := margin
	for _, l := range []struct{ kind, text string }{{"说", "说、卡片"}, {"问", "问，等回答"}, {"办理", "请程序办事"}, {"判断", "看条件走"}, {"流程", "走别的流程再回来"}, {"", "去别处，不回来"}} {
		dash := ""
		if l.kind == "" {
			dash = ` stroke-dasharray="4 3"`
		}
		fill := cmp.Or(fills[l.kind], "#ffffff")
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="16" height="12" rx="3" fill="%s" stroke="#5b7083"%s/><text x="%d" y="%d" font-size="11" fill="#4a5c6b">%s</text>`+"\n", x, y, fill, dash, x+21, y+10, l.text)
		x += 42 + wide(l.text)*columnWidth
	}
}

func (x *box) draw(b *bytes.Buffer) {
	fill, dash := cmp.Or(fills[x.kind], "#ffffff"), ""
	if x.out {
		dash = ` stroke-dasharray="4 3"`
	}
	tip := strings.TrimSpace(x.place + "\n" + x.text)
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="#5b7083"%s/>`, escape(tip), x.x(), x.top, boxWidth, boxHeight, fill, dash)
	if x.kind == "流程" { // a second line, as round something that has an inside
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="none" stroke="#8d7bb5"/>`, x.x()+3, x.top+3, boxWidth-6, boxHeight-6)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="600" fill="#22303c">%s</text>`, x.x()+10, x.top+18, escape(cut(strings.TrimSpace(x.kind+" "+x.id), lineWide)))
	for i, line := range wrap(x.text) {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#33424f">%s</text>`, x.x()+10, x.top+34+15*i, escape(line))
	}
	if x.last {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" font-size="10" fill="#8a5a44">■ 结束</text>`, x.x()+boxWidth-9, x.top+17)
	}
	b.WriteString("</g>\n")
}

// wrap gives the first two lines of a text.
func wrap(s string) []string {
	s = strings.Join(strings.Fields(s), " ")
	first := head(s, lineWide)
	if first == s {
		return []string{s}
	}
	return []string{first, cut(strings.TrimSpace(s[len(first):]), lineWide)}
}

// cut shortens a text to a width.
func cut(s string, width int) string {
	if wide(s) <= width {
		return s
	}
	return head(s, width-2) + "…"
}

// head is as much of the beginning of a text as has a width.
func head(s string, width int) string {
	for i, r := range s {
		if width -= columns(r); width < 0 {
			return s[:i]
		}
	}
	return s
}

// wide is the width of a text, a Chinese character counting two.
func wide(s string) (n int) {
	for _, r := range s {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	if r < 0x2000 {
		return 1
	}
	return 2
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer never fails
	return b.String()
}
