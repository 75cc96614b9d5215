package dialog

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// People change their minds at every question, and say so in the words of every day: 算了, 我不想约了, 选错了, 改到周六, 先听课.
// These are heard before anything is taken for an answer, in questions that take any text too. Each pattern is anchored
// to the whole of a short text, so that a sentence that tells something is left alone.

const (
	mindLongest = 16 // runes of a text that does nothing but change its mind
	openers     = `(?:那就|那|还是|先|哎呀|哎|唉|嗯|哦|啊|我们|我|要不|麻烦|请|帮我|好吧|好|就|这次|暂时|现在|不好意思|对不起|老师|呃|额|不|等等|等一下|刚才|刚刚)*`
	closers     = `(?:吧|啦|呀|啊|哈|好了|谢谢|不好意思|哦|噢|呢|了|喇|的|嘛)*`
	doing       = `(?:预约|报名|申请|参加|继续|打卡|自测|约|报|测|做|填|写|弄|搞|选|听|看|说|聊|去|来|办)`
	object      = `(?:这个|这次|这里|这些|我的|一下)?`
	giveUp      = `(?:(?:不|不想|不要|不用|不打算|先不|暂时不|不准备)再?` + doing + object + `[了啦喇]|(?:不想|先不|暂时不)再?` + doing + `|先不要|不要了|不用了|` +
		`(?:取消|退出)(?:掉|了)?(?:这个|这次|我的|这里的)?(?:预约|报名|申请|自测|操作)?|算了(?:不` + doing + `了?)?|` +
		`(?:下次|改天|以后|回头|晚点|过几天|有空)再?(?:来|说|约|报|做|测|看|弄|讲)|再想想|再考虑|再说)`
)

var (
	stopWords = regexp.MustCompile(`^` + openers + giveUp + closers + `$`)
	slipWords = regexp.MustCompile(`^` + openers + `(?:(?:选|点|打|按|写|填|搞|弄|输|手滑)?错了|手滑了?|不是这个|不要这个|重选|重新选|重新填|选别的|换一个|换个)` + `(?:一下)?` + closers + `$`)
	newWish   = regexp.MustCompile(`^` + openers + `(?:能不能|可不可以|可以|想|要)*(?:改|换|调|挪)(?:一下|个)?(?:成|到|为|去|在|约|做)?(.+?)(?:可以吗|行吗|好吗|行不行|可不可以|得唔得)?` + closers + `$`)
	rather    = regexp.MustCompile(`^(?:那|还是|要不|不|不对|不行|算了|不好意思|嗯|就)+(.+?)` + closers + `$`)
	deed      = regexp.MustCompile(doing)
	firstThis = regexp.MustCompile(`^` + openers + `(?:我?(?:要|想|先|去|来|还是)+)(.+?)` + closers + `$`)
)

// changesMind hears that somebody does not want what is being asked, wants the question before, wants another answer to an
// earlier one, or wants something else first. Only a question that waits can be left.
func (r *run) changesMind(s *plan.Step, raw, folded string) bool {
	if s == nil || s.Ask == nil || !r.interrupted() || utf8.RuneCountInString(folded) > mindLongest || plan.GlobalOf(folded) != plan.GlobalNone {
		return false
	}
	a := s.Ask
	if _, said := hanzi.YesNo(raw); said && (a.Kind == plan.AskYesNo || a.Means(raw) >= 0) || r.offers(s, folded) {
		return false
	}
	switch {
	case stopWords.MatchString(folded):
		return r.stops(s, folded)
	case a.KeptBy != "": // what is written there may speak of anything
		return false
	case slipWords.MatchString(folded):
		if a.Kind != plan.AskYesNo {
			r.reply(r.set.plan.System.Slip)
		}
		r.back()
		return true
	}
	if to := newWish.FindStringSubmatch(folded); to != nil && r.change(s, wished(raw, to[1])) {
		return true
	}
	if to := rather.FindStringSubmatch(folded); to != nil && r.changeTime(wished(raw, to[1])) {
		return true
	}
	return r.first(folded)
}

// offers says whether a text is one of the choices that wait, in its words.
func (r *run) offers(s *plan.Step, folded string) bool {
	for _, words := range []string{folded, strings.TrimRight(folded, particles)} {
		if _, ok := s.Ask.Written(words); ok {
			return true
		}
	}
	return slices.ContainsFunc(r.offered(s), func(c channel.Choice) bool { return hanzi.Fold(c.Label) == folded })
}

// wished is what somebody wishes instead: the folded words, or the raw ones where signs stand between figures, as in 14:30.
func wished(raw, folded string) string {
	if !strings.ContainsAny(raw, ":：/.-．") {
		return folded
	}
	for i := range raw {
		if rest := hanzi.Fold(raw[i:]); strings.HasPrefix(rest, folded) && rest != hanzi.Fold(raw) {
			return raw[i:]
		}
	}
	return folded
}

