package booking

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// TestWhatIsToldOfVisitsTellsOfNobody holds for any answers in any months: every number is of five people or more, or is no
// number; what was told once is told for ever, so that the difference of two looks is nothing.
func TestWhatIsToldOfVisitsTellsOfNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		months := map[string]map[Opinion]int{}
		for m := range rapid.IntRange(1, 9).Draw(t, "months") {
			months[fmt.Sprintf("2026-%02d", m+1)] = map[Opinion]int{
				Helped: rapid.IntRange(0, 9).Draw(t, "helped"), SoSo: rapid.IntRange(0, 9).Draw(t, "soso"), NoHelp: rapid.IntRange(0, 9).Draw(t, "nohelp"),
			}
		}
		var before []FeedbackPeriod
		for closed := 1; closed <= 11; closed++ {
			now, _ := periods(months, fmt.Sprintf("2026-%02d", closed))
			seen := ""
			for i := len(now) - 1; i >= 0; i-- {
				p, sum := now[i], 0
				if p.From <= seen || p.To < p.From {
					t.Fatalf("periods share a month: %+v", now)
				}
				seen = p.To
				for _, c := range p.Cells {
					sum += c.People
					if c.People < fewestRatings {
						t.Fatalf("a number of %d people: %+v", c.People, p)
					}
				}
				if sum != p.People {
					t.Fatalf("the numbers of %+v come to %d", p, sum)
				}
			}
			for i := range before {
				if fmt.Sprint(before[len(before)-1-i]) != fmt.Sprint(now[len(now)-1-i]) {
					t.Fatalf("what was told changed: %+v, then %+v", before, now)
				}
			}
			before = now
		}
	})
}

func TestNobodyIsAskedLateInTheEvening(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.ParseInLocation("01-02 15:04", s, citytime.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for end, want := range map[string]string{"03-04 14:50": "03-04 16:50", "03-04 18:30": "03-04 20:30", "03-04 19:00": "03-05 10:00", "03-04 23:10": "03-05 10:00"} {
		if got := askAt(at(end)); !got.Equal(at(want)) {
			t.Errorf("after %s it asks at %s, want %s", end, got.Format("01-02 15:04"), want)
		}
	}
}
