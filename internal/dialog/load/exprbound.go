package load

import (
	"errors"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// An expression runs in the middle of somebody's turn: it must be over at once, whatever an editor wrote. It may look
// through one list; a list that it makes by itself, or looked through for each piece of another, has no such end.
const (
	maxSource = 2000 // bytes: what is parsed stands on the stack, bracket by bracket
	maxNodes  = 200
)

var (
	errTangled = errors.New("expression too long")
	errEndless = errors.New("expression takes too many steps")
)

// modest refuses an expression that would be too much work to parse or to run.
func modest(source string) error {
	if len(source) > maxSource {
		return errTangled
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil //nolint:nilerr // the compiler says what is wrong with it, with our names at hand
	}
	w := looper{}
	ast.Walk(&tree.Node, &w)
	if w.endless {
		return errEndless
	}
	return nil
}

// looper finds loops in each other, and lists out of nothing.
type looper struct {
	endless bool
}

// Visit implements ast.Visitor.
func (w *looper) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		w.endless = w.endless || n.Operator == ".." || n.Operator == "**" || n.Operator == "^"
	case *ast.PredicateNode:
		inner := counter{}
		ast.Walk(&n.Node, &inner)
		w.endless = w.endless || inner.predicates > 0
	case *ast.BuiltinNode:
		w.endless = w.endless || n.Name == "repeat"
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			w.endless = w.endless || id.Value == "repeat"
		}
	}
}

type counter struct{ predicates int }

// Visit implements ast.Visitor.
func (c *counter) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		c.predicates++
	}
}
