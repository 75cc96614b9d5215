package bot

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// youMark stands in our texts for 你 or 您, as whoever reads it is addressed.
const youMark = "{{you}}"

// address fills in how a person is addressed, in everything that is said to them: flows, notices, reminders. A pupil is
// never 您, wherever a text comes from; what stands in quotation marks is for them to say to others, and stays.
func address(replies []channel.Reply, a person.Audience) []channel.Reply {
	to := func(text string) string {
		if a != person.Student {
			return strings.ReplaceAll(text, youMark, "您")
		}
		return toPupil(strings.ReplaceAll(text, youMark, "你"))
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

func toPupil(text string) string {
	if !strings.ContainsRune(text, '您') {
		return text
	}
	var b strings.Builder
	quoted := 0
	for _, r := range text {
		switch {
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
