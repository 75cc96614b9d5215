package crisis

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Begin opens the talk about a danger that is clear. Its first words are the first answer of the situation, with the
// hotlines, which asks the first question of the track itself. It needs no earlier state: when every backend is away, the
// answer is the same.
func Begin(s State, h Heard, r risk.Reading, now time.Time) Turn {
	subject, audience := s.about(h, r)
	next := State{
		Audience: audience, Young: s.Young || slices.Contains(h.Classes, Primary), Ta: s.Ta, Level: r.Level, Subject: subject, Category: r.Category,
		Since: now, Doubted: s.Doubted, Phase: Stay,
	}
	if s.Company(now) { // the same talk takes a turn: nothing is said twice, and what was worse stays so
		next.Said, next.Heard, next.Silences, next.Level = s.Said, s.Heard, s.Silences, risk.Max(s.Level, r.Level)
	}
	next = next.clone()
	next.Situation = situation(next, h, r)
	reason := r.Reason
	if row := urgent(next, h); row != nil && row.Up.Rank() > next.Level.Rank() {
		next.Level, reason = row.Up, row.Why
	}
	next.learn(h, r)
	next.Phase = tracks[next.Situation].questions()[0]
	next.Asked[next.Phase] = 1
	return Turn{State: next, Say: Say{Keys: []string{"first." + string(next.Situation)}, Question: next.Phase, Bare: true}, Raise: Raise{Level: risk.Max(r.Level, next.Level), Reason: reason}}
}

// Urgent says whether words of a message leave no time to ask: somebody is being hit, a child hears a stranger at the door,
// something was swallowed, a wound does not stop bleeding.
func Urgent(h Heard) bool {
	return slices.ContainsFunc(h.Classes, func(c Class) bool { return c == Knock || c == Attacked || c == Deed || c == Deep })
}

// urgent is the row of worse news that belongs to the situation and that the words of the message call for.
func urgent(s State, h Heard) *Row {
	for _, c := range h.Classes {
		if row := find(Any, c, s); row != nil && grave(c) && row.Turn == s.Situation {
			return row
		}
	}
	return nil
}

// about says whose danger a reading is answered as, and to whom the answer speaks. A child in danger of a parent's own hand
// is the parent's danger: it is the parent who must step back, whoever they said they are.
func (s State) about(h Heard, r risk.Reading) (risk.Subject, Audience) {
	is := func(c Class) bool { return slices.Contains(h.Classes, c) }
	if s.Audience == Anyone && is(OwnChild) {
		s.Audience = Parents
	}
	switch {
	case byOthers(r) && s.Audience != Parents && is(ToMe):
		return risk.Self, s.Audience
	case s.Audience != Students && is(HitChild):
		return risk.Self, Parents
	case s.Audience == Parents && is(Reported):
		return risk.Other, Parents
	case s.Audience != Students && is(Reported) && r.Category != "child_harm" && is(AChild):
		return risk.Other, Parents
	case is(MeToo) && is(Place): // "it is me on the bridge"
		return risk.Self, s.Audience
	case r.Category == "child_harm" && s.Audience != Students:
		return risk.Self, Parents
	case r.Category == "violence" && s.Audience == Parents:
		return risk.Self, Parents
	case r.Subject == risk.Other:
		return risk.Other, s.Audience
	case s.Audience == Parents && is(OwnChild) && !is(OfMyself) && r.Category != "burnout":
		return risk.Other, Parents
	}
	return risk.Self, s.Audience // who is meant is asked for in the same words where it is unknown
}

// byOthers says whether a danger is what others do to somebody.
func byOthers(r risk.Reading) bool {
	return r.Category == "abuse" || r.Category == "sexual_abuse" || r.Category == "bullying"
}

