package hanzi

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// beginnings are the first two characters of what an expression matches: each first one with those that may follow it, nil
// where it may stand alone or before any. An expression with many alternatives takes long to say no, and most places of a
// text begin like none of them.
type beginnings map[rune]map[rune]bool

// mentionBegins is how mentions begin.
var mentionBegins = beginningsOf(mentions)

// fit says whether what s begins with may be a match.
func (b beginnings) fit(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	next, ok := b[first]
	if !ok || next == nil {
		return ok
	}
	second, _ := utf8.DecodeRuneInString(s[size:])
	return next[second]
}

// beginningsOf reads an expression that matches at the beginning of a text and begins with characters that it names.
func beginningsOf(re *regexp.Regexp) beginnings {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		panic(err) // it was compiled before
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		panic(err)
	}
	out := beginnings{}
	starts, ends := heads(prog, uint32(prog.Start)) //nolint:gosec // a program is short
	if ends {
		panic("the expression matches nothing at all")
	}
	for _, pc := range starts {
		seconds, ends := heads(prog, prog.Inst[pc].Out)
		for _, first := range named(prog.Inst[pc]) {
			if next, known := out[first]; ends || known && next == nil {
				out[first] = nil
				continue
			}
			if out[first] == nil {
				out[first] = map[rune]bool{}
			}
			for _, pc := range seconds {
				for _, second := range named(prog.Inst[pc]) {
					out[first][second] = true
				}
			}
		}
	}
	return out
}

// heads are the instructions that read the next character from a place of a program on; ends says that it may match before it
// reads one.
func heads(prog *syntax.Prog, from uint32) (out []uint32, ends bool) {
	seen := map[uint32]bool{}
	var walk func(pc uint32)
	walk = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch in := prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstEmptyWidth, syntax.InstNop:
			walk(in.Out)
		case syntax.InstMatch:
			ends = true
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	walk(from)
	return out, ends
}

// named are the characters that an instruction reads.
func named(in syntax.Inst) (out []rune) {
	if in.Op != syntax.InstRune && in.Op != syntax.InstRune1 || syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		panic("the expression must name the characters that it begins with, in their case")
	}
	for i := 0; i < len(in.Rune); i += 2 {
		for r := in.Rune[i]; r <= in.Rune[min(i+1, len(in.Rune)-1)]; r++ {
			out = append(out, r)
		}
	}
	return out
}
