package dialog

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// Graph draws a flow as SVG: steps as boxes in layers by their distance from the start, arrows with what leads along
// them. An arrow out of the flow ends at a dashed box.
func (s *Set) Graph(id string) ([]byte, error) {
	f := s.flows[id]
	if f == nil {
		return nil, fmt.Errorf("没有叫 %s 的流程", id)
	}
	d := drawing{set: s, flow: f, at: map[string]*box{}}
	d.place()
	return d.svg(), nil
}

// The measures of a drawing, in pixels.
const (
	boxWidth  = 190
	boxHeight = 58
	gapX      = 40
	gapY      = 70
	margin    = 30
	lineRunes = 14 // Chinese characters that fit on a line of a box
)

type drawing struct {
	set    *Set
	flow   *flow
	at     map[string]*box
	layers [][]*box
	edges  []edge
}

type box struct {
	id, kind, text string
	layer, slot    int
	out            bool // stands for another flow, or the end
}

type edge struct {
	from, to *box
	label    string
}

func (b *box) x() int { return margin + b.slot*(boxWidth+gapX) }
func (b *box) y() int { return margin + b.layer*(boxHeight+gapY) }

// place lays the steps out, nearest to the start first; steps reached from elsewhere alone follow below.
func (d *drawing) place() {
	queue := []string{flowStart}
	for _, id := range append([]string{flowStart}, d.flow.order...) {
		if d.at[id] == nil {
			d.put(d.stepBox(id), len(d.layers))
			queue = append(queue, id)
		}
		for len(queue) > 0 {
			from := d.at[queue[0]]
			queue = queue[1:]
			for _, l := range d.flow.steps[from.id].links() {
				to, fresh := d.target(l.to, from.layer+1)
				if fresh && !to.out {
					queue = append(queue, to.id)
				}
				d.join(edge{from, to, l.label})
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
func (d *drawing) target(t target, layer int) (*box, bool) {
	if !t.none() && t.flow == d.flow.id {
		if b := d.at[t.step]; b != nil {
			return b, false
		}
		b := d.stepBox(t.step)
		d.put(b, layer)
		return b, true
	}
	key, text := "→ 结束", "流程到这里结束"
	if !t.none() {
		key, text = "→ "+t.flow+"."+t.step, d.set.flows[t.flow].title
	}
	if b := d.at[key]; b != nil {
		return b, false
	}
	b := &box{id: key, text: text, out: true}
	d.put(b, layer)
	return b, true
}

func (d *drawing) stepBox(id string) *box {
	kind, text := d.flow.steps[id].describe()
	return &box{id: id, kind: kind, text: text}
}

// describe says in a few words what a step does.
func (s *step) describe() (kind, text string) {
	name := func(n string) any { return "〈" + n + "〉" }
	switch {
	case s.say != nil && s.say.text.empty() && s.say.card != nil:
		return "卡片", s.say.card.title.render(name)
	case s.say != nil:
		return "说", s.say.text.render(name)
	case s.ask != nil:
		return "问", s.ask.text.render(name)
	case s.cond != nil:
		return "判断", ""
	case s.set != nil:
		names := make([]string, len(s.set))
		for i, a := range s.set {
			names[i] = a.name
		}
		return "记下", strings.Join(names, "、")
	case s.call != nil:
		return "办理", s.call.command
	case s.sub != "":
		return "流程", s.sub
	}
	return "结束", ""
}

type link struct {
	to    target
	label string
}

// links are the ways out of a step, each with what leads along it.
func (s *step) links() []link {
	var out []link
	switch {
	case s.ask != nil:
		for _, c := range s.ask.choices {
			to := c.to
			if to.none() {
				to = s.next
			}
			out = append(out, link{to, c.label})
		}
		for _, l := range []link{{s.ask.location, "位置"}, {s.ask.back, "返回"}, {s.ask.giveUp, "答不对"}} {
			if !l.to.none() {
				out = append(out, l)
			}
		}
		if s.ask.from != "" || s.ask.kind != askChoice {
			out = append(out, link{s.next, "回答"})
		}
	case s.cond != nil:
		for _, b := range s.cond {
			label := "否则"
			if b.when != nil {
				label = b.when.Source().String()
			}
			out = append(out, link{b.to, label})
		}
	case s.call != nil:
		for _, outcome := range s.call.outcomes {
			out = append(out, link{s.call.on[outcome], outcome})
		}
	default:
		out = append(out, link{to: s.next})
	}
	return out
}

func (d *drawing) svg() []byte {
	width := 0
	for _, layer := range d.layers {
		width = max(width, len(layer))
	}
	w, h := 2*margin+width*(boxWidth+gapX)+60, 2*margin+len(d.layers)*(boxHeight+gapY)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, 'PingFang SC', 'Noto Sans CJK SC', sans-serif" font-size="12">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(d.flow.title+"（"+d.flow.id+"）"))
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#5b7083"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fbfcfd"/>`+"\n", w, h)
	for i, e := range d.edges {
		d.arrow(&b, e, w, i)
	}
	for _, layer := range d.layers {
		for _, x := range layer {
			x.draw(&b)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// arrow draws downwards from edge to edge of the boxes; upwards and sidewards it swings out to the right.
func (d *drawing) arrow(b *bytes.Buffer, e edge, width, nth int) {
	x1, y1 := e.from.x()+boxWidth/2, e.from.y()+boxHeight
	x2, y2 := e.to.x()+boxWidth/2, e.to.y()
	path := fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1, y1+gapY/2, x2, y2-gapY/2, x2, y2)
	lx, ly := (x1+2*x2)/3, (y1+2*y2)/3
	if e.to.layer <= e.from.layer {
		x1, y1, x2, y2 = e.from.x()+boxWidth, e.from.y()+boxHeight/2, e.to.x()+boxWidth, e.to.y()+boxHeight/2+6
		out := min(max(x1, x2)+30+nth%4*8, width-10)
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, out, y1, out, y2, x2, y2)
		lx, ly = x1+24, y1-6
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="#9fb0bf" stroke-width="1.4" marker-end="url(#tip)"/>`+"\n", path)
	if e.label != "" {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#4a5c6b" font-size="10.5" stroke="#fbfcfd" stroke-width="3" paint-order="stroke">%s</text>`+"\n", lx, ly, escape(cut(e.label, lineRunes)))
	}
}

func (x *box) draw(b *bytes.Buffer) {
	fill, dash := map[string]string{"问": "#e8f4ee", "办理": "#fff4e0", "说": "#ffffff", "卡片": "#ffffff"}[x.kind], ""
	if fill == "" {
		fill = "#eef2f6"
	}
	if x.out {
		dash = ` stroke-dasharray="4 3"`
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="#5b7083"%s/>`, escape(x.text), x.x(), x.y(), boxWidth, boxHeight, fill, dash)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="600">%s</text>`, x.x()+10, x.y()+18, escape(cut(strings.TrimSpace(x.kind+" "+x.id), 24)))
	lines := wrap(x.text)
	for i, line := range lines {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#33424f">%s</text>`, x.x()+10, x.y()+34+15*i, escape(line))
	}
	b.WriteString("</g>\n")
}

// wrap gives the first two lines of a text.
func wrap(s string) []string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= lineRunes {
		return []string{string(runes)}
	}
	return []string{string(runes[:lineRunes]), cut(string(runes[lineRunes:]), lineRunes)}
}

func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer never fails
	return b.String()
}
