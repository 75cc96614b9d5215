package main

import (
	"io"
	"strings"
)

// env is what a command line gets from outside, so that tests run commands as an operator does.
type env struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

func (e env) lookup(name string) string {
	for _, kv := range e.environ {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v
		}
	}
	return ""
}
