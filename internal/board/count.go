package board

import (
	"fmt"
	"strconv"
)

// This file is the one place of the rule by which small numbers of people stay hidden; sheet.go applies it.
//
// Why: who works here knows a school, a district, an evening. "One imminent case in 从化 on Tuesday night" is a person,
// and a number on paper travels further than the desk. So a number says nothing below Least, and nothing from which it
// could be worked out:
//
//  1. A number below Least, none at all included, is written <10. A window in which nothing at all was counted says so.
//  2. Whoever has the whole page and adds and subtracts all of it must still think that a number written <10 may be
//     anything from 0 to 9. Until that is so, the smallest number shown in its table is left out too (—), and then the
//     next. Where even that does not do, the whole table is left out.
//  3. A part (those late, those called in vain) is shown only where the whole is shown and both the part and the rest have
//     Least. Where the part is below Least, a share is written as its bound, and the bound is made of what is shown.
//  4. Windows that move (today, the last days, a month that is not over) overlap each other and the months: one page
//     taken from another would be a single day. Their numbers are written to the nearest ten, so that every
//     difference leaves five values open or more. Months that are over share no day and never change: theirs are exact.
//  5. Times are medians and ninth deciles of at least Least cases, rounded; never of one. How long the oldest case waits
//     now is told in wide classes.
//  6. The page, its downloads and the printed report show the same Board, so that two of them tell no more than one.
//
// What waits now is a list of work to whoever sees the cases anyway: only to them, and only on the page, it is exact.

// Least is the smallest number of people that is written down.
const Least = 10

// showing is how a number may be written.
type showing uint8

const (
	hidden showing = iota // left out, so that no other can be worked out
	small                 // below Least
	about                 // to the nearest ten
	exact
)

// Count is a number of people that is written down only as far as the rule allows. The zero Count is left out.
type Count struct {
	n  int // 0 unless shown: nothing that could print it knows a hidden one
	as showing
}

// shown is a number by itself: of a window that moves, or exact.
func shown(n int, moving bool) Count {
	switch {
	case n < Least:
		return Count{as: small}
	case moving:
		return Count{n: (n + 5) / 10 * 10, as: about}
	}
	return Count{n: n, as: exact}
}

// Shown says whether a number stands there.
func (c Count) Shown() bool { return c.as == about || c.as == exact }

// Small says that the number is below Least.
func (c Count) Small() bool { return c.as == small }

// N is the number that is shown, 0 where none is.
func (c Count) N() int { return c.n }

// String is the number as people read it.
func (c Count) String() string {
	switch c.as {
	case small:
		return "<" + strconv.Itoa(Least)
	case about:
		return "约 " + strconv.Itoa(c.n)
	case exact:
		return strconv.Itoa(c.n)
	case hidden:
	}
	return "—"
}

// span is what a reader can know of the number: all of it from rule 1 and the rounding.
func (c Count) span() (low, high int) {
	switch c.as {
	case small:
		return 0, Least - 1
	case about:
		return max(Least, c.n-5), c.n + 4
	case exact:
		return c.n, c.n
	case hidden:
	}
	return 0, most
}

// most bounds a number of which nothing is known.
const most = 1 << 40

// Share is a part of a whole in percent, made of what is shown of both.
type Share struct {
	Percent int
	as      showing // small: at most Percent, since the part is below Least
}

// shareOf says how much of a whole a part is.
func shareOf(part, whole Count) Share {
	if !whole.Shown() {
		return Share{}
	}
	low, _ := whole.span()
	switch {
	case part.Small():
		return Share{Percent: (100*(Least-1) + low - 1) / low, as: small}
	case part.Shown():
		p := (100*part.n + whole.n/2) / whole.n
		if whole.as == about {
			return Share{Percent: min((p+2)/5*5, 100), as: about}
		}
		return Share{Percent: p, as: exact}
	}
	return Share{}
}

// String is the share as people read it.
func (s Share) String() string {
	switch s.as {
	case small:
		if s.Percent > 50 { // true, and of no use
			return "—"
		}
		return fmt.Sprintf("不到 %d%%", s.Percent)
	case about:
		return fmt.Sprintf("约 %d%%", s.Percent)
	case exact:
		return fmt.Sprintf("%d%%", s.Percent)
	case hidden:
	}
	return "—"
}

// Exact says whether the percentage is of numbers that are both written out.
func (s Share) Exact() bool { return s.as == exact }

// Rest is the share of the others: of those in time, where the share is of those late.
func (s Share) Rest() string {
	switch s.as {
	case small:
		if s.Percent > 50 {
			return "—"
		}
		return fmt.Sprintf("%d%% 以上", 100-s.Percent)
	case about:
		return fmt.Sprintf("约 %d%%", 100-s.Percent)
	case exact:
		return fmt.Sprintf("%d%%", 100-s.Percent)
	case hidden:
	}
	return "—"
}
