package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// RatingCount is how many people said something of a station's visits of a month. It names nobody.
type RatingCount struct {
	Station string
	Month   string
	Opinion Opinion
	People  int
}

// FeedbackPeriod is one or several months of a station, of which numbers may be seen: every number is of at least five people,
// and no two periods share a month, so that nothing of anybody follows from the difference of two.
type FeedbackPeriod struct {
	From, To string // months
	People   int
	Cells    []FeedbackCell
}

// FeedbackCell is how many people said one thing, or one of several neighbouring ones.
type FeedbackCell struct {
	Opinions []Opinion
	People   int
}

// Label is what they said.
func (c FeedbackCell) Label() string {
	labels := make([]string, len(c.Opinions))
	for i, o := range c.Opinions {
		labels[i] = o.Label()
	}
	return strings.Join(labels, "、")
}

// Label is the period as people say it: 2026年3月, 2026年3月 至 2026年5月.
func (p FeedbackPeriod) Label() string {
	if p.From == p.To {
		return monthLabel(p.From)
	}
	return monthLabel(p.From) + " 至 " + monthLabel(p.To)
}

func monthLabel(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.Format("2006年1月")
}

// Holds says whether a month is in the period.
func (p FeedbackPeriod) Holds(month string) bool { return p.From <= month && month <= p.To }

// StationFeedback is what was said of one station.
type StationFeedback struct {
	Station Station
	Periods []FeedbackPeriod // the latest first
	Few     bool             // there is more, which would tell of somebody
}

// fewestRatings is how many people every number holds at least.
const fewestRatings = 5

// Feedback is what was said of stations, those of which something was, in the order of the directory. A clerk of one station
// sees that alone. A month is told of once nobody can add to it any more; months with fewer than five answers are joined with
// those that follow, until there are five. What was told once is never told otherwise.
func (r *Reception) Feedback(ctx context.Context, by Clerk) ([]StationFeedback, error) {
	counts, err := r.Booking.Store.Ratings(ctx)
	if err != nil {
		return nil, fmt.Errorf("count what was said of visits: %w", err)
	}
	byStation := map[string]map[string]map[Opinion]int{}
	for _, c := range counts {
		if byStation[c.Station] == nil {
			byStation[c.Station] = map[string]map[Opinion]int{}
		}
		if byStation[c.Station][c.Month] == nil {
			byStation[c.Station][c.Month] = map[Opinion]int{}
		}
		byStation[c.Station][c.Month][c.Opinion] += c.People
	}
	closed := monthOf(r.Now().Add(-feedbackFor)) // the first month that somebody may still say something of
	var out []StationFeedback
	for _, st := range r.Booking.Directory().All() {
		months, said := byStation[st.ID]
		if !said || !by.works(st.ID) {
			continue
		}
		f := StationFeedback{Station: st}
		f.Periods, f.Few = periods(months, closed)
		out = append(out, f)
	}
	return out, nil
}

// periods joins the closed months of a station until each holds enough people.
func periods(months map[string]map[Opinion]int, closed string) (out []FeedbackPeriod, few bool) {
	names := make([]string, 0, len(months))
	for m := range months {
		names = append(names, m)
	}
	slices.Sort(names)
	sum, from := map[Opinion]int{}, ""
	for _, m := range names {
		if m >= closed {
			return out, true
		}
		from = cmp.Or(from, m)
		people := 0
		for _, o := range Opinions() {
			sum[o] += months[m][o]
			people += sum[o]
		}
		if people < fewestRatings {
			continue
		}
		out = slices.Insert(out, 0, FeedbackPeriod{from, m, people, cells(sum)})
		sum, from = map[Opinion]int{}, ""
	}
	return out, from != ""
}

// cells joins neighbouring opinions until every number is of enough people.
func cells(sum map[Opinion]int) []FeedbackCell {
	var out []FeedbackCell
	for _, o := range Opinions() {
		out = append(out, FeedbackCell{[]Opinion{o}, sum[o]})
	}
	for len(out) > 1 {
		small := slices.IndexFunc(out, func(c FeedbackCell) bool { return c.People < fewestRatings })
		if small < 0 {
			break
		}
		other := small + 1
		if other == len(out) || small > 0 && out[small-1].People < out[other].People {
			other = small - 1
		}
		a, b := min(small, other), max(small, other)
		out[a] = FeedbackCell{slices.Concat(out[a].Opinions, out[b].Opinions), out[a].People + out[b].People}
		out = slices.Delete(out, b, b+1)
	}
	return out
}

// SaidWords are words about a visit, as whoever leads the work sees them.
type SaidWords struct {
	Words  string
	Person string // "" where they bear no name
	Period FeedbackPeriod
}

// mostWords is how many are shown of a station.
const mostWords = 200

// Words are what people wrote of a station: with who wrote it where they said so, else only in a period of which numbers
// are told, so that words do not tell who was there.
func (r *Reception) Words(ctx context.Context, f StationFeedback) ([]SaidWords, error) {
	if err := r.Trail.RecordOnce(ctx, audit.Event{Kind: audit.ReadFeedback, Object: f.Station.ID}); err != nil {
		return nil, fmt.Errorf("read what was said of visits: %w", err)
	}
	all, err := r.Booking.Store.RatedWords(ctx, f.Station.ID, mostWords)
	if err != nil {
		return nil, fmt.Errorf("read what was said of visits: %w", err)
	}
	var out []SaidWords
	for _, x := range all {
		i := slices.IndexFunc(f.Periods, func(p FeedbackPeriod) bool { return p.Holds(x.Month) })
		switch {
		case x.Named:
			out = append(out, SaidWords{Words: x.Words, Person: x.Person})
		case i >= 0:
			out = append(out, SaidWords{Words: x.Words, Period: f.Periods[i]})
		}
	}
	return out, nil
}
