package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// ErrCursor is what Letters, Appointments and Stations return for a cursor that is not theirs.
var ErrCursor = errCursor

var errCursor = errors.New("api: the cursor is not one of ours")

// Appointment is a booked talk: when and where, never with whom or why.
type Appointment struct {
	ID       string    `json:"id"`
	Code     string    `json:"code" doc:"what the person says at the station instead of a name"`
	Station  string    `json:"station"`
	Start    time.Time `json:"start"`
	Status   string    `json:"status" enum:"booked,cancelled,arrived,no_show"`
	BookedAt time.Time `json:"booked_at"`
}

// Appointments is what the API needs of bookings.
type Appointments interface {
	// Appointments returns a page, the newest booking first.
	Appointments(ctx context.Context, cursor string, limit int) ([]Appointment, string, error)
	// Upcoming counts the appointments that are still to come.
	Upcoming(ctx context.Context) (int, error)
}

// Station is a place where people can talk with someone. It is public.
type Station struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	District string  `json:"district"`
	Kind     string  `json:"kind"`
	Address  string  `json:"address"`
	Phone    string  `json:"phone"`
	Lat      float64 `json:"lat" doc:"GCJ-02"`
	Lng      float64 `json:"lng" doc:"GCJ-02"`
}

// Stations is what the API needs of the directory.
type Stations interface {
	Stations(ctx context.Context, cursor string, limit int) ([]Station, string, error)
}

// Letter is that a letter came, without a word of it.
type Letter struct {
	ID         string     `json:"id"`
	Level      string     `json:"level" enum:"none,low,medium,high,imminent"`
	Status     string     `json:"status" enum:"waiting,answered"`
	SentAt     time.Time  `json:"sent_at"`
	AnsweredAt *time.Time `json:"answered_at" doc:"null while it waits"`
}

// Letters is what the API needs of anonymous letters.
type Letters interface {
	// Letters returns a page, the newest first.
	Letters(ctx context.Context, cursor string, limit int) ([]Letter, string, error)
	// Waiting counts the letters without an answer.
	Waiting(ctx context.Context) (int, error)
}

// registerList makes the operation of a list that takes nothing but a page.
func registerList[T any](h *Handler, a huma.API, op huma.Operation, read func(context.Context, string, int) ([]T, string, error)) {
	huma.Register(a, op, func(ctx context.Context, q *Page) (*list[T], error) {
		items, next, err := read(ctx, q.Cursor, q.Limit)
		if err != nil {
			return nil, h.answer(ctx, err)
		}
		return newList(items, next), nil
	})
}

func (h *Handler) registerAppointments(a huma.API) {
	op := operation(http.MethodGet, "/appointments", "list-appointments", "Appointments, the newest booking first", staff.SeeAppointments)
	registerList(h, a, op, h.Appointments.Appointments)
}

func (h *Handler) registerStations(a huma.API) {
	op := operation(http.MethodGet, "/stations", "list-stations", "The stations of the city", staff.SeeStations)
	registerList(h, a, op, h.Stations.Stations)
}

func (h *Handler) registerLetters(a huma.API) {
	op := operation(http.MethodGet, "/letters", "list-letters", "Letters, the newest first", staff.SeeLetters)
	registerList(h, a, op, h.Letters.Letters)
}

// statsJSON are the figures of the moment. Nothing in them is of one person.
type statsJSON struct {
	Cases struct {
		Open           int            `json:"open"`
		Unacknowledged int            `json:"unacknowledged"`
		ByLevel        map[string]int `json:"by_level"`
	} `json:"cases"`
	Letters struct {
		Waiting int `json:"waiting"`
	} `json:"letters"`
	Appointments struct {
		Upcoming int `json:"upcoming"`
	} `json:"appointments"`
	SelfChecks []selfChecksJSON `json:"self_checks,omitempty" doc:"Closed months only; neighbouring bands are joined until every cell holds at least ten people"`
}

// selfChecksJSON is how the people of one audience came out on a scale in one month.
type selfChecksJSON struct {
	Survey   string     `json:"survey"`
	Month    string     `json:"month"`
	Audience string     `json:"audience"`
	Cells    []cellJSON `json:"cells"`
}

type cellJSON struct {
	Bands  []string `json:"bands"`
	People int      `json:"people"`
}

type oneStats struct{ Body statsJSON }

func (h *Handler) registerStats(a huma.API) {
	op := operation(http.MethodGet, "/stats", "get-stats", "Figures of the moment", staff.SeeStats)
	huma.Register(a, op, func(ctx context.Context, _ *struct{}) (*oneStats, error) {
		counts, err := h.Cases.Counts(ctx)
		if err != nil {
			return nil, h.answer(ctx, err)
		}
		s := &oneStats{}
		s.Body.Cases.Open, s.Body.Cases.Unacknowledged = counts.Open, counts.Unacknowledged
		s.Body.Cases.ByLevel = map[string]int{}
		for _, l := range []risk.Level{risk.Low, risk.Medium, risk.High, risk.Imminent} {
			s.Body.Cases.ByLevel[string(l)] = counts.ByLevel[l]
		}
		if h.Letters != nil {
			if s.Body.Letters.Waiting, err = h.Letters.Waiting(ctx); err != nil {
				return nil, h.answer(ctx, err)
			}
		}
		if h.Appointments != nil {
			if s.Body.Appointments.Upcoming, err = h.Appointments.Upcoming(ctx); err != nil {
				return nil, h.answer(ctx, err)
			}
		}
		if h.SelfChecks != nil {
			groups, err := h.SelfChecks(ctx)
			if err != nil {
				return nil, h.answer(ctx, err)
			}
			for _, g := range groups {
				j := selfChecksJSON{Survey: g.Survey, Month: g.Month, Audience: g.Audience}
				for _, c := range g.Cells {
					j.Cells = append(j.Cells, cellJSON{c.Bands, c.People})
				}
				s.Body.SelfChecks = append(s.Body.SelfChecks, j)
			}
		}
		return s, nil
	})
}
