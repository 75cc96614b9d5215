// Package privacy makes the report that the law asks for once a year: the assessment of what processing people's data does to
// them (Personal Information Protection Law, articles 55 and 56) and the audit of how minors' data is treated (Regulations on
// the Protection of Minors in Cyberspace, article 37). It is filled with counts from the database; what only a human can say
// is left open and marked. It holds nothing of anybody. Start reading at Service.Report.
package privacy

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// People are so many of one audience and channel.
type People struct {
	Audience, Channel string
	Total, Fresh      int // Fresh came in the year
}

// Consents are how a consent stands with so many people.
type Consents struct {
	Purpose, Side string
	Agreed        bool
	N             int
}

// ConsentSteps are what was said to a purpose in the year.
type ConsentSteps struct {
	Purpose, Side, Kind string
	N                   int
}

// Deed is what one role did so many times in the year.
type Deed struct {
	Kind audit.Kind
	Role string
	N    int
}

// Cases are so many files of a level that were opened in the year.
type Cases struct {
	Level string
	N     int
}

// Store is what the report needs of the database.
type Store interface {
	// Held counts the rows of every table that holds something of a person.
	Held(ctx context.Context) (map[string]int, error)
	People(ctx context.Context, from, to time.Time) ([]People, error)
	Consents(ctx context.Context) ([]Consents, error)
	ConsentSteps(ctx context.Context, from, to time.Time) ([]ConsentSteps, error)
	Deeds(ctx context.Context, from, to time.Time) ([]Deed, error)
	Cases(ctx context.Context, from, to time.Time) ([]Cases, error)
}

// Service makes reports.
type Service struct {
	Store Store
	Now   func() time.Time
	City  *time.Location
	// MediaAfterClose and MediaAtMost are how long pictures, voices and videos are kept.
	MediaAfterClose, MediaAtMost time.Duration
}

// Figures are what a report is filled with.
type Figures struct {
	Year         int
	Whole        bool // the year is over
	MadeAt       time.Time
	Held         map[string]int
	People       []People
	Consents     []Consents
	ConsentSteps []ConsentSteps
	Deeds        []Deed
	Cases        []Cases
}

// firstYear is when the law came into force; nothing was held before.
const firstYear = 2021

// ErrYear says that there is nothing to report of a year.
type ErrYear struct{ Year, Now int }

func (e *ErrYear) Error() string {
	return fmt.Sprintf("%d 年没有可以报的：请给 %d 到 %d 之间的一年", e.Year, firstYear, e.Now)
}

// Figures reads what a year's report is filled with.
func (s *Service) Figures(ctx context.Context, year int) (f Figures, err error) {
	now := s.Now().In(s.City)
	if year < firstYear || year > now.Year() {
		return f, &ErrYear{year, now.Year()}
	}
	from := time.Date(year, 1, 1, 0, 0, 0, 0, s.City)
	to := from.AddDate(1, 0, 0)
	f = Figures{Year: year, Whole: !now.Before(to), MadeAt: now}
	if f.Held, err = s.Store.Held(ctx); err != nil {
		return f, err
	}
	if f.People, err = s.Store.People(ctx, from, to); err != nil {
		return f, err
	}
	if f.Consents, err = s.Store.Consents(ctx); err != nil {
		return f, err
	}
	if f.ConsentSteps, err = s.Store.ConsentSteps(ctx, from, to); err != nil {
		return f, err
	}
	if f.Deeds, err = s.Store.Deeds(ctx, from, to); err != nil {
		return f, err
	}
	f.Cases, err = s.Store.Cases(ctx, from, to)
	return f, err
}

// done counts deeds of kinds, whoever did them.
func (f Figures) done(kinds ...audit.Kind) (n int) {
	for _, d := range f.Deeds {
		for _, k := range kinds {
			if d.Kind == k {
				n += d.N
			}
		}
	}
	return n
}
