// Package qr draws a text as a code that a camera reads, in a page of ours: nothing leaves the server for it.
package qr

import (
	"fmt"
	"html/template"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// SVG draws a text as a code: black on white whatever the page's colours, for cameras read nothing else. The label is what a
// screen reader says. It returns nothing for a text that is too long.
func SVG(text, label string) template.HTML {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return ""
	}
	grid := code.Bitmap() // with the quiet zone around it
	var path strings.Builder
	for y, line := range grid {
		for x := 0; x < len(line); x++ {
			from := x
			for x < len(line) && line[x] {
				x++
			}
			if x > from {
				_, _ = fmt.Fprintf(&path, "M%d %dh%dv1H%dz", from, y, x-from, from)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><rect class="qr-paper" width="100%%" height="100%%"/><path class="qr-ink" d="%s"/></svg>`, len(grid), len(grid), template.HTMLEscapeString(label), path.String())) //nolint:gosec // numbers, and an escaped label
}
