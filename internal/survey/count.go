package survey

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Count is how many people came out in a band of a scale in one month; it names nobody. A person counts once a month,
// with the first result. Month is "2026-03" in Guangzhou.
type Count struct {
	Survey   string
	Month    string
	Audience string
	Band     string
	People   int
}

// Month is the month of a time in Guangzhou.
func Month(at time.Time) string { return at.In(citytime.Zone).Format("2006-01") }

// Cell is a number that may be published: the people of one or several neighbouring bands.
type Cell struct {
	Bands  []string
	People int
}

// Group is a distribution over the bands of a scale, of one audience in one closed month.
type Group struct {
	Survey   string
	Month    string
	Audience string
	Cells    []Cell
}

// leastPeople is how many people every published cell holds at least.
const leastPeople = 10

// Aggregates are the distributions that may be published: of months that are over, so that no two reports differ by one
// person, each audience by itself, and neighbouring bands joined until every cell has at least ten people. Nothing of a
// group with fewer is said, nor any sum over groups, from which it could be told.
func (s *Service) Aggregates(ctx context.Context) ([]Group, error) {
	counts, err := s.Store.Counts(ctx, Month(s.Time()))
	if err != nil {
		return nil, fmt.Errorf("count results: %w", err)
	}
	var order []groupKey
	groups := map[groupKey]map[string]int{}
	for _, c := range counts {
		k := groupKey{c.Survey, c.Month, c.Audience}
		if groups[k] == nil {
			groups[k] = map[string]int{}
			order = append(order, k)
		}
		groups[k][c.Band] += c.People
	}
	slices.SortFunc(order, func(a, b groupKey) int {
		return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(a.survey, b.survey), cmp.Compare(a.audience, b.audience))
	})
	var out []Group
	for _, k := range order {
		sc, ok := s.Library().Scale(k.survey)
		if !ok {
			continue
		}
		if cells := join(sc.Bands, groups[k]); len(cells) > 0 {
			out = append(out, Group{k.survey, k.month, k.audience, cells})
		}
	}
	return out, nil
}

type groupKey struct{ survey, month, audience string }

// join makes cells of at least leastPeople from bands in their order; none where there are too few people in all.
func join(bands []Band, people map[string]int) []Cell {
	var cells []Cell
	for _, b := range bands {
		cells = append(cells, Cell{[]string{b.ID}, people[b.ID]})
	}
	for {
		small := slices.IndexFunc(cells, func(c Cell) bool { return c.People < leastPeople })
		if small < 0 {
			return cells
		}
		if len(cells) == 1 {
			return nil
		}
		other := small + 1
		if other == len(cells) || small > 0 && cells[small-1].People < cells[other].People {
			other = small - 1
		}
		a, b := min(small, other), max(small, other)
		cells[a] = Cell{slices.Concat(cells[a].Bands, cells[b].Bands), cells[a].People + cells[b].People}
		cells = slices.Delete(cells, b, b+1)
	}
}
