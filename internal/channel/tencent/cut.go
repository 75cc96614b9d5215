package tencent

import "strings"

// Piece is a part of a text; a whole one (a link) must not be cut.
type Piece struct {
	Text  string
	Whole bool
}

// Cut divides pieces into texts of at most n bytes: between what a person sees as characters, at a line's end where there is
// one near, never inside a link or an address.
func Cut(ps []Piece, n int) []string {
	var (
		texts []string
		now   strings.Builder
		total int
	)
	for _, p := range ps {
		total += len(p.Text)
	}
	now.Grow(min(total, n))
	flush := func() {
		if t := strings.Trim(now.String(), "\n"); strings.TrimSpace(t) != "" { // the platform refuses an empty one
			texts = append(texts, t)
		}
		now.Reset()
	}
	for _, p := range ps {
		s := Clean(p.Text)
		if p.Whole && len(s) > n { // a link that no message holds: what it says stands there without it
			s, p.Whole = tag.ReplaceAllString(s, ""), false
		}
		for s != "" {
			room := n - now.Len()
			if len(s) <= room {
				now.WriteString(s)
				break
			}
			if p.Whole {
				flush()
				continue
			}
			at := breakAt(s, room)
			if at == 0 && now.Len() == 0 { // no good place in a whole message: go on all the same
				at = between(s, room)
			}
			now.WriteString(s[:at])
			s = s[at:]
			flush()
		}
	}
	flush()
	return texts
}

// breakAt finds where to cut s so that at most n bytes stand before; 0 where only a link stands there, or no whole character.
func breakAt(s string, n int) int {
	if n <= 0 {
		return 0
	}
	at := between(s, n)
	if at > n {
		return 0
	}
	if i := strings.LastIndexByte(s[:at], '\n'); i > n/2 {
		at = i + 1
	}
	if begins := addressAcross(s, at); begins >= 0 {
		at = begins
	}
	const begin, end = "<a ", "</a>"
	open := strings.LastIndex(s[:min(at+len(begin)-1, len(s))], begin)
	if open < 0 || open >= at || strings.Contains(s[open:at], end) || !strings.Contains(s[open:], end) {
		return at
	}
	return open // an editor's link, which must stay whole
}
