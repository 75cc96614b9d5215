package desk

import (
	"context"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Colleague is somebody to whom a conversation can be given, or who can be asked for a second look.
type Colleague struct {
	ID         string
	Name       string // what colleagues see
	Present    bool   // signed in, and with a sign of them in the last hour or so
	Holds      int    // how many conversations they have
	Supervises bool   // may agree that an identity is shown
	Sees       reach.Reach
}

// others returns the colleagues of somebody: those who are there first, and among them who has the fewest conversations.
func (h *Handler) others(ctx context.Context, a staff.Account) ([]Colleague, error) {
	if h.Colleagues == nil {
		return nil, nil
	}
	all, err := h.Colleagues(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(c Colleague) bool { return c.ID == a.ID })
	slices.SortStableFunc(all, func(x, y Colleague) int {
		if x.Present != y.Present {
			if x.Present {
				return -1
			}
			return 1
		}
		return x.Holds - y.Holds
	})
	return all, nil
}

// colleague finds somebody's colleague by ID; errNobody where there is none of it.
func (h *Handler) colleague(ctx context.Context, a staff.Account, id string) (Colleague, error) {
	all, err := h.others(ctx, a)
	if err != nil {
		return Colleague{}, err
	}
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	return Colleague{}, errNobody
}

func (c Colleague) actor() casework.Actor { return casework.Actor{ID: c.ID, Name: c.Name} }
