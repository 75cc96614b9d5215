// Package reach says how far the work of whoever asks reaches: which districts, which account of the service, and what they
// were called to. It travels in the context from the doors, the desk and the API, to the stores, which leave out what lies
// beyond: a page or a list that forgot to ask shows no more than any other. What has no reach in its context, the program's own
// work, is bound to nothing. It knows no role: package staff makes a reach from its one table. Start reading at Of.
package reach

import (
	"context"
	"slices"
)

// Subject is what a reach is about.
type Subject string

// The subjects.
const (
	Cases        Subject = "cases" // with what people said, follow-ups and the talks in which the program asked
	Letters      Subject = "letters"
	Requests     Subject = "requests"
	Appointments Subject = "appointments"
)

// Place is one account of a channel: what tells of a person where they belong.
type Place struct{ Channel, Account string }

// Reach is how far somebody's work reaches. The zero Reach reaches nothing.
type Reach struct {
	Everything bool
	Staff      string   // the ID of who acts: what they have, or were called to, they reach wherever it lies
	Account    string   // the one account of the service that they serve; "" is any
	Districts  []string // none: any
	Places     []Place  // the accounts of Districts
	Stations   []string // IDs of the stations of Districts
	nothing    bool
}

// Nothing is the reach of somebody who may not work with a subject at all.
func Nothing(staffID string) Reach { return Reach{Staff: staffID, nothing: true} }

// None says whether nothing but their own is reached.
func (r Reach) None() bool {
	return !r.Everything && (r.nothing || r.Account == "" && len(r.Districts) == 0)
}

// Has says whether what lies in a district, and came by an account, is reached. A district that is not known is nobody's, so
// that everybody in reach of the account sees to it.
func (r Reach) Has(district, account string) bool {
	switch {
	case r.Everything:
		return true
	case r.None(), r.Account != "" && r.Account != account:
		return false
	}
	return len(r.Districts) == 0 || district == "" || slices.Contains(r.Districts, district)
}

// HasStation says whether the appointments of a station are reached.
func (r Reach) HasStation(id string) bool {
	return r.Everything || !r.None() && (len(r.Districts) == 0 || slices.Contains(r.Stations, id))
}

// Meets says whether two reaches have anything in common.
func (r Reach) Meets(o Reach) bool {
	if r.Everything || o.Everything {
		return true
	}
	if r.None() || o.None() || r.Account != "" && o.Account != "" && r.Account != o.Account {
		return false
	}
	return len(r.Districts) == 0 || len(o.Districts) == 0 ||
		slices.ContainsFunc(r.Districts, func(d string) bool { return slices.Contains(o.Districts, d) })
}

type key struct{}

// With returns a context in which every store leaves out what lies beyond. A subject that is not named is not reached.
func With(ctx context.Context, by map[Subject]Reach) context.Context {
	return context.WithValue(ctx, key{}, by)
}

// Of is the reach of a context for a subject; bound is false where all of it is reached.
func Of(ctx context.Context, s Subject) (r Reach, bound bool) {
	by, set := ctx.Value(key{}).(map[Subject]Reach)
	if !set {
		return Reach{Everything: true}, false
	}
	r = by[s]
	return r, !r.Everything
}

// Lifted is a context for the program's own work on somebody's behalf: to count who waits, to call whoever is on duty.
func Lifted(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, nil)
}
