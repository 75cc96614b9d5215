package draw_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog/dialogtest"

	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/draw"
)

func TestEveryShippedFlowIsDrawnWithItsStepsAndAnswers(t *testing.T) {
	set := dialogtest.Shipped(t, "../../..")
	for _, flow := range []string{"appointments", "booking", "checks", "courses", "help", "human", "letters", "menu", "welcome"} {
		svg, err := draw.Flow(set.Plan(), flow)
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(strings.NewReader(string(svg)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v", flow, err)
			}
		}
	}
	svg, err := draw.Flow(set.Plan(), "booking")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"问 district", "办理 book", "booking.book", "overlap", "换一天", "→ appointments.start", "我的预约", "flows/booking.yaml:"} {
		if !strings.Contains(string(svg), part) {
			t.Errorf("the drawing of booking lacks %q", part)
		}
	}
}

func TestAFlowThatDoesNotExistCannotBeDrawn(t *testing.T) {
	if _, err := draw.Flow(dialogtest.Shipped(t, "../../..").Plan(), "nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}

var (
	drawnBox   = regexp.MustCompile(`<rect x="(\d+)" y="(\d+)" width="190" height="58"`)
	drawnWay   = regexp.MustCompile(`<path d="(M[^"]+)" fill="none"`)
	drawnLabel = regexp.MustCompile(`<text x="(\d+)" y="(\d+)" text-anchor="(start|end)" fill="#33424f" font-size="11"[^>]*><title>[^<]*</title>([^<]*)</text>`)
	figure     = regexp.MustCompile(`\d+`)
)

// area is a rectangle of a drawing.
type area struct{ left, top, right, bottom int }

func (a area) meets(b area) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

func numbers(t *testing.T, texts ...string) (out []int) {
	t.Helper()
	for _, s := range texts {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func TestInADrawingNoArrowCrossesABoxAndNoLabelHidesAnother(t *testing.T) {
	set := dialogtest.Shipped(t, "../../..")
	for _, flow := range []string{"appointments", "booking", "checks", "courses", "events", "letters", "menu", "privacy"} {
		raw, err := draw.Flow(set.Plan(), flow)
		if err != nil {
			t.Fatal(err)
		}
		svg := string(raw)
		var boxes, labels []area
		for _, m := range drawnBox.FindAllStringSubmatch(svg, -1) {
			n := numbers(t, m[1:]...)
			boxes = append(boxes, area{n[0], n[1], n[0] + 190, n[1] + 58})
		}
		for i, b := range boxes {
			for _, other := range boxes[:i] {
				if b.meets(other) {
					t.Errorf("%s: the boxes %v and %v overlap", flow, b, other)
				}
			}
		}
		ways := drawnWay.FindAllStringSubmatch(svg, -1)
		for _, m := range ways {
			n := numbers(t, figure.FindAllString(m[1], -1)...)
			for i := 2; i+1 < len(n); i += 2 {
				line := area{min(n[i-2], n[i]), min(n[i-1], n[i+1]), max(n[i-2], n[i]) + 1, max(n[i-1], n[i+1]) + 1}
				for _, b := range boxes {
					if line.meets(area{b.left, b.top + 1, b.right, b.bottom - 1}) {
						t.Errorf("%s: an arrow at %v crosses the box at %v", flow, line, b)
					}
				}
			}
		}
		for _, m := range drawnLabel.FindAllStringSubmatch(svg, -1) {
			n, width := numbers(t, m[1], m[2]), 0
			for _, r := range html.UnescapeString(m[4]) {
				if width += 6; r >= 0x2000 {
					width += 6
				}
			}
			l := area{n[0], n[1] - 10, n[0] + width, n[1] + 2}
			if m[3] == "end" {
				l.left, l.right = n[0]-width, n[0]
			}
			for _, other := range append(labels, boxes...) {
				if l.meets(other) {
					t.Errorf("%s: the label %q at %v lies on what is at %v", flow, m[4], l, other)
				}
			}
			labels = append(labels, l)
		}
		if len(boxes) < 2 || len(ways) < len(boxes)-1 || len(labels) == 0 {
			t.Errorf("%s: %d boxes, %d arrows and %d labels were found in the drawing", flow, len(boxes), len(ways), len(labels))
		}
	}
}
