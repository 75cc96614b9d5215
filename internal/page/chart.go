package page

import (
	"bytes"
	"fmt"
	"html/template"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// shades is how many colours of bands page.css has, from calm (b0) to what needs most care (b4). A colour never stands
// alone: the bands are listed by name below the chart.
const shades = 5

// bandRow is one line of the list below the chart.
type bandRow struct {
	survey.Band
	Shade int
	Here  bool // this result is in it
}

func bandRows(v survey.View) []bandRow {
	rows := make([]bandRow, len(v.Bands))
	for i, b := range v.Bands {
		rows[i] = bandRow{b, shade(v, i), b.ID == v.Band.ID}
	}
	return rows
}

// shade is the colour of a band by how much care it asks for. Red is for the far end of scales that tell many degrees
// apart: a wrong answer in a quiz and one step from calm are no alarm.
func shade(v survey.View, band int) int {
	if v.Better == survey.High {
		band = len(v.Bands) - 1 - band
	}
	far := shades - 1
	switch {
	case v.Quiz:
		far = 2
	case len(v.Bands) == 2:
		far = 3
	}
	return band * far / max(len(v.Bands)-1, 1)
}

// Measures of a drawing, in units of its viewBox; a page is about as wide, so that text keeps its size.
const (
	chartWidth = 316.0
	tickRoom   = 24.0 // between two numbers below the bar, so that they can be told apart
)

// chart draws the bands as a bar with a mark at the score, as SVG that scales with the page.
func chart(v survey.View) template.HTML {
	const top, bar = 14.0, 26.0
	span := v.High - v.Low
	if span <= 0 {
		return ""
	}
	x := func(score float64) float64 { return (score - v.Low) / span * chartWidth }
	var b, ticks bytes.Buffer
	_, _ = fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="得分 %v，范围 %v 到 %v，属于%s">`, chartWidth, top+bar+20, v.Score, v.Low, v.High, template.HTMLEscapeString(v.Band.Name))
	_, _ = fmt.Fprintf(&b, `<clipPath id="bar"><rect y="%.0f" width="%.0f" height="%.0f" rx="8"/></clipPath><g clip-path="url(#bar)">`, top, chartWidth, bar)
	last := 0.0
	for i, band := range v.Bands {
		from, to := x(band.From), chartWidth
		if i+1 < len(v.Bands) {
			to = x(v.Bands[i+1].From) - 1.5
		}
		_, _ = fmt.Fprintf(&b, `<rect x="%.1f" y="%.0f" width="%.1f" height="%.0f" class="b%d"/>`, from, top, to-from, bar, shade(v, i))
		if i > 0 && from-last >= tickRoom && chartWidth-from >= tickRoom+8 {
			_, _ = fmt.Fprintf(&ticks, `<text x="%.1f" y="%.0f" class="tick">%v</text>`, from, top+bar+16, band.From)
			last = from
		}
	}
	at := min(max(x(v.Score), 7), chartWidth-7)
	_, _ = fmt.Fprintf(&b, `</g><path d="M%.1f %.0fl-7 -11h14z" class="mark"/><path d="M%.1f %.0fv%.0f" class="needle"/>`, at, top, at, top, bar)
	_, _ = fmt.Fprintf(&b, `<text x="0" y="%.0f" class="tick">%v</text>%s<text x="%.0f" y="%.0f" text-anchor="end" class="tick">%v</text></svg>`, top+bar+16, v.Low, ticks.String(), chartWidth, top+bar+16, v.High)
	return template.HTML(b.String()) //nolint:gosec // numbers and one escaped name
}

// trend draws the results of one scale over time as a line over its bands, oldest on the left; nothing where there is
// but one.
func trend(v survey.View) template.HTML {
	const height, edge = 120.0, 18.0
	span := v.High - v.Low
	if span <= 0 || len(v.Earlier) < 2 {
		return ""
	}
	y := func(score float64) float64 { return edge + (v.High-score)/span*(height-2*edge) }
	var b, line, dots bytes.Buffer
	for i, band := range v.Bands {
		top, bottom := 0.0, height
		if i+1 < len(v.Bands) {
			top = y(v.Bands[i+1].From)
		}
		if i > 0 {
			bottom = y(band.From)
		}
		_, _ = fmt.Fprintf(&b, `<rect y="%.1f" width="%.0f" height="%.1f" class="pale b%d"/>`, top, chartWidth, bottom-top, shade(v, i))
	}
	for i, p := range v.Earlier {
		x := edge + float64(i)/float64(len(v.Earlier)-1)*(chartWidth-2*edge)
		_, _ = fmt.Fprintf(&line, "%.1f,%.1f ", x, y(p.Score))
		_, _ = fmt.Fprintf(&dots, `<circle cx="%.1f" cy="%.1f" r="4" class="dot"/><text x="%.1f" y="%.1f" text-anchor="middle" class="value">%v</text>`, x, y(p.Score), x, y(p.Score)-8, p.Score)
	}
	first, last := between(v.Earlier[0].At, v.Earlier[len(v.Earlier)-1].At)
	_, _ = fmt.Fprintf(&b, `<polyline points="%s" class="line"/>%s`, line.String(), dots.String())
	_, _ = fmt.Fprintf(&b, `<text x="0" y="%.0f" class="tick">%s</text><text x="%.0f" y="%.0f" text-anchor="end" class="tick">%s</text></svg>`, height+17, first, chartWidth, height+17, last)
	head := fmt.Sprintf(`<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="从%s到%s，做了 %d 次，从 %v 分到 %v 分">`,
		chartWidth, height+22, first, last, len(v.Earlier), v.Earlier[0].Score, v.Earlier[len(v.Earlier)-1].Score)
	return template.HTML(head + b.String()) //nolint:gosec // numbers and dates
}

// between writes two times as short as tells them apart.
func between(a, b time.Time) (first, last string) {
	a, b = a.In(citytime.Zone), b.In(citytime.Zone)
	layout := "1月2日"
	switch {
	case a.Year() != b.Year():
		layout = "2006年1月2日"
	case a.YearDay() == b.YearDay():
		layout = "15:04"
	}
	return a.Format(layout), b.Format(layout)
}
