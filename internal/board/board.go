// Package board is the work in figures: how many were in danger and when, how soon somebody was there, what came of the
// questions and of the calls. It counts and never names: no alias, no words, nothing sealed is opened for it. What of
// a number may be written down is decided in count.go, the one place of that rule. Start reading at Service.Board.
package board

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Case is what is counted of one case.
type Case struct {
	Opened   time.Time
	Level    risk.Level // the highest it ever had
	District string     // "" where it is not known
	Due      time.Time  // by when somebody had to see it: the earliest deadline of its signals; zero where none presses
	Seen     time.Time  // when a human first did something for it; zero while none has
	Spoken   time.Time  // when staff first wrote to the person; zero while none has
}

// Ended is how many cases were closed, and how many of them were called in vain: there was no danger.
type Ended struct{ Closed, Vain int }

// Vain is one signal of a case that was closed as called in vain: what was read in it, never the words or whose.
type Vain struct {
	Rule     string
	Category string
	Level    risk.Level
	Score    float64
	At       time.Time
}

// Waiting is what waits at a moment.
type Waiting struct {
	Cases     int       // that wait for a human
	Since     time.Time // the oldest of them; zero where none waits
	FollowUps int       // that should have been done
	Letters   int       // that nobody has answered
}

// Figures is what the board needs of the database. A time of the window is at or after from and before to.
type Figures interface {
	// Cases returns the cases that were opened in a window. A signal must be seen within the time of its own level: a
	// case that rose later was not late before.
	Cases(ctx context.Context, from, to time.Time, within map[risk.Level]time.Duration) ([]Case, error)
	Ended(ctx context.Context, from, to time.Time) (Ended, error)
	// Asked counts the questions that were put in a window by what came of them.
	Asked(ctx context.Context, from, to time.Time) (map[casework.AskedOutcome]int, error)
	// Visits counts the appointments whose time was in a window by what became of them, those who walked in included.
	Visits(ctx context.Context, from, to time.Time) (map[booking.Status]int, error)
	// Waiting counts what waits at a moment, but for the letters.
	Waiting(ctx context.Context, at time.Time) (Waiting, error)
}

// Service makes boards.
type Service struct {
	Figures   Figures
	Letters   func(ctx context.Context) (int, error) // how many wait for an answer
	Districts func() []string                        // of the city, in the order of the table
	Within    map[risk.Level]time.Duration           // by when a case must be seen; a level that it does not name presses nobody
	City      *time.Location                         // whose days are counted
	Now       func() time.Time
}

// Board is the figures of a period as far as they may be shown. All are of cases of medium level and above; whoever only
// wanted to talk with a human is counted apart.
type Board struct {
	Period Period
	Made   time.Time
	Empty  bool // nothing happened

	Cases  Count
	Late   Count // not seen within the time of their level
	Prompt Share // of those late
	Spoken Times // until a human first wrote
	Talks  Count // who only wanted to talk

	Levels, Districts, Hours, Days []Line

	Questions Count
	Answers   []Line // what came of the questions

	Closed, Vain Count
	VainShare    Share

	Visits Count
	Kept   []Line // what became of the appointments
}

// Line is one line of a table.
type Line struct {
	Key    string // of a level or an outcome
	Name   string
	Cases  Count
	Late   Count
	Prompt Share
	Spoken Times
}

// levels are those that are counted as danger, the gravest first.
var levels = []risk.Level{risk.Imminent, risk.High, risk.Medium}

// answers are what may come of a question, kept what may become of an appointment, in the order of their tables.
var (
	answers = []Line{
		answer(casework.AskedYes), answer(casework.AskedUnclear), answer(casework.AskedSilent), answer(casework.AskedNo), answer(casework.AskedLeft),
		answer(casework.AskedWaiting),
	}
	kept = []Line{
		{Key: string(booking.Arrived), Name: "到了"}, {Key: string(booking.NoShow), Name: "没来"}, {Key: string(booking.Cancelled), Name: "提前取消"},
		{Key: string(booking.Booked), Name: "没有登记"},
	}
)

