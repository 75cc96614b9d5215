package store

import (
	"context"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/reach"
)

// whole is a condition that leaves nothing out.
const whole = "1 = 1"

// casesInReach is the condition on cases that lie within the reach of whoever asks: of their districts and their account, or
// what they have, had, were named in, or were called to. Each part but the first reads by a primary key.
func casesInReach(ctx context.Context) (where string, args []any) {
	r, bound := reach.Of(ctx, reach.Cases)
	within, args := casesWithin(ctx)
	if !bound || r.Staff == "" {
		return within, args
	}
	for range 7 {
		args = append(args, r.Staff)
	}
	return "(" + within + ` OR cases.assignee = ? OR cases.owner = ? OR cases.promised_by = ? OR cases.offered_to = ? OR cases.second_id = ?
OR EXISTS (SELECT 1 FROM case_mentions WHERE case_mentions.case_id = cases.id AND case_mentions.staff_id = ?)
OR EXISTS (SELECT 1 FROM case_calls WHERE case_calls.case_id = cases.id AND case_calls.staff_id IN (?, ?)))`, append(args, everybodyCalled)
}

// casesWithin is the condition on cases of the districts and the account of whoever asks.
func casesWithin(ctx context.Context) (where string, args []any) {
	r, bound := reach.Of(ctx, reach.Cases)
	switch {
	case !bound:
		return whole, nil
	case r.None():
		return "1 = 0", nil
	}
	var within []string
	if r.Account != "" {
		within, args = append(within, "EXISTS (SELECT 1 FROM persons WHERE persons.id = cases.person_id AND persons.account = ?)"), append(args, r.Account)
	}
	if len(r.Districts) > 0 {
		within = append(within, "cases.district IN ("+marks(len(r.Districts)+1)+")")
		for _, d := range r.Districts {
			args = append(args, d)
		}
		args = append(args, "") // of whom it is not known where they belong, everybody takes care
	}
	return "(" + strings.Join(within, " AND ") + ")", args
}

// peopleInReach is the condition on rows of a person who lies within the reach of whoever asks; column is the person's ID.
func peopleInReach(ctx context.Context, s reach.Subject, column string) (where string, args []any) {
	r, bound := reach.Of(ctx, s)
	switch {
	case !bound:
		return whole, nil
	case r.None():
		return "1 = 0", nil
	}
	var within []string
	if r.Account != "" {
		within, args = append(within, "persons.account = ?"), append(args, r.Account)
	}
	if len(r.Districts) > 0 {
		of := []string{"1 = 0"}
		for _, p := range r.Places {
			of, args = append(of, "(persons.channel = ? AND persons.account = ?)"), append(args, p.Channel, p.Account)
		}
		within = append(within, "("+strings.Join(of, " OR ")+")")
	}
	return "EXISTS (SELECT 1 FROM persons WHERE persons.id = " + column + " AND " + strings.Join(within, " AND ") + ")", args
}

// stationsInReach is the condition on a station's ID within the reach of whoever asks.
func stationsInReach(ctx context.Context, column string) (where string, args []any) {
	r, bound := reach.Of(ctx, reach.Appointments)
	switch {
	case !bound, len(r.Districts) == 0 && !r.None():
		return whole, nil
	case r.None() || len(r.Stations) == 0:
		return "1 = 0", nil
	}
	for _, id := range r.Stations {
		args = append(args, id)
	}
	return column + " IN (" + marks(len(r.Stations)) + ")", args
}

// marks are n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
