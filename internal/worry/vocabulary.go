package worry

import (
	"strings"
	"unicode/utf8"
)

// vocabulary are all words that kinds and classes are told by, each with a number: a text is looked through once for all of
// them, instead of once for each.
type vocabulary struct {
	numbers map[string]int
	words   []string
	length  []int            // in characters
	begin   map[uint64][]int // the first two characters, or the only one, to the words that begin so
}

func newVocabulary() *vocabulary {
	return &vocabulary{numbers: map[string]int{}, begin: map[uint64][]int{}}
}

// number is a folded word's, which is new or known.
func (v *vocabulary) number(word string) int {
	n, known := v.numbers[word]
	if !known {
		n = len(v.words)
		v.numbers[word] = n
		v.words, v.length = append(v.words, word), append(v.length, utf8.RuneCountInString(word))
		if word != "" { // nothing is said everywhere, and says nothing
			first, second := beginning(word)
			v.begin[first<<32|second] = append(v.begin[first<<32|second], n)
		}
	}
	return n
}

// beginning is the first character of a text, and the second, 0 where there is none.
func beginning(s string) (first, second uint64) {
	r, n := utf8.DecodeRuneInString(s)
	if len(s) > n {
		next, _ := utf8.DecodeRuneInString(s[n:])
		second = uint64(next) //nolint:gosec // a character is no negative number
	}
	return uint64(r), second //nolint:gosec // as above
}

// spoken are the numbers of the words that a text says.
type spoken []uint64

func (s spoken) says(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

// in looks a folded text through.
func (v *vocabulary) in(folded string) spoken {
	s := make(spoken, len(v.words)/64+1)
	for at := range folded {
		rest := folded[at:]
		first, second := beginning(rest)
		for _, key := range [...]uint64{first << 32, first<<32 | second} {
			for _, n := range v.begin[key] {
				if strings.HasPrefix(rest, v.words[n]) {
					s[n/64] |= 1 << (n % 64)
				}
			}
		}
	}
	return s
}
