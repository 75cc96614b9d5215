package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

var faqColumns = []column{
	{key: "questions", names: []string{"问法", "问题", "常见问题", "提问", "用户问题", "标准问题"}, required: true},
	{key: "more", names: []string{"别的问法", "相似问法", "相似问题", "其他问法", "扩展问法"}},
	{key: "answer", names: []string{"回答", "答案", "答复", "回复", "标准答案"}, required: true},
}

// FAQFile is the file that an import of questions writes, in dialogs/flows.
const FAQFile = "faq-imported.yaml"

// longestAnswer keeps an answer to what one message holds.
const longestAnswer = 600

type faqEntry struct {
	Questions []string `yaml:"questions"`
	Answer    string   `yaml:"answer"`
}

// FAQ judges a table of common questions against those in dir (dialogs/flows).
func FAQ(src Source, dir string) (Report, error) {
	t, err := readTable(src, faqColumns)
	if err != nil {
		return Report{}, err
	}
	last, err := written[faqEntry](dir, FAQFile, "faq")
	if err != nil {
		return Report{}, err
	}
	asked, err := askedIn(dir)
	if err != nil {
		return Report{}, err
	}
	var entries []entry
	for _, r := range t.rows {
		q := r.faq(asked)
		name := ""
		if len(q.Questions) > 0 {
			name = q.Questions[0]
		}
		e, err := r.entry("", name, q)
		if err != nil {
			return Report{}, err
		}
		entries = append(entries, e)
	}
	c := content{folder: "flows", name: FAQFile, list: "faq", schema: "faq", dir: dir}
	return finish(src, t, entries, c, last, func(e faqEntry) string { return strings.Join(e.Questions[:min(1, len(e.Questions))], "") }, faqFields)
}

// faq reads one entry; asked are the questions that have an answer already, and where.
func (r *row) faq(asked map[string]string) faqEntry {
	e := faqEntry{Questions: sentences(r.text2("questions")), Answer: strings.TrimSpace(r.text2("answer"))}
	e.Questions = append(e.Questions, sentences(r.optional("more"))...)
	if n := len([]rune(e.Answer)); n > longestAnswer {
		r.bad("answer", fmt.Sprintf("请写到 %d 个字以内，一条消息才发得下", longestAnswer), "有 %d 个字，太长了", n)
	}
	if strings.Contains(strings.ReplaceAll(e.Answer, "{{you}}", ""), "{{") {
		r.bad("answer", "请删掉大括号；要写“你”或者“您”的地方可以写 {{you}}", "回答里别的大括号不能写")
	}
	for _, q := range e.Questions {
		folded := hanzi.Fold(q)
		if len([]rune(folded)) < 2 || len(q) > 150 {
			r.bad("questions", "一种问法 2 到 50 个字，几种问法各写一行", "“%s”不像一句问话", short(q))
			continue
		}
		if where, taken := asked[folded]; taken {
			r.bad("questions", "请删掉一处", "“%s”在%s已经写过", q, where)
			continue
		}
		asked[folded] = fmt.Sprintf("第 %d 行", r.n)
	}
	return e
}

// askedIn are the questions of the other files, by their folded form, with the file that has them.
func askedIn(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	out := map[string]string{}
	for _, file := range files {
		if filepath.Base(file) == FAQFile {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("读不出 %s：%w", file, err)
		}
		var doc struct {
			FAQ []faqEntry `yaml:"faq"`
		}
		if problem.Unmarshal(raw, &doc) != nil {
			continue // a flow; whether it is well is asked of the whole content
		}
		for _, e := range doc.FAQ {
			for _, q := range e.Questions {
				out[hanzi.Fold(q)] = " flows/" + filepath.Base(file) + " 里"
			}
		}
	}
	return out, nil
}

func faqFields(e faqEntry) []field {
	name := ""
	if len(e.Questions) > 0 {
		name = e.Questions[0]
	}
	return []field{{"问法", name}, {"别的问法", strings.Join(e.Questions[min(1, len(e.Questions)):], "；")}, {"回答", e.Answer}}
}
