package booking

import "time"

// Status is what became of an appointment.
type Status string

// The statuses.
const (
	Booked    Status = "booked"
	Arrived   Status = "arrived"
	NoShow    Status = "no_show"
	Cancelled Status = "cancelled"
)

// Valid says whether the status is known.
func (s Status) Valid() bool { return s.Label() != "" }

// Label is the status as people say it.
func (s Status) Label() string {
	switch s {
	case Booked:
		return "已约"
	case Arrived:
		return "已到"
	case NoShow:
		return "没来"
	case Cancelled:
		return "已取消"
	}
	return ""
}

// StepKind says what was done to an appointment.
type StepKind string

// The kinds of steps. Booking itself is none: BookedAt says when.
const (
	StepArrived   StepKind = "arrived"
	StepNoShow    StepKind = "no_show"
	StepUndone    StepKind = "undone" // arrival or absence was marked by mistake
	StepMoved     StepKind = "moved"
	StepCancelled StepKind = "cancelled"
	StepWalkedIn  StepKind = "walked_in"
	StepRehoused  StepKind = "rehoused" // the station moved house
	StepUnkept    StepKind = "unkept"   // the station is closed then
	StepReopened  StepKind = "reopened" // it is open after all
)

// Label is the kind as people say it.
func (k StepKind) Label() string {
	switch k {
	case StepArrived:
		return "记为已到"
	case StepNoShow:
		return "记为没来"
	case StepUndone:
		return "改回已约"
	case StepMoved:
		return "改了时间"
	case StepCancelled:
		return "取消预约"
	case StepRehoused:
		return "站点换了地址，已经告诉对方"
	case StepUnkept:
		return "站点那天不开，已经告诉对方"
	case StepReopened:
		return "站点又开了，预约照旧"
	case StepWalkedIn:
		return "现场登记"
	}
	return ""
}

// Ours says that neither the person nor staff did it.
func (k StepKind) Ours() bool { return k == StepRehoused || k == StepUnkept || k == StepReopened }

// Step is one line of an appointment's history. By and Staff are empty for what the person did in the chat.
type Step struct {
	ID          string
	Appointment string
	Kind        StepKind
	By          string // staff ID
	Staff       string // as colleagues see them
	Note        string
	Key         string // the idempotency key
	At          time.Time
}

// Block is a time in which a station takes nobody.
type Block struct {
	ID       string
	Station  string // ID
	From, To time.Time
	Reason   string
	Key      string // the idempotency key
	By       string // staff ID
	Staff    string
	At       time.Time
	LiftedAt time.Time // zero while it holds
}

// Covers says whether the block takes anything of a slot.
func (b Block) Covers(s Slot) bool { return s.Start.Before(b.To) && s.End().After(b.From) }
