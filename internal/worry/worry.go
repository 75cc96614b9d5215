// Package worry gives the first answer to a worry: that it was heard, one small thing for tonight, and what to look at next.
// Editors own every word of it (dialogs/worries): each kind of worry with the ways in which people say it. It reads no
// danger: that was done before. Start reading at Book.Find; chat.go is how the conversation asks.
package worry

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/recall"
)

// Worry is one kind of worry.
type Worry struct {
	ID       string        `yaml:"id"`
	For      []family.Role `yaml:"for"`
	Stages   []string      `yaml:"stages,omitempty"` // of the child; empty: any
	Words    []string      `yaml:"words,omitempty"`  // that surely mean it; parts joined by + must all be there, <a class> stands for any of its words
	Not      []string      `yaml:"not,omitempty"`    // as words: a text that says one is of another kind
	Examples []string      `yaml:"examples"`         // how people say it
	Heard    []string      `yaml:"heard"`            // two or three ways to say that it was heard
	Tonight  string        `yaml:"tonight"`          // one small thing
	Follow   []string      `yaml:"follow"`           // lessons by their ID, and ways by @name
	Wide     bool          `yaml:"wide,omitempty"`   // says only what it is about: for texts that are like no other kind
	Urgent   bool          `yaml:"urgent,omitempty"` // it happens now: no lesson is of use before the moment is over
}

// General is what is said to a worry that is of no known kind; it does not pretend to have understood.
type General struct {
	For     []family.Role `yaml:"for"`
	Heard   []string      `yaml:"heard"`
	Tonight []string      `yaml:"tonight"`
}

// Book is every kind of worry. It never changes.
type Book struct {
	told, only, onlyPupil []string
	general               []General
	signs                 []string // folded: words of something hard
	people                []string // folded: the person's own people
	service               []string // folded: what is asked of the service
	ways                  map[string]string
	classes               map[string][]string
	same                  *strings.Replacer // other ways of saying a word, to that word
	worries               []Worry
	said                  map[string][]string // further ways of saying a kind, by its ID
	other                 []string            // what is of no kind
	index                 *index
	last                  recall.Last[Asked, found]
}

// Len counts the kinds.
func (b *Book) Len() int { return len(b.worries) }

// Examples are how people say what is heard as one of the kinds, and other things that ask nothing of the service.
func (b *Book) Examples() (all []string) {
	for _, w := range b.worries {
		all = append(all, w.Examples...)
		all = append(all, b.said[w.ID]...)
	}
	return append(all, b.other...)
}

// Told is the half sentence that says what was heard of an introduction; n picks among them.
func (b *Book) Told(t family.Told, n int) string {
	words := t.Words()
	if words == "" || len(b.told) == 0 {
		return ""
	}
	return strings.ReplaceAll(pick(b.told, n), "{{told}}", words)
}

func pick(all []string, n int) string { return all[(n%len(all)+len(all))%len(all)] }

// her turns what is said of a child into what is said of a girl. 其他 and 他们 stay.
func her(text string) string {
	return strings.NewReplacer("其他", "其他", "他们", "他们", "他人", "他人", "他", "她").Replace(text)
}

// ofGirl says whether a text speaks of a girl alone.
func ofGirl(folded string) bool {
	girl := strings.ContainsAny(folded, "她") || containsAny(folded, "女儿", "孙女", "闺女", "囡囡", "丫头")
	return girl && !containsAny(strings.ReplaceAll(folded, "其他", ""), "儿子", "孙子")
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
