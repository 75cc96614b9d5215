package draw

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The measures of the ways between boxes, in pixels.
const (
	trackHeight = 18
	gapPad      = 16
	laneWidth   = 12
	portStep    = 13
	columnWidth = 6 // of a label's letter; a Chinese character has two
)

// route is how an arrow runs: down out of its box to a track below, along it, and down into the next layer; one that
// leads elsewhere takes the lane of its target, at the right, and comes in by the track above that.
type route struct {
	edge
	name  string // its label, as far as there is room
	port  int    // x at which it leaves
	from  int    // the left and right ends of what it takes of its track
	until int
	track int
	lane  int // -1: none
}

// straight says whether the arrow goes down to the box right below.
func (r route) straight() bool { return r.lane < 0 && r.edge.from.slot == r.to.slot }

// routing lays the arrows so that none crosses a box and no two share a line, but those that lead to one box.
type routing struct {
	routes []*route
	lanes  []*box // a lane's target
	tracks []int  // how many each gap has; gap i is above layer i
	entry  map[*box]int
	right  int // where the lanes begin
}

func (d *drawing) lay() *routing {
	g := &routing{tracks: make([]int, len(d.layers)+1), entry: map[*box]int{}}
	for _, layer := range d.layers {
		for _, b := range layer {
			g.right = max(g.right, b.x()+boxWidth+2*laneWidth)
		}
	}
	bySource := map[*box][]*route{}
	for _, e := range d.edges {
		r := &route{edge: e, lane: -1}
		if e.to.layer != e.from.layer+1 {
			if r.lane = slices.Index(g.lanes, e.to); r.lane < 0 {
				r.lane = len(g.lanes)
				g.lanes = append(g.lanes, e.to)
			}
		}
		g.routes = append(g.routes, r)
		bySource[e.from] = append(bySource[e.from], r)
	}
	for layer, boxes := range d.layers {
		taken := [][]span{}
		for _, b := range boxes {
			taken = g.leave(b, bySource[b], taken)
		}
		g.tracks[layer+1] = len(taken)
	}
	for _, to := range g.lanes { // below the tracks of those who come from the layer above
		g.entry[to] = g.tracks[to.layer]
		g.tracks[to.layer]++
	}
	return g
}

// span is what is taken of a track.
type span struct{ from, until int }

// leave gives the arrows out of a box their ports and tracks: the outermost the highest, so that they do not cross.
func (g *routing) leave(b *box, out []*route, taken [][]span) [][]span {
	var left, right, down []*route
	for _, r := range out {
		switch {
		case r.straight():
			down = append(down, r)
		case r.lane < 0 && r.to.slot < b.slot:
			left = append(left, r)
		default:
			right = append(right, r)
		}
	}
	far := func(r *route) int {
		if r.lane >= 0 {
			return g.right + r.lane*laneWidth
		}
		return r.to.middle()
	}
	slices.SortStableFunc(right, func(a, b *route) int { return cmp.Compare(far(b), far(a)) })
	slices.SortStableFunc(left, func(a, b *route) int { return cmp.Compare(far(a), far(b)) })
	for _, side := range []struct {
		routes []*route
		sign   int
	}{{right, 1}, {left, -1}} {
		step, floor := min(portStep, (boxWidth/2-8)/max(len(side.routes), 1)), 0
		for i, r := range side.routes {
			r.port = b.middle() + side.sign*step*(len(side.routes)-i)
			r.name = cut(r.label, max(labelWide, (max(far(r)-r.port, r.port-far(r))-16)/columnWidth))
			label := side.sign * (wide(r.name)*columnWidth + 12)
			r.from, r.until = min(r.port, far(r), r.port+label), max(r.port, far(r), r.port+label)
			r.track, taken = free(taken, floor, span{r.from - 8, r.until + 8})
			floor = r.track + 1
		}
	}
	for _, r := range down {
		r.port = b.middle()
		r.name = cut(r.label, labelWide)
		r.from, r.until = r.port, r.port+wide(r.name)*columnWidth+12
		floor := 0
		for _, other := range slices.Concat(left, right) {
			floor = max(floor, other.track+1)
		}
		if r.label == "" {
			floor = 0
		}
		r.track, taken = free(taken, floor, span{r.from - 8, r.until + 8})
	}
	return taken
}

// free takes the first track from floor on that has room.
func free(taken [][]span, floor int, s span) (int, [][]span) {
	for i := floor; ; i++ {
		for len(taken) <= i {
			taken = append(taken, nil)
		}
		if !slices.ContainsFunc(taken[i], func(o span) bool { return o.from < s.until && s.from < o.until }) {
			taken[i] = append(taken[i], s)
			return i, taken
		}
	}
}

// gap is how high the room above a layer is.
func (g *routing) gap(layer int) int { return 2*gapPad + g.tracks[layer]*trackHeight }

// settle gives every layer its place, now that the room between them is known; it returns the height of all.
func (d *drawing) settle(g *routing) int {
	y := margin + 8 // below the title
	for i, layer := range d.layers {
		y += g.gap(i)
		for _, b := range layer {
			b.top = y
		}
		y += boxHeight
	}
	return y + g.gap(len(d.layers)) + margin
}

// points are the corners of an arrow.
func (g *routing) points(r *route) [][2]int {
	y := r.edge.from.top + boxHeight + gapPad + r.track*trackHeight
	start := [2]int{r.port, r.edge.from.top + boxHeight}
	end := [2]int{r.to.middle(), r.to.top}
	if r.lane < 0 {
		return [][2]int{start, {r.port, y}, {end[0], y}, end}
	}
	lane := g.right + r.lane*laneWidth
	in := r.to.top - g.gap(r.to.layer) + gapPad + g.entry[r.to]*trackHeight
	return [][2]int{start, {r.port, y}, {lane, y}, {lane, in}, {end[0], in}, end}
}

// rounded is a path through points with soft corners.
func rounded(points [][2]int) string {
	const soft = 6
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", points[0][0], points[0][1])
	for i := 1; i < len(points)-1; i++ {
		p, before, after := points[i], points[i-1], points[i+1]
		a, z := towards(p, before, soft), towards(p, after, soft)
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", a[0], a[1], p[0], p[1], z[0], z[1])
	}
	last := points[len(points)-1]
	fmt.Fprintf(&b, "L%d %d", last[0], last[1])
	return b.String()
}

// towards is the point some way from p to q, at most half of it.
func towards(p, q [2]int, way int) [2]int {
	step := func(from, to int) int { return from + max(-way, min(way, (to-from)/2)) }
	return [2]int{step(p[0], q[0]), step(p[1], q[1])}
}
