package page_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// showing serves one result, to whom it belongs.
func showing(t *testing.T, v survey.View) string {
	t.Helper()
	h := openHouse(t, func(_ *house, o *page.Options) { o.Results = one{o.Results, v} })
	b, _ := h.chatting("a-parent", person.Parent)
	return b.get("/p/result/x").want(t, http.StatusOK).body
}

// one is a single result that everybody has.
type one struct {
	page.Results
	v survey.View
}

func (o one) Own(context.Context, string, string) (survey.Result, error) {
	return survey.Result{View: o.v}, nil
}

var (
	three = []survey.Band{{ID: "a", Name: "第一段", From: 0, To: 9}, {ID: "b", Name: "第二段", From: 10, To: 19}, {ID: "c", Name: "第三段", From: 20, To: 30}}
	row   = regexp.MustCompile(`<li( class="here")?><i class="(b\d)" aria-hidden="true"></i><span>(第.段)`)
)

func TestEveryBandIsNamedInAColourOfItsCare(t *testing.T) {
	for name, c := range map[string]struct {
		v    survey.View
		want []string // by band: its colour, and which one this result is in
	}{
		"symptoms: the least is calm": {survey.View{Bands: three, Band: three[1], Better: survey.Low}, []string{"b0 第一段", "b2 第二段 here", "b4 第三段"}},
		"wellbeing: the most is calm": {survey.View{Bands: three, Band: three[2], Better: survey.High}, []string{"b4 第一段", "b2 第二段", "b0 第三段 here"}},
		"a quiz alarms nobody":        {survey.View{Bands: three, Band: three[0], Better: survey.High, Quiz: true}, []string{"b2 第一段 here", "b1 第二段", "b0 第三段"}},
		"two bands: no red":           {survey.View{Bands: three[:2], Band: three[1], Better: survey.Low}, []string{"b0 第一段", "b3 第二段 here"}},
		"one band":                    {survey.View{Bands: three[:1], Band: three[0], Better: survey.Low}, []string{"b0 第一段 here"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.v.Title, c.v.High, c.v.Score, c.v.At = "题", 30, c.v.Band.From, noon
			body := showing(t, c.v)
			var got []string
			for _, m := range row.FindAllStringSubmatch(body, -1) {
				line := m[2] + " " + m[3]
				if m[1] != "" {
					line += " here"
				}
				got = append(got, line)
				if !strings.Contains(body, `class="`+m[2]+`"/>`) {
					t.Errorf("the bar has no %s", m[2])
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestATrendSaysWhen(t *testing.T) {
	for name, c := range map[string]struct {
		before time.Time
		want   []string
	}{
		"weeks apart":  {noon.AddDate(0, 0, -14), []string{"2月16日", "3月2日"}},
		"the same day": {noon.Add(-90 * time.Minute), []string{"10:30", "12:00"}},
		"years apart":  {noon.AddDate(-1, 0, 0), []string{"2025年3月2日", "2026年3月2日"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := survey.View{Title: "题", High: 30, Score: 4, Bands: three, Band: three[0], At: noon, Earlier: []survey.Point{{At: c.before, Score: 12}, {At: noon, Score: 4}}}
			body := showing(t, v)
			_, drawing, _ := strings.Cut(body, "和前几次比")
			missing := slices.DeleteFunc(append(c.want, ">12<", ">4<", "从 12 分到 4 分"), func(part string) bool { return strings.Contains(drawing, part) })
			if len(missing) > 0 {
				t.Errorf("the drawing lacks %q:\n%s", missing, drawing)
			}
		})
	}
}
