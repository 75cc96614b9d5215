package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Requests keeps what people ask the school for.
type Requests struct{ db *DB }

// Requests returns the view of requests.
func (db *DB) Requests() Requests { return Requests{db} }

var _ request.Store = Requests{}

type requestRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	Number    string `gorm:"column:number"`
	PersonID  string `gorm:"column:person_id"`
	Kind      string `gorm:"column:kind"`
	State     string `gorm:"column:state"`
	MadeKey   string `gorm:"column:made_key"`
	Body      []byte `gorm:"column:body"` // sealed JSON: request.Form
	MadeAt    micros `gorm:"column:made_at"`
	ChangedAt micros `gorm:"column:changed_at"`
	Account   string `gorm:"column:account"`
}

func (requestRow) TableName() string { return "school_requests" }

const requestColumns = "id, number, person_id, kind, state, made_key, body, made_at, changed_at, account"

func requestAAD(id string) string     { return "request:" + id }
func requestStepAAD(id string) string { return "request-step:" + id }

// InTx implements request.Store.
func (s Requests) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Hold implements request.Store.
func (s Requests) Hold(ctx context.Context, personID string) error {
	return s.db.lockPerson(ctx, personID)
}

// Add implements request.Store.
func (s Requests) Add(ctx context.Context, r request.Request) (request.Request, error) {
	n, err := s.db.count(ctx, "requests")
	if err != nil {
		return request.Request{}, err
	}
	r.Number = fmt.Sprintf("JX%04d", n)
	who, err := s.db.People().Get(ctx, r.Person)
	if err != nil {
		return request.Request{}, fmt.Errorf("add a request: %w", err)
	}
	r.Account = who.Account
	raw, err := json.Marshal(r.Form)
	if err != nil {
		return request.Request{}, fmt.Errorf("write a request: %w", err)
	}
	body, err := s.db.sealFor(ctx, r.Person, string(raw), requestAAD(r.ID))
	if err != nil {
		return request.Request{}, err
	}
	row := requestRow{
		ID: r.ID, Number: r.Number, PersonID: r.Person, Kind: string(r.Kind), State: string(r.State), MadeKey: r.Key, Body: body,
		MadeAt: toMicros(r.MadeAt), ChangedAt: toMicros(r.ChangedAt), Account: r.Account,
	}
	if err := s.db.write(ctx).Create(&row).Error; err != nil {
		return request.Request{}, fmt.Errorf("add a request: %w", err)
	}
	return r, nil
}

// ByKey implements request.Store.
func (s Requests) ByKey(ctx context.Context, key string) (request.Request, error) {
	return s.one(ctx, "made_key = ?", key)
}

// Get implements request.Store.
func (s Requests) Get(ctx context.Context, id string) (request.Request, error) {
	in, of := peopleInReach(ctx, reach.Requests, "school_requests.person_id")
	return s.one(ctx, "id = ? AND "+in, append([]any{id}, of...)...)
}

func (s Requests) one(ctx context.Context, where string, args ...any) (request.Request, error) {
	rs, err := s.query(ctx, "WHERE "+where+" LIMIT 1", args...)
	if err != nil {
		return request.Request{}, err
	}
	if len(rs) == 0 {
		return request.Request{}, request.ErrNotFound
	}
	return rs[0], nil
}

// Of implements request.Store.
func (s Requests) Of(ctx context.Context, personID string) ([]request.Request, error) {
	return s.query(ctx, "WHERE person_id = ? ORDER BY made_at DESC, id DESC", personID)
}

// List implements request.Store.
func (s Requests) List(ctx context.Context, f request.Filter) (rs []request.Request, next string, err error) {
	states, order, past := "('done','declined','withdrawn')", "made_at DESC, id DESC", "(made_at < ? OR (made_at = ? AND id < ?))"
	if f.Open {
		states, order, past = "('new','passed','agreed')", "made_at, id", "(made_at > ? OR (made_at = ? AND id > ?))"
	}
	where, args := "state IN "+states, []any{}
	if f.Account != "" {
		where, args = where+" AND account = ?", append(args, f.Account)
	}
	if in, of := peopleInReach(ctx, reach.Requests, "school_requests.person_id"); in != whole {
		where, args = where+" AND "+in, append(args, of...)
	}
	if late := []any{string(request.Concern), string(request.New), toMicros(f.Late)}; f.Overdue {
		where, args = where+" AND kind = ? AND state = ? AND made_at <= ?", append(args, late...)
	} else if f.Open {
		where, args = where+" AND NOT (kind = ? AND state = ? AND made_at <= ?)", append(args, late...)
	}
	if f.Cursor != "" {
		after, err := s.Get(ctx, f.Cursor)
		if err != nil {
			return nil, "", err
		}
		at := toMicros(after.MadeAt)
		where, args = where+" AND "+past, append(args, at, at, f.Cursor)
	}
	rs, err = s.query(ctx, fmt.Sprintf("WHERE %s ORDER BY %s LIMIT %d", where, order, f.Limit+1), args...)
	if err == nil && len(rs) > f.Limit {
		rs = rs[:f.Limit]
		next = rs[f.Limit-1].ID
	}
	return rs, next, err
}

