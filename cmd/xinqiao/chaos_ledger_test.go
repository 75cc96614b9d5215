//go:build chaos

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// row is one line of the ledger: what was sent while a fault lasted, and what came of it.
type row struct {
	sent, inTime, retried, late int // messages: answered within 5 s, by the platform's repeat after a dead replica, later than that
	refused, missing, wrong     int // deliveries with another status than 200; messages without an answer to the end; untrue answers
	nobody                      int // messages whose every delivery met no running replica: nobody could answer
	notKept                     int // answered with the truth that it could not be kept
	lost, twice, reordered      int // facts, facts, people

	dangers, dangersInTime, dangersRetried int
	dangersToNobody                        int
	inDanger, filed, called                int // people
	longestDanger, longestCall             time.Duration
	owed, told                             int // people who were told to wait, and those who got the real answer
	notes                                  []string
}

func (r *row) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// broken lists what must not be.
func (r row) broken() (out []string) {
	for name, n := range map[string]int{
		"refused": r.refused, "without an answer": r.missing, "wrong": r.wrong, "lost": r.lost, "twice": r.twice, "people reordered": r.reordered,
		"dangers not answered in time": r.dangers - r.dangersInTime - r.dangersRetried - r.dangersToNobody, "people in danger without a case": r.inDanger - r.filed, "people not called for": r.inDanger - r.called,
		"people still waiting for their answer": r.owed - r.told,
	} {
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, name))
		}
	}
	slices.Sort(out)
	return out
}

const platformPatience = 5 * time.Second

// excused says whether the deliveries of a message before a time reached only replicas that were dead or stopped: the next is
// then the first that anybody could answer.
func (tr *trial) excused(w *utterance, before time.Time) bool {
	for _, h := range w.hops {
		if h.at.Before(before) && !tr.wasDown(h.addr, h.at, h.at.Add(platformPatience)) {
			return false
		}
	}
	return true
}

// count writes the row of a trial as the database and the platform have it now.
func (tr *trial) count() row {
	var r row
	tr.mu.Lock()
	people := slices.Clone(tr.people)
	tr.mu.Unlock()
	for _, p := range people {
		p.mu.Lock()
		words := slices.Clone(p.words)
		p.mu.Unlock()
		for _, w := range words {
			tr.countAnswer(&r, p, w)
		}
		tr.countFacts(&r, p, words)
		tr.countSteps(&r, p)
		tr.countPushes(&r, p, words)
	}
	return r
}

func (tr *trial) countAnswer(r *row, p *soul, w *utterance) {
	r.sent++
	r.refused += w.refused
	excused := tr.excused(w, w.sent.Add(platformPatience))
	nobody := !w.heard && tr.excused(w, time.Now())
	hop := func() string {
		if len(w.hops) == 0 {
			return "?"
		}
		return w.hops[0].addr
	}
	switch {
	case nobody:
		r.nobody++
	case !w.heard:
		r.missing++
		r.note("%s: %q was never answered (first to %s)", p.who, w.text, hop())
	case w.took < platformPatience:
		r.inTime++
	case excused:
		r.retried++
	default:
		r.late++
		if w.kind != danger {
			r.note("%s: %q was answered after %.1f s (first to %s)", p.who, w.text, w.took.Seconds(), hop())
		}
	}
	if tr.notKept(w) {
		r.notKept++
	}
	right := tr.right(w)
	if w.heard && !right {
		r.wrong++
		r.note("%s: %q was answered with %q", p.who, w.text, w.reply.Content)
	}
	if w.kind != danger {
		return
	}
	r.dangers++
	switch {
	case right && w.took < platformPatience:
		r.dangersInTime++
		r.longestDanger = max(r.longestDanger, w.took)
	case right && excused:
		r.dangersRetried++
	case nobody:
		r.dangersToNobody++
	default:
		r.note("%s: danger %q after %.2f s: answered %t (first to %s)", p.who, w.text, w.took.Seconds(), right, hop())
	}
}

// countFacts compares what somebody said with what stands of it.
func (tr *trial) countFacts(r *row, p *soul, words []*utterance) {
	want := map[int64]*utterance{} // by the platform's number: copies are one message
	for _, w := range words {
		if w.heard && !tr.notKept(w) && (w.kind == fact || w.kind == danger) {
			want[w.number] = w
		}
	}
	if len(want) == 0 {
		return
	}
	f, err := tr.fileOf(p)
	if err != nil && !errors.Is(err, person.ErrNotFound) && !errors.Is(err, errNoCase) {
		tr.t.Fatal(err)
	}
	var said []transcript.Message
	if f.Case.Person != "" {
		said = tr.saidBy(f.Case.Person)
	}
	at, ids := map[string][]int{}, map[string]string{}
	for i, m := range said {
		at[m.Text] = append(at[m.Text], i)
		ids[m.Text] = m.ID
	}
	signals := map[string]int{}
	for _, s := range f.Signals {
		signals[s.Message]++
	}
	var numbers []int64
	first, endangered := time.Time{}, false
	for n, w := range want {
		numbers = append(numbers, n)
		if len(at[w.text]) == 0 {
			r.lost++
			r.note("%s: %q stands nowhere", p.who, w.text)
		} else if len(at[w.text]) > 1 {
			r.twice++
			r.note("%s: %q stands %d times", p.who, w.text, len(at[w.text]))
		}
		if w.kind == danger {
			endangered = true
			if first.IsZero() || w.sent.Before(first) {
				first = w.sent
			}
			if n := signals[ids[w.text]]; len(at[w.text]) > 0 && n != 1 {
				r.note("%s: %q has %d signals", p.who, w.text, n)
				if n == 0 {
					r.lost++
				} else {
					r.twice++
				}
			}
		}
	}
	slices.Sort(numbers)
	last := -1
	for k, n := range numbers {
		i := slices.Max(append([]int{-1}, at[want[n].text]...))
		if i >= 0 && i < last {
			r.reordered++
			r.note("%s: %q stands before %q", p.who, want[n].text, want[numbers[k-1]].text)
			break
		}
		last = max(last, i)
	}
	if endangered {
		tr.countHelp(r, f, first)
	}
}

