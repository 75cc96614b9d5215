package risk

import (
	"slices"
	"strings"
)

// decide lets the rules of the floor judge the signs, the most urgent rule first. The first that holds decides.
func (j *Judge) decide(sc *scratch) Reading {
	r := Reading{Level: None, Subject: Unknown}
	var seen set
	for _, s := range sc.signs {
		seen.add(s.cat)
	}
	room := make([]sign, 0, 8)
	for i := range j.rules {
		rule := &j.rules[i]
		used := j.holds(rule, sc, seen, room)
		if used == nil {
			continue
		}
		r.Level, r.Rule, r.Reason = rule.Level, rule.ID, j.reason(rule, used)
		r.Category, r.Ask = j.topic(rule, used), rule.Ask && rule.Level == Medium
		r.Subject = j.subject(sc.signs, used[0])
		if r.Subject == Unknown && rule.Subject != "" {
			r.Subject = rule.Subject
		}
		break
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
// What fails for one sign fails for the next in the same clause, unless their order counts: so each clause is searched once.
func (j *Judge) holds(r *rule, sc *scratch, seen set, used []sign) []sign {
	for _, c := range r.allSets {
		if !c.meets(seen) {
			return nil
		}
	}
	failed := int32(-1)
	for i := range sc.signs {
		first := &sc.signs[i]
		if !r.allSets[0].has(first.cat) || first.clause == failed || j.excused(r, sc, first) {
			continue
		}
		used = append(used[:0], *first)
		for _, c := range r.allSets[1:] {
			k := r.next(c, sc.signs, used)
			if k < 0 {
				break
			}
			used = append(used, sc.signs[k])
		}
		if len(used) == len(r.allSets) {
			return used
		}
		if r.Within != "phrase" {
			failed = first.clause
		}
	}
	return nil
}

// next finds a sign of a category in c that the rule may take beside those used, -1 for none. Signs are in their order in the text.
func (r *rule) next(c set, signs, used []sign) int {
	first, last := used[0], used[len(used)-1]
	from := 0
	if r.Within == "phrase" {
		from, _ = slices.BinarySearchFunc(signs, last.g1, func(s sign, g int) int { return s.g0 - g })
	}
	for k := from; k < len(signs); k++ {
		s := &signs[k]
		if r.Within == "phrase" && s.g0-last.g1 > phraseGap {
			return -1
		}
		if c.has(s.cat) && r.reaches(first, last, *s) && !slices.Contains(used, *s) {
			return k
		}
	}
	return -1
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

// excused tells whether a context takes the rule back. What one got over may be said anywhere in the sentence.
func (j *Judge) excused(r *rule, sc *scratch, first *sign) bool {
	if r.noSet.empty() {
		return false
	}
	if j.better >= 0 && r.noSet.has(j.better) && sc.scene.sentences[first.sentence].has(j.better) {
		return true
	}
	return j.around(&sc.scene, r.noSet, first)
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
	ofChild := j.cats[of.cat].Topic == "child_harm" // then the other person in the sign is the child, and the danger is the speaker
	pick := func(in func(sign) bool) Subject {
		who, at, told := Unknown, -1, false
		for _, s := range signs {
			if !in(s) || s.from > of.to || s.from < at || ofChild && s.cat == j.others && s.from >= of.from {
				continue
			}
			switch s.cat {
			case j.others:
				if !j.inside(signs, s, j.says) { // '跟老师说': only the hearer
					who, at = Other, s.from
				}
			case j.says:
				told = who == Other
			case j.me:
				if !told && !j.inside(signs, s, j.others) && !j.inside(signs, s, j.says) {
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

func (j *Judge) inside(signs []sign, me sign, cat int) bool {
	return slices.ContainsFunc(signs, func(s sign) bool { return s.cat == cat && s.from <= me.from && me.to <= s.to })
}
