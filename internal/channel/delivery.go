package channel

import "time"

// Delivery is something to say to a person who is not waiting for it, as durable work: the job of whoever has news for
// them, and bot's to do.
type Delivery struct {
	Person  string  `json:"person"`
	Replies []Reply `json:"replies,omitempty"`
	Message string  `json:"message,omitempty"` // the transcript message that this is, where it stands there already
	Said    bool    `json:"said,omitempty"`    // it stands in the transcript without being known by its ID

	Notice   string    `json:"notice,omitempty"`   // instead of Replies, a notice of dialogs/replies/notices.yaml, in the words of the day
	Name     string    `json:"name,omitempty"`     // who is named in it
	From     string    `json:"from,omitempty"`     // the colleague before them
	Holds    string    `json:"holds,omitempty"`    // it is true only while this member of staff has the conversation
	Until    time.Time `json:"until,omitzero"`     // it is true only until then
	Wait     bool      `json:"wait,omitempty"`     // it is not pushed: it waits for the next contact
	Aside    bool      `json:"aside,omitempty"`    // it is no matter of theirs: it waits while they are in danger or somebody cares for them
	Behind   bool      `json:"behind,omitempty"`   // it comes behind the answer to what they said, and never in the midst of something
	Visit    string    `json:"visit,omitempty"`    // it asks of this appointment: it holds while nobody has answered
	Campaign string    `json:"campaign,omitempty"` // of which it is a part
	Tries    int       `json:"tries,omitempty"`    // how often it was set aside to be tried again by itself
	Knock    *Knock    `json:"knock,omitempty"`    // where it cannot be pushed: how a notice that they agreed to says that it is there
}

// Knock is a notice that a person agreed to get: it says that something waits for them, and nothing of what it says, since it
// lies open on a locked screen. The words themselves wait in the conversation.
type Knock struct {
	For   KnockFor  `json:"for"`
	At    time.Time `json:"at,omitzero"`    // when what it is about begins
	Until time.Time `json:"until,omitzero"` // from then on nobody is told; zero: always
}

// KnockFor is what a notice is about.
type KnockFor string

// What notices are about.
const (
	KnockAppointment KnockFor = "appointment" // an appointment is soon
	KnockEvent       KnockFor = "event"       // a lecture or an activity is soon
	KnockFollowUp    KnockFor = "followup"    // somebody asks how they are
)

// Valid says whether it is one of them.
func (f KnockFor) Valid() bool { return f == KnockAppointment || f == KnockEvent || f == KnockFollowUp }

// KindDelivery is the kind of work that a Delivery is.
const KindDelivery = "deliver"

// Kind implements outbox.Job.
func (Delivery) Kind() string { return KindDelivery }

// Tell is a delivery of plain text.
func Tell(person, text string) Delivery {
	return Delivery{Person: person, Replies: []Reply{{Text: text}}}
}
