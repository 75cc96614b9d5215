package dialog

import (
	"slices"
	"strconv"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
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
	t, written := r.set.plan.Taps[plain]
	if !written && turn == 0 {
		return false
	}
	switch {
	case id == r.st.Took: // tapped twice
		r.again(r.set.plan.System.Already)
	case written && r.revised(t, turn):
	case r.named(folded): // its words lead somewhere by themselves
	case written && t.LeadsAway():
		r.st.Stack = []Frame{{Flow: t.Flow.ID, Step: t.Step.ID}}
		r.choose(t.Step, t.Index)
	case written && r.idle():
		r.reply(r.set.plan.System.Bygone)
		r.enter(t.Flow.ID)
	default:
		r.again(r.set.plan.System.Bygone)
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
		if s := r.here(); s != nil && s.Ask != nil {
			for j, c := range s.Ask.Choices {
				if c.ID == plain {
					r.choose(s, j)
					return true
				}
			}
			for _, c := range r.offered(s) {
				if plan.ChoiceID(s.Flow.ID, s.ID, c.Saying()) == plain {
					r.take(s, plain, c.Saying(), plan.Target{})
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
func (r *run) revised(t plan.Tap, turn int) bool {
	f := r.st.top()
	if _, last := unbind(r.st.Took); turn == 0 || last != turn || f == nil || f.Flow != t.Flow.ID || r.asked() == nil {
		return false
	}
	at := slices.Index(f.Past, t.Step.ID)
	if at < 0 || t.Step == r.here() {
		return false
	}
	f.Past, f.Step, f.Tries, f.Turn = f.Past[:at+1], t.Step.ID, 0, turn
	r.choose(t.Step, t.Index)
	return true
}

// again says why a tap came to nothing, and asks what waits.
func (r *run) again(words string) {
	r.st.Misses = 0
	if r.asked() != nil {
		r.reply(words)
		r.question()
		return
	}
	r.reply(words, channel.Choice{ID: menuWay, Label: r.set.plan.System.Menu})
}

// Button is the ID of a written choice of a step, for a question that is put outside its flow: a tap on it is an answer to
// that step, whatever waits.
func Button(flow, step, value string) string { return plan.ChoiceID(flow, step, value) }
