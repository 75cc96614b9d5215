package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// caseJSON is a case as the contract has it.
type caseJSON struct {
	ID             string     `json:"id"`
	Level          string     `json:"level" enum:"none,low,medium,high,imminent"`
	Subject        string     `json:"subject" enum:"self,other,unknown"`
	Status         string     `json:"status" enum:"open,acknowledged,talking,handed_back,closed"`
	Channel        string     `json:"channel"`
	Alias          string     `json:"alias"`
	OpenedAt       time.Time  `json:"opened_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at" doc:"null while nobody has"`
	Assignee       string     `json:"assignee" doc:"who has the conversation, empty while nobody has"`
	Reason         string     `json:"reason" doc:"why it was opened; quotes nothing"`
}

func toCaseJSON(c casework.Case) caseJSON {
	return caseJSON{
		ID: c.ID, Level: string(c.Level), Subject: string(c.Subject), Status: string(c.Status), Channel: c.Channel,
		Alias: c.Alias, OpenedAt: c.OpenedAt.UTC(), AcknowledgedAt: orNil(c.AcknowledgedAt), Assignee: c.AssigneeName,
		Reason: c.Reason,
	}
}

// stepJSON is one step of a case's history. Notes stay at the desk: staff write in them what they heard.
type stepJSON struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind" doc:"opened, signal, acknowledged, taken, note, contacted, triage, level, reviewed, referral, closed and others; new kinds may come"`
	Staff string    `json:"staff" doc:"who did it, empty for the program"`
	Level string    `json:"level" doc:"the level of the case from here on, empty where the step did not set it"`
	Code  string    `json:"code" doc:"what of it: the outcome of a closing, the verdict of a review, where a referral stands"`
}

// caseFileJSON is a case with its history.
type caseFileJSON struct {
	caseJSON
	Steps []stepJSON `json:"steps" nullable:"false" doc:"the oldest first; it only grows"`
}

type oneCase struct{ Body caseJSON }

type oneFile struct{ Body caseFileJSON }

type caseID struct {
	ID string `path:"id" maxLength:"64"`
}

func (h *Handler) registerCases(a huma.API) {
	type query struct {
		Page
		Status string `query:"status" enum:"all,open" default:"all" doc:"open leaves closed cases out; all puts them last"`
	}
	huma.Register(a, operation(http.MethodGet, "/cases", "list-cases", "Cases, the most urgent first", staff.SeeCases),
		func(ctx context.Context, q *query) (*list[caseJSON], error) {
			cases, next, err := h.Cases.List(ctx, casework.Filter{Open: q.Status == "open", Limit: q.Limit, Cursor: q.Cursor})
			if err != nil {
				return nil, h.answer(ctx, err)
			}
			items := make([]caseJSON, len(cases))
			for i, c := range cases {
				items[i] = toCaseJSON(c)
			}
			return newList(items, next), nil
		})
	huma.Register(a, operation(http.MethodGet, "/cases/{id}", "get-case", "One case with its history", staff.SeeCases),
		func(ctx context.Context, q *caseID) (*oneFile, error) {
			c, err := h.Cases.Get(ctx, q.ID)
			if err != nil {
				return nil, h.answer(ctx, err)
			}
			steps, err := h.Cases.Steps(ctx, q.ID)
			if err != nil {
				return nil, h.answer(ctx, err)
			}
			f := caseFileJSON{caseJSON: toCaseJSON(c), Steps: make([]stepJSON, len(steps))}
			for i, st := range steps {
				f.Steps[i] = stepJSON{At: st.At.UTC(), Kind: string(st.Kind), Staff: st.Staff, Level: string(st.Level), Code: st.Code}
			}
			return &oneFile{f}, nil
		})
	ack := operation(http.MethodPost, "/cases/{id}/ack", "acknowledge-case", "Say that a case was seen; the first one counts", staff.Acknowledge)
	ack.Errors = append(ack.Errors, http.StatusConflict)
	ack.DefaultStatus = http.StatusOK
	huma.Register(a, ack, func(ctx context.Context, q *caseID) (*oneCase, error) {
		c, err := h.Cases.Acknowledge(ctx, q.ID, actor(ctx))
		if err != nil {
			return nil, h.answer(ctx, err)
		}
		return &oneCase{toCaseJSON(c)}, nil
	})
}
