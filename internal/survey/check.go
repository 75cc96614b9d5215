package survey

import (
	"fmt"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// badAt notes a mistake at a place of a file, with how to mend it.
type badAt func(path, hint, format string, args ...any)

func (s *Scale) check(doc problem.Doc, ps *problem.Problems) {
	bad := func(path, hint, format string, args ...any) { doc.Bad(ps, path, hint, format, args...) }
	for _, field := range []struct{ name, text string }{{"id", s.ID}, {"title", s.Title}, {"about", s.About}, {"source", s.Source}, {"licence", s.Licence}} {
		if field.text == "" {
			bad("$."+field.name, "请补上", "%s 没有写", field.name)
		}
	}
	if len(s.Options) < 2 || len(s.Items) == 0 {
		bad("$", "至少要两个选项和一道题", "选项有 %d 个，题有 %d 道", len(s.Options), len(s.Items))
		return
	}
	if !slices.Contains([]Scoring{Sum, Mean, Weighted, Quiz}, s.Scoring) {
		bad("$.scoring", "只能是 sum、mean、weighted、quiz", "计分方式 %q 不认识", s.Scoring)
		return
	}
	if s.Better != High && s.Better != Low {
		bad("$.better", "分数越高越好写 high，越低越好写 low", "better 写的 %q 不认识", s.Better)
	}
	if len(s.Examples) == 0 {
		bad("$", "请写 examples：几组答案和应得的分，程序会核对", "没有核对用的例子")
	}
	if s.MaxAge > 0 && s.MaxAge < s.MinAge {
		bad("$.max_age", "max_age 要不小于 min_age", "年龄从 %d 岁到 %d 岁，没有人符合", s.MinAge, s.MaxAge)
	}
	if s.Skips < 0 || s.Skips >= len(s.Items) {
		bad("$.skips", "写 0 到题数减一", "允许跳过 %d 题，一共才 %d 题", s.Skips, len(s.Items))
	}
	s.checkItems(bad)
	low, high := s.reach()
	s.checkBands(s.Bands, low, high, "$.bands", bad)
	for i, n := range s.Norms {
		at := fmt.Sprintf("$.norms[%d]", i)
		if n.Sex != "" && n.Sex != Female && n.Sex != Male {
			bad(at+".sex", "只能是 female、male，或者不写", "性别 %q 不认识", n.Sex)
		}
		if n.MaxAge > 0 && n.MaxAge < n.MinAge {
			bad(at, "max_age 要不小于 min_age", "年龄从 %d 岁到 %d 岁，没有人符合", n.MinAge, n.MaxAge)
		}
		s.checkBands(n.Bands, low, high, at+".bands", bad)
		if !slices.EqualFunc(n.Bands, s.Bands, func(a, b Band) bool { return a.ID == b.ID }) {
			bad(at+".bands", "段的 id 和顺序要和 bands 一样，只有分数不同", "这一组的分数段和总的对不上")
		}
	}
	s.checkSubs(bad)
}

func (s *Scale) checkItems(bad badAt) {
	scores := map[float64]bool{}
	for i, o := range s.Options {
		if scores[o.Score] {
			bad(fmt.Sprintf("$.options[%d]", i), "每个选项给不同的分", "分数 %v 用了两次", o.Score)
		}
		scores[o.Score] = true
	}
	ids := map[string]bool{}
	for i, it := range s.Items {
		at := fmt.Sprintf("$.items[%d]", i)
		if it.ID == "" || it.Text == "" || ids[it.ID] {
			bad(at, "每道题要有不同的 id 和题目", "题目 %q 没有写全，或编号用了两次", it.ID)
		}
		ids[it.ID] = true
		for _, sf := range it.Safety {
			if s.Alarmed == "" {
				bad(at+".safety", "请加上 alarmed：安全题提示有危险时，结果里说什么（代替分数段的话）", "有安全题，却没有写 alarmed")
			}
			if !sf.Level.AtLeast(risk.Medium) || !scores[sf.From] {
				bad(at+".safety", "level 只能是 medium、high、imminent，from 是某个选项的分", "安全题的设置不对")
			}
		}
		switch {
		case s.Scoring == Quiz && (s.right(i) < 0 || it.Explain == ""):
			bad(at, "right 写正确选项的字，explain 写为什么", "题目 %s 没有写正确答案和解释", it.ID)
		case s.Scoring != Quiz && (it.Right != "" || it.Explain != ""):
			bad(at, "只有 scoring: quiz 才有对错", "题目 %s 写了正确答案，但这份不是知识问答", it.ID)
		case s.Scoring == Quiz && it.Reverse:
			bad(at, "请去掉 reverse", "知识问答没有反向题")
		case it.Weight < 0 || it.Weight != 1 && s.Scoring != Weighted:
			bad(at, "weight 只用在 scoring: weighted，要大于 0", "题目 %s 的 weight 用得不对", it.ID)
		}
	}
}

func (s *Scale) checkSubs(bad badAt) {
	low, high := s.spread()
	ids := map[string]bool{}
	for i, sub := range s.Subs {
		at := fmt.Sprintf("$.subscales[%d]", i)
		if sub.ID == "" || sub.Name == "" || ids[sub.ID] || len(sub.Items) == 0 {
			bad(at, "每个分量表要有不同的 id、name 和至少一道题", "分量表 %q 没有写全，或编号用了两次", sub.ID)
			continue
		}
		ids[sub.ID] = true
		seen := map[string]bool{}
		for _, id := range sub.Items {
			if s.item(id) < 0 || seen[id] {
				bad(at+".items", "请检查题号，每题写一次", "分量表 %s 的题 %s 不存在，或写了两次", sub.ID, id)
			}
			seen[id] = true
		}
		m := float64(len(sub.Items))
		s.checkBands(sub.Bands, low*m, high*m, at+".bands", bad)
	}
}

// checkBands refuses bands that leave a reachable score out, claim one twice, or can never be reached.
func (s *Scale) checkBands(bands []Band, low, high float64, path string, bad badAt) {
	if len(bands) == 0 {
		bad(path, "至少写一段", "没有写分数段")
		return
	}
	ids := map[string]bool{}
	for i, b := range bands {
		at := fmt.Sprintf("%s[%d]", path, i)
		if b.ID == "" || b.Name == "" || b.Text == "" || ids[b.ID] {
			bad(at, "每段要有不同的 id，并写上 name 和 text", "分数段 %q 没有写全，或编号用了两次", b.ID)
		}
		ids[b.ID] = true
		if b.From < low || b.To > high || b.From > b.To {
			bad(at, fmt.Sprintf("能得到的分数是 %v 到 %v", low, high), "分数段 %s（%v–%v）有得不到的分数", b.Name, b.From, b.To)
		}
	}
	if s.Scoring == Mean || s.Scoring == Weighted {
		s.checkOrder(bands, low, high, path, bad)
		return
	}
	for score := low; score <= high; score += s.step() {
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

// widestGap is how far apart two bands of a mean may be written: 2.4 and 2.5.
const widestGap = 0.1

// checkOrder checks bands of scores that are no whole steps: from end to end, each beginning where the last one ended.
func (s *Scale) checkOrder(bands []Band, low, high float64, path string, bad badAt) {
	for i, b := range bands {
		from := low
		if i > 0 {
			from = bands[i-1].To
		}
		if gap := b.From - from; gap < 0 || i > 0 && gap == 0 || gap > widestGap+1e-9 || i == 0 && gap != 0 {
			bad(fmt.Sprintf("%s[%d]", path, i), "从低到高写，上一段到 2.4，下一段就从 2.5 开始", "分数段 %s 和前一段之间有空或有重叠", b.Name)
		}
	}
	if last := bands[len(bands)-1]; last.To != high {
		bad(path, fmt.Sprintf("最后一段写到 %v", high), "%v 分以上没有分数段", last.To)
	}
}

func (s *Scale) checkExamples(doc problem.Doc, ps *problem.Problems) {
	for i, e := range s.Examples {
		at := fmt.Sprintf("$.examples[%d]", i)
		if len(e.Answers) != len(s.Items) {
			doc.Bad(ps, at, "每道题写一个分，跳过的写 null", "例子有 %d 个答案，题有 %d 道", len(e.Answers), len(s.Items))
			continue
		}
		run := Run{Age: e.Age, Sex: e.Sex}
		skipped := 0
		for _, score := range e.Answers {
			if score == nil {
				run.Answers = append(run.Answers, skippedItem)
				skipped++
				continue
			}
			a := slices.IndexFunc(s.Options, func(o Option) bool { return o.Score == *score })
			if a < 0 {
				doc.Bad(ps, at, "写选项的分", "没有 %v 分的选项", *score)
				return
			}
			run.Answers = append(run.Answers, a)
		}
		if skipped > s.Skips {
			doc.Bad(ps, at, "skips 说的是最多能跳过几题", "例子跳过了 %d 题，最多 %d 题", skipped, s.Skips)
			continue
		}
		o := s.outcome(run)
		if o.Score != e.Score || o.Band.ID != e.Band || e.Danger != "" && o.Danger != e.Danger {
			doc.Bad(ps, at, "请核对计分、反向题和分数段", "例子应得 %v 分、%s 段，算出来是 %v 分、%s 段", e.Score, e.Band, o.Score, o.Band.ID)
		}
		for _, sub := range s.Subs {
			if want, given := e.Subs[sub.ID]; given && o.Subs[sub.ID].Band.ID != want {
				doc.Bad(ps, at, "请核对分量表", "分量表 %s 应在 %s 段，算出来是 %s", sub.ID, want, o.Subs[sub.ID].Band.ID)
			}
		}
		for id := range e.Subs {
			if !slices.ContainsFunc(s.Subs, func(sub Sub) bool { return sub.ID == id }) {
				doc.Bad(ps, at, "请检查名字", "没有叫 %s 的分量表", id)
			}
		}
	}
}
