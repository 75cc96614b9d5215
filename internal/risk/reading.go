package risk

import (
	"math"
	"slices"
)

// lines are where the reader's chances become a level.
type lines struct {
	low       float64 // chance of Low or above: a warm reply
	ask       float64 // chance of Medium or above: ask
	call      float64 // chance of Medium or above: a human looks today
	graveCall float64 // chance of High or above at which a human looks today, however sure Medium is
	high      float64 // chance of High or above
	imminent  float64 // chance of Imminent, of what is surely grave
	surely    float64 // chance of High or above that Imminent needs too
}

// drawn are the lines of each register; a text that sounds like both is held against lines between them. They were chosen on
// messages kept out of training (cross-validation by blocks of stories and by writers), by cost: a miss may cost a life, a
// call in vain costs the next person's wait, a question costs a moment.
//
// Forum: asked in 0.14 of harmless real messages, which notices 0.95 of the dangers; called in 0.03 in vain; of those read
// as imminent half are so and nine in ten or more are grave.
// Chat: a line or two says less, and the curve is flatter. Of sentences by two writers from whom nothing was learned, 0.96 of
// the dangers are noticed and 0.98 of the grave ones called for; their harmless ones, most of them made to sound dangerous,
// are asked about in 0.25 and called for in 0.14. Everyday worries of families by other writers are asked about in 0.07 to
// 0.08 (0.19 to 0.25 before any were learned from) and called for in 0.04.
var drawn = [Registers]lines{
	Forum: {low: 0.50, ask: 0.030, call: 0.20, graveCall: 0.035, high: 0.05, imminent: 0.20, surely: 0.60},
	Chat:  {low: 0.30, ask: 0.110, call: 0.42, graveCall: 0.125, high: 0.125, imminent: 0.08, surely: 0.30},
}

// between is the line, as a chance, for a text that sounds so much like the chat: the odds of the two are mixed as the
// reader's own are.
func between(forum, chat, share float64) float64 {
	odds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	return logistic(float64((1-share)*odds(forum)) + float64(share*odds(chat)))
}

// RuleLearned is the Rule of a Reading whose level comes from the learned reader.
const RuleLearned = "learned"

// readWindow judges runes in their conversation; base is where they begin in the whole text.
func (j *Judge) readWindow(talk Talk, runes []rune, base int, sc *scratch) Reading {
	j.see(runes, sc)
	slices.SortFunc(sc.signs, inOrder)
	r := Reading{Level: None, Subject: Unknown}
	if j.mayHold(sc.signs) {
		r = j.decide(sc)
	}
	if j.model != nil && !j.onlyHarmless(sc) {
		j.features(sc, &sc.features)
		v := j.model.judge(&sc.features, &sc.stamps)
		j.learn(&r, &v, sc)
	}
	j.hearTalk(&r, talk, sc)
	r.Score = max(r.Score, float64(r.Level.Rank())*0.25-0.2)
	r.Traits = j.traits(sc)
	j.point(&r, sc, runes, base)
	return r
}

// onlyHarmless tells whether nothing is left of a text beside listed harmless expressions and a particle or two.
func (j *Judge) onlyHarmless(sc *scratch) bool {
	const particles = 2
	hidden, from := 0, 0
	for i := range sc.signs { // in their order
		s := &sc.signs[i]
		if c := &j.cats[s.cat]; c.Topic != "" && !c.Class {
			return false
		}
		if j.cats[s.cat].Shadow && s.g1 > from {
			hidden += s.g1 - max(from, s.g0)
			from = s.g1
		}
	}
	return len(sc.glyphs) == 0 || hidden > 0 && len(sc.glyphs)-hidden <= particles
}

// level is what the chances come to, and whether it is only to be asked about.
func (v *verdict) level() (l Level, ask bool) {
	low, medium, high, imminent := v.at[0], v.at[1], v.at[2], v.at[3]
	f, c := &drawn[Forum], &drawn[Chat]
	over := func(chance, forum, chat float64) bool { return chance >= between(forum, chat, v.chat) }
	switch {
	case over(high, f.surely, c.surely) && over(imminent, f.imminent, c.imminent):
		return Imminent, false
	case over(high, f.high, c.high):
		return High, false
	case over(medium, f.call, c.call) || over(high, f.graveCall, c.graveCall):
		return Medium, false
	case over(medium, f.ask, c.ask):
		return Medium, true
	case over(low, f.low, c.low):
		return Low, false
	}
	return None, false
}

