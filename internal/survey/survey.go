// Package survey is one engine for self-checks: a scale is data under dialogs/surveys, with its items, options, bands,
// safety items, source and licence. The engine asks, scores and puts a result into words; it diagnoses nothing and shows
// a result to nobody but the person. Start reading at Scale; run.go steps through one, service.go offers it to flows.
package survey

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Scale is one questionnaire. Source and Licence name where its items and bands come from and on what terms.
type Scale struct {
	ID       string    `yaml:"id"`
	Title    string    `yaml:"title"`
	About    string    `yaml:"about"` // what it is and what it is not, and what the person consents to
	Source   string    `yaml:"source"`
	Licence  string    `yaml:"licence"`
	Audience []string  `yaml:"audience"` // parent, student; empty: everybody
	MinAge   int       `yaml:"min_age"`  // years
	Frame    string    `yaml:"frame"`    // the question that every item continues
	Options  []Option  `yaml:"options"`
	Items    []Item    `yaml:"items"`
	Factor   float64   `yaml:"factor"` // the sum is multiplied by it; 0 means 1 (WHO-5: 4)
	Bands    []Band    `yaml:"bands"`
	Subs     []Sub     `yaml:"subscales"`
	Examples []Example `yaml:"examples"` // worked examples, checked at load
	Version  string    `yaml:"version"`  // raised by editors when items or scores change
}

// Option is one answer and its score.
type Option struct {
	Label string  `yaml:"label"`
	Score float64 `yaml:"score"`
}

// Item is one question. A reversed item's score is turned round within the options' range.
type Item struct {
	ID      string   `yaml:"id"`
	Text    string   `yaml:"text"`
	Reverse bool     `yaml:"reverse"`
	Safety  []Safety `yaml:"safety"`
}

// Safety says which level an answer's score signals, at once and before the next item.
type Safety struct {
	From  float64    `yaml:"from"` // the least score that signals it
	Level risk.Level `yaml:"level"`
}

// Band puts a range of scores, both ends included, into words.
type Band struct {
	ID   string  `yaml:"id"`
	From float64 `yaml:"from"`
	To   float64 `yaml:"to"`
	Name string  `yaml:"name"`
	Text string  `yaml:"text"`
	Next string  `yaml:"next"` // what to do next
}

// Sub is a sum over some items with bands of its own.
type Sub struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Items []string `yaml:"items"`
	Bands []Band   `yaml:"bands"`
}

// Example is a worked example: the options' scores as answered, and what must come of them.
type Example struct {
	Answers []float64         `yaml:"answers"`
	Score   float64           `yaml:"score"`
	Band    string            `yaml:"band"`
	Danger  risk.Level        `yaml:"danger"`
	Subs    map[string]string `yaml:"subs"` // subscale to band
}

// Library is every scale, in the order of their IDs.
type Library struct {
	scales []*Scale
}

// Load reads the scales under fsys, which is rooted at dialogs/surveys. The error is a problem.Problems.
func Load(fsys fs.FS) (*Library, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read surveys: %w", err)
	}
	var (
		ps   problem.Problems
		lib  Library
		seen = map[string]string{}
	)
	for _, name := range files {
		s := &Scale{}
		doc, ok := problem.Read(fsys, name, "surveys/"+name, s, &ps)
		if !ok {
			continue
		}
		if other, taken := seen[s.ID]; taken {
			doc.Bad(&ps, "$.id", "请换一个编号", "编号 %s 在 %s 里用过了", s.ID, other)
		}
		seen[s.ID] = name
		if s.Factor == 0 {
			s.Factor = 1
		}
		before := len(ps)
		s.check(doc, &ps)
		if len(ps) == before {
			s.checkExamples(doc, &ps)
		}
		lib.scales = append(lib.scales, s)
	}
	slices.SortFunc(lib.scales, func(a, b *Scale) int { return cmp.Compare(a.ID, b.ID) })
	return &lib, ps.Err()
}

