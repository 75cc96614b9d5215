package desk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

func TestEveryStepOfACaseHasWordsThatACounsellorReads(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../casework/casework.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "StepKind" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		if got := stepLabel(casework.StepKind(value)); got == value {
			t.Errorf("a step %q shows as it is stored", value)
		}
		return true
	})
	if seen < 20 {
		t.Errorf("only %d kinds of step were found", seen)
	}
}