// CountNew implements request.Store.
func (s Requests) CountNew(ctx context.Context, account string) (n int, err error) {
	where, args := "state = 'new'", []any{}
	if account != "" {
		where, args = where+" AND account = ?", append(args, account)
	}
	if in, of := peopleInReach(ctx, reach.Requests, "school_requests.person_id"); in != whole {
		where, args = where+" AND "+in, append(args, of...)
	}
	if err := s.db.read(ctx).Raw("SELECT COUNT(*) FROM school_requests WHERE "+where, args...).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	return n, nil
}

func (s Requests) query(ctx context.Context, tail string, args ...any) ([]request.Request, error) {
	var rows []requestRow
	if err := s.db.read(ctx).Raw("SELECT "+requestColumns+" FROM school_requests "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	if err := keysFor(ctx, s.db, rows, func(r requestRow) []byte { return r.Body }); err != nil {
		return nil, err
	}
	out := make([]request.Request, len(rows))
	for i, r := range rows {
		out[i] = request.Request{
			ID: r.ID, Number: r.Number, Person: r.PersonID, Account: r.Account, Kind: request.Kind(r.Kind), State: request.State(r.State), Key: r.MadeKey,
			MadeAt: r.MadeAt.Time(), ChangedAt: r.ChangedAt.Time(),
		}
		readable, err := s.db.body(ctx, cell{"school_requests", r.ID, requestAAD(r.ID)}, r.Body, &out[i].Form)
		if err != nil {
			return nil, err
		}
		if !readable {
			out[i].Form = request.Form{About: Unreadable}
		}
	}
	return out, nil
}

// Move implements request.Store.
func (s Requests) Move(ctx context.Context, id string, from, to request.State, at time.Time) error {
	// changed_at grows with every move: MySQL does not count a row that it would write as it stands.
	res := s.db.write(ctx).Exec("UPDATE school_requests SET state = ?, changed_at = CASE WHEN changed_at >= ? THEN changed_at + 1 ELSE ? END WHERE id = ? AND state = ?",
		string(to), toMicros(at), toMicros(at), id, string(from))
	if res.Error != nil {
		return fmt.Errorf("move a request: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return request.ErrState
	}
	return nil
}

// AddStep implements request.Store.
func (s Requests) AddStep(ctx context.Context, st request.Step) error {
	note, err := s.db.sealUnder(ctx, "school_requests", st.Request, st.Note, requestStepAAD(st.ID))
	if err != nil {
		return err
	}
	err = s.db.write(ctx).Exec("INSERT INTO school_request_steps (id, request_id, state, staff_id, staff_name, note, at) VALUES (?,?,?,?,?,?,?)",
		st.ID, st.Request, string(st.State), st.Staff, st.Name, note, toMicros(st.At)).Error
	if err != nil {
		return fmt.Errorf("note a change of a request: %w", err)
	}
	return nil
}

// Steps implements request.Store.
func (s Requests) Steps(ctx context.Context, id string) ([]request.Step, error) {
	var rows []struct {
		ID, State, StaffID, StaffName string
		Note                          []byte
		At                            micros
	}
	err := s.db.read(ctx).Raw("SELECT id, state, staff_id, staff_name, note, at FROM school_request_steps WHERE request_id = ? ORDER BY at, id", id).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the changes of a request: %w", err)
	}
	out := make([]request.Step, len(rows))
	for i, r := range rows {
		note, err := s.db.text(ctx, cell{"school_request_steps", r.ID, requestStepAAD(r.ID)}, r.Note)
		if err != nil {
			return nil, err
		}
		out[i] = request.Step{ID: r.ID, Request: id, State: request.State(r.State), Staff: r.StaffID, Name: r.StaffName, Note: note, At: r.At.Time()}
	}
	return out, nil
}

// requests are what a person asked for, and what became of it.
func (s Rights) requests(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "家校请求和关心别人"}
	rs, err := s.db.Requests().Of(ctx, personID)
	if err != nil {
		return sec, err
	}
	for _, r := range rs {
		e := rights.Entry{At: r.MadeAt, What: r.Kind.Label() + " " + r.Number, Details: []rights.Detail{{Name: "状态", Value: r.StateLabel()}}}
		for _, d := range []rights.Detail{
			{Name: "学校", Value: r.Form.School}, {Name: "年级", Value: r.Form.Grade}, {Name: "是谁", Value: r.Form.Relation}, {Name: "看到什么", Value: r.Form.Seen},
			{Name: "有多确定", Value: r.Form.Sure}, {Name: "写的话", Value: r.Form.About}, {Name: "什么时候方便", Value: r.Form.Reach}, {Name: "电话", Value: r.Form.Phone},
		} {
			if d.Value != "" {
				e.Details = append(e.Details, d)
			}
		}
		steps, err := s.db.Requests().Steps(ctx, r.ID)
		if err != nil {
			return sec, err
		}
		for _, st := range steps {
			e.Details = append(e.Details, rights.Detail{Name: local(st.At), Value: r.Kind.Label() + "：" + r.LabelOf(st.State)})
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, nil
}