// stops leaves what is being asked. A question that has a choice for it takes that one: a letter asks whether to keep what
// is written; where a note may be left out, 不想写了 leaves out the note, and 不想约了 the appointment.
func (r *run) stops(s *plan.Step, folded string) bool {
	for i, c := range s.Ask.Choices {
		label := hanzi.Fold(c.Label)
		if c.Means == plan.MeansNo || stopWords.MatchString(label) && (s.Ask.KeptBy != "" || deed.FindString(label) != "" && deed.FindString(label) == deed.FindString(folded)) {
			r.choose(s, i)
			return true
		}
	}
	words := r.titled(r.set.plan.System.Stopped)
	for i := len(r.st.Stack) - 1; i >= 0 && r.st.Stack[i].Back; i-- { // a borrowed flow ends with the one that borrowed it
		r.st.Stack = r.st.Stack[:i]
	}
	if f := r.st.top(); f != nil {
		if own := r.set.plan.Flows[f.Flow]; own != nil && own.Stopped != "" {
			words = own.Stopped
		}
		r.st.Stack = r.st.Stack[:len(r.st.Stack)-1]
	}
	r.st.Misses = 0
	if r.interrupted() {
		r.reply(words)
		r.resume()
		return true
	}
	r.st.Stack = nil
	r.reply(words, channel.Choice{ID: menuWay, Label: r.set.plan.System.Menu})
	return true
}

// first begins what somebody wants before what is being asked: 先听课, 我想先写信.
func (r *run) first(folded string) bool {
	m := firstThis.FindStringSubmatch(folded)
	if m == nil {
		return false
	}
	for _, word := range []string{m[1], strings.TrimPrefix(m[1], "先")} {
		if id, ok := r.set.plan.Words[word]; ok && !r.set.plan.Flows[id].Aside {
			r.begin(id, word)
			return true
		}
	}
	return false
}

// changeTime changes the day or the time that was said before: 还是周六吧.
func (r *run) changeTime(to string) bool {
	_, day := hanzi.Day(to, r.env.Now)
	_, clock := hanzi.Clock(to)
	if day != hanzi.Whole && clock != hanzi.Whole {
		return false
	}
	return r.change(r.here(), to)
}

// change goes back to the question that another answer is for: a day to the last question about a day, a time to that about
// the time, anything else to the last question that has it among its choices. Where none has, all stays as it was.
func (r *run) change(s *plan.Step, to string) bool {
	f := r.st.top()
	if id := r.about(s, to); id != "" {
		r.backTo(id)
		return true
	}
	_, day := hanzi.Day(to, r.env.Now)
	_, clock := hanzi.Clock(to)
	_, _, part := hanzi.PartOfDay(to)
	var at []string
	for _, id := range slices.Backward(f.Past) {
		q := s.Flow.Steps[id]
		if q == nil || q.Ask == nil || slices.Contains(at, id) {
			continue
		}
		var fits bool
		switch k := q.Ask.Kind; {
		case day != hanzi.Nothing:
			fits = k.Day()
		case clock != hanzi.Nothing || part:
			fits = k.Clock()
		default:
			fits = k == plan.AskChoice && (q.Ask.Source != "" || q.Ask.Has(to))
		}
		if fits {
			at = append(at, id)
		}
	}
	if len(at) == 0 {
		return false
	}
	was := *f
	was.Past = slices.Clone(f.Past)
	r.st.Heard = &Heard{Text: to, At: at, From: &was}
	r.changeAt()
	return true
}

// about is the earlier question that somebody names whose answer they want to change: 换个时间, 换个站点; "" where none is.
func (r *run) about(s *plan.Step, what string) string {
	when := slices.Contains([]string{"时间", "日子", "日期", "天", "一天", "别的时间", "别的日子"}, what)
	for _, id := range slices.Backward(r.st.top().Past) {
		q := s.Flow.Steps[id]
		if q == nil || q.Ask == nil || q == s && !when {
			continue
		}
		if when && q.Ask.Kind == plan.AskDate || !when && utf8.RuneCountInString(what) > 1 && q.Ask.Text.Says(what) {
			return id
		}
	}
	return ""
}

// changeAt goes to the next question that may be meant.
func (r *run) changeAt() {
	k := r.st.Heard
	id := k.At[0]
	k.At = k.At[1:]
	r.backTo(id)
}

// backTo asks an earlier question of the running flow again.
func (r *run) backTo(id string) {
	f := r.st.top()
	if i := slices.Index(f.Past, id); i >= 0 {
		f.Past = f.Past[:i+1]
	}
	f.Step, f.Tries = id, 0
	f.offerAnew(r.here().Ask)
	r.proceed()
}

// changing answers the question that was gone back to, or looks further; it reports whether the question need not be asked.
func (r *run) changing(s *plan.Step, k *Heard) bool {
	if s.Flow.ID != k.From.Flow {
		r.st.Heard = nil
		return false
	}
	h := r.hears(s, k.Text, hanzi.Fold(k.Text))
	switch {
	case h.got:
		r.st.Heard = nil
		r.rest(s, k.Text)
		r.take(s, h.id, h.value, h.to)
	case h.words != nil:
		r.st.Heard = nil
		r.stopped = true
		h.words()
	case len(k.At) > 0:
		r.changeAt()
	default:
		r.st.Heard = nil
		*r.st.top() = *k.From
		r.stopped = true
		r.reply(r.set.plan.System.NoChange)
		r.question()
	}
	return true
}
