// Package request is what people ask the school for and what they tell of somebody else: a home visit, a talk with the
// tutor, a concern about a friend, a pupil, a neighbour's child. It is a room of its own because nobody here is the person
// that a case is about: a request is passed on and tracked, a case is talked with. Start reading at Request; service.go
// moves it, chat.go answers flows.
package request

import (
	"errors"
	"slices"
	"time"
)

// The errors of requests.
var (
	ErrNotFound = errors.New("request: no such request")
	ErrMany     = errors.New("request: too many that are under way")
	ErrState    = errors.New("request: it stands otherwise by now")
	ErrReason   = errors.New("request: a word to the person is missing, or too long")
)

// Kind is what a request is about.
type Kind string

// The kinds.
const (
	Visit   Kind = "visit"   // a home visit
	Talk    Kind = "talk"    // a talk with the tutor
	Concern Kind = "concern" // about somebody else
)

// Valid says whether the kind is known.
func (k Kind) Valid() bool { return slices.Contains([]Kind{Visit, Talk, Concern}, k) }

// Label names the kind for people.
func (k Kind) Label() string {
	switch k {
	case Visit:
		return "请老师家访"
	case Talk:
		return "约导师谈一谈"
	case Concern:
		return "担心身边的人"
	}
	return string(k)
}

// State is how far a request has come.
type State string

// The states.
const (
	New       State = "new"
	Passed    State = "passed" // to the school; of a concern: a human has read it and acts
	Agreed    State = "agreed" // a time is agreed
	Done      State = "done"
	Declined  State = "declined"  // with a reason that the person is told
	Withdrawn State = "withdrawn" // by the person
)

// Open says that something is still to be done.
func (s State) Open() bool { return s == New || s == Passed || s == Agreed }

// moves are where each state may lead.
var moves = map[State][]State{
	New:    {Passed, Agreed, Done, Declined},
	Passed: {Agreed, Done, Declined},
	Agreed: {Agreed, Done, Declined}, // another time
}

// Next lists where a request can go from here.
func (r Request) Next() []State {
	next := slices.Clone(moves[r.State])
	if r.Kind == Concern { // there is no time to agree with whoever told
		next = slices.DeleteFunc(next, func(s State) bool { return s == Agreed })
	}
	return next
}

// StateLabel names a state of the request for people.
func (r Request) StateLabel() string { return r.Kind.label(r.State) }

// LabelOf names a state that a request of its kind was in.
func (r Request) LabelOf(s State) string { return r.Kind.label(s) }

func (k Kind) label(s State) string {
	switch s {
	case New:
		return "新"
	case Passed:
		if k == Concern {
			return "老师看过，在处理"
		}
		return "已转学校"
	case Agreed:
		return "约好了"
	case Done:
		return "办完了"
	case Declined:
		return "不办"
	case Withdrawn:
		return "本人撤回"
	}
	return string(s)
}

// MoveLabel names the deed that leads to a state, for staff.
func (r Request) MoveLabel(s State) string {
	switch s {
	case Passed:
		if r.Kind == Concern {
			return "我看过了，在处理"
		}
		return "已转给学校"
	case Agreed:
		return "约好了时间"
	case Done:
		return "办完了"
	case Declined:
		return "不办，写明原因"
	case New, Withdrawn:
	}
	return string(s)
}

// Form is what the person told; it is sealed at rest.
type Form struct {
	School string `json:"school,omitempty"`
	Grade  string `json:"grade,omitempty"`
	About  string `json:"about,omitempty"` // in their own words
	Reach  string `json:"reach,omitempty"` // when they can be reached
	Phone  string `json:"phone,omitempty"`

	Relation string `json:"relation,omitempty"` // of a concern: who it is about, without a name
	Seen     string `json:"seen,omitempty"`
	Sure     string `json:"sure,omitempty"`
	AskBack  bool   `json:"ask_back,omitempty"`
	Danger   bool   `json:"danger,omitempty"` // the person says that it is dangerous now; a case was opened
}

// Request is one thing that a person asked for.
type Request struct {
	ID        string
	Number    string // what the person and staff call it
	Person    string
	Account   string // of the service, by which it came: a school's, a district's, the bureau's
	Kind      Kind
	State     State
	Form      Form
	Key       string // the idempotency key that made it
	MadeAt    time.Time
	ChangedAt time.Time
}

// Step is one change of a request. Note is what the person was told besides.
type Step struct {
	ID      string
	Request string
	State   State
	Staff   string // ID; empty: the person
	Name    string
	Note    string
	At      time.Time
}

// Actor is the member of staff who moves a request. Account is the only one whose requests they reach, "" for every one.
type Actor struct{ ID, Name, Account string }

func (a Actor) reaches(r Request) bool { return a.Account == "" || a.Account == r.Account }