// countHelp counts somebody in danger: a case, and a call for it, which is one of its own or one for many.
func (tr *trial) countHelp(r *row, f casework.File, first time.Time) {
	r.inDanger++
	if f.Case.ID == "" {
		return
	}
	r.filed++
	at, called := tr.duty.calledFor(f.Case.ID)
	for _, s := range f.Steps {
		called = called || s.Kind == casework.StepTaken // a counsellor had it before anybody had to be called
		if s.Kind == casework.StepAlerted && strings.Contains(s.Note, "合成") {
			called = true
			if at.IsZero() || s.At.Before(at) {
				at = s.At
			}
		}
	}
	if called {
		r.called++
	}
	if !at.IsZero() {
		r.longestCall = max(r.longestCall, at.Sub(first))
	}
}

var errNoCase = errors.New("no open case")

// fileOf is the open case of somebody.
func (tr *trial) fileOf(p *soul) (casework.File, error) {
	ctx := tr.t.Context()
	who, err := tr.lens.db.People().Find(ctx, address(p.who))
	if err != nil {
		return casework.File{}, err
	}
	id, err := tr.lens.cases.OpenCase(ctx, who.ID)
	if err == nil && id == "" {
		err = errNoCase
	}
	if err != nil {
		return casework.File{}, err
	}
	return tr.lens.cases.File(storetest.Acts(ctx), id)
}

// saidBy is everything that stands of a person's own words, in the order of the record.
func (tr *trial) saidBy(personID string) (said []transcript.Message) {
	for before := ""; ; {
		ms, err := tr.lens.db.Messages().Latest(tr.t.Context(), personID, before, 200)
		if err != nil {
			tr.t.Fatal(err)
		}
		said = append(slices.Clone(ms), said...)
		if len(ms) < 200 {
			break
		}
		before = ms[0].ID
	}
	return slices.DeleteFunc(said, func(m transcript.Message) bool { return m.From != transcript.FromPerson })
}

// countSteps looks at letters and bookings: one each, a letter with its lines in order.
func (tr *trial) countSteps(r *row, p *soul) {
	if !p.letter && !p.booked {
		return
	}
	ctx := tr.t.Context()
	who, err := tr.lens.db.People().Find(ctx, address(p.who))
	if err != nil {
		r.lost++
		r.note("%s: nobody knows them: %v", p.who, err)
		return
	}
	if p.booked {
		as, err := tr.lens.bookings.Store.Upcoming(ctx, who.ID, time.Now())
		if err != nil {
			tr.t.Fatal(err)
		}
		tr.once(r, p, "appointments", len(as))
	}
	if p.letter {
		ls, err := tr.lens.letters.Store.Of(ctx, who.ID, 10)
		if err != nil {
			tr.t.Fatal(err)
		}
		tr.once(r, p, "letters", len(ls))
		if len(ls) > 0 && len(ls[0].Turns) > 0 {
			tr.countLines(r, p, ls[0].Turns[0].Text)
		}
	}
}

func (tr *trial) once(r *row, p *soul, what string, n int) {
	if n == 0 {
		r.lost++
	} else if n > 1 {
		r.twice++
	} else {
		return
	}
	r.note("%s: %d %s", p.who, n, what)
}

func (tr *trial) countLines(r *row, p *soul, text string) {
	last, ordered := -1, true
	for _, l := range p.lines {
		i := strings.Index(text, l)
		switch n := strings.Count(text, l); {
		case n == 0:
			r.lost++
			r.note("%s: the letter lacks %q", p.who, l)
			continue
		case n > 1:
			r.twice++
			r.note("%s: the letter has %q %d times", p.who, l, n)
		}
		ordered = ordered && i > last
		last = i
	}
	if !ordered {
		r.reordered++
		r.note("%s: the lines of the letter are out of order: %q", p.who, text)
	}
}

// countPushes looks at what the platform was asked to bring: what staff wrote, once; and to whoever was told to wait, the
// real answer.
func (tr *trial) countPushes(r *row, p *soul, words []*utterance) {
	waits := slices.ContainsFunc(words, func(w *utterance) bool {
		return (w.kind == browse || w.kind == hello) && w.heard && tr.deferred(w)
	})
	if !waits && len(p.pushes) == 0 {
		return
	}
	told := false
	times := map[string]int{}
	for _, text := range tr.broughtTo(p.who) {
		told = true
		for _, pushed := range p.pushes {
			if strings.Contains(text, pushed) {
				times[pushed]++
			}
		}
	}
	if waits {
		r.owed++
		if told {
			r.told++
		}
	}
	for _, pushed := range p.pushes {
		tr.once(r, p, "arrivals of what staff wrote", times[pushed])
	}
}
