package bot

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// youMark stands in our texts for 你 or 您, as whoever reads it is addressed.
const youMark = "{{you}}"

// address fills in how a person is addressed, in everything that is said to them: flows, notices, reminders. A pupil is
// never 您, wherever a text comes from; what stands in quotation marks is for them to say to others, and what somebody wrote
// is theirs (dialog.Verbatim): both stay.
func address(replies []channel.Reply, a person.Audience) []channel.Reply {
	to := func(text string) string {
		if a == person.Student {
			return toPupil(strings.ReplaceAll(text, youMark, "你"))
		}
		return unmark(strings.ReplaceAll(text, youMark, "您"))
	}
	for i := range replies {
		r := &replies[i]
		r.Text = to(r.Text)
		for k := range r.Choices {
			r.Choices[k].Label = to(r.Choices[k].Label)
		}
		if r.Card != nil {
			card := *r.Card
			card.Title, card.Summary = to(card.Title), to(card.Summary)
			r.Card = &card
		}
	}
	return replies
}

// unmark takes the marks off words that somebody wrote.
func unmark(text string) string {
	return strings.Map(func(r rune) rune {
		if dialog.IsVerbatim(r) {
			return -1
		}
		return r
	}, text)
}

// toPupil turns 您 into 你, but for words that somebody wrote or that are to be said to others.
func toPupil(text string) string {
	var b strings.Builder
	quoted, theirs := 0, false
	for _, r := range text {
		switch {
		case dialog.IsVerbatim(r):
			theirs = !theirs
			continue
		case theirs:
		case r == '“':
			quoted++
		case r == '”' && quoted > 0:
			quoted--
		case r == '您' && quoted == 0:
			r = '你'
		}
		b.WriteRune(r)
	}
	return b.String()
}
