// Package crisis is the talk after danger: a pure state machine. It hears an answer, gives it a meaning (Class), and looks
// up one row of one table (table.go) that says which texts to say, whether the danger is worse than was known, and where
// the talk goes on. It never judges danger (package risk does), sends nothing, stores nothing and knows no platform; every
// text is an editor's (dialogs/replies/talk.yaml). Read Step first, then table.go from top to bottom.
package crisis

import (
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Phase is where the talk stands: the question that waits for an answer, or one of the states without a question.
type Phase string

// The phases without a question of a track. All others are questions and stand in talk.yaml under `questions`.
const (
	Quiet  Phase = ""       // no talk
	Doubt  Phase = "doubt"  // an unclear reading: asked once, nobody is called before the answer
	Stay   Phase = "stay"   // all that had to be asked is asked: company until somebody comes
	Paused Phase = "paused" // the person looks at something else; any word of danger brings the talk back
	Closed Phase = "closed" // safe, or not wanted: ended kindly
)

// Situation is what kind of danger the talk is about; it chooses the first advice and the questions, in their order.
type Situation string

// The situations. Who speaks, and of whom, is part of it: advice to a friend is not advice to the one on the roof.
const (
	Height    Situation = "height"    // at a height, by the water, on rails
	Body      Situation = "body"      // swallowed something, or bleeding badly
	Cut       Situation = "cut"       // hurts oneself, not in danger of life
	Planned   Situation = "planned"   // means to die, with a plan, means or a time
	Wish      Situation = "wish"      // wants to die, no plan told
	Dark      Situation = "dark"      // hopeless, tired of living, starving, grieving: asked about dying first
	Hit       Situation = "hit"       // is being beaten or attacked now
	Door      Situation = "door"      // a child alone, a stranger at the door
	Harmed    Situation = "harmed"    // is or was hurt by others: beaten, touched, bullied
	Voices    Situation = "voices"    // hears or fears what others do not
	Runaway   Situation = "runaway"   // has left home or is about to
	Rage      Situation = "rage"      // wants to hurt somebody
	Strike    Situation = "strike"    // a parent about to hit
	Regret    Situation = "regret"    // a parent who has hit
	Baby      Situation = "baby"      // a mother or father afraid beside a baby
	Parent    Situation = "parent"    // a parent at the end
	Friend    Situation = "friend"    // worries about somebody else's life
	Seen      Situation = "seen"      // somebody else is in danger of life right now
	Child     Situation = "child"     // a parent whose child is in danger
	Lost      Situation = "lost"      // a parent who cannot find the child in danger
	ChildHurt Situation = "childhurt" // a parent whose child is hurt by others
	Bullied   Situation = "bullied"   // a pupil who tells of another who is hurt
	Back      Situation = "back"      // comes back hours or days later
)

// Audience is to whom the words are said.
type Audience string

// The audiences. Whoever has not said is spoken to as a pupil is.
const (
	Anyone   Audience = ""
	Parents  Audience = "parent"
	Students Audience = "student"
)

// State is what is remembered of the talk. It is small, travels in the session as JSON, and is never written to by Step.
type State struct {
	Phase     Phase           `json:"phase,omitempty"`
	Situation Situation       `json:"situation,omitempty"`
	Level     risk.Level      `json:"level,omitempty"` // the highest of this talk; nothing here lowers that of the case
	Subject   risk.Subject    `json:"subject,omitempty"`
	Category  string          `json:"category,omitempty"`
	Audience  Audience        `json:"audience,omitempty"`
	Young     bool            `json:"young,omitempty"` // said something that only a primary pupil says
	Ta        string          `json:"ta,omitempty"`    // the pronoun for whoever they worry about: 他 or 她
	Asked     map[Phase]int   `json:"asked,omitempty"` // how often each question was put
	Known     map[Phase]Class `json:"known,omitempty"` // what answers which question, also when it was said before it was asked
	Heard     map[Class]int   `json:"heard,omitempty"` // how often each thing was said
	Said      map[string]int  `json:"said,omitempty"`  // how many variants of each text were used
	Offered   []Offer         `json:"offered,omitempty"`
	Grave     bool            `json:"grave,omitempty"`    // a doubt in which a wish, means, a place or a deed was named
	Refused   bool            `json:"refused,omitempty"`  // does not want hotlines
	Silences  int             `json:"silences,omitempty"` // how often a silence was asked about
	Since     time.Time       `json:"since,omitzero"`     // when danger was last spoken of
	Doubted   time.Time       `json:"doubted,omitzero"`
	Met       bool            `json:"met,omitempty"` // staff had the conversation since
}

// Offer is one answer that was offered, so that a number or a tap means just this.
type Offer struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Phase Phase  `json:"phase"`
	Class Class  `json:"class"`
}

