package dialog

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// searchCommand is asked for a first answer and for hits when a text matches nothing.
const searchCommand = "worry.meet"

// wayMark begins what a hit says that leads to a flow; any other hit is a lesson.
const wayMark = "@"

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

// seek looks for what is said to a worry, and for lessons, by a text.
func (r *run) seek(text string) bool {
	if r.env.Company || r.set.commands[searchCommand].Name == "" {
		return false
	}
	r.look(text, false)
	return true
}

// look has a text searched for; sure: it likely asks something of the service, and is a worry only if it is surely one.
func (r *run) look(text string, sure bool) {
	r.st.Asked = text
	r.ask(searchCommand, map[string]any{"query": text, "before": r.st.Met, "bare": r.bare(hanzi.Fold(text)), "sure": sure})
}

// feels meets a text that says that the person feels bad: a parent's longer one tells of a child, and is searched for.
func (r *run) feels(folded string) bool {
	if !r.env.Low || r.env.Company || r.set.plan.Flows[plan.FlowFeelings] == nil || r.env.Audience == "parent" && !r.bare(folded) {
		return false
	}
	r.enter(plan.FlowFeelings)
	return true
}

// bare says whether a text says that the person feels bad, and in its few words nothing of why.
func (r *run) bare(folded string) bool {
	const short = 12
	return r.env.Low && utf8.RuneCountInString(folded) <= short
}

