package risk

import (
	"bytes"
	"encoding/json"
	"io/fs"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// labelled is one line of a labelled set.
type labelled struct {
	Text, Kind string
	Expect     Level
	Subject    Subject
}

// parseLabelled reports false for a line that is not a labelled sentence.
func parseLabelled(line []byte) (labelled, bool) {
	var q labelled
	err := json.Unmarshal(line, &q)
	return q, err == nil && q.Expect.Valid()
}

// Required holds the judge against the sentences in fsys (dialogs/tests/risk) that every version of the lexicon must read:
// each danger at medium or above, each harmless sentence below. The error is problem.Problems, one for each sentence
// that an edit lost; so no edit can lower what is seen. Sentences that are still misread stand in open.jsonl instead,
// which only `risk eval` reads.
func Required(fsys fs.FS, j *Judge) error {
	var ps problem.Problems
	names, _ := fs.Glob(fsys, "required*.jsonl") // the pattern is well-formed
	for _, name := range names {
		eachLabelled(fsys, name, &ps, func(line int, q labelled) {
			file, got := "tests/risk/"+name, j.Read(q.Text)
			switch want, rang := q.Expect.AtLeast(Medium), got.Level.AtLeast(Medium); {
			case want && !rang:
				ps.Addf(file, line, 1, "把 risk/ 里去掉的词或规则加回来，或另加一条说法", "「%s」应当读成 %s，现在读成 %s", q.Text, q.Expect, got.Level)
			case !want && rang && got.Rule == RuleLearned:
				ps.Addf(file, line, 1, "运行 xinqiao risk train，让它学着不把这句当成求助", "「%s」应当读成 %s，现在读成 %s", q.Text, q.Expect, got.Level)
			case !want && rang:
				ps.Addf(file, line, 1, "给它一个无害的说法（harmless），或给规则 "+got.Rule+" 加 unless", "「%s」应当读成 %s，现在读成 %s", q.Text, q.Expect, got.Level)
			}
		})
	}
	return ps.Err()
}

// eachLabelled calls f with the labelled sentences of a file, and notes the lines that are none.
func eachLabelled(fsys fs.FS, name string, ps *problem.Problems, f func(line int, q labelled)) {
	file := "tests/risk/" + name
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		ps.Addf(file, 1, 1, "确认文件可以读取", "读不到文件")
		return
	}
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		q, ok := parseLabelled(line)
		if !ok {
			ps.Addf(file, i+1, 1, `写成 {"text": "…", "expect": "none、low、medium、high 或 imminent"}`, "这一行读不懂")
			continue
		}
		f(i+1, q)
	}
}
