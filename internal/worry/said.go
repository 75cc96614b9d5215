package worry

import (
	"fmt"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/topics"
)

// saidFile has further ways of saying a worry by the ID of its kind, one in a line, and what is of no kind: other worries, and
// what is none.
type saidFile struct {
	Said  map[string]string `yaml:"said"`
	Other string            `yaml:"said_other"`
}

const saidName = "said.yaml"

// readSaid reads said.yaml, which may be missing.
func (b *Book) readSaid(doc problem.Doc, f saidFile, ps *problem.Problems) {
	kinds := map[string]bool{}
	for _, w := range b.worries {
		kinds[w.ID] = true
	}
	b.said, b.other = map[string][]string{}, topics.Lines(f.Other)
	by := map[string]string{}
	for _, l := range b.other {
		by[l] = "said_other"
	}
	ids := make([]string, 0, len(f.Said))
	for id := range f.Said {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		at := "$.said." + id
		if !kinds[id] {
			doc.Bad(ps, at, "请看看 worries 里这一种的 id", "没有叫 %s 的烦恼", id)
			continue
		}
		b.said[id] = topics.Lines(f.Said[id])
		for _, l := range b.said[id] {
			if other, taken := by[l]; taken && other != id {
				doc.Bad(ps, at, "请删掉其中一个", "%s 里的“%s”在 %s 里也有", id, l, other)
			}
			by[l] = id
		}
	}
}

// Learn does at once what else the first worry waits for.
func (b *Book) Learn() { b.index.learned() }

// learn learns the kinds from all ways of saying them.
func (x *index) learn(b *Book) *topics.Reader {
	var examples []topics.Example
	put := func(class int, texts []string) {
		for _, t := range texts {
			examples = append(examples, topics.Example{Class: class, Text: b.fold(t)})
		}
	}
	for i, w := range b.worries {
		put(i, w.Examples)
		put(i, b.said[w.ID])
	}
	put(len(b.worries), b.other)
	return topics.Learn(fmt.Sprintf("%q", x.names), x.grams, examples, len(b.worries)+1)
}

// grams are what is learned from: the characters of a folded text, their pairs and triples, and the classes of words that it
// says, as numbers that no two of them share but by an unlikely chance.
func (x *index) grams(folded string) []uint64 { return x.gramsOf(folded, x.words.in(folded)) }

func (x *index) gramsOf(folded string, said spoken) []uint64 {
	text := common.Replace(folded)
	out := make([]uint64, 0, 4*len(folded))
	var before, second uint64
	for _, r := range text {
		if r == ' ' {
			before, second = 0, 0
			continue
		}
		c := uint64(r)
		out = append(out, c)
		if before != 0 {
			out = append(out, before<<21|c)
		}
		if second != 0 {
			out = append(out, (second<<42|before<<21|c)*1099511628211)
		}
		second, before = before, c
	}
	for i, p := range x.classes {
		if x.words.said(p, said) > 0 {
			out = append(out, 1<<62|uint64(i))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// likely says how likely a folded text is of each kind, and last of none, of the kinds that a role may mean.
func (x *index) likely(worries []Worry, folded string, said spoken, role family.Role) []float64 {
	p := x.learned().Chances(x.gramsOf(folded, said))
	out := make([]float64, len(p))
	sum := 0.0
	for i, c := range p {
		fit := 1.0
		if i < len(worries) {
			fit = worries[i].fits(role)
		}
		out[i] = fit * float64(c)
		sum += out[i]
	}
	for i := range out {
		out[i] /= max(sum, 1e-6)
	}
	return out
}
