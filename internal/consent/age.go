package consent

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Band is all that the law lets anything depend on: under 14 a guardian agrees (个人信息保护法 art. 31), under 18 nobody agrees
// for somebody else.
type Band string

// The bands.
const (
	UnknownAge Band = ""
	Under14    Band = "under14"
	From14     Band = "from14"
	Adult      Band = "adult"
)

// Valid says whether it is a band that somebody can be in.
func (b Band) Valid() bool { return b == Under14 || b == From14 || b == Adult }

// Label is the band in words.
func (b Band) Label() string {
	switch b {
	case Under14:
		return "没满 14 岁"
	case From14:
		return "满 14 岁"
	case Adult:
		return "满 18 岁"
	case UnknownAge:
	}
	return "没有说过"
}

func (b Band) rank() int { return slices.Index([]Band{UnknownAge, Under14, From14, Adult}, b) }

const (
	guardianAge = 14
	adultAge    = 18
	youngest    = 4
	eldest      = 100
)

// Age is what is held of a person's age: the least that says when a band is over. No birthday is kept, nor the number that was
// said: only until when at the latest the person is under 14, or under 18.
type Age struct {
	Said  Band      `json:"band"`
	Until time.Time `json:"until,omitzero"` // when the band is over at the latest; zero: nobody knows
	At    time.Time `json:"at"`
	By    string    `json:"by"` // the flow in which it was said; guardian, or the member of staff who mended it
}

// Band is the band at a time: what was said, or what time has made of it.
func (a Age) Band(now time.Time) Band {
	if a.Until.IsZero() || now.Before(a.Until) {
		return a.Said
	}
	switch a.Said {
	case Under14:
		if now.Before(a.Until.AddDate(adultAge-guardianAge, 0, 0)) {
			return From14
		}
		return Adult
	case From14:
		return Adult
	case UnknownAge, Adult:
	}
	return a.Said
}

// Statement is what somebody said of their age: a band, and where they said a number, how many years.
type Statement struct {
	Band  Band
	Years int // 0 where they said none
}

// age is the statement as it is held from now on.
func (st Statement) age(now time.Time, by string) Age {
	a := Age{Said: st.Band, At: now, By: by}
	switch {
	case st.Band == Under14 && st.Years > 0:
		a.Until = now.AddDate(guardianAge-st.Years, 0, 0)
	case st.Band == From14 && st.Years > 0:
		a.Until = now.AddDate(adultAge-st.Years, 0, 0)
	}
	return a
}

// after is what a statement makes of what is held: it may lower the band, and make a low band last longer, and never raises one
// that time has not raised. heeded says whether it counts.
func (a Age) after(st Statement, now time.Time, by string) (_ Age, heeded bool) {
	said := st.age(now, by)
	held := a.Band(now)
	switch {
	case held == UnknownAge || st.Band.rank() < held.rank():
		return said, true
	case st.Band == Adult && held == From14 && a.Said == From14 && a.Until.IsZero(): // at least 14 may well be 40
		return said, true
	case st.Band.rank() > held.rank():
		return a, false
	case a.Said != held: // time raised it; it is said now as well
		return said, true
	case st.Band == Under14 && said.Until.After(a.Until):
		return said, true // younger than was known, or for the first time a number
	}
	return a, true
}

// HearAge takes what somebody says of their own age in a flow. heeded is false where they once said that they are younger: that
// stands until a guardian or a counsellor mends it, or time has passed.
func (s *Service) HearAge(ctx context.Context, personID string, st Statement, by string) (held Age, heeded bool, err error) {
	if !st.Band.Valid() {
		return Age{}, false, fmt.Errorf("consent: %q is no band of age", st.Band)
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, personID); err != nil {
			return err
		}
		before, err := s.Store.Age(ctx, personID)
		if err != nil {
			return err
		}
		now := s.Time()
		held, heeded = before.after(st, now, by)
		if held == before && heeded { // said again
			return nil
		}
		kind := StepUnheeded
		if heeded {
			kind = StepSaid
			if err := s.Store.KeepAge(ctx, personID, held); err != nil {
				return err
			}
		}
		id := s.ID()
		return s.Store.AddStep(ctx, Step{ID: id, Key: "age:" + id, Person: personID, Side: Own, Kind: kind, Note: st.Band.Label() + "（在“" + by + "”里说的）", At: now})
	})
	if err != nil {
		return Age{}, false, fmt.Errorf("write down an age: %w", err)
	}
	return held, heeded, nil
}

// HearYears is HearAge of a number of years, and says how old the person is taken for: where they once said that they are younger,
// that is what counts.
func (s *Service) HearYears(ctx context.Context, personID string, years int, by string) (int, error) {
	st, ok := ofYears(years, false)
	if !ok {
		return years, nil
	}
	held, heeded, err := s.HearAge(ctx, personID, st, by)
	if err != nil || heeded {
		return years, err
	}
	return min(years, held.atMost(s.Time())), nil
}

// atMost is how old somebody is at most, by what is held.
func (a Age) atMost(now time.Time) int {
	over := map[Band]int{Under14: guardianAge, From14: adultAge}[a.Band(now)]
	if over == 0 {
		return eldest
	}
	years := over - 1
	for at := a.Until; !at.IsZero() && at.AddDate(-1, 0, 0).After(now); at = at.AddDate(-1, 0, 0) {
		years--
	}
	return years
}

