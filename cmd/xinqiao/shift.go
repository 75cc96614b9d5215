package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// colleagues are those to whom a conversation can be given, with who is there and how much they have.
func (a *App) colleagues(ctx context.Context) ([]desk.Colleague, error) {
	all, err := a.staff.Colleagues(ctx)
	if err != nil {
		return nil, err
	}
	holds, err := a.cases.Holding(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Colleague, len(all))
	for i, c := range all {
		out[i] = desk.Colleague{ID: c.ID, Name: c.DisplayName, Present: c.Present, Holds: holds[c.ID], Supervises: c.May(staff.GrantIdentity), Sees: c.Reach(staff.SeeCases, nil)}
	}
	return out, nil
}

// signedOut takes whoever left the desk out of their cases at once, so that the ladder runs for them.
func (a *App) signedOut(ctx context.Context, staffID string) {
	if err := a.cases.Release(ctx, staffID, "退出了"); err != nil {
		a.log.Error("the cases of somebody who left are still theirs", "staff", staffID, "error", err)
	}
}

// absentEvery is how often every replica looks whether somebody who has cases is not there any more: disabled elsewhere,
// or signed in with a session that ran out.
const absentEvery = 5 * time.Second

// releaseAbsent takes whoever is not there any more out of their cases, until ctx ends.
func (a *App) releaseAbsent(ctx context.Context) {
	tick := time.NewTicker(absentEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.cases.ReleaseAbsent(ctx, a.staff.Present)
		if err != nil && !failing && ctx.Err() == nil { // once an outage
			a.log.Warn("whoever left the desk still has their cases", "error", err)
		}
		failing = err != nil
	}
}

// dutyOf is who is on duty for a case now, with the telephones that the rota knows.
func (a *App) dutyOf(ctx context.Context, c casework.Case) []desk.Duty {
	var out []desk.Duty
	for _, rung := range a.duty.Current().Ladder(a.cases.Ladder.District(ctx, c.Person), a.now()) {
		if rung.Name == rota.Everybody {
			continue
		}
		for _, who := range rung.Call {
			out = append(out, desk.Duty{As: rung.Name, Name: who.Name, Phone: who.Mobile})
		}
	}
	return out
}

// knownOf is what is known of a person that helps to find them: what they said they are, and what flows keep of them.
func (a *App) knownOf(ctx context.Context, personID string) ([]desk.Fact, error) {
	p, err := a.db.People().Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	var facts []desk.Fact
	switch p.Audience {
	case person.Student:
		facts = append(facts, desk.Fact{Label: "自称", Value: "学生"})
	case person.Parent:
		facts = append(facts, desk.Fact{Label: "自称", Value: "家长"})
	case person.Teacher:
		facts = append(facts, desk.Fact{Label: "自称", Value: "老师"})
	case person.Unknown:
	}
	kept, err := a.db.People().Kept(ctx, personID)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		facts = append(facts, desk.Fact{Label: cmp.Or(a.titleOf(name), name), Value: fmt.Sprint(kept[name])})
	}
	return facts, nil
}
