package hanzi

import "strings"

// Nearly every text is made of plain characters, for which Unicode's tables say nothing that cannot be said here: they are
// folded in one pass. Whatever else stands in a text sends it to the tables. Both give the same: easy_internal_test.go.

// evenly is an ordinary character as even leaves it; false for one that the tables must be asked about.
func evenly(r rune) (rune, bool) {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + ('a' - 'A'), true
	case r < 0x80, ideograph(r):
		return r, true
	case 0xFF01 <= r && r <= 0xFF5E: // the wide forms of ASCII
		r -= 0xFF01 - '!'
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r, true
	case r == 0x3000: // the wide space
		return ' ', true
	case 0x1F600 <= r && r <= 0x1F64F: // faces
		return r, true
	}
	switch r {
	case '、', '。', '“', '”', '‘', '’', '《', '》', '「', '」', '【', '】', '—', '·':
		return r, true
	}
	return 0, false
}

// ideograph says whether a character is one of the usual Chinese ones, which no normal form changes or joins to another.
func ideograph(r rune) bool { return 0x4E00 <= r && r <= 0x9FFF }

// ellipsis is three full stops to the normal form.
const ellipsis = '…'

// evenEasily is even for a text of ordinary characters; false for another.
func evenEasily(s string) (string, bool) {
	var b strings.Builder
	kept := 0 // how much of s is already in b, or may stay where it is while b is empty
	for i, r := range s {
		if r == ellipsis {
			b.WriteString(s[kept:i])
			b.WriteString("...")
			kept = i + len(string(ellipsis))
			continue
		}
		e, ok := evenly(r)
		if !ok {
			return "", false
		}
		if e != r {
			b.WriteString(s[kept:i])
			b.WriteRune(e)
			kept = i + len(string(r))
		}
	}
	if kept == 0 {
		return s, true
	}
	b.WriteString(s[kept:])
	return b.String(), true
}

// foldEasily is Fold for a text of ordinary characters; false for another.
func foldEasily(s string) (string, bool) {
	var b strings.Builder
	from, to := 0, 0 // the stretch of s that is kept as it is, and not in b yet
	for i, r := range s {
		e, ok := evenly(r)
		drop := r == ellipsis
		switch {
		case drop:
		case !ok:
			return "", false
		case ideograph(e):
			if t := rune(simplified[e]); t != 0 {
				if e = t; !ideograph(e) {
					return "", false
				}
			}
		case 'a' <= e && e <= 'z', figure(e):
		case e < ' ' && (e < '\t' || e > '\r'), e == 0x7f: // signs that steer machines are neither space nor punctuation
			return "", false
		default:
			drop = true
		}
		if !drop && e == r && to == i {
			to = i + len(string(r))
			continue
		}
		if drop {
			continue
		}
		if b.Len() == 0 {
			b.Grow(len(s))
		}
		b.WriteString(s[from:to])
		if e == r {
			from, to = i, i+len(string(r))
			continue
		}
		b.WriteRune(e)
		from = i + len(string(r))
		to = from
	}
	if b.Len() == 0 {
		return s[from:to], true
	}
	b.WriteString(s[from:to])
	return b.String(), true
}
