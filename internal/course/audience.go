package course

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Whom a lesson may be written for, as lessons say it; a lesson that says nothing is for parents.
const (
	ForParents  = "parent"
	ForPupils   = "student"
	ForTeachers = "teacher"
)

// For returns the catalogue as an audience sees it: pupils see the pieces that are written to them, and nobody else does;
// teachers see what is for them before what is for parents; everybody else sees what is for parents. A lesson by its ID is
// found in every view: a link that somebody was sent opens.
func (c *Catalogue) For(audience string) *Catalogue {
	if v := c.views[audience]; v != nil {
		return v
	}
	if v := c.views[ForParents]; v != nil {
		return v
	}
	return c
}

// divide makes the views once all lessons are known.
func (c *Catalogue) divide(synonyms [][]string) {
	views := map[string]*Catalogue{}
	for audience, whose := range map[string][]string{ForParents: {ForParents}, ForPupils: {ForPupils}, ForTeachers: {ForTeachers, ForParents}} {
		v := &Catalogue{all: c.lessons, byID: c.byID}
		for _, w := range whose {
			for _, l := range c.lessons {
				if l.writtenFor() == w {
					v.lessons = append(v.lessons, l)
				}
			}
		}
		for _, st := range c.Stages {
			if audience == ForParents || slices.ContainsFunc(v.lessons, func(l Lesson) bool { return slices.Contains(l.Stages, st.ID) }) {
				v.Stages = append(v.Stages, st)
			}
		}
		for _, t := range c.Themes {
			if audience == ForParents || slices.ContainsFunc(v.lessons, func(l Lesson) bool { return slices.Contains(l.Themes, t) }) {
				v.Themes = append(v.Themes, t)
			}
		}
		v.index = newIndex(v.lessons, c.Stages, synonyms)
		views[audience] = v
	}
	for _, v := range views {
		v.views = views
	}
	c.views, c.all = views, c.lessons
	c.index = views[ForParents].index
}

func (l Lesson) writtenFor() string {
	if l.For == "" {
		return ForParents
	}
	return l.For
}

// checkAudience holds what is written to pupils to their words and size.
func checkAudience(l Lesson, at problem.Place) {
	switch l.writtenFor() {
	case ForParents, ForTeachers:
		return
	case ForPupils:
	default:
		at.Bad("for", "写 student（给学生）、teacher（给老师），给家长的不用写", "for 的 %q 不认识", l.For)
		return
	}
	for key, texts := range map[string][]string{"title": {l.Title}, "summary": {l.Summary}, "points": l.Points} {
		for _, text := range texts {
			if hanzi.Unquoted(text, '您') {
				at.Bad(key, "给学生的写“你”；引号里要对大人说的话不算", "写给学生的话里有“您”")
			}
		}
	}
}
