package risk

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Judge reads texts. It does not change after Load and may be used by many goroutines at once.
type Judge struct {
	cats     []category
	byID     map[string]int
	exprs    []expression
	parts    [][]part // what each pattern of the automaton is a part of
	short    []bool   // pattern of a single glyph
	auto     *automaton
	dis      disguise
	rules    []rule
	progress int // parts of all expressions together
	// categories that the code itself asks about; absent ones are -1
	neg, neg2, others, says, me, better int
	persons, scenes                     set // the categories of words for a person, and of those that set a scene
	scratch                             *sync.Pool
	model                               *Model // nil: the floor judges alone
}

// Load reads the lexicon, the rules and the learned reader under fsys (dialogs/risk), whole or not at all. The error is
// problem.Problems.
func Load(fsys fs.FS) (*Judge, error) {
	j, err := LoadRules(fsys)
	if err != nil {
		return nil, err
	}
	var ps problem.Problems
	j.loadModel(fsys, &ps)
	return j, ps.Err()
}

// LoadRules is Load without the learned reader, for training.
func LoadRules(fsys fs.FS) (*Judge, error) {
	var ps problem.Problems
	j := &Judge{byID: map[string]int{}}
	j.loadDisguise(fsys, &ps)
	literals := j.loadWords(fsys, &ps)
	j.loadRules(fsys, &ps)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	if len(literals) == 0 || len(j.rules) == 0 {
		ps.Addf("risk/rules.yaml", 1, 1, "至少要有一个词和一条规则，否则什么危险都看不见", "词表或规则是空的")
		return nil, ps.Err()
	}
	j.auto = newAutomaton(literals)
	for _, l := range literals {
		j.short = append(j.short, len(l) == 1)
	}
	at := func(id string) int {
		if i, ok := j.byID[id]; ok {
			return i
		}
		return -1
	}
	j.neg, j.neg2, j.others, j.says, j.me = at("negation"), at("double_negation"), at("other_person"), at("says"), at("me")
	for i, c := range j.cats {
		if c.Scene {
			j.scenes.add(i)
		}
	}
	for _, c := range []int{j.me, j.others} {
		if c >= 0 {
			j.persons.add(c)
		}
	}
	j.better = at("better")
	parts := j.progress
	j.scratch = &sync.Pool{New: func() any { return &scratch{progress: make([]reached, parts)} }}
	return j, nil
}

func (j *Judge) loadDisguise(fsys fs.FS, ps *problem.Problems) {
	var f disguiseFile
	decode(fsys, "disguise.yaml", &f, ps)
	j.dis = disguise{looks: map[rune]rune{}, splits: map[[2]rune]rune{}, sounds: map[string]rune{}, alike: map[rune]rune{}}
	for from, to := range f.Looks {
		a, b := []rune(from), []rune(to)
		if len(a) != 1 || len(b) != 1 {
			line, col := where(fsys, "disguise.yaml", "$.looks")
			ps.Addf("risk/disguise.yaml", line, col, "写成 一个字: 一个字", "looks 里的「%s」不是一个字对一个字", from)
			continue
		}
		j.dis.looks[a[0]] = b[0]
		j.dis.marked[uint16(a[0])&1023] = true
	}
	for from, to := range f.Splits {
		a, b := []rune(from), []rune(to)
		if len(a) != 2 || len(b) != 1 {
			line, col := where(fsys, "disguise.yaml", "$.splits")
			ps.Addf("risk/disguise.yaml", line, col, "写成 两个字: 一个字", "splits 里的「%s」不是两个字对一个字", from)
			continue
		}
		j.dis.splits[[2]rune{a[0], a[1]}] = b[0]
		j.dis.halves[uint16(a[1])&1023] = true
	}
	for char, alike := range f.Sounds {
		c := []rune(char)
		if len(c) != 1 {
			line, col := where(fsys, "disguise.yaml", "$.sounds")
			ps.Addf("risk/disguise.yaml", line, col, "冒号左边只写一个字", "sounds 里的「%s」不是一个字", char)
			continue
		}
		for _, s := range strings.Fields(alike) {
			if latin(rune(s[0])) {
				j.dis.sounds[s] = c[0]
				continue
			}
			for _, r := range s {
				j.dis.alike[r] = c[0]
				j.dis.heard[uint16(r)&1023] = true
			}
		}
	}
}

// usualPatterns is how many patterns are made room for: the shipped words come to some 60,000.
const usualPatterns = 1 << 16

