package content

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// hearing is one thing that a person may say in a conversation after danger, and the words that say it. What is heard
// only chooses the bot's next words; it never judges danger, which package risk does.
type hearing struct {
	Name   string   `yaml:"name"`
	Words  []string `yaml:"words"`  // anywhere in the text
	Exact  []string `yaml:"exact"`  // the whole text
	Unless []string `yaml:"unless"` // words that take it back
}

type silenceFile struct {
	Imminent string   `yaml:"imminent"` // "5m"
	High     string   `yaml:"high"`
	Medium   string   `yaml:"medium"`
	Now      []string `yaml:"now"`   // what is asked after silence while the danger is imminent
	Texts    []string `yaml:"texts"` // and else
}

// Hear returns the names of what a text says, in the order of the file.
func (r *Replies) Hear(text string) []string {
	folded := dialog.Fold(text)
	var names []string
	for _, h := range r.hears {
		if h.in(folded) {
			names = append(names, h.Name)
		}
	}
	return names
}

func (h hearing) in(folded string) bool {
	holds := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(folded, w) })
	}
	return slices.Contains(h.Exact, folded) || holds(h.Words) && !holds(h.Unless)
}

// Silence returns how long after an answer a person who writes nothing is gently asked, and the nth such question; "" when
// nothing is left to ask.
func (r *Replies) Silence(level risk.Level, nth int) (after time.Duration, text string) {
	texts := r.crisis.Silence.Texts
	if level == risk.Imminent {
		texts = r.crisis.Silence.Now
	}
	if nth < len(texts) {
		text = texts[nth]
	}
	return r.silence[level], text
}

// prepare folds the words of hearings and reads the lengths of silence, and says what is wrong with them.
func (r *Replies) prepare(crisis problem.Doc, ps *problem.Problems) {
	fold := func(words []string) []string {
		out := make([]string, len(words))
		for i, w := range words {
			out[i] = dialog.Fold(w)
		}
		return out
	}
	seen := map[string]bool{}
	for i, h := range r.crisis.Hears {
		at := fmt.Sprintf("$.hears[%d]", i)
		switch {
		case h.Name == "" || len(h.Words)+len(h.Exact) == 0:
			crisis.Bad(ps, at, "写上 name，再写 words 或 exact", "没有写全")
		case seen[h.Name]:
			crisis.Bad(ps, at, "请合成一条", "%s 写了两次", h.Name)
		}
		seen[h.Name] = true
		r.hears = append(r.hears, hearing{h.Name, fold(h.Words), fold(h.Exact), fold(h.Unless)})
	}
	r.silence = map[risk.Level]time.Duration{}
	for level, text := range map[risk.Level]string{risk.Imminent: r.crisis.Silence.Imminent, risk.High: r.crisis.Silence.High, risk.Medium: r.crisis.Silence.Medium} {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Minute {
			crisis.Bad(ps, "$.silence", "请写成 5m 这样的时间，至少 1m", "没有回话多久以后问一句（%s）：%q 看不懂", level, text)
		}
		r.silence[level] = d
	}
	if len(r.crisis.Silence.Now) == 0 || len(r.crisis.Silence.Texts) == 0 {
		crisis.Bad(ps, "$.silence", "请写上 now 和 texts", "没有写问什么")
	}
}