// often says whether the person said that they feel bad for the third time in a few hours: somebody should ask them.
func (r *run) often() bool {
	const third = 3
	n, _ := r.env.Facts["low"].(float64)
	return n >= third
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

// wrong says what kind of answer is wanted; after the limit of tries it takes the way out.
func (r *run) wrong(s *plan.Step) {
	words := s.Ask.Retry.Render(r.get)
	if words == "" {
		words = r.set.plan.System.Retry + "\n" + s.Ask.Text.Render(r.get)
	}
	r.askAgain(s, words)
}

// askAgain asks once more, in these words.
func (r *run) askAgain(s *plan.Step, words string) {
	f := r.st.top()
	f.Tries++
	if s.Ask.Tries > 0 && f.Tries >= s.Ask.Tries {
		r.jump(s.Ask.GiveUp)
		r.proceed()
		return
	}
	r.reply(words, r.choices(s)...)
}

// miss meets a text that nothing understands: gently with choices, then with the way to a human, then by asking whether to
// call one.
func (r *run) miss() {
	r.out.Missed = true
	if r.env.Company && r.interrupted() { // the words were to the caller, who answers them; what waits is asked in its own words
		r.question()
		return
	}
	r.st.Misses++
	if r.st.Misses > len(r.set.plan.System.Miss) {
		r.offerHuman()
		return
	}
	if s := r.here(); s != nil && s.Ask != nil && r.st.top().Flow != plan.FlowMenu && r.st.Misses == 1 {
		r.wrong(s)
		return
	}
	words := r.set.plan.System.Miss[r.st.Misses-1]
	if r.interrupted() { // the choices mean nothing without their question
		words += "\n\n" + r.asked().Text.Render(r.get)
	}
	r.reply(words, r.ways()...)
}

// ways are the choices under a text that was not understood: the question's own, or the menu, and at last a human.
func (r *run) ways() []channel.Choice {
	var choices []channel.Choice
	if s := r.here(); s != nil && s.Ask != nil {
		choices = r.choices(s)
	} else {
		choices = append(choices, channel.Choice{ID: menuWay, Label: r.set.plan.System.Menu})
	}
	if r.st.Misses == len(r.set.plan.System.Miss) {
		choices = append(choices, channel.Choice{ID: humanWay, Label: r.set.plan.System.Human})
	}
	return choices
}

// The ways out that stand in no flow.
var menuWay, humanWay = plan.ChoiceID("", "", "menu"), plan.ChoiceID("", "", "human")

// wayOut takes a number that was shown before a way out. Where the question has that number too, it was taken before.
func (r *run) wayOut(folded string) bool {
	n := hanzi.Ordinal(folded)
	if n < 1 || r.st.Misses < 1 {
		return false
	}
	ways := r.ways()
	if n > len(ways) {
		return false
	}
	switch ways[n-1].ID {
	case menuWay:
		r.home()
	case humanWay:
		r.enter(plan.FlowHuman)
	default:
		return false
	}
	return true
}

// found gives the first answer to a worry and the lessons that were found for it, or meets the text as not understood.
func (r *run) found(res *Result) {
	asked, doubt := hanzi.Fold(r.st.Asked), r.st.Doubt
	r.st.Asked, r.st.Doubt = "", false
	hits, _ := res.Vars["hits"].([]channel.Choice)
	words, _ := res.Vars["text"].(string)
	if res.Outcome != "ok" || len(hits) == 0 && words == "" || r.set.plan.System.Lesson == "" {
		if doubt && r.informs(asked) {
			return
		}
		if !r.feels(asked) {
			r.miss()
		}
		return
	}
	r.st.Met, _ = res.Vars["met"].(string)
	if words == "" {
		words = r.set.plan.System.Hits
	}
	r.st.Misses, r.st.Hits = 0, nil
	var shown []channel.Choice
	for _, h := range hits[:min(3, len(hits))] {
		h.Say, h.ID = h.Saying(), plan.ChoiceID("", "hit", h.Saying())
		r.st.Hits = append(r.st.Hits, h)
		shown = append(shown, channel.Choice{ID: h.ID, Label: h.Label})
	}
	r.reply(words, shown...)
	r.st.Fresh = true
	if r.waits() {
		r.resume()
	}
}

// numbered takes a number where lessons were shown last: they stand first, the choices of the question that waits go on
// counting after them.
func (r *run) numbered(s *plan.Step, n int) bool {
	if n <= len(r.st.Hits) {
		r.hit(r.st.Hits[n-1])
		return true
	}
	return r.interrupted() && r.choosesNumber(s, n-len(r.st.Hits))
}

func (r *run) hit(h channel.Choice) {
	if r.picked(h) {
		return
	}
	if way, ok := strings.CutPrefix(h.Say, wayMark); ok {
		if r.set.plan.Flows[way] == nil { // the content changed meanwhile
			way = plan.FlowMenu
		}
		r.enter(way)
		return
	}
	flowID, stepID, _ := strings.Cut(r.set.plan.System.Lesson, ".")
	r.enterAt(plan.Target{Flow: flowID, Step: stepID}, map[string]any{r.set.plan.System.LessonV: h.Say})
}

// event begins the flow that an event calls for; most events call for none.
func (r *run) event(e channel.Event) {
	r.st.Asked = ""
	switch e.Type {
	case channel.EventSubscribe:
		if id, ok := r.set.plan.Events[plan.EventSubscribe]; ok {
			r.greet(id, e.Key)
		}
	case channel.EventScan:
		if f, ok := r.set.scanned(e.Key); ok {
			r.enterAt(plan.Target{Flow: f.Flow, Step: f.Step}, f.Vars)
			return
		}
		r.home()
	case channel.EventClick:
		if id, ok := r.set.plan.Clicks[e.Key]; ok {
			r.enter(id)
			return
		}
		if g := plan.GlobalOf(hanzi.Fold(e.Key)); g != plan.GlobalNone {
			r.global(g)
			return
		}
		r.home()
	}
}

// place reads a position that the person shared.
func (r *run) place() {
	r.st.Asked = ""
	if r.location == nil {
		return
	}
	if s := r.here(); s != nil && s.Ask != nil {
		switch {
		case !s.Ask.Location.None():
			r.take(s, "", r.location.Label, s.Ask.Location)
			return
		case s.Ask.Kind == plan.AskLocation:
			r.take(s, "", r.location.Label, plan.Target{})
			return
		}
	}
	if id, ok := r.set.plan.Events[plan.EventLocation]; ok {
		r.enter(id)
	}
}
