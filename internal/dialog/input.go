package dialog

import "github.com/xinqiao-bot/xinqiao/internal/channel"

// Trace is one step that a conversation went through, with its place in the content.
type Trace struct {
	Flow string
	Step string
	File string // "flows/booking.yaml"
	Line int
}

// InputKind says what an Input is.
type InputKind string

// The kinds of input.
const (
	InputText     InputKind = "text"
	InputEvent    InputKind = "event"
	InputLocation InputKind = "location"
	InputResult   InputKind = "result"
)

// Input is what the engine reads: something that the person did, or the result of the command that it asked for.
type Input struct {
	Kind     InputKind
	Text     string
	MenuID   string
	Event    channel.Event
	Location *channel.Location
	Result   *Result
}

// Output is what a step came to. Where Call is set, the caller runs it and steps again with its Result.
type Output struct {
	State   State
	Replies []channel.Reply
	Call    *Call
	Kept    Vars // all variables that go with the person, where one of them changed
	Missed  bool // the text matched nothing
	Trace   []Trace
}
