package plan

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// AskKind is what a question takes beside its choices.
type AskKind string

// The kinds of question. What one takes, and into what, stands in its row of kinds.
const (
	AskChoice   AskKind = "choice"
	AskText     AskKind = "text"
	AskNumber   AskKind = "number"
	AskYesNo    AskKind = "yesno"
	AskLocation AskKind = "location"
	AskDate     AskKind = "date"     // kept as 2026-12-03
	AskTime     AskKind = "time"     // kept as 15:00
	AskDatetime AskKind = "datetime" // kept as 2026-12-03 15:00
	AskPhone    AskKind = "phone"    // kept in figures alone
)

// The forms in which a day or a time is kept in a variable; they sort as they follow one another.
const (
	DateForm     = time.DateOnly
	DatetimeForm = "2006-01-02 15:04"
	TimeForm     = "15:04"
)

// kind is all that the program knows of one kind of question.
type kind struct {
	name    AskKind
	into    Type // of the variable that takes the answer
	read    func(a *Ask, text string, now time.Time) Said
	first   bool // read before the numbers of choices: 5号 is a day, not the fifth choice
	figures bool // a number is the answer itself, neither the number of a choice nor a word that means the same everywhere
	day     bool // the answer says a day
	clock   bool // the answer says a time of day
	labels  bool // a part of a choice's label is enough to choose it
}

// kinds is the one list of them, in the order in which editors are told of them. A new kind is a name above, a row here and
// its examples in kinds_test.go; the loader, the schemas and the engine follow from the row.
var kinds = []kind{
	{name: AskChoice, into: TypeText, labels: true},
	{name: AskText, into: TypeText, read: readText},
	{name: AskNumber, into: TypeNumber, read: readNumber, figures: true},
	{name: AskYesNo, into: TypeBool, read: readYesNo},
	{name: AskLocation, into: TypeText}, // a text is none; the engine takes a position where one is shared
	{name: AskDate, into: TypeText, read: readDate, first: true, day: true, labels: true},
	{name: AskTime, into: TypeText, read: readTime, first: true, clock: true, labels: true},
	{name: AskDatetime, into: TypeText, read: readDatetime, first: true, day: true, clock: true},
	{name: AskPhone, into: TypeText, read: readPhone, first: true},
}

// Said is what a text says to a question.
type Said struct {
	Value any         // of the type that the kind keeps
	Heard hanzi.Heard // Whole: an answer; Half: it speaks of what is asked and not of exactly one
	Unfit bool        // an answer, and out of the question's bounds
	Past  bool        // a day that is over, where the question is not about what is over
	Clock bool        // what is missing of a half is the time, not the day
}

func readText(a *Ask, text string, _ time.Time) Said {
	text = strings.TrimSpace(text)
	n := float64(utf8.RuneCountInString(text))
	return Said{Value: text, Heard: hanzi.Whole, Unfit: n < 1 || !a.Holds(n)}
}

func readNumber(a *Ask, text string, _ time.Time) Said {
	n, ok := hanzi.Number(text)
	if !ok {
		return Said{}
	}
	return Said{Value: n, Heard: hanzi.Whole, Unfit: !a.Holds(n)}
}

func readYesNo(_ *Ask, text string, _ time.Time) Said {
	yes, ok := hanzi.YesNo(text)
	if !ok {
		return Said{}
	}
	return Said{Value: yes, Heard: hanzi.Whole}
}

func readDate(a *Ask, text string, now time.Time) Said {
	day, h := hanzi.Day(text, now)
	return Said{Value: day.Format(DateForm), Heard: h, Past: h == hanzi.Whole && !a.Past && !day.AddDate(0, 0, 1).After(now)}
}

func readTime(_ *Ask, text string, _ time.Time) Said {
	minutes, h := hanzi.Clock(text)
	return Said{Value: ClockLabel(minutes), Heard: h, Clock: true}
}

func readDatetime(a *Ask, text string, now time.Time) Said {
	at, h := hanzi.Moment(text, now)
	_, day := hanzi.Day(text, now)
	return Said{Value: at.Format(DatetimeForm), Heard: h, Past: h == hanzi.Whole && !a.Past && at.Before(now), Clock: day == hanzi.Whole}
}

func readPhone(_ *Ask, text string, _ time.Time) Said {
	phone, ok := hanzi.Phone(text)
	if !ok {
		return Said{}
	}
	return Said{Value: phone, Heard: hanzi.Whole}
}

// ClockLabel writes a time of day, in minutes since midnight, as 15:30.
func ClockLabel(minutes int) string {
	return time.Time{}.Add(time.Duration(minutes) * time.Minute).Format(TimeForm)
}

// AskKinds are the names of the kinds, as flows write them.
func AskKinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.name)
	}
	return names
}

// row is what is known of a kind; the zero row of one that does not exist.
func (k AskKind) row() kind {
	if i := slices.IndexFunc(kinds, func(row kind) bool { return row.name == k }); i >= 0 {
		return kinds[i]
	}
	return kind{}
}

// Valid says whether there is such a kind.
func (k AskKind) Valid() bool { return k.row().name != "" }

// Into is the type of the variable that takes an answer.
func (k AskKind) Into() Type { return k.row().into }

// First says whether a text is read as an answer of this kind before it is read as the number of a choice.
func (k AskKind) First() bool { return k.row().first }

// Figures says whether a number is the answer itself: neither the number of a choice nor a word that means the same everywhere.
func (k AskKind) Figures() bool { return k.row().figures }

// Day says whether an answer says a day.
func (k AskKind) Day() bool { return k.row().day }

// Clock says whether an answer says a time of day.
func (k AskKind) Clock() bool { return k.row().clock }

// DayOrClock says whether an answer says a day or a time of day and not both, so that choices may stand for it.
func (k AskKind) DayOrClock() bool { return k.Day() != k.Clock() }

// Labels says whether a part of a choice's label is enough to choose it.
func (k AskKind) Labels() bool { return k.row().labels }

// Read reads a text as what the question takes beside its choices; the zero value where the text is nothing of the kind.
func (a *Ask) Read(text string, now time.Time) Said {
	if read := a.Kind.row().read; read != nil {
		return read(a, text, now)
	}
	return Said{}
}
