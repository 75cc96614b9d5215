package tencent

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean leaves of a text what a phone can show. Other ends of lines become plain ones: JSON writes U+2028 and U+2029 as
// escapes, and the platform shows escapes as they stand. Control characters, and what is no character at all, are dropped:
// XML cannot carry them, and a single one makes the platform refuse the whole message.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			return '\n'
		case Unclean(r):
			return -1
		}
		return r
	}, s)
}

// isClean says that no character of a text is Unclean, and that it is UTF-8. Most of what is said are characters of three
// bytes from U+4000 to U+9FFF, of which none is.
func isClean(s string) bool {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7F:
			i++
		case c >= 0xE4 && c <= 0xE9 && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80:
			i += 3
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if Unclean(r) {
				return false
			}
			i += n
		}
	}
	return true
}

// Unclean says whether a phone can show nothing for a character.
func Unclean(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r == 0x2028 || r == 0x2029 || r == 0xFEFF || r == utf8.RuneError || r&0xFFFE == 0xFFFE
}

// OneLine is Clean for what stands in one line: a label, a title, a field of a template.
func OneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// joined says whether what a person sees as one character stands across s[at]: a letter with its marks, a face with its
// skin colour, a family joined of several, a flag of two letters.
func joined(s string, at int) bool {
	if at <= 0 || at >= len(s) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(s[at:])
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	switch {
	case unicode.Is(unicode.M, after), after == zeroWidthJoiner, before == zeroWidthJoiner,
		after >= 0x1F3FB && after <= 0x1F3FF, // skin colours
		after >= 0xE0020 && after <= 0xE007F: // the letters in the flags of regions
		return true
	case regional(before) && regional(after):
		letters := 0
		for rest := s[:at]; ; letters++ {
			r, n := utf8.DecodeLastRuneInString(rest)
			if !regional(r) {
				break
			}
			rest = rest[:len(rest)-n]
		}
		return letters%2 == 1
	}
	return false
}

const zeroWidthJoiner = 0x200D

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// longest is how many runes one character that a person sees may be made of; beyond that it is no writing.
const longest = 64

// between finds the last place at or before n where neither a rune nor what a person sees as one character is cut; where
// there is none, one between runes.
func between(s string, n int) int {
	at := min(n, len(s))
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	back := at
	for range longest {
		if back == 0 || !joined(s, back) {
			break
		}
		_, size := utf8.DecodeLastRuneInString(s[:back])
		back -= size
	}
	if back == 0 || joined(s, back) {
		return at
	}
	return back
}

// address finds plain addresses of pages in a text.
var address = regexp.MustCompile(`(?:https?://|www\.)[!-~]+`)

// addressAcross says where an address begins that goes across s[at]; -1 where none does.
func addressAcross(s string, at int) int {
	for _, m := range address.FindAllStringIndex(s, -1) {
		if m[0] >= at {
			break
		}
		if m[1] > at {
			return m[0]
		}
	}
	return -1
}

var tag = regexp.MustCompile(`<[^>]*>`)
