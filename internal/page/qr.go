package page

import (
	"fmt"
	"html/template"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// qr draws a text as a code that a camera reads: black on white whatever the page's colours, for cameras read nothing
// else. It returns nothing for a text that is too long.
func qr(text string) template.HTML {
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
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="签到二维码" shape-rendering="crispEdges"><rect class="qr-paper" width="100%%" height="100%%"/><path class="qr-ink" d="%s"/></svg>`, len(grid), len(grid), path.String())) //nolint:gosec // numbers alone
}
