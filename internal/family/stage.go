package family

import (
	"slices"
	"strings"
)

// Stage is how old a child is, in the words of the catalogue of lessons (dialogs/courses/index.yaml).
type Stage string

// The stages.
const (
	Pregnancy Stage = "pregnancy"
	Toddler   Stage = "toddler"
	Preschool Stage = "preschool"
	Lower     Stage = "lower"
	Upper     Stage = "upper"
	Junior    Stage = "junior"
	Senior    Stage = "senior"
)

// Girl and Boy are how a child's sex is written.
const (
	Girl = "女"
	Boy  = "男"
)

const (
	monthsOfYear  = 12
	oldest        = 19 // of a child who is at school
	youngestPupil = 6
	oldestPupil   = 19
	adult         = 18
)

// grades are the years of school in their order, as they are written.
var grades = []string{"小班", "中班", "大班", "一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "初一", "初二", "初三", "高一", "高二", "高三"}

// ageAt is how old most children are who begin the first of the grades.
const ageAt = 3

func gradeIndex(g string) int { return slices.Index(grades, g) }

// gradeOf reads a year of school; a word for several years gives its stage alone, and 小学, which is two stages, nothing.
func gradeOf(said string) (grade string, stage Stage) {
	switch said {
	case "托班":
		return "", Toddler
	case "幼儿园":
		return "", Preschool
	case "初中":
		return "", Junior
	case "高中", "职高", "中职", "中专":
		return "", Senior
	case "小学", "中学":
		return "", ""
	}
	s := strings.TrimPrefix(said, "幼儿园")
	if y, ok := strings.CutSuffix(s, "年级"); ok {
		base := 0
		for word, from := range map[string]int{"小学": 0, "初中": 6, "高中": 9} {
			if rest, cut := strings.CutPrefix(y, word); cut {
				y, base = rest, from
			}
		}
		n, ok := count(y)
		if !ok || n+base > 12 {
			return "", ""
		}
		s = grades[2+n+base]
	} else if y, ok := strings.CutPrefix(s, "小"); ok && gradeIndex(s) < 0 {
		s = y + "年级"
	}
	s = strings.NewReplacer("1", "一", "2", "二", "3", "三").Replace(s)
	i := gradeIndex(s)
	if i < 0 {
		return "", ""
	}
	return s, stageOfGrade(i)
}

func stageOfGrade(i int) Stage {
	switch {
	case i < 3:
		return Preschool
	case i < 6:
		return Lower
	case i < 9:
		return Upper
	case i < 12:
		return Junior
	}
	return Senior
}

func stageOf(years int) Stage {
	switch {
	case years < 3:
		return Toddler
	case years < 7:
		return Preschool
	case years < 10:
		return Lower
	case years < 12:
		return Upper
	case years < 16:
		return Junior
	case years <= oldest:
		return Senior
	}
	return ""
}

func stageOfMonths(n int) Stage { return stageOf(n / monthsOfYear) }

// Under14 says whether a pupil who told this may be younger than 14, below which nothing is remembered of what they tell
// without a guardian. Who says no age but a grade is taken for as young as its pupils are.
func (t Told) Under14() bool {
	const limit = 14
	switch {
	case t.Age > 0:
		return t.Age < limit
	case t.Grade != "":
		return gradeIndex(t.Grade)+ageAt < limit
	}
	return t.Stage != Senior
}
