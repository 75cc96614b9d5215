package train

import (
	"fmt"
	"io"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Curves prints, for real messages that were not drawn for their words and for the writers' sentences, what each line for
// asking, calling and for what is grave would have noticed and called in vain, by models that had not seen them.
func Curves(w io.Writer, res Result) {
	groups := []struct {
		name string
		in   func(ex *Example) bool
	}{
		{"real messages", func(ex *Example) bool { return ex.Real && !ex.Drawn }},
		{"real messages, with those drawn", func(ex *Example) bool { return ex.Real }},
		{"writers' sentences", func(ex *Example) bool { return !ex.Real }},
	}
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s\n%-8s %-26s %-26s %-26s\n", g.name, "chance", "Medium: noticed, vain", "High: grave, vain", "Imminent: found, truly, grave")
		for _, line := range []float64{.03, .035, .04, .045, .05, .06, .07, .08, .1, .13, .16, .2, .25, .3, .35, .4, .45, .5, .6, .7, .8} {
			var n [3]risk.Share
			var v, g2 [3]risk.Share
			for i := range res.Cross {
				c := &res.Cross[i]
				ex := c.Example
				if ex.Doubt || !g.in(ex) {
					continue
				}
				p, _ := res.Model.Chances(c.Odds[:])
				must, grave, now := ex.Level.AtLeast(risk.Medium), ex.Level.AtLeast(risk.High), ex.Level == risk.Imminent
				count(&n[0], must, p[1] >= line)
				count(&v[0], !must, p[1] >= line)
				count(&g2[0], grave, p[1] >= line)
				count(&n[1], grave, p[2] >= line)
				count(&v[1], !must, p[2] >= line)
				count(&n[2], now, p[3] >= line)
				count(&v[2], p[3] >= line, now)
				count(&g2[2], p[3] >= line, grave)
			}
			fmt.Fprintf(w, "%-8.2f %.3f (grave %.3f) vain %.3f | %.3f vain %.3f | found %.3f truly %.3f grave %.3f (%d)\n", line, n[0].Rate(), g2[0].Rate(), v[0].Rate(), n[1].Rate(), v[1].Rate(), n[2].Rate(), v[2].Rate(), g2[2].Rate(), v[2].Of)
		}
	}
}

func count(s *risk.Share, of, hit bool) {
	if !of {
		return
	}
	s.Of++
	if hit {
		s.Hit++
	}
}
