package hanzi

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decoded is a text without what only machines and phones put into it: characters written as their numbers, as a web page
// (&#25105;), a program (\u6211) or an address (%E6%88%91) does, tags, and faces between the words. Whatever passed a text
// on may have written it so, and somebody who hides may. What looks like a tag may be somebody's words: read the text itself
// as well.
func Decoded(text string) string {
	if !strings.ContainsAny(text, "&\\%<[") && !strings.Contains(text, "/:") && !strings.Contains(text, "U+") {
		return text
	}
	s := text
	for range 2 { // what was written as numbers may have been so twice
		s = html.UnescapeString(numbered.ReplaceAllStringFunc(s, unnumbered))
	}
	s = quoted.ReplaceAllStringFunc(s, func(q string) string {
		if u, err := url.PathUnescape(q); err == nil && utf8.ValidString(u) {
			return u
		}
		return q
	})
	return withoutFaces(tags.ReplaceAllString(s, ""))
}

var (
	numbered = regexp.MustCompile(`(?:(?:\\{1,2}u\{?|%u|[Uu]\+)[0-9A-Fa-f]{4,5}\}?)+`)
	number   = regexp.MustCompile(`[0-9A-Fa-f]{4,5}`)
	quoted   = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2}){3,}`)
	tags     = regexp.MustCompile(`</?[A-Za-z][ -;=?-~]*>`)
)

// unnumbered reads characters written as \u6211, two for those beyond the first plane.
func unnumbered(s string) string {
	var units []uint16
	for _, n := range number.FindAllString(s, -1) {
		r, err := strconv.ParseUint(n, 16, 32)
		if err != nil {
			return s
		}
		units = utf16.AppendRune(units, rune(r)) //nolint:gosec // five hexadecimal digits
		if utf16.IsSurrogate(rune(r)) {          //nolint:gosec // five hexadecimal digits
			units[len(units)-1] = uint16(r) //nolint:gosec // half of a pair
		}
	}
	return string(utf16.Decode(units))
}

// withoutFaces drops the faces that a phone writes as a word in brackets, or as a sign.
func withoutFaces(s string) string {
	var b strings.Builder
	for s != "" {
		next := strings.IndexAny(s, "[/")
		if next < 0 {
			break
		}
		b.WriteString(s[:next])
		s = s[next:]
		n := 0
		if s[0] == '[' || strings.HasPrefix(s, "/:") {
			_, n = face(strings.ToLower(s))
		}
		if n == 0 {
			n = 1
			b.WriteByte(s[0])
		}
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}
