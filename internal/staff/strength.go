package staff

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// minPassword is the least length of a password that someone chooses, in characters.
const minPassword = 10

// What is wrong with a chosen password. Each is an ErrWeak.
var (
	ErrCommon = fmt.Errorf("%w: it stands in a list of known ones", ErrWeak)
	ErrNamed  = fmt.Errorf("%w: it holds a name", ErrWeak)
	ErrSame   = fmt.Errorf("%w: it is the old one", ErrWeak)
)

//go:embed common.txt
var commonList string

// commonRoots are the words of which the commonest passwords are made, with figures and signs round them.
var commonRoots = sync.OnceValue(func() map[string]bool {
	roots := map[string]bool{}
	for line := range strings.Lines(commonList) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			roots[line] = true
		}
	}
	return roots
})

// checkStrength refuses what is guessed first: what is short, what is common, and what says whose it is.
func (s *Service) checkStrength(a Account, password string) error {
	lower := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range lower {
		distinct[r] = true
	}
	switch {
	case utf8.RuneCountInString(password) < minPassword, len(password) > 256:
		return ErrWeak
	case len(distinct) < 5, common(lower):
		return ErrCommon
	case named(lower, append([]string{a.Name, a.DisplayName}, s.Own...)):
		return ErrNamed
	}
	if s.Breached == nil {
		return nil
	}
	for _, p := range []string{password, lower} {
		known, err := s.Breached(p)
		if err != nil {
			return fmt.Errorf("look a password up: %w", err)
		}
		if known {
			return ErrCommon
		}
	}
	return nil
}

// common says whether a password is one of the commonest words, once or twice, with nothing but figures and signs round it, or a
// run of the keyboard.
func common(lower string) bool {
	letters := func(r rune) bool { return unicode.IsLetter(r) }
	roots := commonRoots()
	first, last := strings.IndexFunc(lower, letters), strings.LastIndexFunc(lower, letters)
	if first < 0 { // figures and signs alone
		return run(lower)
	}
	_, n := utf8.DecodeRuneInString(lower[last:])
	core := lower[first : last+n]
	if roots[core] || roots[lower] || roots[plainly(core)] {
		return true
	}
	if half := len(core) / 2; core[:half] == core[half:] && roots[core[:half]] {
		return true
	}
	return run(lower)
}

// plainly reads the figures and signs that stand for letters: passw0rd, p@ssword.
func plainly(text string) string {
	return strings.NewReplacer("0", "o", "1", "l", "3", "e", "@", "a", "$", "s", "5", "s", "4", "a").Replace(text)
}

var runs = []string{
	"01234567890123456789012345678901234567890", "98765432109876543210987654321098765432109", "qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyz",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "zaqxswcdevfrbgtnhymjukilop", "1q2w3e4r5t6y7u8i9o0p", "a1b2c3d4e5f6g7h8i9j0",
}

// run says whether a password is one stretch of the keyboard or the alphabet, or made of two stretches.
func run(lower string) bool {
	within := func(part string) bool {
		for _, r := range runs {
			if strings.Contains(r, part) {
				return true
			}
		}
		return false
	}
	if within(lower) {
		return true
	}
	for i := 3; i+3 <= len(lower); i++ {
		if within(lower[:i]) && within(lower[i:]) {
			return true
		}
	}
	return false
}

// named says whether a password holds one of the names: three letters or more, or two Han characters.
func named(lower string, names []string) bool {
	for _, name := range names {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, w := range append(words, strings.ToLower(strings.TrimSpace(name))) {
			least := 3
			if r, _ := utf8.DecodeRuneInString(w); unicode.Is(unicode.Han, r) {
				least = 2
			}
			if utf8.RuneCountInString(w) >= least && strings.Contains(lower, w) {
				return true
			}
		}
	}
	return false
}
