package survey

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Mark is whether a question of a quiz was answered right.
type Mark struct {
	Item  string
	Right bool
}

// marks are the answers to a quiz's questions; none on a scale, where no answer is right.
func (s *Scale) marks(r Run) []Mark {
	if s.Scoring != Quiz {
		return nil
	}
	out := make([]Mark, len(s.Items))
	for i, item := range s.Items {
		out[i] = Mark{item.ID, r.Answers[i] == s.right(i)}
	}
	return out
}

// ItemCount is how many people of an audience answered a question of a quiz in one month, and how many of them right. It
// names nobody; a person counts once a month, with the first result.
type ItemCount struct {
	Survey   string
	Month    string
	Audience string
	Item     string
	Answered int
	Correct  int
}

// QuizTable is how one audience did in a quiz in one closed month.
type QuizTable struct {
	Title    string
	Month    string
	Audience string // parent, student, …, or "" where they did not say
	People   int
	Lines    []QuizLine
}

// QuizLine is one question. Share is "73%", or words where so few answered it one way that a number could tell of somebody.
type QuizLine struct {
	N     int // from 1
	Text  string
	Right string // the right answer
	Share string
}

// fewest is how many people each side of a published share holds at least.
const fewest = 5

func share(right, people int) string {
	switch {
	case people-right < fewest:
		return "几乎都答对"
	case right < fewest:
		return "几乎都没答对"
	}
	return fmt.Sprintf("%d%%", (100*right+people/2)/people)
}

// QuizTables are how each audience did in each quiz, question by question, in months that are over, the latest first.
// Nothing is said of an audience of fewer than ten people.
func (s *Service) QuizTables(ctx context.Context) ([]QuizTable, error) {
	counts, err := s.Store.ItemCounts(ctx, Month(s.Time()))
	if err != nil {
		return nil, fmt.Errorf("count the answers to quizzes: %w", err)
	}
	groups := map[groupKey]map[string]ItemCount{}
	for _, c := range counts {
		k := groupKey{c.Survey, c.Month, c.Audience}
		if groups[k] == nil {
			groups[k] = map[string]ItemCount{}
		}
		groups[k][c.Item] = c
	}
	var out []QuizTable
	for k, items := range groups {
		sc, ok := s.Library().Scale(k.survey)
		if !ok {
			continue
		}
		t := QuizTable{Title: sc.Title, Month: k.month, Audience: k.audience}
		for i, item := range sc.Items {
			c := items[item.ID]
			t.People = max(t.People, c.Answered)
			if c.Answered < leastPeople { // a question that was new in that month
				continue
			}
			t.Lines = append(t.Lines, QuizLine{i + 1, item.Text, item.Right, share(c.Correct, c.Answered)})
		}
		if t.People >= leastPeople {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b QuizTable) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Audience, b.Audience))
	})
	return out, nil
}