// learn lets the reader raise what the floor says. It takes nothing back.
func (j *Judge) learn(r *Reading, v *verdict, sc *scratch) {
	r.Score = v.severity()
	l, ask := v.level()
	if r.Level.AtLeast(l) && (l != Medium || !r.Ask || ask) {
		return
	}
	why := "整段话听起来像在求助"
	if r.Level.AtLeast(Medium) {
		why = r.Reason + "；整段话听起来更急"
	}
	if ask {
		why = "整段话拿不准，先问一句"
	}
	category := r.Category
	if category == "" && l.AtLeast(Medium) {
		category = j.category(sc)
	} else if category == "" {
		category = "distress"
	}
	subject := r.Subject
	if subject == Unknown {
		subject = Self
		if v.other >= 0.5 {
			subject = Other
		}
	}
	*r = Reading{Level: l, Ask: ask, Subject: subject, Score: r.Score, Category: category, Rule: RuleLearned, Reason: why}
}

// related are the categories that a sign may name more exactly than the reader's family does.
var related = map[string][]string{
	"suicide":   {"overdose", "farewell", "means"},
	"self_harm": {"overdose"},
	"violence":  {"child_harm"},
	"abuse":     {"child_harm"},
	"hopeless":  {"burnout", "farewell"},
	"distress":  {"grief", "burnout", "child_harm"},
}

// category is what the text is about: the family that the reader hears, or what a sign says of it more exactly.
func (j *Judge) category(sc *scratch) string {
	var topics []string
	for _, s := range sc.signs {
		if c := &j.cats[s.cat]; !c.Class && c.Topic != "" && c.Topic != "distress" {
			topics = append(topics, c.Topic)
		}
	}
	family := j.model.family(&sc.features, &sc.stamps, topics)
	for _, exact := range related[family] {
		if slices.Contains(topics, exact) {
			return exact
		}
	}
	return family
}

// traits are the dimensions of danger that the signs show, each once.
func (j *Judge) traits(sc *scratch) (out []Trait) {
	for i := range sc.signs {
		c := &j.cats[sc.signs[i].cat]
		if t := c.Trait; t != "" && (t != Act || !j.planned(sc, &sc.signs[i])) && (!c.Bare || len(sc.glyphs) <= shortAnswer) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) == 1 && out[0] == Time {
		return nil // a time alone is a time
	}
	slices.Sort(out)
	return out
}

// planned tells whether a sign of an act stands in what is only planned.
func (j *Judge) planned(sc *scratch, act *sign) bool {
	return slices.ContainsFunc(sc.signs, func(s sign) bool {
		return j.cats[s.cat].Trait == Plan && s.g0 < act.g1 && act.g0 < s.g1
	})
}

// mostMatches is how many signs of a window are shown: more says nothing more.
const mostMatches = 50

// point fills in where the signs of danger stand; where no sign does, the clause that weighs most with the reader.
func (j *Judge) point(r *Reading, sc *scratch, runes []rune, base int) {
	for _, s := range sc.signs {
		c := &j.cats[s.cat]
		if c.Topic == "" || c.Class && c.Talk == "" || c.Class && !r.Level.AtLeast(Medium) {
			continue
		}
		if r.Matches = append(r.Matches, Match{Text: string(runes[s.from:s.to]), Category: c.Topic, Start: base + s.from, End: base + s.to}); len(r.Matches) == mostMatches {
			return
		}
	}
	if len(r.Matches) > 0 || !r.Level.AtLeast(Medium) || len(sc.glyphs) == 0 {
		return
	}
	from, to := j.heaviest(sc)
	start, end := int(sc.glyphs[from].start), int(sc.glyphs[to-1].end)
	r.Matches = append(r.Matches, Match{Text: string(runes[start:end]), Category: r.Category, Start: base + start, End: base + end})
}

// heaviest is the clause, as glyphs, whose characters weigh most towards Medium.
func (j *Judge) heaviest(sc *scratch) (from, to int) {
	gs := sc.glyphs
	if j.model == nil {
		return 0, len(gs)
	}
	best, chat := 0.0, j.model.judge(&sc.features, &sc.stamps).chat
	for i := 0; i < len(gs); {
		k := i + 1
		for k < len(gs) && gs[k].clause == gs[i].clause {
			k++
		}
		var odds [maxColumns]float64
		sc.features.reset()
		runs(gs[i:k], &sc.features)
		j.model.Levels.odds(&sc.features, &sc.stamps, &odds)
		if o := j.model.mixed(odds[:], chat)[1]; to == 0 || o > best {
			best, from, to = o, i, k
		}
		i = k
	}
	return from, to
}
