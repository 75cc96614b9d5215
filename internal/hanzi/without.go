package hanzi

import "strings"

// Without is what a text says beside days and times, folded: of 下周六下午去天河 it leaves 去天河.
func Without(text string) string {
	s := plain(text)
	var b strings.Builder
	at := 0
	for _, m := range find(s) {
		if m.from < at {
			continue
		}
		b.WriteString(s[at:m.from])
		at = m.to
	}
	b.WriteString(s[at:])
	return Fold(b.String())
}