// MendAge puts right what is held of an age: a guardian who agreed, or a counsellor with a reason.
func (s *Service) MendAge(ctx context.Context, personID string, b Band, by, reason string) error {
	if !b.Valid() {
		return fmt.Errorf("consent: %q is no band of age", b)
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, personID); err != nil {
			return err
		}
		now := s.Time()
		if err := s.Store.KeepAge(ctx, personID, Statement{Band: b}.age(now, by)); err != nil {
			return err
		}
		id := s.ID()
		return s.Store.AddStep(ctx, Step{ID: id, Key: "age:" + id, Person: personID, Side: Guardian, Kind: StepMended, Note: b.Label() + "（" + by + "改的：" + reason + "）", At: now})
	})
	if err != nil {
		return fmt.Errorf("mend an age: %w", err)
	}
	return nil
}

var (
	spaces   = regexp.MustCompile(`\s+`)
	figures  = regexp.MustCompile(`[0-9]+|[零〇一二两三四五六七八九十百]+`)
	bornIn   = regexp.MustCompile(`(19\d\d|20\d\d|\d\d)年`)
	notYet   = regexp.MustCompile(`(?:没有|没|未|不|还没|沒)(?:满|滿|到|够|足)`)
	already  = regexp.MustCompile(`满|滿|以上|超过|过了`)
	denied   = regexp.MustCompile(`不是|才不|并非|哪有`)
	pupils   = regexp.MustCompile(`小学|[一二三四五六1-6]年级|小[一二三四五六]|初一|七年级|幼儿园|学前`)
	students = regexp.MustCompile(`高[一二三]|高中|中职|职高|技校|中专|大学|本科|大[一二三四]`)
	schools  = regexp.MustCompile(`(?:小学|初中|高中|大学|大专)?(?:[一二三四五六七八九1-9]年级|[小初高大][一二三四五六])`)
	grown    = regexp.MustCompile(`成年|大人|家长|爸爸|妈妈|工作了|退休`)
	young    = regexp.MustCompile(`未成年`)
)

// ReadAge reads what somebody says of their age: 11, 十五岁, 没满14, 2013年的, 五年级. Where a text says several things the youngest
// counts; where it says nothing sure, nothing does.
func ReadAge(text string, now time.Time) (Statement, bool) {
	said := spaces.ReplaceAllString(hanzi.Fold(text), "")
	if said == "" || len([]rune(said)) > longestAge || denied.MatchString(said) {
		return Statement{}, false
	}
	if m := bornIn.FindStringSubmatch(said); m != nil {
		return born(m[1], now)
	}
	var years []int
	for _, f := range figures.FindAllString(schools.ReplaceAllString(said, ""), -1) {
		if n, ok := hanzi.Number(f); ok {
			years = append(years, int(n))
		}
	}
	switch {
	case notYet.MatchString(said):
		if len(years) == 0 || len(years) == 1 && years[0] == guardianAge {
			return Statement{Band: Under14}, true
		}
		return Statement{}, false // 没满 18 says too little, 没满 12 is rare enough to ask again
	case pupils.MatchString(said) && len(years) == 0:
		return Statement{Band: Under14}, true
	case students.MatchString(said) && len(years) == 0:
		return Statement{Band: From14}, true
	case len(years) > 0:
		return ofYears(slices.Min(years), already.MatchString(said))
	case grown.MatchString(said) && !young.MatchString(said):
		return Statement{Band: Adult}, true
	case said == "满了" || said == "滿了" || said == "我满了":
		return Statement{Band: From14}, true
	}
	return Statement{}, false
}

// longestAge is how long a text may be that says an age and nothing else, in characters.
const longestAge = 20

// ofYears is the band of a number; reached says that it is a bound that was reached, not an age.
func ofYears(n int, reached bool) (Statement, bool) {
	st := Statement{Years: n}
	switch {
	case n < youngest || n > eldest:
		return Statement{}, false
	case n < guardianAge:
		st.Band = Under14
	case n < adultAge:
		st.Band = From14
	default:
		st.Band = Adult
	}
	if reached {
		if n < guardianAge { // 满 10 岁 says nothing of 14
			return Statement{}, false
		}
		st.Years = 0
	}
	return st, true
}

// born reads a year of birth, of which nobody knows the day: the younger of the two ages that it may mean.
func born(said string, now time.Time) (Statement, bool) {
	y, err := strconv.Atoi(said)
	if err != nil {
		return Statement{}, false
	}
	year := now.In(citytime.Zone).Year()
	if len(said) == 2 {
		y += 2000
		if y > year {
			y -= 100
		}
	}
	return ofYears(year-y-1, false)
}

// Words is what is held of an age, as the person reads it.
func (a Age) Words(now time.Time) string {
	words := a.Band(now).Label()
	if a.Band(now) == Under14 && !a.Until.IsZero() {
		words += "（到 " + a.Until.In(citytime.Zone).Format("2006 年 1 月") + "）"
	}
	return strings.TrimSpace(words)
}
