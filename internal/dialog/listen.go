package dialog

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// text reads what a person wrote or tapped, in this order: a choice of the question, a word that means the same
// everywhere, an answer, a word that begins a flow, a question about the service, a lesson; else it was not understood.
func (r *run) text(in Input) {
	r.st.Asked, r.st.Doubt, r.raw = "", false, in.Text
	folded := hanzi.Fold(in.Text)
	if f := hanzi.FacesAlone(in.Text); f != hanzi.FaceNone && (f != hanzi.FaceAny || r.idle()) { // what a smile says to a question, nobody knows
		folded = hanzi.Fold(f.Words())
	}
	if r.calls(in) {
		return
	}
	if in.MenuID != "" && (r.tapped(in.MenuID, folded) || r.opens(in.MenuID, folded)) {
		return
	}
	s := r.here()
	if n := hanzi.Ordinal(folded); r.fresh && n > 0 && r.numbered(s, n) {
		return
	}
	if s != nil && s.Ask != nil {
		if i, ok := s.Ask.Written(folded); ok {
			r.choose(s, i)
			return
		}
	}
	if s != nil && s.Ask != nil && s.Ask.Kind.Figures() { // before the words that mean the same everywhere: 0 may be the answer
		if said := s.Ask.Read(in.Text, r.env.Now); said.Heard == hanzi.Whole && !said.Unfit {
			r.take(s, "", said.Value, plan.Target{})
			return
		}
	}
	if r.changesMind(s, in.Text, folded) {
		return
	}
	if g := plan.GlobalOf(folded); g != plan.GlobalNone {
		r.global(g)
		return
	}
	if s != nil && s.Ask != nil && (s.Ask.Open && r.elsewhere(folded) || s.Ask.Kind == plan.AskText && r.named(folded)) {
		return
	}
	if s != nil && s.Ask != nil && r.answer(s, in.Text, folded) {
		return
	}
	if r.wayOut(folded) {
		return
	}
	if r.elsewhere(folded) {
		return
	}
	if (r.waits() || r.often()) && r.feels(folded) {
		return
	}
	least := 3
	if r.waits() {
		least = 6 // more likely an answer gone wrong than another wish
	}
	if utf8.RuneCountInString(folded) >= least && r.seek(in.Text) {
		return
	}
	if !r.feels(folded) {
		r.miss()
	}
}

// elsewhere begins the flow that a word calls for, answers a question about the service, or begins the flow that a few words
// of a short text call for.
func (r *run) elsewhere(folded string) bool {
	id, ok := r.set.plan.Words[folded]
	if !ok { // 谢谢你啊, 再见啦, 嗯，预约吧
		id, ok = r.set.plan.Words[hanzi.Bare(strings.TrimRight(folded, particles))]
	}
	if ok && (!r.env.Company || !r.set.plan.Flows[id].Aside) {
		r.begin(id, folded)
		return true
	}
	phrase, calls := r.set.phrase(folded)
	calls = calls && !r.env.Company
	if i, sure := r.set.faq.Surely(folded); sure && calls && r.set.faq.LeadsTo(r.set.plan, i, phrase) { // what is wanted, rather than how to get there
		r.begin(phrase, r.raw)
		return true
	}
	if id, ok := r.set.plan.Events[plan.EventPlace]; ok && !calls && !r.env.Company && r.env.Place != nil && r.env.Place() { // where to go is answered by places
		r.begin(id, r.raw)
		return true
	}
	if r.inform(folded) {
		return true
	}
	if calls {
		r.begin(phrase, r.raw)
		return true
	}
	return false
}

// begin begins a flow with the words that called for it.
func (r *run) begin(id, said string) {
	var vars Vars
	if into := r.set.plan.Flows[id].WordInto; into != "" {
		vars = Vars{into: said}
	}
	r.enterAt(plan.Target{Flow: id, Step: plan.FlowStart}, vars)
}

// phrase returns the flow of the longest phrase that a short text holds, if it asks nothing: whoever asks wants an answer.
func (s *Set) phrase(folded string) (id string, ok bool) {
	const short = 20
	if utf8.RuneCountInString(folded) > short || asking.MatchString(folded) {
		return "", false
	}
	longest := ""
	for p, flow := range s.plan.Phrases {
		if strings.Contains(folded, p) && (len(p) > len(longest) || len(p) == len(longest) && p < longest) {
			longest, id = p, flow
		}
	}
	return id, longest != ""
}

var asking = regexp.MustCompile(`吗|怎|如何|多久|多少|什么|为啥|不想|不要|不用|能不能|要不要`)

// particles are what may stand behind a word that begins a flow.
const particles = "吧呀啊了哦啦呢哈嘛噢喔哟"

// interrupted says whether a question other than the menu's waits.
func (r *run) interrupted() bool { return r.asked() != nil && r.st.top().Flow != plan.FlowMenu }

// waits says whether a question waits that is worth coming back to: neither the menu's, nor choices that were offered in
// passing and still can be tapped.
func (r *run) waits() bool {
	return r.interrupted() && (!r.asked().Passing || r.asked().Kind != plan.AskChoice)
}

func (r *run) global(g plan.Global) {
	switch g {
	case plan.GlobalMenu:
		r.home()
	case plan.GlobalExit:
		r.st.Stack, r.st.Misses = nil, 0
		r.reply(r.set.plan.System.Exit)
	case plan.GlobalHuman:
		r.enter(plan.FlowHuman)
	case plan.GlobalHelp:
		r.enter(plan.FlowHelp)
	case plan.GlobalBack:
		r.back()
	}
}

// back returns to the question before, then to what was interrupted, then to the menu.
func (r *run) back() {
	r.st.Misses = 0
	f, s := r.st.top(), r.here()
	switch {
	case s == nil || s.Ask == nil:
		r.home()
	case !s.Ask.Back.None():
		r.jump(s.Ask.Back)
		r.proceed()
	case len(f.Past) > 1:
		f.Past = f.Past[:len(f.Past)-1]
		f.Step, f.Tries = f.Past[len(f.Past)-1], 0
		r.proceed()
	case len(r.st.Stack) > 1:
		r.st.Stack = r.st.Stack[:len(r.st.Stack)-1]
		if r.asked() == nil {
			r.home()
			return
		}
		r.question()
	case f.Flow != plan.FlowMenu:
		r.home()
	default:
		r.reply(r.set.plan.System.NoBack)
		r.question()
	}
}

func (r *run) choose(s *plan.Step, i int) {
	c := s.Ask.Choices[i]
	r.take(s, c.ID, c.Value, c.To)
}

// take accepts an answer and goes on; id is the choice's, "" where the answer is none.
func (r *run) take(s *plan.Step, id string, value any, to plan.Target) {
	r.st.Misses = 0
	f := r.st.top()
	f.Tries = 0
	r.st.Took = bind(cmp.Or(id, "0"), f.Turn)
	if s.Ask.Into != "" {
		r.put(s.Ask.Into, value)
	}
	f.offerAnew(s.Ask) // a state stays small
	if to.None() {
		to = s.Next
	}
	r.jump(to)
	r.proceed()
}
