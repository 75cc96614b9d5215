package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Example is one labelled text.
type Example struct {
	Text     string
	Level    risk.Level
	Subject  risk.Subject
	Category string // one of risk.Families, or "" where the label says none
	Kind     string
	Doubt    bool   // two sensible counsellors could differ on whether a human must look
	Real     bool   // a real message of a public forum; else a sentence written for this project
	Drawn    bool   // real, and drawn because strong words pointed at it: its kind says nothing of how frequent danger is
	Group    string // of texts that resemble each other: a block of stories, or the writer. Never split.
}

// StoriesPerBlock is how many file numbers of the real messages stand together: stories near each other resemble each other.
const StoriesPerBlock = 40

// HeldBlock tells whether the real messages of a block are kept for judging: nothing may be learned from them.
func HeldBlock(block int) bool { return uint64(block)*2654435761>>7%6 == 0 }

// Block is the block of a real message by its source, such as data/1234.json.
func Block(src string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(src, "data/"), ".json"))
	return n / StoriesPerBlock, err
}

// line is one line of a labelled file: of the real messages, or of the project's sentences.
type line struct {
	Text, Level, Expect, Min, Max, Kind, Subject, Cat, Src string
	Turn                                                   int
	Doubt                                                  bool
}

// families are the labels of the real messages by the product's name for them.
var families = map[string]string{"suicide": "suicide", "selfharm": "self_harm", "violence": "violence", "abuse": "abuse", "sexual": "sexual_abuse",
	"bullying": "bullying", "psychosis": "psychosis", "eating": "eating", "runaway": "runaway", "hopeless": "hopeless", "distress": "distress"}

// kindFamilies tell the family of a project's sentence by a part of its kind; the first that fits counts.
var kindFamilies = [][2]string{{"sex", "sexual_abuse"}, {"eat", "eating"}, {"bull", "bullying"}, {"psych", "psychosis"}, {"voices", "psychosis"}, {"selfharm", "self_harm"},
	{"self-harm", "self_harm"}, {"runaway", "runaway"}, {"run-away", "runaway"}, {"violen", "violence"}, {"abuse", "abuse"}, {"passive", "hopeless"}, {"hopeless", "hopeless"},
	{"burden", "hopeless"}, {"suicid", "suicide"}, {"plan", "suicide"}, {"intent", "suicide"}, {"farewell", "suicide"}, {"overdose", "suicide"}, {"place", "suicide"},
	{"attempt", "suicide"}, {"means", "suicide"}}

func (l *line) family() string {
	if f := families[l.Cat]; f != "" || l.Cat != "" {
		return f
	}
	for _, k := range kindFamilies {
		if strings.Contains(l.Kind, k[0]) && !strings.Contains(l.Kind, "plain") {
			return k[1]
		}
	}
	return ""
}

func (l *line) example() (Example, error) {
	ex := Example{Text: l.Text, Level: risk.Level(l.Level), Kind: l.Kind, Doubt: l.Doubt, Category: l.family()}
	for _, other := range []string{l.Expect, l.Min, l.Max} {
		if ex.Level == "" {
			ex.Level = risk.Level(other)
		}
	}
	if l.Subject == "self" || l.Subject == "other" {
		ex.Subject = risk.Subject(l.Subject)
	}
	if l.Text == "" || !ex.Level.Valid() {
		return ex, errors.New("not a text with a level")
	}
	return ex, nil
}

func eachLine(fsys fs.FS, name string, f func(l *line) error) error {
	in, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<22)
	for n := 1; s.Scan(); n++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var l line
		err := json.Unmarshal(s.Bytes(), &l)
		if err == nil {
			err = f(&l)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return s.Err()
}

// Sentences reads the project's own sentences under fsys (dialogs/tests/risk/learn): a file for each writer.
func Sentences(fsys fs.FS) (out []Example, err error) {
	names, _ := fs.Glob(fsys, "*.jsonl") // the pattern is well-formed
	for _, name := range names {
		err := eachLine(fsys, name, func(l *line) error {
			ex, err := l.example()
			ex.Group = name
			out = append(out, ex)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Real reads the real messages under fsys: labelled.jsonl, and of unlabelled.jsonl those that labels names by source and
// turn (lines of src, turn, level, subject, cat, doubt and kind, parted by tabs). Blocks kept for judging come back apart.
func Real(fsys fs.FS, labels []byte) (learn, held []Example, err error) {
	put := func(src string, ex Example, err error) error {
		if err != nil {
			return err
		}
		block, err := Block(src)
		if err != nil {
			return err
		}
		ex.Real, ex.Group = true, "block "+strconv.Itoa(block)
		switch ex.Kind {
		case "uniform", "uniform2", "uniform-held", "domain", "turn":
		default:
			ex.Drawn = true
		}
		if HeldBlock(block) {
			held = append(held, ex)
		} else {
			learn = append(learn, ex)
		}
		return nil
	}
	err = eachLine(fsys, "labelled.jsonl", func(l *line) error {
		ex, err := l.example()
		return put(l.Src, ex, err)
	})
	if err != nil {
		return nil, nil, err
	}
	given := map[string][]string{}
	for i, row := range strings.Split(string(labels), "\n") {
		if row == "" || strings.HasPrefix(row, "#") {
			continue
		}
		f := strings.Split(row, "\t")
		if len(f) != 7 {
			return nil, nil, fmt.Errorf("labels:%d: want src, turn, level, subject, cat, doubt, kind", i+1)
		}
		given[f[0]+"\t"+f[1]] = f
	}
	if len(given) == 0 {
		return learn, held, nil
	}
	err = eachLine(fsys, "unlabelled.jsonl", func(l *line) error {
		f, ok := given[l.Src+"\t"+strconv.Itoa(l.Turn)]
		if !ok {
			return nil
		}
		l.Level, l.Subject, l.Cat, l.Doubt, l.Kind = f[2], f[3], f[4], f[5] == "1", f[6]
		ex, err := l.example()
		return put(l.Src, ex, err)
	})
	return learn, held, err
}
