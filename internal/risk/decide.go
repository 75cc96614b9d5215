package risk

import (
	"slices"
	"strings"
)

// decide lets the rules judge the signs, the most urgent rule first.
func (j *Judge) decide(signs []sign, runes []rune, base int) Reading {
	r := Reading{Level: None, Subject: Unknown}
	for i := range j.rules {
		used := j.holds(&j.rules[i], signs)
		if used == nil {
			continue
		}
		r.Level, r.Rule, r.Reason = j.rules[i].Level, j.rules[i].ID, j.reason(&j.rules[i], used)
		r.Subject = j.subject(signs, used[0])
		if r.Subject == Unknown && j.rules[i].Subject != "" {
			r.Subject = j.rules[i].Subject
		}
		break
	}
	heavy := 0
	for _, s := range signs {
		if s.cat == j.me || s.cat == j.neg || s.cat == j.neg2 || s.cat == j.says || s.cat == j.others || j.cats[s.cat].Shadow {
			continue
		}
		heavy++
		r.Matches = append(r.Matches, Match{Text: string(runes[s.from:s.to]), Category: j.cats[s.cat].id, Start: base + s.from, End: base + s.to})
	}
	if r.Level != None {
		r.Score = min(float64(r.Level.Rank())*0.25-0.1+0.02*float64(min(heavy, 5)), 1)
	}
	return r
}

// holds returns one sign for each condition of the rule, all within its reach, or nil.
func (j *Judge) holds(r *rule, signs []sign) []sign {
	for _, first := range signs {
		if !slices.Contains(r.allCats[0], first.cat) || j.excused(r, signs, first) {
			continue
		}
		used := []sign{first}
		for _, cats := range r.allCats[1:] {
			k := slices.IndexFunc(signs, func(s sign) bool {
				if !slices.Contains(cats, s.cat) || slices.Contains(used, s) {
					return false
				}
				switch r.Within {
				case "clause":
					return s.clause == first.clause
				case "sentence":
					return s.sentence == first.sentence
				}
				return true
			})
			if k < 0 {
				break
			}
			used = append(used, signs[k])
		}
		if len(used) == len(r.allCats) {
			return used
		}
	}
	return nil
}

func (j *Judge) excused(r *rule, signs []sign, first sign) bool {
	for _, s := range signs {
		if s.sentence == first.sentence && slices.Contains(r.noCats, s.cat) {
			return true
		}
	}
	return false
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
