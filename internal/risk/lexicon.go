package risk

import (
	"io/fs"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// category is a kind of sign, as an editor lists it in words*.yaml.
type category struct {
	Name      string   `yaml:"name"`      // what a counsellor reads
	Sound     bool     `yaml:"sound"`     // also found in pinyin and by same-sounding characters
	Negatable bool     `yaml:"negatable"` // '不', '没' right before it takes it back
	Unless    []string `yaml:"unless"`    // contexts (categories) in the same sentence in which it means nothing
	Shadow    bool     `yaml:"shadow"`    // harmless expression: hides shorter signs inside it
	Scene     bool     `yaml:"scene"`     // a context that holds for what comes after it, not for what came before
	Words     []string `yaml:"words"`
	Topic     string   `yaml:"topic"` // what a match is called outside, and the crisis text it leads to
	Class     bool     `yaml:"class"` // a building block: says something only together with others, in a rule
	Trait     Trait    `yaml:"trait"` // which dimension of danger it shows
	Talk      Level    `yaml:"talk"`  // the level that it raises a talk to in which danger was heard already
	Bare      bool     `yaml:"bare"`  // does so only in an answer of a few words
	id        string
	hash      uint64 // of the id, for the features
	contexts  set
}

// set is a set of categories by number.
type set [4]uint64

func (s *set) add(c int)        { s[c/64] |= 1 << (c % 64) }
func (s *set) has(c int) bool   { return s[c/64]&(1<<(c%64)) != 0 }
func (s *set) empty() bool      { return *s == set{} }
func (s set) without(o set) set { return set{s[0] &^ o[0], s[1] &^ o[1], s[2] &^ o[2], s[3] &^ o[3]} }
func (s *set) meets(o set) bool { return s[0]&o[0]|s[1]&o[1]|s[2]&o[2]|s[3]&o[3] != 0 }

// maxCategories is what a set holds.
const maxCategories = 256

type wordsFile struct {
	Sets       map[string]string   `yaml:"sets"` // '<name>' in words stands for these alternatives
	Categories map[string]category `yaml:"categories"`
}

type disguiseFile struct {
	Looks  map[string]string `yaml:"looks"`
	Splits map[string]string `yaml:"splits"`
	Sounds map[string]string `yaml:"sounds"` // character: syllables and characters that sound alike
}

// rule gives a level to signs that stand together.
type rule struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Level   Level    `yaml:"level"`
	All     []string `yaml:"all"`     // each is one category or several joined by '|'
	Subject Subject  `yaml:"subject"` // who it is about when the text does not say; Chinese often drops '我'
	Within  string   `yaml:"within"`  // phrase (in this order, close), clause, near (up to two clauses away), sentence or message (the default)
	Unless  []string `yaml:"unless"`  // categories that, in the same sentence as the signs, take the rule back
	Topic   string   `yaml:"topic"`   // what it is about, when the signs do not say
	Ask     bool     `yaml:"ask"`     // at medium: only a question, for its words are at times said of harmless things
	allSets []set
	noSet   set
}

type rulesFile struct {
	Rules []rule `yaml:"rules"`
}

// part is one piece of a listed expression: expressions with '…' have several, in order, within a clause.
type part struct {
	expr int32
	k    int8
}

type expression struct {
	cat   int
	parts int8
	base  int32 // place of its first part in scratch.progress
}

// maxAlternatives keeps one careless line from growing into a million patterns.
const maxAlternatives = 4000

func decode(fsys fs.FS, name string, into any, ps *problem.Problems) {
	problem.Read(fsys, name, "risk/"+name, into, ps)
}

// where finds the line and column of a YAML path, for problems that only show after decoding.
func where(fsys fs.FS, name, yamlPath string) (int, int) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 1, 1
	}
	f, err := problem.Tree(raw)
	if err != nil {
		return 1, 1
	}
	p, err := yaml.PathString(yamlPath)
	if err != nil {
		return 1, 1
	}
	var n ast.Node
	if n, err = p.FilterFile(f); err != nil || n == nil || n.GetToken() == nil {
		return 1, 1
	}
	pos := n.GetToken().Position
	return pos.Line, pos.Column
}

// expand writes out the alternatives {a|b} of one part; nested braces are not allowed.
func expand(s string) ([]string, bool) {
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return []string{s}, !strings.ContainsRune(s, '}')
	}
	shut := strings.IndexByte(s[open:], '}')
	if shut < 0 {
		return nil, false
	}
	rest, ok := expand(s[open+shut+1:])
	if !ok {
		return nil, false
	}
	var out []string
	for _, a := range strings.Split(s[open+1:open+shut], "|") {
		for _, r := range rest {
			out = append(out, s[:open]+a+r)
		}
		if len(out) > maxAlternatives {
			return nil, false
		}
	}
	return out, true
}

// substitute puts the named sets in.
func substitute(s string, sets map[string]string) (string, string) {
	for strings.ContainsRune(s, '<') {
		open := strings.IndexByte(s, '<')
		shut := strings.IndexByte(s[open:], '>')
		if shut < 0 {
			return s, s[open:]
		}
		name := s[open+1 : open+shut]
		set, ok := sets[name]
		if !ok {
			return s, name
		}
		if strings.Count(s[:open], "{") == strings.Count(s[:open], "}") { // among alternatives it adds its own to them
			set = "{" + set + "}"
		}
		s = s[:open] + set + s[open+shut+1:]
	}
	return s, ""
}

func wordsFiles(fsys fs.FS) []string {
	names, _ := fs.Glob(fsys, "words*.yaml") // the pattern is well-formed
	for i := range names {
		names[i] = path.Clean(names[i])
	}
	return names
}
