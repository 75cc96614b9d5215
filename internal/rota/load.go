package rota

import (
	"os"
	"path/filepath"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Load reads a rota. What is wrong with it comes as problem.Problems, each with its place; path "" is no rota.
func Load(path string) (*Rota, error) {
	if path == "" {
		return nil, nil
	}
	var (
		p  Plan
		ps problem.Problems
	)
	doc, ok := problem.Read(os.DirFS(filepath.Dir(path)), filepath.Base(path), path, &p, &ps)
	if !ok {
		return nil, ps.Err()
	}
	r := compile(p, func(at, hint, format string, args ...any) { doc.Bad(&ps, at, hint, format, args...) })
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return r, nil
}