// Heard is what a message says, beside its danger. See Talk.Hear.
type Heard struct {
	Text    string  // as it came
	Classes []Class // in the order in which they are tried, see order in hear.go
	Chosen  *Offer  // a number, a label or a tap: it alone counts
	Words   string  // the person's own words, fit to be given back to them; "" where none are
	Ta      string  // the pronoun that it uses for somebody else, 他 or 她
}

// Say is what the program says in a turn: texts by their keys in talk.yaml, one after the other, then a question.
type Say struct {
	Keys     []string
	Question Phase  // "" asks nothing
	Bare     bool   // the texts ask the question themselves: only its answers are shown
	Words    string // see Heard
}

// Raise is what a turn asks of the casework. The zero Raise asks nothing.
type Raise struct {
	Level  risk.Level // none: no case for this
	Reason string     // one plain Chinese sentence for the counsellor; never quotes the person
	Human  bool       // asked for a human
	Mark   Mark       // what else staff should know of the turn
}

// Turn is what a step came to.
type Turn struct {
	State State
	Say   Say
	Raise Raise
	Pass  bool // the message is for the rest of the service; Say comes before its answer
	Doubt DoubtEnd
}

// DoubtEnd is what came of a question after an unclear reading.
type DoubtEnd string

// The ends of a doubt, as the list of asked talks knows them.
const (
	DoubtOpen    DoubtEnd = ""
	DoubtNo      DoubtEnd = "no"
	DoubtYes     DoubtEnd = "yes"
	DoubtUnclear DoubtEnd = "unclear"
	DoubtSilent  DoubtEnd = "silent"
	DoubtLeft    DoubtEnd = "left"
)

// StayFor is how long after a word of danger the talk goes on; BackWithin for how long whoever comes back is met by it.
const (
	StayFor    = 2 * time.Hour
	BackWithin = 72 * time.Hour
)

// doubtRest is how long the next question after an unclear reading waits, so that nobody is asked twice in a row.
const doubtRest = 10 * time.Minute

// Open says whether the talk after danger is going on: whether Step has the next word.
func (s State) Open(now time.Time) bool {
	switch s.Phase {
	case Quiet, Paused, Closed:
		return false
	case Doubt: // until it is answered, or a silence ends it
		return now.Sub(s.Doubted) < StayFor
	}
	return s.Company(now)
}

// Company says whether danger was spoken of not long ago.
func (s State) Company(now time.Time) bool { return !s.Since.IsZero() && now.Sub(s.Since) < StayFor }

// Talk is the state as the reader of danger takes it: in a talk after danger the same words weigh otherwise.
func (s State) Talk(now time.Time) risk.Talk {
	if !s.Company(now) {
		return risk.Talk{}
	}
	return risk.Talk{Level: s.Level, Subject: s.Subject, Category: s.Category}
}

// MayAsk says whether an unclear reading is asked about now: never twice in a row, and not while the talk goes on.
func (s State) MayAsk(now time.Time) bool {
	return !s.Open(now) && (s.Doubted.IsZero() || now.Sub(s.Doubted) >= doubtRest)
}

func (s State) clone() State {
	s.Asked, s.Known, s.Heard, s.Said = copied(s.Asked), copied(s.Known), copied(s.Heard), copied(s.Said)
	s.Offered = slices.Clone(s.Offered)
	return s
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}
