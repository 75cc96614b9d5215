package dialog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// faq answers questions about the service, which editors write in dialogs/flows/faq*.yaml; faqmatch.go says which of
// them a text asks.
type faq struct {
	entries []faqEntry
	asked   []askedLines
	others  []string // sentences that ask nothing of the service, folded
	words   faqWords
	match   matcher
	taps    map[string]int // the ID of a question that was offered, to its entry
}

type faqEntry struct {
	id        string
	file      string
	answer    text
	questions []string // as they were written
	asked     []string // further ways of asking, folded
	then      []string // words that begin a flow, to tap after the answer
	body      ast.Node
}

type (
	faqFile struct {
		FAQ []struct {
			ID        string   `yaml:"id"`
			Questions []string `yaml:"questions"`
			Answer    string   `yaml:"answer"`
			Then      []string `yaml:"then"`
		} `yaml:"faq"`
	}
	faqWordsFile struct {
		Words faqWords `yaml:"faq_words"`
	}
	// faqWords help to read questions: the editors' own words for what the same thing may be called.
	faqWords struct {
		Fillers []string   `yaml:"fillers"` // said in passing, dropped
		Same    [][]string `yaml:"same"`    // each line one meaning
		Never   []string   `yaml:"never"`   // with one of these a text is no question about the service
	}
	faqNotFile struct {
		Not []string `yaml:"faq_not"`
	}
)

func (l *loader) readFAQ(file string, body *ast.MappingNode) {
	var f faqFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	list, _ := body.Values[0].Value.(*ast.SequenceNode)
	for i, e := range f.FAQ {
		at := ast.Node(body)
		if list != nil && i < len(list.Values) {
			at = list.Values[i]
		}
		if len(e.Questions) == 0 || e.Answer == "" {
			l.bad(file, at, "请补上 questions 和 answer", "第 %d 条问答没有写全", i+1)
			continue
		}
		if strings.Contains(strings.ReplaceAll(e.Answer, "你们", ""), "你") {
			l.bad(file, at, "写成“您”或 {{you}}：对学生会说成“你”", "“%s”的回答里写了“你”，家长也会看到", e.Questions[0])
		}
		answer, err := parseText(e.Answer, func(string) bool { return false })
		if err != nil {
			l.bad(file, at, "回答里只能用 {{you}}（你或您）", "“%s”的回答：%v", e.Questions[0], err)
			continue
		}
		l.set.faq.entries = append(l.set.faq.entries, faqEntry{id: e.ID, file: file, answer: answer, questions: e.Questions, then: e.Then, body: at})
	}
}

// keyNode is where a mapping has a key, or the mapping itself.
func keyNode(node ast.Node, key string) ast.Node {
	if m, ok := node.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if v.Key.String() == key {
				return v.Key
			}
		}
	}
	return node
}

// Openings are the words that answers offer to tap, the most frequent first: each leads into a flow.
func (s *Set) Openings() []string {
	times := map[string]int{}
	for _, e := range s.faq.entries {
		for _, word := range e.then {
			times[word]++
		}
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(a, b))
	})
}

func (l *loader) readFAQWords(file string, body *ast.MappingNode) {
	var f faqWordsFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	w := &l.set.faq.words
	w.Fillers, w.Same, w.Never = append(w.Fillers, f.Words.Fillers...), append(w.Same, f.Words.Same...), append(w.Never, f.Words.Never...)
}

func (l *loader) readFAQNot(file string, body *ast.MappingNode) {
	var f faqNotFile
	if !problem.Decode(file, body, &f, &l.problems) {
		return
	}
	for _, s := range f.Not {
		l.set.faq.others = append(l.set.faq.others, hanzi.Fold(s))
	}
}

// checkFAQ looks whether what answers lead to exists, and whether two entries claim the same question or name.
func (l *loader) checkFAQ() {
	said, ids := map[string]string{}, map[string]bool{}
	for _, e := range l.set.faq.entries {
		for _, word := range e.then {
			if l.set.led(hanzi.Fold(word)) == "" {
				l.bad(e.file, keyNode(e.body, "then"), "写一个流程的触发词，比如 预约、心理自测、人工", "then 里的“%s”进不了哪个流程", word)
			}
		}
		if ids[e.id] && e.id != "" {
			l.bad(e.file, e.body, "请换一个名字", "有两条问答都叫 %s", e.id)
		}
		ids[e.id] = true
		for _, q := range e.questions {
			folded := hanzi.Fold(q)
			if other, taken := said[folded]; taken {
				l.bad(e.file, e.body, "请删掉其中一个", "“%s”在“%s”那一条里也有", q, other)
			}
			said[folded] = e.questions[0]
		}
	}
	l.checkAsked(said)
}

// led returns the flow that a word leads to, "" where it leads nowhere.
func (s *Set) led(folded string) string {
	if globalOf(folded) == globalHuman {
		return flowHuman
	}
	return s.words[folded]
}

// index prepares the search once all questions are known. elsewhere are sentences that other parts of the service answer.
func (f *faq) index(elsewhere []string) {
	f.taps = map[string]int{}
	for i, e := range f.entries {
		f.taps[choiceID("", "faq", e.questions[0])] = i
	}
	f.match = newMatcher(f.words, f.entries, f.others, elsewhere)
}

// Learn does at once what else the first question waits for.
func (s *Set) Learn() { s.faq.match.learned() }

// asksFor says whether a text asks for an entry in words like those of its questions: for places where more than that must
// not lead away, such as the talk after danger.
func (f *faq) asksFor(folded string) bool {
	_, sure := f.match.like(folded)
	return sure
}

