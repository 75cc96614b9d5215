package load

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// place is where something stands in the file of a flow, as keys and positions: "triggers", "words", 2.
func (rf rawFlow) place(path ...any) ast.Node { return inside(rf.body, path...) }

// inside follows keys and positions into a piece of YAML, as far as they lead.
func inside(node ast.Node, path ...any) ast.Node {
	shown := node
	for _, p := range path {
		switch n := node.(type) {
		case *ast.MappingNode:
			i := slices.IndexFunc(n.Values, func(v *ast.MappingValueNode) bool { return v.Key.String() == p })
			if i < 0 {
				return shown
			}
			shown, node = n.Values[i].Key, n.Values[i].Value
		case *ast.SequenceNode:
			i, ok := p.(int)
			if !ok || i >= len(n.Values) {
				return shown
			}
			shown, node = n.Values[i], n.Values[i]
			if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
				shown = m.Values[0].Key
			}
		default:
			return shown
		}
	}
	return shown
}
