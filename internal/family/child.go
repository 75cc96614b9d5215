package family

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// Child is what is remembered of a child once a guardian agreed: as little as spares them saying it again. Either the year of
// birth is known or a grade with the year in which its school year began, so that it goes up by itself every September.
type Child struct {
	ID       string `json:"i"`
	Name     string `json:"n"` // a pet name, or 老大; no real name is ever asked for
	Born     int    `json:"b,omitempty"`
	Grade    string `json:"g,omitempty"`
	Since    int    `json:"s,omitempty"` // 2026 for the school year 2026/27
	District string `json:"d,omitempty"`
}

const (
	term    = time.September // a school year begins with it
	halfway = time.March     // from then on most of a class have had their birthday
)

// Names of what goes with the person from flow to flow (dialogs/flows/person.yaml): how old the child is that they speak of,
// whom they are to it, and that they were asked whether to remember it.
const (
	KeptStage = "child_stage"
	KeptRole  = "role"
	KeptAsked = "child_asked"
)

// SchoolYear is the year in which the school year of a time began.
func SchoolYear(at time.Time) int {
	at = at.In(citytime.Zone)
	if at.Month() < term {
		return at.Year() - 1
	}
	return at.Year()
}

// schooled is how many years of school the child has behind them, counted from 小班; below 0 before it.
func (c Child) schooled(now time.Time) int {
	if c.Grade != "" {
		return gradeIndex(c.Grade) + SchoolYear(now) - c.Since
	}
	return SchoolYear(now) - c.Born - ageAt
}

// Stage is how old the child is by now; "" once they left school.
func (c Child) Stage(now time.Time) Stage {
	switch n := c.schooled(now); {
	case n < 0:
		return Toddler
	case n < len(grades):
		return stageOfGrade(n)
	}
	return ""
}

// Left says whether the child finished school: nothing is remembered of them from then on.
func (c Child) Left(now time.Time) bool { return c.schooled(now) >= len(grades) }

// Age is how many years old the child is, within a year.
func (c Child) Age(now time.Time) int {
	now = now.In(citytime.Zone)
	if c.Grade == "" {
		return now.Year() - c.Born
	}
	age := c.schooled(now) + ageAt
	if m := now.Month(); m >= halfway && m < term {
		age++
	}
	return age
}

// Words are what is known of the child in few words: 女儿，读初二.
func (c Child) Words(now time.Time) string { return c.Name + "，" + c.at(now).words() }

func (c Child) at(now time.Time) at {
	if c.Grade == "" {
		return at(strconv.Itoa(c.Born))
	}
	return at(grades[min(max(c.schooled(now), 0), len(grades)-1)])
}

// at is a year of birth or a grade, as flows carry it: 2017, 初二.
type at string

func (a at) words() string {
	if _, err := strconv.Atoi(string(a)); err == nil {
		return string(a) + " 年出生"
	}
	return "读" + string(a)
}

// put sets what a child is by it; false for what is neither.
func (a at) put(c *Child, now time.Time) bool {
	if y, err := strconv.Atoi(string(a)); err == nil {
		c.Born, c.Grade, c.Since = y, "", 0
		return bornNear(y, now)
	}
	c.Born, c.Grade, c.Since = 0, string(a), SchoolYear(now)
	return gradeIndex(c.Grade) >= 0
}

func bornNear(year int, now time.Time) bool {
	return year <= now.Year() && (Child{Born: year}).schooled(now) < len(grades)
}

var bornRe = regexp.MustCompile(`^(?:是|在)?((?:19|20)?[0-9]{2})(?:年)?(?:[0-9]{1,2}月)?(?:[0-9]{1,2}[日号])?(?:出生|生的|生)?(?:的)?$`)

// readAt reads what somebody answers to which grade a child is in, or when it was born: 初二, 上三年级了, 2017年, 9岁. What is
// half said (小学, 七八岁) is not guessed.
func readAt(said string, now time.Time) (at, bool) {
	s := normal(said)
	if m := bornRe.FindStringSubmatch(strings.ReplaceAll(s, " ", "")); m != nil && (len(m[1]) == 4 || strings.Contains(s, "年")) {
		y, _ := strconv.Atoi(m[1]) // the expression holds nothing but figures
		if y < 100 {
			y += 2000
		}
		return at(strconv.Itoa(y)), bornNear(y, now)
	}
	t := Read(s)
	if t.Stage == "" || t.Role == Student || t.Role == Teacher {
		t = Read("孩子" + strings.TrimLeft(s, "他她"))
	}
	switch {
	case t.Grade != "":
		return at(t.Grade), true
	case t.Age > 0 || t.Stage == Toddler && strings.Contains(s, "月"):
		y := now.In(citytime.Zone).Year() - t.Age
		return at(strconv.Itoa(y)), bornNear(y, now)
	}
	return "", false
}

// Named returns the child that a text speaks of by its name; false for none or several.
func Named(all []Child, text string) (Child, bool) {
	const least = 2 // characters: a single one stands in too many other words
	var found []Child
	s := normal(text)
	for _, c := range all {
		if len([]rune(c.Name)) >= least && !anybody[c.Name] && strings.Contains(s, normal(c.Name)) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return Child{}, false
	}
	return found[0], true
}

// anybody are words for a child that are no name.
var anybody = map[string]bool{"孩子": true, "小孩": true, "小朋友": true, "宝宝": true, "宝贝": true, "娃儿": true, "娃娃": true, "崽崽": true}

// Name is what the child may be called among those that are remembered.
func (t Told) Name() string {
	if anybody[t.Who] || utf8.RuneCountInString(t.Who) < 2 {
		return "老大"
	}
	return t.Who
}

// Years is about how old a child is of whom this was told; 0 where it says nothing of it.
func (t Told) Years(now time.Time) int {
	if t.Age > 0 || t.Grade == "" {
		return t.Age
	}
	return Child{Grade: t.Grade, Since: SchoolYear(now)}.Age(now)
}
