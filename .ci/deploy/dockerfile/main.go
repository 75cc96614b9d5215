// Reads a Dockerfile as docker build does, and fails on what it would refuse or warn of.
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	bad := 0
	for _, file := range os.Args[1:] {
		f, err := os.Open(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		warn := func(rule, description, url, msg string, at []parser.Range) {
			bad++
			fmt.Fprintf(os.Stderr, "%s:%d: %s: %s\n", file, at[0].Start.Line, rule, msg)
		}
		tree, err := parser.Parse(f)
		if err == nil {
			_, _, err = instructions.Parse(tree.AST, linter.New(&linter.Config{Warn: warn}))
		}
		if err != nil {
			bad++
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
		}
	}
	if bad > 0 {
		os.Exit(1)
	}
}
