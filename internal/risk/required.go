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
	Level      Level
	Subject    Subject
	Doubt      bool
}

// parseLabelled reports false for a line that is not a labelled text.
func parseLabelled(line []byte) (labelled, bool) {
	var q struct {
		labelled
		Expect, Min, Max Level
	}
	err := json.Unmarshal(line, &q)
	for _, l := range []Level{q.Expect, q.Min, q.Max} {
		if q.Level == "" {
			q.Level = l
		}
	}
	return q.labelled, err == nil && q.Level.Valid() && q.Text != ""
}

// MustFile is the short list of sentences that every version must read exactly, under dialogs/tests/risk.
const MustFile = "must.jsonl"

// must is one sentence of that list: its exact level, whether it is only asked about, the talk that it stands in, and where
// given whom the danger concerns and what it is about.
type must struct {
	Text     string
	Expect   Level
	Ask      bool
	Talk     Level
	Subject  Subject
	Category string
}

// Required holds the judge against the must-list in fsys (dialogs/tests/risk). The error is problem.Problems, one for each
// sentence that is not read exactly so: no edit can lose one.
func Required(fsys fs.FS, j *Judge) error {
	var ps problem.Problems
	const file = "tests/risk/" + MustFile
	raw, err := fs.ReadFile(fsys, MustFile)
	if err != nil {
		return nil //nolint:nilerr // content without a must-list of its own is judged by none
	}
	for i, line := range bytes.Split(bytes.TrimPrefix(raw, []byte("\ufeff")), []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var q must
		if err := json.Unmarshal(line, &q); err != nil || !q.Expect.Valid() || q.Text == "" {
			ps.Addf(file, i+1, 1, `写成 {"text": "…", "expect": "none、low、medium、high 或 imminent"}`, "这一行读不懂")
			continue
		}
		got := j.ReadIn(Talk{Level: q.Talk}, q.Text)
		if q.Subject != "" && got.Subject != q.Subject || q.Category != "" && got.Category != q.Category {
			ps.Addf(file, i+1, 1, "改回 risk/ 里的词和规则，或运行 xinqiao risk train 重新学", "「%s」应当读成说的是 %s、%s，现在读成 %s、%s", q.Text, q.Subject, q.Category, got.Subject, got.Category)
		}
		if got.Level != q.Expect || got.Ask != q.Ask {
			ps.Addf(file, i+1, 1, "改回 risk/ 里的词和规则，或运行 xinqiao risk train 重新学", "「%s」应当读成 %s，现在读成 %s", q.Text, label(q.Expect, q.Ask), label(got.Level, got.Ask))
		}
	}
	return ps.Err()
}

func label(l Level, ask bool) string {
	if ask {
		return string(l) + "（先问）"
	}
	return string(l)
}
