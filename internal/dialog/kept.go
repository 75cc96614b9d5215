package dialog

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Some questions take words that must not be lost, such as a letter that is written in several messages: they name the call
// that keeps them (kept_by). And some buttons come with no question at all, such as the one under the news that a letter was
// answered: they begin a flow by one of its words, whatever is being asked.

// Kept returns the call that keeps a text which danger keeps from the flow, nil where the question keeps nothing or the text
// is not the person's own words. The conversation stays where it is.
func (s *Set) Kept(st State, in Input, env Env) *Call {
	r := &run{set: s, st: st.clone(), env: env}
	at := r.here()
	text := strings.TrimSpace(in.Text)
	if at == nil || at.ask == nil || at.ask.keptBy == "" || in.Kind != InputText || text == "" || r.leads(in) {
		return nil
	}
	r.put(at.ask.into, text)
	r.command(at.flow.steps[at.ask.keptBy].call)
	return r.out.Call
}

// Unread is what the question that waits says to a picture or a voice, with its choices; false where it has no words for it.
func (s *Set) Unread(st State, env Env) (channel.Reply, bool) {
	r := &run{set: s, st: st, env: env}
	at := r.here()
	if at == nil || at.ask == nil || at.ask.unread.empty() {
		return channel.Reply{}, false
	}
	return channel.Reply{Text: at.ask.unread.render(r.get), Choices: r.choices(at)}, true
}

// Opening is a button that begins the flow which a trigger word calls for, under words that no flow said.
func Opening(word string) channel.Choice {
	return channel.Choice{ID: openingID(hanzi.Fold(word)), Label: word, Say: word}
}

func openingID(folded string) string { return choiceID("", "opening", folded) }

// opening returns the flow that a tap on such a button begins, "" for any other tap.
func (s *Set) opening(menuID, folded string) string {
	if menuID != openingID(folded) {
		return ""
	}
	return s.led(folded)
}

func (r *run) opens(menuID, folded string) bool {
	if i, ok := r.set.faq.taps[menuID]; ok {
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
	id, ok := r.set.words[folded]
	if !ok || r.set.flows[id].aside {
		return false
	}
	r.begin(id, folded)
	return true
}

// checkKept looks whether what keeps a text can: a call of the same flow, for a text that goes into a variable.
func (l *loader) checkKept() {
	for _, rf := range l.raw {
		for _, name := range rf.order {
			a := rf.steps[name].ask
			if a == nil || a.keptBy == "" {
				continue
			}
			c := &stepCompiler{loader: l, raw: rf, step: rf.steps[name], node: rf.nodes[name]}
			if to := rf.steps[a.keptBy]; to == nil || to.call == nil {
				c.bad("ask", "写同一个流程里一个 call 步骤的名字", "kept_by 的 %s 不是一个 call", a.keptBy)
			}
			if a.kind != askText || a.into == "" {
				c.bad("ask", "请写 type: text 和 into", "写了 kept_by，却没有把话记到变量里")
			}
		}
	}
}