// situation chooses the track by what the reading and the words show.
func situation(s State, h Heard, r risk.Reading) Situation {
	is := func(c Class) bool { return slices.Contains(h.Classes, c) }
	parent, other := s.Audience == Parents, s.Subject == risk.Other
	switch {
	case is(Knock):
		return Door
	case is(Infant) && (is(Striking) || r.Category == "child_harm"):
		return Baby
	case is(Striking) && s.Audience != Students:
		return Strike
	case r.Category == "child_harm" && is(Striking) && r.Level == risk.Imminent:
		return Strike
	case r.Category == "child_harm" && (is(Hurt) || !is(Striking) && r.Level != risk.Imminent):
		return Regret
	case r.Category == "child_harm":
		return Strike
	case parent && s.Subject == risk.Self && is(HitChild):
		return Regret
	case r.Category == "burnout":
		return Parent
	}
	if other {
		switch {
		case byOthers(r) && parent:
			return ChildHurt
		case parent && is(Missing):
			return Lost
		case byOthers(r) && r.Level != risk.Imminent:
			return Bullied
		case parent:
			return Child
		case r.Level == risk.Imminent:
			return Seen
		}
		return Friend
	}
	switch {
	case byOthers(r) && r.Level == risk.Imminent:
		return Hit
	case byOthers(r):
		return Harmed
	}
	switch r.Category {
	case "violence":
		if is(Attacked) {
			return Hit
		}
		return Rage
	case "psychosis":
		return Voices
	case "runaway":
		return Runaway
	case "overdose":
		if r.Level == risk.Imminent {
			return Body
		}
	case "self_harm":
		switch {
		case r.Level == risk.Imminent && (r.Has(risk.Act) || !r.Has(risk.Means)) || is(Deep):
			return Body
		case r.Has(risk.Means) && !is(Cuts) && !r.Has(risk.Act): // at hand, and nothing done
			return Planned
		}
		return Cut
	}
	switch {
	case is(Deed) || is(Deep) || r.Has(risk.Symptom) || r.Has(risk.Act) && !r.Has(risk.Means) && !r.Has(risk.Time) && !r.Has(risk.Plan):
		return Body
	case !is(Past) && (r.Has(risk.Place) && r.Level == risk.Imminent || is(Place)):
		return Height
	case r.Level == risk.Imminent || r.Has(risk.Means) || r.Has(risk.Plan):
		return Planned
	case parent:
		return Parent
	case r.Level == risk.High && (r.Has(risk.Wish) || is(Wants)): // nothing is said of a wish that nobody named
		return Wish
	}
	return Dark
}

// Step goes one turn on. It changes nothing but what it returns.
func Step(s State, h Heard, r risk.Reading, now time.Time) Turn {
	if s.Phase == Doubt {
		return answerDoubt(s, h, r, now)
	}
	if r.Calls() && r.Subject == risk.Other && s.Subject == risk.Self && h.Chosen == nil && !s.hangs() && ofSomebody(h, r) { // now of somebody else
		return Begin(s, h, r, now)
	}
	s = s.clone()
	in := s.Phase
	classes := h.Classes
	if h.Chosen != nil {
		classes, in = []Class{h.Chosen.Class}, h.Chosen.Phase
		r = risk.Reading{Level: risk.None, Subject: risk.Unknown} // our words, not the person's
	}
	worse := s.worse(h, r)
	if s.hangs() && s.Heard[First] == 0 { // life first, once; whoever insists is let go
		classes = slices.Clone(classes)
		for i, c := range classes {
			if c == Leads || c == Leave {
				classes[i] = First
			}
		}
	}
	classes = s.takenBack(h, classes)
	if s.Situation == Body && s.Heard[Symptom] > 0 { // known: what they ask is answered first
		worse = slices.DeleteFunc(worse, func(c Class) bool { return c == Symptom })
		classes = slices.DeleteFunc(slices.Clone(classes), func(c Class) bool { return c == Symptom })
	}
	classes = slices.Concat(worse, classes, []Class{Other})
	row, class := pick(in, classes, s)
	t := Turn{Say: Say{Words: h.Words}}
	t.Raise = s.raises(row, r)
	s.Heard[class]++
	s.Refused = s.Refused || class == Useless || class == Refuse || class == NoAnswer
	s.know(in, class, row)
	s.learn(h, r)
	if t.Raise.Level != "" {
		s.Since = now
		if t.Raise.Level.Rank() > s.Level.Rank() {
			s.Level, s.Silences = t.Raise.Level, 0
		}
	}
	s.moveOn(&t, in, row, now)
	if r.Calls() { // danger is never answered without a number to call; Render leaves it out where one is said already
		t.Say.Keys = append(t.Say.Keys, s.reminder())
	}
	t.State = s
	return t
}

