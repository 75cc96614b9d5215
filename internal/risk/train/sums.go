package train

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Source is what a model is made from.
type Source struct {
	Words     fs.FS // dialogs/risk
	Sentences fs.FS // dialogs/tests/risk/learn
	Labels    []byte
	Real      fs.FS // the real messages; nil where they are not at hand
	Seed      uint64
}

// Kinds of what Sums tells apart, and the order in which it does.
const (
	sumWords     = "words"
	sumSentences = "sentences"
	sumLabels    = "labels"
	sumReal      = "real"
	sumCode      = "code"
	sumModel     = "reader.bin"
)

// probed is which part of the sentences the code is tried on.
const probed = 48

// Sums says what a model was made from and by which code, one kind a line, so that a model that fell behind is found in
// seconds, while making it anew takes minutes. The code is known by what it makes of a small part of the sentences. Without
// the real messages at hand their line is left out.
func Sums(ctx context.Context, from Source, model []byte) (string, error) {
	var out strings.Builder
	put := func(kind string, sum []byte) { _, _ = fmt.Fprintf(&out, "%x  %s\n", sum, kind) } // a builder never fails
	for _, part := range []struct {
		kind     string
		fsys     fs.FS
		patterns []string
	}{{sumWords, from.Words, []string{"*.yaml"}}, {sumSentences, from.Sentences, []string{"*.jsonl"}}, {sumReal, from.Real, []string{"labelled.jsonl", "unlabelled.jsonl"}}} {
		if part.fsys == nil {
			continue
		}
		sum, err := sumOf(part.fsys, part.patterns)
		if err != nil {
			return "", fmt.Errorf("read the %s: %w", part.kind, err)
		}
		put(part.kind, sum)
	}
	labels := sha256.Sum256(from.Labels)
	put(sumLabels, labels[:])
	probe, err := probe(ctx, from)
	if err != nil {
		return "", err
	}
	code, made := sha256.Sum256(probe), sha256.Sum256(model)
	put(sumCode, code[:])
	put(sumModel, made[:])
	return out.String(), nil
}

func sumOf(fsys fs.FS, patterns []string) ([]byte, error) {
	h := sha256.New()
	for _, pattern := range patterns {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			raw, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			_, _ = fmt.Fprintf(h, "%s %d\n", name, len(raw)) // a hash never fails
			_, _ = h.Write(raw)
		}
	}
	return h.Sum(nil), nil
}

// probe is what the code makes of a small part of the sentences.
func probe(ctx context.Context, from Source) ([]byte, error) {
	j, err := risk.LoadRules(from.Words)
	if err != nil {
		return nil, err
	}
	examples, err := Sentences(from.Sentences)
	if err != nil {
		return nil, fmt.Errorf("read the sentences: %w", err)
	}
	examples = slices.DeleteFunc(examples, func(ex Example) bool {
		h := fnv.New32a()
		_, _ = h.Write([]byte(ex.Text)) // a hash never fails
		return h.Sum32()%probed != 0
	})
	res, err := Train(ctx, j, examples, from.Seed)
	if err != nil {
		return nil, err
	}
	return res.Model.Encode(), nil
}

// Stale names what changed since a model was made, by its sums as they were written then and as they are now. What is not
// at hand now is not asked for.
func Stale(written, now string) error {
	then, changed := map[string]string{}, []string(nil)
	for line := range strings.Lines(written) {
		sum, kind, _ := strings.Cut(strings.TrimSpace(line), "  ")
		then[kind] = sum
	}
	for line := range strings.Lines(now) {
		sum, kind, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if then[kind] != sum {
			changed = append(changed, kind)
		}
	}
	if len(changed) > 0 {
		return errors.New("changed since the model was learned: " + strings.Join(changed, ", "))
	}
	return nil
}
