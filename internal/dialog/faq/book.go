// Package faq says which of the questions about the service, with the answers that editors have written, a text asks. It
// reads no files and says nothing to anybody. Start reading at Book; matcher.go is how a text is read.
package faq

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/recall"
)

// Book is all that editors have written in dialogs/flows/faq*.yaml, ready to be asked.
type Book struct {
	Entries []Entry
	Others  []string // sentences that ask nothing of the service, folded
	Words   Words
	matcher
	Taps map[string]int // the ID of a question that was offered, to its entry

	read, like *recall.Last[string, reading]
}

// reading is what a text may ask for.
type reading struct {
	found []Found
	sure  bool
}

// Entry is an answer with the ways of asking for it.
type Entry struct {
	ID        string
	File      string
	Answer    string   // with {{you}} in it
	Questions []string // as they were written
	Asked     []string // further ways of asking, folded
	Then      []string // words that begin a flow, to tap after the answer
	Line      int
}

// Words help to read questions: the editors' own words for what the same thing may be called.
type Words struct {
	Fillers []string   `yaml:"fillers"` // said in passing, dropped
	Same    [][]string `yaml:"same"`    // each line one meaning
	Never   []string   `yaml:"never"`   // with one of these a text is no question about the service
}

// Index prepares the search once all questions are known. elsewhere are sentences that other parts of the service answer.
func (f *Book) Index(elsewhere []string) {
	f.Taps = map[string]int{}
	for i, e := range f.Entries {
		f.Taps[plan.ChoiceID("", "faq", e.Questions[0])] = i
	}
	f.matcher = newMatcher(f.Words, f.Entries, f.Others, elsewhere)
	f.read, f.like = &recall.Last[string, reading]{}, &recall.Last[string, reading]{}
}

// Read returns the entries that a folded text may ask for, the likeliest first, and whether it surely asks for that one.
func (f *Book) Read(folded string) (found []Found, sure bool) {
	r := f.read.Of(folded, folded, func() reading { return readingOf(f.matcher.Read(folded)) })
	return slices.Clone(r.found), r.sure
}

// Like is the same by the likeness to the written questions alone.
func (f *Book) Like(folded string) (found []Found, sure bool) {
	r := f.like.Of(folded, folded, func() reading { return readingOf(f.matcher.Like(folded)) })
	return slices.Clone(r.found), r.sure
}

func readingOf(found []Found, sure bool) reading { return reading{found, sure} }

// Learn does at once what else the first question waits for.
func (f *Book) Learn() { f.learned() }

// AsksFor says whether a text asks for an entry in words like those of its questions: for places where more than that must
// not lead away, such as the talk after danger.
func (f *Book) AsksFor(folded string) bool {
	_, sure := f.Like(folded)
	return sure
}

// Surely returns the entry that a text asks for, by all that was learned too.
func (f *Book) Surely(folded string) (int, bool) {
	found, sure := f.Read(folded)
	if !sure {
		return 0, false
	}
	return found[0].Entry, true
}

// LeadsTo says whether an entry's answer leads to a flow.
func (f *Book) LeadsTo(p *plan.Plan, entry int, flow string) bool {
	return slices.ContainsFunc(f.Entries[entry].Then, func(word string) bool { return p.Led(hanzi.Fold(word)) == flow })
}