func answer(o casework.AskedOutcome) Line { return Line{Key: string(o), Name: o.Label()} }

// Waiting counts what waits now.
func (s *Service) Waiting(ctx context.Context) (w Waiting, err error) {
	if w, err = s.Figures.Waiting(ctx, s.Now()); err == nil {
		w.Letters, err = s.Letters(ctx)
	}
	if err != nil {
		return Waiting{}, fmt.Errorf("count what waits: %w", err)
	}
	return w, nil
}

// Shown is what waits in words: exact to whoever sees the cases themselves and works through them, by the rule to others.
func (w Waiting) Shown(exactly bool) (cases, followUps, letters string) {
	say := func(n int) string { return shown(n, true).String() }
	if exactly {
		say = strconv.Itoa
	}
	return say(w.Cases), say(w.FollowUps), say(w.Letters)
}

// Oldest is how long the oldest has waited: in wide classes where the numbers follow the rule, since it is one person's.
func (w Waiting) Oldest(now time.Time, exactly bool) string {
	waited := time.Duration(0)
	if !w.Since.IsZero() {
		waited = max(now.Sub(w.Since), time.Minute)
	}
	switch {
	case exactly && waited == 0:
		return "没有人在等"
	case exactly:
		return Took(Rounded(waited))
	case waited < 10*time.Minute:
		return "不到 10 分钟"
	case waited < time.Hour:
		return "不到 1 小时"
	case waited < 24*time.Hour:
		return "不到 1 天"
	}
	return "1 天以上"
}

// Board counts a period.
func (s *Service) Board(ctx context.Context, p Period) (Board, error) {
	b, err := s.board(ctx, p)
	if err != nil {
		return Board{}, fmt.Errorf("count %s: %w", p.Key, err)
	}
	return b, nil
}

func (s *Service) board(ctx context.Context, p Period) (Board, error) {
	cases, err := s.Figures.Cases(ctx, p.From, p.To, s.Within)
	if err != nil {
		return Board{}, err
	}
	ended, err := s.Figures.Ended(ctx, p.From, p.To)
	if err != nil {
		return Board{}, err
	}
	asked, err := s.Figures.Asked(ctx, p.From, p.To)
	if err != nil {
		return Board{}, err
	}
	visits, err := s.Figures.Visits(ctx, p.From, p.To)
	if err != nil {
		return Board{}, err
	}
	talks := len(cases)
	cases = slices.DeleteFunc(cases, func(c Case) bool { return !c.Level.AtLeast(risk.Medium) })
	talks -= len(cases)

	b := Board{Period: p, Made: s.Now(), Talks: shown(talks, p.Moving)}
	b.Empty = len(cases)+talks+ended.Closed+len(asked)+len(visits) == 0
	s.cases(&b, cases)
	b.Questions, b.Answers = byOutcome(asked, answers, p.Moving)
	sh := &sheet{moving: p.Moving}
	closed := sh.whole(ended.Closed)
	vain, _ := sh.part(closed, ended.Vain)
	sh.settle()
	b.Closed, b.Vain, b.VainShare = closed.as, vain.as, shareOf(vain.as, closed.as)
	b.Visits, b.Kept = byOutcome(visits, kept, p.Moving)
	return b, nil
}

// byOutcome is a table of what became of something, in the order and the words of lines.
func byOutcome[K ~string](counted map[K]int, lines []Line, moving bool) (Count, []Line) {
	all, parts := 0, make([]int, len(lines))
	for i, l := range lines {
		parts[i] = counted[K(l.Key)]
		all += parts[i]
	}
	sh := &sheet{moving: moving}
	total := sh.whole(all)
	table := sh.split(total, parts)
	sh.settle()
	lines = slices.Clone(lines)
	for i, c := range table.counts() {
		lines[i].Cases = c
	}
	return total.as, lines
}
