package dialog

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Some questions take words that must not be lost, such as a letter that is written in several messages: they name the call
// that keeps them (kept_by). And some buttons come with no question at all, such as the one under the news that a letter was
// answered: they begin a flow by one of its words, whatever is being asked.

// Saving returns the call that saves what somebody writes at a question of this sort, for a text that the flow never sees since
// danger has the next word; nil where the question saves nothing, or where the text is not the person's own words. The
// conversation stays where it is.
func (s *Set) Saving(st State, in Input, env Env) *Call {
	r := &run{set: s, st: st.clone(), env: env}
	at := r.here()
	text := strings.TrimSpace(in.Text)
	if at == nil || at.Ask == nil || at.Ask.KeptBy == "" || in.Kind != InputText || text == "" || r.leads(in) {
		return nil
	}
	r.put(at.Ask.Into, text)
	r.command(at.Flow.Steps[at.Ask.KeptBy].Call)
	return r.out.Call
}

// Unread is what the question that waits says to a picture or a voice, with its choices; false where it has no words for it.
func (s *Set) Unread(st State, env Env) (channel.Reply, bool) {
	r := &run{set: s, st: st, env: env}
	at := r.here()
	if at == nil || at.Ask == nil || at.Ask.Unread.Empty() {
		return channel.Reply{}, false
	}
	return channel.Reply{Text: at.Ask.Unread.Render(r.get), Choices: r.choices(at)}, true
}

// Opening is a button that begins the flow which a trigger word calls for, under words that no flow said.
func Opening(word string) channel.Choice {
	return channel.Choice{ID: openingID(hanzi.Fold(word)), Label: word, Say: word}
}

func openingID(folded string) string { return plan.ChoiceID("", "opening", folded) }

// opening returns the flow that a tap on such a button begins, "" for any other tap.
func (s *Set) opening(menuID, folded string) string {
	if menuID != openingID(folded) {
		return ""
	}
	return s.plan.Led(folded)
}

func (r *run) opens(menuID, folded string) bool {
	if i, ok := r.set.faq.Taps[menuID]; ok {
		r.tell(i)
		return true
	}
	id := r.set.opening(menuID, folded)
	if id == "" {
		return false
	}
	r.begin(id, folded)
	return true
}

// named begins the flow that a text names, word for word: 看回信 in the middle of a letter is no line of it.
func (r *run) named(folded string) bool {
	id, ok := r.set.plan.Words[folded]
	if !ok || r.set.plan.Flows[id].Aside {
		return false
	}
	r.begin(id, folded)
	return true
}
