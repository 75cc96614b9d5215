package dialog_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestEveryShippedFlowIsDrawnWithItsStepsAndAnswers(t *testing.T) {
	set := shipped(t)
	for _, flow := range []string{"appointments", "booking", "checks", "courses", "help", "human", "letters", "menu", "welcome"} {
		svg, err := set.Graph(flow)
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
	svg, err := set.Graph("booking")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"问 district", "办理 book", "booking.book", "already", "换一天", "→ appointments.start", "我的预约"} {
		if !strings.Contains(string(svg), part) {
			t.Errorf("the drawing of booking lacks %q", part)
		}
	}
}

func TestAFlowThatDoesNotExistCannotBeDrawn(t *testing.T) {
	if _, err := shipped(t).Graph("nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}