// bare is how many characters a joke or an all-is-well has at most that says no more.
const bare = 6

// takenBack are the classes of an answer that takes back what was said: in the middle of a grave talk "not so" may mean the
// danger or our last words, and is asked about once, unless the person says what was wrong; who takes a joke back again is
// asked no more.
func (s State) takenBack(h Heard, classes []Class) []Class {
	short := h.Chosen != nil || utf8.RuneCountInString(h.Text) <= bare
	reasoned := h.Chosen == nil && slices.Contains(h.Classes, Reason)
	out := slices.Clone(classes)
	for i, c := range out {
		again := s.Heard[Joke]+s.Heard[Fine]+s.Heard[NoDeath] > 0
		switch {
		case c == NotSo && !reasoned && s.Phase != Wrongly && s.Heard[Denied] == 0 && (len(s.Known) > 0 && s.Level.AtLeast(risk.High) || s.Level == risk.Imminent):
			out[i] = Denied
		case short && (c == Joke || c == Fine) && again && !s.hangs() && s.Subject != risk.Other:
			out[i] = Twice
		}
	}
	return out
}

// ofSomebody says whether a danger that is read as another's is told of somebody by name, and not of what others do to the
// person who writes.
func ofSomebody(h Heard, r risk.Reading) bool {
	if slices.Contains(h.Classes, NotMe) {
		return true
	}
	hurts := byOthers(r) || r.Category == "violence" || slices.Contains(h.Classes, MeToo) || slices.Contains(h.Classes, Parental)
	return !hurts && slices.Contains(h.Classes, Somebody)
}

// reminder is the short sentence with numbers to call: another for whoever does not want the hotlines.
func (s State) reminder() string {
	if s.Refused {
		return "remind.refused"
	}
	return "remind"
}

// pick finds the row for what was said. Worse news, a wish for a human, a correction, safety and a question to the program come
// first, wherever the talk stands; then what answers the question that was asked; then what is met alike everywhere.
func pick(in Phase, classes []Class, s State) (Row, Class) {
	first := func(c Class) bool { return slices.Index(order, c) <= slices.Index(order, Hush) }
	for _, try := range []struct {
		which  func(c Class) bool
		phases []Phase
	}{
		{first, []Phase{in, Any}},
		{func(c Class) bool { return !first(c) && c != Other }, []Phase{in}},
		{func(c Class) bool { return !first(c) && c != Other }, []Phase{Any}},
		{func(c Class) bool { return c == Other }, []Phase{in, Any}},
	} {
		for _, c := range classes {
			if !try.which(c) {
				continue
			}
			for _, phase := range try.phases {
				if row := find(phase, c, s); row != nil {
					return *row, c
				}
			}
		}
	}
	return Row{In: Any, On: Other, Say: "nod", To: Next}, Other // never reached: Other stands in the table for every phase
}

// find is the row of a class in a phase: one for this situation before one for all.
func find(in Phase, c Class, s State) (found *Row) {
	for i := range table {
		row := &table[i]
		if row.In == in && row.On == c && row.fits(s) && (found == nil || found.For == "" && row.For != "") {
			found = row
		}
	}
	return found
}

// fits tells whether a row is for this danger and this person.
func (r *Row) fits(s State) bool {
	return (r.Of == "" || r.Of == cmp.Or(s.Subject, risk.Self)) && (r.For == "" || r.For == s.Situation)
}

// raises is what the turn asks of the casework: by the row, by the reading, the graver of both.
func (s State) raises(row Row, r risk.Reading) Raise {
	out := Raise{Human: row.Is == WantsTalk, Mark: row.Is}
	if row.Up.Rank() > 0 {
		out.Level, out.Reason = row.Up, row.Why
	}
	if r.Calls() && r.Level.Rank() > out.Level.Rank() {
		out.Level, out.Reason = r.Level, r.Reason
	}
	return out
}

