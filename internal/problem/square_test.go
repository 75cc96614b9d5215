//go:build !race

package problem_test

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// A syntax error far into a long file is told without putting the whole file together once for each of its pieces.
func TestAWrongFileIsRefusedWithoutTheSquareOfItsLength(t *testing.T) {
	text := strings.Repeat("- {a: [b, c]}\n", 4000) + "- {a: [b\n"
	var ps problem.Problems
	took := spent(func() { problem.Parse("flows/x.yaml", []byte(text), &ps) })
	if len(ps) == 0 || took > 150<<20 {
		t.Errorf("%d problems, %d MB", len(ps), took>>20)
	}
}
