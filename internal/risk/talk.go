package risk

import "slices"

// RuleTalk is the Rule of a Reading whose level comes from the talk that the text belongs to.
const RuleTalk = "talk"

// shortAnswer is the most glyphs of a text that is an answer in a few words: then a denial denies all of it.
const shortAnswer = 14

// bareTime is the most glyphs of an answer that says only when.
const bareTime = 6

// hearTalk reads the text as a part of its talk. After danger, a bare word for a thing, a place, an act or what the body
// feels raises at once, and a denial in a few words raises nothing.
func (j *Judge) hearTalk(r *Reading, talk Talk, sc *scratch) {
	if !talk.Level.AtLeast(Medium) {
		return
	}
	heard, used := None, -1
	for i := range sc.signs {
		c := &j.cats[sc.signs[i].cat]
		if c.Talk == "" || c.Bare && len(sc.glyphs) > shortAnswer || c.Trait == Time && len(sc.glyphs) > bareTime {
			continue
		}
		l := c.Talk
		if c.Trait == Symptom && (slices.Contains([]string{"overdose", "suicide", "self_harm"}, talk.Category) || talk.Level == Imminent) {
			l = Imminent
		}
		if l.Rank() > heard.Rank() {
			heard, used = l, sc.signs[i].cat
		}
	}
	switch {
	case heard.Rank() > r.Level.Rank() || heard != None && r.Ask:
		c := &j.cats[used]
		category := c.Topic
		if category == "" {
			category = talk.Category
		}
		subject := talk.Subject
		if subject == "" {
			subject = Unknown
		}
		*r = Reading{Level: Max(heard, r.Level), Subject: subject, Score: r.Score, Category: category, Rule: RuleTalk,
			Reason: "危险的谈话里说到（看到：" + c.Name + "）"}
	case heard == None && r.Level.AtLeast(Medium) && j.denies(sc):
		*r = Reading{Level: Low, Subject: r.Subject, Score: min(r.Score, 0.2), Category: r.Category, Rule: RuleTalk, Reason: "谈话里的否认"}
	}
}

// denies tells whether a text is a denial in a few words: a negation stands in it, and no sign of danger that it leaves.
func (j *Judge) denies(sc *scratch) bool {
	if len(sc.glyphs) > shortAnswer || !sc.negated {
		return false
	}
	return !slices.ContainsFunc(sc.signs, func(s sign) bool { c := &j.cats[s.cat]; return c.Topic != "" && !c.Class })
}
