package dialog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/faq"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Openings are the words that answers offer to tap, the most frequent first: each leads into a flow.
func (s *Set) Openings() []string {
	times := map[string]int{}
	for _, e := range s.faq.Entries {
		for _, word := range e.Then {
			times[word]++
		}
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(a, b))
	})
}

// Learn does at once what else the first question waits for.
func (s *Set) Learn() { s.faq.Learn() }

// AnswerLeads says whether the answer of the entry with an ID leads to a flow.
func (s *Set) AnswerLeads(id, flow string) bool {
	i := slices.IndexFunc(s.faq.Entries, func(e faq.Entry) bool { return e.ID == id })
	return i >= 0 && s.faq.LeadsTo(s.plan, i, flow)
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
func (r *run) askedOf(folded string) (found []faq.Found, sure bool) {
	if r.interrupted() {
		return r.set.faq.Like(folded)
	}
	return r.set.faq.Read(folded)
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
	return utf8.RuneCountInString(folded) >= least && !r.env.Company && !r.env.Low && !phrase && !r.waits() && r.set.plan.System.Perhaps != ""
}

// FAQFlow is the flow by which the trace of an answered question goes; the step is the entry's ID.
const FAQFlow = "faq"

// Offered returns the ID of the entry that a choice under "did you mean" stands for.
func (s *Set) Offered(choice string) (id string, ok bool) {
	i, ok := s.faq.Taps[choice]
	if !ok {
		return "", false
	}
	return s.faq.Entries[i].ID, true
}

// tell gives an entry's answer, and what to tap next where nothing else waits.
func (r *run) tell(entry int) {
	e := r.set.faq.Entries[entry]
	r.out.Trace = append(r.out.Trace, Trace{FAQFlow, e.ID, e.File, e.Line})
	r.st.Misses, r.st.Hits = 0, nil
	words := e.Answer
	if r.waits() || r.env.Company {
		r.reply(words)
		if r.waits() {
			r.resume()
		}
		return
	}
	var next []channel.Choice
	for _, word := range e.Then {
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
func (r *run) offer(found []faq.Found, folded string) {
	r.st.Misses = 0
	var next []channel.Choice
	for _, m := range found[:min(3, len(found))] {
		q := r.set.faq.Entries[m.Entry].Questions[0]
		next = append(next, channel.Choice{ID: plan.ChoiceID("", "faq", q), Label: q, Say: saysQuestion})
	}
	next = append(next, channel.Choice{ID: plan.ChoiceID("", "faq", ""), Label: r.set.plan.System.Neither, Say: saysElse + folded})
	r.show(r.set.plan.System.Perhaps, next)
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

// picked takes a choice that stood under an answer about the service; false where the choice is a lesson.
func (r *run) picked(h channel.Choice) bool {
	if word, ok := strings.CutPrefix(h.Say, saysWord); ok {
		folded := hanzi.Fold(word)
		if id := r.set.plan.Led(folded); id != "" {
			r.begin(id, folded)
			return true
		}
	}
	if i, ok := r.set.faq.Taps[h.ID]; ok {
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