// loadWords returns the patterns, folded as texts are.
func (j *Judge) loadWords(fsys fs.FS, ps *problem.Problems) [][]rune {
	seen := make(map[string]int32, usualPatterns)
	literals := make([][]rune, 0, usualPatterns)
	var glyphs []glyph
	list := func(rs []rune, p part) {
		n, ok := seen[string(rs)]
		if !ok {
			n = int32(len(literals))
			seen[string(rs)] = n
			literals = append(literals, rs)
			j.parts = append(j.parts, nil)
		}
		j.parts[n] = append(j.parts[n], p)
	}
	for _, name := range wordsFiles(fsys) {
		var f wordsFile
		decode(fsys, name, &f, ps)
		for _, id := range slices.Sorted(maps.Keys(f.Categories)) {
			c := f.Categories[id]
			c.id = id
			c.hash = hashedString(id)
			if _, twice := j.byID[id]; twice || c.Name == "" {
				line, col := where(fsys, name, "$.categories."+id)
				ps.Addf("risk/"+name, line, col, "每个类别只写一处，并且有 name", "类别 %s 重复了，或者没有 name", id)
				continue
			}
			cat := len(j.cats)
			if cat == maxCategories {
				ps.Addf("risk/"+name, 1, 1, "合并一些类别", "类别超过了 %d 个", maxCategories)
				return literals
			}
			j.byID[id] = cat
			j.cats = append(j.cats, c)
			for i, w := range c.Words {
				bad := func(hint, msg string) {
					line, col := where(fsys, name, fmt.Sprintf("$.categories.%s.words[%d]", id, i))
					ps.Addf("risk/"+name, line, col, hint, "「%s」%s", w, msg)
				}
				full, missing := substitute(w, f.Sets)
				if missing != "" {
					bad("在 sets 里写上它，或改正名字", "用了没有写明的词组 "+missing)
					continue
				}
				pieces := strings.Split(full, "…")
				expr := int32(len(j.exprs))
				j.exprs = append(j.exprs, expression{cat: cat, parts: int8(len(pieces)), base: int32(j.progress)})
				j.progress += len(pieces)
				for k, piece := range pieces {
					all, ok := expand(piece)
					if !ok {
						bad("写成 {甲|乙}，括号里不再套括号，也不要太多", "的括号不对")
						break
					}
					for _, text := range all {
						glyphs = j.dis.fold([]rune(text), glyphs[:0])
						rs := make([]rune, len(glyphs))
						for n, g := range glyphs {
							rs[n] = g.r
						}
						if len(rs) == 0 {
							bad("至少写一个字", "里有空的部分")
							break
						}
						list(rs, part{expr, int8(k)})
						if heard, changed := j.dis.soundOf(rs); changed && c.Sound {
							list(heard, part{expr, int8(k)})
						}
					}
				}
			}
		}
	}
	return literals
}

func (j *Judge) loadRules(fsys fs.FS, ps *problem.Problems) {
	var f rulesFile
	decode(fsys, "rules.yaml", &f, ps)
	for i, r := range f.Rules {
		bad := func(hint, msg string) {
			line, col := where(fsys, "rules.yaml", fmt.Sprintf("$.rules[%d].id", i))
			ps.Addf("risk/rules.yaml", line, col, hint, "规则 %s %s", r.ID, msg)
		}
		if r.ID == "" || r.Name == "" || !r.Level.Valid() || r.Level == None || len(r.All) == 0 {
			bad("写上 id、name、level（low、medium、high、imminent）和 all", "没有写全")
			continue
		}
		if !slices.Contains([]string{"", "phrase", "clause", "near", "sentence", "message"}, r.Within) {
			bad("写 phrase、clause、near、sentence 或 message", "的 within 不认识")
		}
		lookup := func(id string) int {
			c, ok := j.byID[id]
			if !ok {
				bad("改成 words 文件里有的类别", "用了没有的类别 "+id)
			}
			return c
		}
		for _, any := range r.All {
			var cats set
			for _, id := range strings.Split(any, "|") {
				cats.add(lookup(id))
			}
			r.allSets = append(r.allSets, cats)
		}
		for _, id := range r.Unless {
			r.noSet.add(lookup(id))
		}
		j.rules = append(j.rules, r)
	}
	for i := range j.cats {
		c := &j.cats[i]
		for _, id := range c.Unless {
			if n, ok := j.byID[id]; ok {
				c.contexts.add(n)
			} else {
				ps.Addf("risk/rules.yaml", 1, 1, "改成有的类别", "类别 %s 的 unless 里没有 %s 这个类别", c.id, id)
			}
		}
	}
	// The most urgent first, so that the first rule that holds decides; editors' order within a level.
	slices.SortStableFunc(j.rules, func(a, b rule) int { return b.Level.Rank() - a.Level.Rank() })
}