// Scale returns a scale by its ID.
func (l *Library) Scale(id string) (*Scale, bool) {
	for _, s := range l.scales {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// For returns the scales that an audience may take; while it is unknown, those for everybody.
func (l *Library) For(audience string) []*Scale {
	var out []*Scale
	for _, s := range l.scales {
		if s.allows(audience) {
			out = append(out, s)
		}
	}
	return out
}

func (s *Scale) allows(audience string) bool {
	return len(s.Audience) == 0 || slices.Contains(s.Audience, audience)
}

// spread is the least and greatest score of one item.
func (s *Scale) spread() (low, high float64) {
	low, high = s.Options[0].Score, s.Options[0].Score
	for _, o := range s.Options {
		low, high = min(low, o.Score), max(high, o.Score)
	}
	return low, high
}

func (s *Scale) check(doc problem.Doc, ps *problem.Problems) {
	bad := func(path, hint, format string, args ...any) { doc.Bad(ps, path, hint, format, args...) }
	for path, text := range map[string]string{"$.id": s.ID, "$.title": s.Title, "$.about": s.About, "$.source": s.Source, "$.licence": s.Licence} {
		if text == "" {
			bad(path, "请补上", "%s 没有写", path[2:])
		}
	}
	if len(s.Options) < 2 || len(s.Items) == 0 {
		bad("$", "至少要两个选项和一道题", "选项有 %d 个，题有 %d 道", len(s.Options), len(s.Items))
		return
	}
	ids, scores := map[string]bool{}, map[float64]bool{}
	for i, o := range s.Options {
		if scores[o.Score] {
			bad(fmt.Sprintf("$.options[%d]", i), "每个选项给不同的分", "分数 %v 用了两次", o.Score)
		}
		scores[o.Score] = true
	}
	low, high := s.spread()
	for i, it := range s.Items {
		at := fmt.Sprintf("$.items[%d]", i)
		if it.ID == "" || it.Text == "" || ids[it.ID] {
			bad(at, "每道题要有不同的 id 和题目", "题目 %q 没有写全，或编号用了两次", it.ID)
		}
		ids[it.ID] = true
		for _, sf := range it.Safety {
			if !sf.Level.AtLeast(risk.Medium) || !scores[sf.From] {
				bad(at+".safety", "level 只能是 medium、high、imminent，from 是某个选项的分", "安全题的设置不对")
			}
		}
	}
	n := float64(len(s.Items)) * s.Factor
	checkBands(s.Bands, low*n, high*n, s.Factor, "$.bands", bad)
	for i, sub := range s.Subs {
		at := fmt.Sprintf("$.subscales[%d]", i)
		for _, id := range sub.Items {
			if !ids[id] {
				bad(at+".items", "请检查题号", "分量表 %s 的题 %s 不存在", sub.ID, id)
			}
		}
		m := float64(len(sub.Items))
		checkBands(sub.Bands, low*m, high*m, 1, at+".bands", bad)
	}
}

// checkBands refuses bands that leave a reachable score out, claim one twice, or can never be reached.
func checkBands(bands []Band, low, high, step float64, path string, bad func(path, hint, format string, args ...any)) {
	if len(bands) == 0 {
		bad(path, "至少写一段", "没有写分数段")
		return
	}
	for i, b := range bands {
		if b.From < low || b.To > high || b.From > b.To {
			bad(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("能得到的分数是 %v 到 %v", low, high), "分数段 %s（%v–%v）有得不到的分数", b.Name, b.From, b.To)
		}
		if b.Name == "" || b.Text == "" {
			bad(fmt.Sprintf("%s[%d]", path, i), "请补上 name 和 text", "分数段没有写全")
		}
	}
	for score := low; score <= high; score += step {
		in := 0
		for _, b := range bands {
			if score >= b.From && score <= b.To {
				in++
			}
		}
		if in != 1 {
			bad(path, "每个能得到的分数正好在一段里", "%v 分在 %d 段里", score, in)
			return
		}
	}
}

func (s *Scale) checkExamples(doc problem.Doc, ps *problem.Problems) {
	for i, e := range s.Examples {
		at := fmt.Sprintf("$.examples[%d]", i)
		if len(e.Answers) != len(s.Items) {
			doc.Bad(ps, at, "每道题写一个分", "例子有 %d 个答案，题有 %d 道", len(e.Answers), len(s.Items))
			continue
		}
		answers := make([]int, len(e.Answers))
		danger := risk.None
		for j, score := range e.Answers {
			answers[j] = slices.IndexFunc(s.Options, func(o Option) bool { return o.Score == score })
			if answers[j] < 0 {
				doc.Bad(ps, at, "写选项的分", "没有 %v 分的选项", score)
				return
			}
			danger = risk.Max(danger, s.danger(j, answers[j]))
		}
		o := s.outcome(answers)
		if o.Score != e.Score || o.Band.ID != e.Band || e.Danger != "" && danger != e.Danger {
			doc.Bad(ps, at, "请核对计分、反向题和分数段", "例子应得 %v 分、%s 段，算出来是 %v 分、%s 段", e.Score, e.Band, o.Score, o.Band.ID)
		}
		for id, want := range e.Subs {
			if got := o.Subs[id]; got.Band.ID != want {
				doc.Bad(ps, at, "请核对分量表", "分量表 %s 应在 %s 段，算出来是 %s", id, want, got.Band.ID)
			}
		}
	}
}