// worse are the classes of danger in what was just said that were not known before, the gravest first.
func (s State) worse(h Heard, r risk.Reading) []Class {
	if !r.Calls() && !slices.ContainsFunc(h.Classes, grave) {
		return nil
	}
	var out []Class
	add := func(c Class) {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, c := range h.Classes {
		if grave(c) && (c != Symptom || r.Calls() && !shakes(s.Situation) || slices.Contains([]Situation{Body, Planned, Cut}, s.Situation) || beaten(s.Situation)) {
			add(c)
		}
	}
	if !r.Calls() {
		return out
	}
	if slices.ContainsFunc(h.Classes, func(c Class) bool { return c == No || c == NoDeath || c == NotSo || c == Joke }) { // what is denied is not taken from the reading
		return out
	}
	if slices.Contains(h.Classes, ToMe) && s.Subject == risk.Self && s.Audience != Parents && !beaten(s.Situation) && !s.hangs() {
		add(Beaten)
	}
	if r.Category == "self_harm" && !slices.Contains(h.Classes, ToMe) && !beaten(s.Situation) && s.Subject == risk.Self && !r.Has(risk.Place) {
		add(Cuts) // a wound is asked about before it is taken for the worst
	} else {
		for _, of := range []struct {
			trait risk.Trait
			class Class
		}{{risk.Act, Deed}, {risk.Symptom, Symptom}, {risk.Place, Place}, {risk.Means, AtHand}, {risk.Time, Soon}, {risk.Plan, Soon}} {
			switch {
			case !r.Has(of.trait), of.trait == risk.Act && slices.Contains(h.Classes, ToMe), of.trait == risk.Symptom && (shakes(s.Situation) || beaten(s.Situation)):
			case of.class == Place && slices.Contains(h.Classes, Down): // away from there
			case of.class == Place && slices.Contains(h.Classes, Past): // they were there, and are not now
				add(Wants)
			default:
				add(of.class)
			}
		}
	}
	if s.Subject == risk.Other && r.Subject == risk.Self && r.Has(risk.Wish) && strings.Contains(h.Text, "我") {
		add(MeToo)
	}
	switch {
	case r.Has(risk.Wish):
		add(Wants)
	case r.Level.Rank() > s.Level.Rank(): // nothing is named: nothing is said back that was not written
		add(Rises)
	}
	return out
}

// shakes says whether a body that shakes or goes weak is fear there, and not something swallowed.
func shakes(in Situation) bool {
	return in == Height || in == Door || in == Friend || in == Seen || in == Bullied
}

// beaten says whether somebody was hit there: a body that is unwell then is asked about a doctor for that.
func beaten(in Situation) bool {
	return in == Hit || in == Harmed || in == ChildHurt || in == Strike || in == Regret
}

// know notes what an answer tells: of the question that was asked, and of one that need not be asked any more.
func (s *State) know(in Phase, class Class, row Row) {
	if row.In == in {
		s.Known[in] = class
	}
	if row.Also != "" {
		s.Known[row.Also] = class
	}
	if phase, tells := volunteers[class]; tells {
		for _, p := range phase {
			s.Known[p] = class
		}
	}
}

// volunteers says which questions need not be asked once a thing was said by itself.
var volunteers = map[Class][]Phase{
	Together: {Who}, Called: {Call}, Refuse: {Call}, Useless: {Call}, NoAnswer: {Call}, Told: {Knows, Adult}, Promised: {Knows}, Gone: {Things}, Far: {Things},
	NoDeath: {Thoughts, Plan, Burden}, Home: {Where}, Down: {Away}, Person: {Adult},
}

// learn takes in what else the message shows.
func (s *State) learn(h Heard, r risk.Reading) {
	s.Young = s.Young || slices.Contains(h.Classes, Primary)
	if h.Ta != "" {
		s.Ta = h.Ta
	}
	if r.Calls() && r.Has(risk.Wish) && s.Subject == risk.Self {
		s.Heard[Wants]++ // said already: how strong it is may be asked, not whether
	}
}

// moveOn moves on to where the row leads, and asks what is asked there.
func (s *State) moveOn(t *Turn, in Phase, row Row, now time.Time) {
	say := func(key string) {
		if key != "" {
			t.Say.Keys = append(t.Say.Keys, key)
		}
	}
	to := row.To
	if row.Turn == Planned && s.hangs() && s.Situation != Rage { // life hangs on something already: nothing else comes before it
		say("again." + string(s.Situation))
		row.Turn, row.Say, to = "", "", Next
	}
	if row.Turn == Seen && s.Audience == Parents { // the other is their child
		if row.Turn, to = Child, Next; row.On == Missing {
			row.Turn, to = Lost, Found
		}
	}
	switch {
	case row.Turn != "" && row.Turn == s.Situation && row.Say == "": // known, and said again: press on with what is vital
		say("again." + string(row.Turn))
		if vital := tracks[s.Situation].Vital; row.Up == risk.Imminent && vital != "" { // what was settled is not
			delete(s.Known, vital)
		}
		to = Next
	case row.Turn != "" && row.Turn != s.Situation:
		s.turn(row.Turn)
		if row.Say == "" {
			say("turn." + string(row.Turn))
		}
	}
	say(row.Say)
	if to == Next && in != s.Phase && in != Any { // an answer to an earlier question: the one that waits still waits
		to = Same
	}
	switch {
	case to == "" || to == Next || to == Same && s.Asked[s.Phase] >= twice && tracks[s.Situation].Vital != s.Phase:
		s.Phase = s.next()
	case to == Same && s.Asked[s.Phase] >= pressed:
		s.Phase = s.next()
	case to == Same:
	case row.Turn == "" && s.hangs() && to != Stay && to != Wrongly && to != Closed && to != Paused && !slices.Contains(tracks[s.Situation].Now, to):
		s.Phase = s.next()
	case s.Asked[to] > 0 && row.Turn == "" && to != in && slices.Contains(tracks[s.Situation].questions(), to): // asked before
		s.Phase = s.next()
	default:
		s.Phase = to
	}
	switch {
	case row.Is == Passes:
		t.Pass = true
		s.Offered = nil
		return
	case s.Phase == Closed:
		if row.Is == IsWrong { // nothing that the program assumed is left; what staff have seen stays with them
			s.Level, s.Since = "", time.Time{}
			t.Pass = true
		}
		s.Offered = nil
		return
	}
	t.Say.Question = s.Phase
	s.Asked[s.Phase]++
	s.Since = latest(s.Since, now, s.Level)
}

// twice is how often a question is put at most: the second time in other words.
const twice = 2

// turn begins the track of another situation. What is known of means, company and calls stays known.
func (s *State) turn(to Situation) {
	other := to == Friend || to == Seen || to == Child || to == Lost || to == ChildHurt || to == Bullied
	was := s.Subject
	s.Situation = to
	switch {
	case other:
		s.Subject = risk.Other
	case to == Dark || to == Wish || to == Height || to == Body || to == Planned || to == Hit || to == Door || to == Cut:
		s.Subject = risk.Self
	}
	if s.Subject != was { // whoever is spoken of now has answered nothing yet
		s.Known = map[Phase]Class{}
	}
	delete(s.Known, Things)
	s.Phase = Stay
}

// next is the question to put next: of the track, the first that was not put and whose answer is not known; where life hangs
// on one that is not settled, that one again, in other words; company where nothing is left.
func (s State) next() Phase {
	track := tracks[s.Situation]
	open := func(ps []Phase) (Phase, bool) {
		for _, p := range ps {
			if _, known := s.Known[p]; !known && s.Asked[p] == 0 {
				return p, true
			}
		}
		return "", false
	}
	if s.hangs() {
		if p, ok := open(track.Now); ok {
			return p
		}
		if s.Asked[track.Vital] < pressed {
			return track.Vital
		}
		if s.Situation == Height || s.Situation == Body || s.Situation == Hit || s.Situation == Door {
			return Stay
		}
	}
	if p, ok := open(track.Then); ok {
		return p
	}
	return Stay
}

// hangs says whether life hangs on an answer that has not come.
func (s State) hangs() bool {
	track := tracks[s.Situation]
	return track.Vital != "" && !slices.Contains(track.Settled, s.Known[track.Vital])
}

// Next is where the talk goes on after a pause.
func (s State) Next() Phase {
	if s.Situation == "" {
		return Stay
	}
	return s.next()
}

// pressed is how often a vital question is put at most.
const pressed = 4

func latest(since, now time.Time, level risk.Level) time.Time {
	if level == "" {
		return since
	}
	return now
}
