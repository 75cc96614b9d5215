package worry

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// shortestQuestion is from how many characters on a lesson's question says enough to be told from others.
const shortestQuestion = 5

// asksFor puts the lesson first whose own question somebody typed: the kinds of worry name only the lessons that were there
// when they were written, and a lesson that an editor added yesterday is to be found today.
func asksFor(query string, cat *course.Catalogue, follow []channel.Choice) []channel.Choice {
	folded := hanzi.Fold(query)
	for _, h := range cat.Search(query, shown) {
		asked := slices.ContainsFunc(h.Lesson.Questions, func(q string) bool {
			q = hanzi.Fold(q)
			return utf8.RuneCountInString(q) >= shortestQuestion && strings.Contains(folded, q)
		})
		if asked && !slices.ContainsFunc(follow, func(c channel.Choice) bool { return c.Say == h.Lesson.ID }) {
			return append([]channel.Choice{{Label: h.Lesson.Title, Say: h.Lesson.ID}}, follow...)
		}
		if asked {
			return follow
		}
	}
	return follow
}