// surely returns the entry that a text asks for, by all that was learned too.
func (f *faq) surely(folded string) (int, bool) {
	found, sure := f.match.read(folded)
	if !sure {
		return 0, false
	}
	return found[0].Entry, true
}

// leadsTo says whether an entry's answer leads to a flow.
func (f *faq) leadsTo(s *Set, entry int, flow string) bool {
	return slices.ContainsFunc(f.entries[entry].then, func(word string) bool { return s.led(hanzi.Fold(word)) == flow })
}

// AnswerLeads says whether the answer of the entry with an ID leads to a flow.
func (s *Set) AnswerLeads(id, flow string) bool {
	i := slices.IndexFunc(s.faq.entries, func(e faqEntry) bool { return e.id == id })
	return i >= 0 && s.faq.leadsTo(s, i, flow)
}

// inform answers a question about the service: at once where it is sure, and with up to three questions to choose from
// where it may be one of them.
func (r *run) inform(folded string) bool {
	found, sure := r.askedOf(folded)
	switch {
	case sure:
		r.tell(found[0].Entry)
	case len(found) == 0 || !r.mayOffer(folded):
		return false
	case r.set.commands[searchCommand].Name != "": // a worry, perhaps, in words that a question has too
		r.look(r.raw, asking.MatchString(folded))
		r.st.Doubt = true
	default:
		r.offer(found, folded)
	}
	return true
}

// askedOf are the entries that a text may ask for. What is said to a question that waits is rather about that: only likeness
// to what an entry has written counts there.
func (r *run) askedOf(folded string) (found []faqFound, sure bool) {
	if r.interrupted() {
		return r.set.faq.match.like(folded)
	}
	return r.set.faq.match.read(folded)
}

// informs answers a text that turned out to be no worry.
func (r *run) informs(folded string) bool {
	found, sure := r.askedOf(folded)
	switch {
	case sure:
		r.tell(found[0].Entry)
	case len(found) > 0 && r.mayOffer(folded):
		r.offer(found, folded)
	default:
		return false
	}
	return true
}

// mayOffer says whether questions may be offered here: not to somebody in danger, and not in place of what waits for an
// answer of its own.
func (r *run) mayOffer(folded string) bool {
	const least = 4 // characters: a word or two ask nothing
	_, phrase := r.set.phrase(folded)
	return utf8.RuneCountInString(folded) >= least && !r.env.Company && !r.env.Low && !phrase && !r.waits() && r.set.system.Perhaps != ""
}

// FAQFlow is the flow by which the trace of an answered question goes; the step is the entry's ID.
const FAQFlow = "faq"

func (e *faqEntry) trace() Trace {
	return Trace{FAQFlow, e.id, e.file, e.body.GetToken().Position.Line}
}

// Offered returns the ID of the entry that a choice under "did you mean" stands for.
func (s *Set) Offered(choice string) (id string, ok bool) {
	i, ok := s.faq.taps[choice]
	if !ok {
		return "", false
	}
	return s.faq.entries[i].id, true
}

// tell gives an entry's answer, and what to tap next where nothing else waits.
func (r *run) tell(entry int) {
	e := r.set.faq.entries[entry]
	r.out.Trace = append(r.out.Trace, e.trace())
	r.st.Misses, r.st.Hits = 0, nil
	words := e.answer.render(func(string) any { return nil })
	if r.waits() || r.env.Company {
		r.reply(words)
		if r.waits() {
			r.resume()
		}
		return
	}
	var next []channel.Choice
	for _, word := range e.then {
		next = append(next, channel.Choice{ID: openingID(hanzi.Fold(word)), Label: word, Say: saysWord + word})
	}
	r.show(words, next)
}

// What the hits that stand under an answer mean, before the lesson IDs of other hits, which have no colon.
const (
	saysWord     = "word:"     // as if the word were said
	saysQuestion = "question:" // a question of the service, by the choice's ID
	saysElse     = "else:"     // none of the questions: the text is searched for
)

// offer shows the questions that a text may ask.
func (r *run) offer(found []faqFound, folded string) {
	r.st.Misses = 0
	var next []channel.Choice
	for _, m := range found[:min(3, len(found))] {
		q := r.set.faq.entries[m.Entry].questions[0]
		next = append(next, channel.Choice{ID: choiceID("", "faq", q), Label: q, Say: saysQuestion})
	}
	next = append(next, channel.Choice{ID: choiceID("", "faq", ""), Label: r.set.system.Neither, Say: saysElse + folded})
	r.show(r.set.system.Perhaps, next)
}

// show says words with choices that may also be taken by their numbers until something else is said.
func (r *run) show(words string, next []channel.Choice) {
	r.st.Hits, r.st.Fresh = next, len(next) > 0
	var shown []channel.Choice
	for _, c := range next {
		shown = append(shown, channel.Choice{ID: c.ID, Label: c.Label})
	}
	r.reply(words, shown...)
}

// picked takes a hit that stood under an answer; a lesson is none.
func (r *run) picked(h channel.Choice) bool {
	if word, ok := strings.CutPrefix(h.Say, saysWord); ok {
		folded := hanzi.Fold(word)
		if id := r.set.led(folded); id != "" {
			r.begin(id, folded)
			return true
		}
	}
	if i, ok := r.set.faq.taps[h.ID]; ok {
		r.tell(i)
		return true
	}
	if text, ok := strings.CutPrefix(h.Say, saysElse); ok {
		r.st.Hits = nil
		if !r.seek(text) {
			r.miss()
		}
		return true
	}
	return false
}
