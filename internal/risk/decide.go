package risk

import (
	"slices"
	"strings"
)

// decide lets the rules judge the signs, the most urgent rule first.
func (j *Judge) decide(signs []sign, runes []rune, base int) Reading {
	r := Reading{Level: None, Subject: Unknown}
	var seen set
	for _, s := range signs {
		seen.add(s.cat)
	}
	var used []sign
	room := make([]sign, 0, 8)
	for i := range j.rules {
		used = j.holds(&j.rules[i], signs, seen, room)
		if used == nil {
			continue
		}
		r.Level, r.Rule, r.Reason = j.rules[i].Level, j.rules[i].ID, j.reason(&j.rules[i], used)
		r.Category = j.topic(&j.rules[i], used)
		r.Subject = j.subject(signs, used[0])
		if r.Subject == Unknown && j.rules[i].Subject != "" {
			r.Subject = j.rules[i].Subject
		}
		break
	}
	heavy := 0
	for _, s := range signs {
		topic := j.cats[s.cat].Topic
		if slices.Contains(used, s) {
			if topic == "" {
				topic = r.Category
			}
		} else if topic == "" || j.cats[s.cat].Class {
			continue
		}
		heavy++
		r.Matches = append(r.Matches, Match{Text: string(runes[s.from:s.to]), Category: topic, Start: base + s.from, End: base + s.to})
	}
	if r.Level != None {
		r.Score = min(float64(r.Level.Rank())*0.25-0.1+0.02*float64(min(heavy, 5)), 1)
	}
	return r
}

// topic is what a rule is about: its own topic, else that of the first sign that has one.
func (j *Judge) topic(r *rule, used []sign) string {
	if r.Topic != "" {
		return r.Topic
	}
	for _, s := range used {
		if t := j.cats[s.cat].Topic; t != "" {
			return t
		}
	}
	return "distress"
}

// holds returns one sign for each condition of the rule, all within its reach, or nil. It puts them into used's memory.
func (j *Judge) holds(r *rule, signs []sign, seen set, used []sign) []sign {
	for _, c := range r.allSets {
		if !c.meets(seen) {
			return nil
		}
	}
	for i, first := range signs {
		if !r.allSets[0].has(first.cat) || j.excused(r, signs, first) {
			continue
		}
		used = append(used[:0], signs[i])
		for _, c := range r.allSets[1:] {
			last := used[len(used)-1]
			k := slices.IndexFunc(signs, func(s sign) bool {
				return c.has(s.cat) && r.reaches(first, last, s) && !slices.Contains(used, s)
			})
			if k < 0 {
				break
			}
			used = append(used, signs[k])
		}
		if len(used) == len(r.allSets) {
			return used
		}
	}
	return nil
}

// phraseGap is how many glyphs may stand between two signs of a rule within a phrase.
const phraseGap = 7

func (r *rule) reaches(first, last, s sign) bool {
	switch r.Within {
	case "phrase":
		return s.clause == last.clause && s.g0 >= last.g1 && s.g0-last.g1 <= phraseGap
	case "clause":
		return s.clause == first.clause
	case "near":
		return s.clause-first.clause <= 2 && first.clause-s.clause <= 2
	case "sentence":
		return s.sentence == first.sentence
	}
	return true
}

// excused tells whether a context takes the rule back: in the sign's clause, or in its sentence unless the sign's clause
// speaks of the writer. What one got over may be said anywhere in the sentence.
func (j *Judge) excused(r *rule, signs []sign, first sign) bool {
	if r.noSet.empty() {
		return false
	}
	return slices.ContainsFunc(signs, func(s sign) bool {
		return s.sentence == first.sentence && r.noSet.has(s.cat) && (s.clause == first.clause || s.cat == j.better || !j.ownWords(signs, first))
	})
}

func (j *Judge) reason(r *rule, used []sign) string {
	var names []string
	for _, s := range used {
		if n := j.cats[s.cat].Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return r.Name + "（看到：" + strings.Join(names, "、") + "）"
}

// subject looks for the person spoken of: in the sign's clause the nearest before the sign, else in the sentence, else
// anywhere. '她跟我说她想…' is about her; '同学欺负我，我…' about the writer.
func (j *Judge) subject(signs []sign, of sign) Subject {
	pick := func(in func(sign) bool) Subject {
		who, at, told := Unknown, -1, false
		for _, s := range signs {
			if !in(s) || s.from > of.to || s.from < at {
				continue
			}
			switch s.cat {
			case j.others:
				who, at = Other, s.from
			case j.says:
				told = who == Other
			case j.me:
				if !told && !j.insideOther(signs, s) {
					who, at = Self, s.from
				}
			}
		}
		return who
	}
	if s := pick(func(s sign) bool { return s.clause == of.clause }); s != Unknown {
		return s
	}
	if s := pick(func(s sign) bool { return s.sentence == of.sentence }); s != Unknown {
		return s
	}
	return pick(func(s sign) bool { return true })
}

func (j *Judge) insideOther(signs []sign, me sign) bool {
	return slices.ContainsFunc(signs, func(s sign) bool { return s.cat == j.others && s.from <= me.from && me.to <= s.to })
}
