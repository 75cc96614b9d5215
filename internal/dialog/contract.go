package dialog

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Type is the type of a variable, an argument or a result.
type Type = plan.Type

// The types that flows, arguments and results use; plan says what their values are.
const (
	TypeText    = plan.TypeText
	TypeNumber  = plan.TypeNumber
	TypeBool    = plan.TypeBool
	TypeChoices = plan.TypeChoices
	TypeTexts   = plan.TypeTexts
)

// Call is a command that a flow asks for. Key is its idempotency key: the inbound message's key and the
// call's place in the turn, so that a repeated turn repeats the same key.
type Call struct {
	Name     string
	Args     map[string]any
	Key      string
	Person   string // person ID
	Audience string // parent, student or "" while unknown
	Location *channel.Location
	Order    string // compares like when the message was said
	Origin   string // a keyed hash of the network where the channel proves nobody, see channel.Inbound; else ""
	Now      time.Time
	Kept     Vars // the variables that go with the person; never written to
}

// Text returns a text argument, "" where it is missing.
func (c Call) Text(name string) string { s, _ := c.Args[name].(string); return s }

// Number returns a number argument, 0 where it is missing.
func (c Call) Number(name string) float64 { n, _ := c.Args[name].(float64); return n }

// Danger is a domain's word that an answer signals danger (a questionnaire's safety item).
type Danger struct {
	Level    risk.Level
	Subject  risk.Subject // about whom; "" is the person
	Category string       // what it is about, as the reader of danger names it; "" is suicide
	Reason   string       // one plain Chinese sentence for the counsellor; never quotes the person
}

// Result is what a command came to; it is the engine's next input. Outcome is one of the command's Outcomes and
// picks the step that follows; Vars become conversation variables under the names that the flow gives them;
// Replies are said before the next step.
type Result struct {
	Outcome string
	Vars    map[string]any
	Replies []channel.Reply
	Danger  *Danger
	Forget  bool // the person was erased: neither the session nor what is said in this turn may be kept
}

// Command is a deed that a domain offers to flows. Run is called outside the engine, at most once per Key by a
// healthy server and perhaps again after a crash; see Once.
type Command struct {
	Name     string          // "booking.slots"
	Args     map[string]Type // all required
	Results  map[string]Type // the variables that Result.Vars may set
	Outcomes []string        // "ok", "full", … every one must be handled by the flow that calls
	Commits  bool            // it books, sends or signs up: a flow comes to it only from a choice that means yes
	Needs    string          // the purpose that a person must have agreed to before it runs: it keeps something of them
	Once     bool            // run again under its key it returns what it came to: the caller records that beside what it did, in one transaction
	Run      func(ctx context.Context, c Call) (Result, error)
}
