package dialog

import (
	"slices"
	"strconv"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// A button belongs to its question. The ID that is sent says which choice of which step it is, and under which question of
// this conversation it stood: the first button of a questionnaire's first item is no answer to its ninth, though both
// come from one step. A tap on an older button is an answer to its own question where that can still be changed, the way
// into another flow, or nothing.

const (
	turnBits = 16
	turns    = 1<<turnBits - 1
	// bound marks an ID that names its question; as a number it stays below 2^53, which every platform's JSON can carry.
	bound = 1 << 52
)

// bind joins the ID of a choice to the question that it stands under; 0 is a question of a conversation that began before
// questions were counted.
func bind(id string, turn int) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || turn == 0 {
		return id
	}
	return strconv.FormatUint(bound|n<<turnBits|uint64(turn), 10) //nolint:gosec // a turn is from 1 to 65,535
}

// unbind takes such an ID apart.
func unbind(id string) (choice string, turn int) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || n < bound {
		return id, 0
	}
	return strconv.FormatUint((n&^bound)>>turnBits, 10), int(n & turns) //nolint:gosec // 16 bits
}

// asksAnew counts a question that the running flow comes to.
func (r *run) asksAnew() {
	r.st.Turn = r.st.Turn%turns + 1
	r.st.top().Turn = r.st.Turn
}

// tapped reads a tap; false where it is no button of a question.
func (r *run) tapped(id, folded string) bool {
	plain, turn := unbind(id)
	if r.answers(plain, turn) {
		return true
	}
	for _, h := range r.st.Hits {
		if h.ID == id {
			r.hit(h)
			return true
		}
	}
	t, written := r.set.taps[plain]
	if !written && turn == 0 {
		return false
	}
	switch {
	case id == r.st.Took: // tapped twice
		r.again(r.set.system.Already)
	case written && r.revised(t, turn):
	case r.named(folded): // its words lead somewhere by themselves
	case written && t.leadsAway():
		r.st.Stack = []Frame{{Flow: t.flow.id, Step: t.step.id}}
		r.choose(t.step, t.index)
	case written && r.idle():
		r.reply(r.set.system.Bygone)
		r.enter(t.flow.id)
	default:
		r.again(r.set.system.Bygone)
	}
	return true
}

// answers takes a tap on a question that waits: the one that was asked last, or one that was interrupted, whose
// interruption then is over.
func (r *run) answers(plain string, turn int) bool {
	for i, f := range slices.Backward(r.st.Stack) {
		if f.Turn != turn {
			continue
		}
		above := r.st.Stack[i+1:]
		r.st.Stack = r.st.Stack[:i+1]
		if s := r.here(); s != nil && s.ask != nil {
			for j, c := range s.ask.choices {
				if c.id == plain {
					r.choose(s, j)
					return true
				}
			}
			for _, c := range r.offered(s) {
				if choiceID(s.flow.id, s.id, c.Saying()) == plain {
					r.take(s, plain, c.Saying(), target{})
					return true
				}
			}
		}
		r.st.Stack = append(r.st.Stack, above...)
		return false
	}
	return false
}

// revised takes another answer to the question that was answered last, while its flow still runs.
func (r *run) revised(t tap, turn int) bool {
	f := r.st.top()
	if _, last := unbind(r.st.Took); turn == 0 || last != turn || f == nil || f.Flow != t.flow.id || r.asked() == nil {
		return false
	}
	at := slices.Index(f.Past, t.step.id)
	if at < 0 || t.step == r.here() {
		return false
	}
	f.Past, f.Step, f.Tries, f.Turn = f.Past[:at+1], t.step.id, 0, turn
	r.choose(t.step, t.index)
	return true
}

// leadsAway says whether a choice leads to the beginning of another flow: then it means the same whenever it is tapped.
func (t tap) leadsAway() bool {
	to := t.step.ask.choices[t.index].to
	return !to.none() && (t.flow.id == flowMenu || to.flow != t.flow.id && to.step == flowStart)
}

// again says why a tap came to nothing, and asks what waits.
func (r *run) again(words string) {
	r.st.Misses = 0
	if r.asked() != nil {
		r.reply(words)
		r.question()
		return
	}
	r.reply(words, channel.Choice{ID: menuWay, Label: r.set.system.Menu})
}
