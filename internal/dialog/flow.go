// Package dialog is the engine of the conversations that editors write in dialogs/flows: it loads and checks them, and
// steps through them. A step is pure: (flow set, state, input, environment) gives a new state, replies and perhaps a
// command to run; there is no I/O and no clock inside, so every conversation can be replayed. What a command does is not
// known here, only its signature. Start reading at Set.Step; load.go turns YAML into a Set.
package dialog

import (
	"github.com/expr-lang/expr/vm"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Set is a loaded, checked set of flows. It never changes.
type Set struct {
	Version  string // a digest of the files
	flows    map[string]*flow
	system   systemTexts
	faq      *faq
	words    map[string]string // a trigger word, folded, to its flow
	phrases  map[string]string // what a short text holds, folded, to its flow
	clicks   map[string]string // a menu event key to its flow
	scenes   map[string]string // the beginning of a QR scene to its flow
	events   map[string]string // an event to its flow
	taps     map[string]tap    // the ID of a written choice to where it leads, for taps on old messages
	commands map[string]Command
	facts    map[string]Type      // what the caller tells
	person   map[string]personVar // the variables that go with the person
	media    []MediaUse
	steps    int
}

// The flows that the engine itself goes to; every set has them.
const (
	flowMenu  = "menu"
	flowHuman = "human"
	flowHelp  = "help"
	flowStart = "start" // the step at which a flow begins

	flowFeelings = "feelings" // for whoever says that they feel bad; a set may do without it
)

// The events that may begin a flow.
const (
	eventSubscribe = "subscribe"
	eventLocation  = "location"
	eventPlace     = "place" // a text says where somebody wants to go
)

// searchCommand is asked for a first answer and for hits when a text matches nothing.
const searchCommand = "worry.meet"

// wayMark begins what a hit says that leads to a flow; any other hit is a lesson.
const wayMark = "@"

type flow struct {
	id        string
	title     string
	file      string
	vars      map[string]Type
	takes     []string // the variables that a flow that calls it must give
	gives     []string // the variables that such a flow may save
	wordInto  string   // takes the trigger word that was said
	aside     bool     // its words are said in passing: they lead nowhere, and what waits for a human is for the human
	stopped   string   // what is said where somebody stops in its middle; "" is the general sentence
	sceneInto string   // takes the rest of a scene
	sceneStep string   // at which the flow then begins
	steps     map[string]*step
	order     []string
	lists     []string // variables with choices that a call fetches anew whenever a question needs them
}

// step is one step; exactly one of its deeds is set.
type step struct {
	flow *flow
	id   string
	line int

	say  *say
	ask  *ask
	cond []branch
	set  []assign
	call *call
	sub  *subFlow
	home bool // end of the flow

	next target
}

// target is a step of a flow; the zero target ends the flow.
type target struct{ flow, step string }

func (t target) none() bool { return t.step == "" }

// subFlow is a flow to call and come back from.
type subFlow struct {
	flow string
	args []argument
	save map[string]string // what it gives to a variable here
}

type say struct {
	text text
	card *cardText
}

type cardText struct{ title, summary, url, picture text }

type ask struct {
	text     text
	choices  []choice
	from     string // the variable that holds the choices, until one is taken
	said     string // the variable that holds what was said before of the day or the time that is asked
	source   string // the call that fetches them anew
	kind     askKind
	into     string
	retry    text
	min, max float64 // of a number; of a text's length in runes
	tries    int
	open     bool // a free text may also be a word that begins a flow, or a question about the service
	giveUp   target
	location target
	back     target
	past     bool           // a day that is over is an answer too
	passing  bool           // asked in passing: another flow need not come back to it
	keptBy   string         // the step whose call keeps what is written here, even where danger has the next word
	unread   text           // what is said to a picture or a voice that comes instead of an answer
	lower    map[string]int // folded label or synonym to choice
}

type askKind string

// What an ask takes beside its choices.
const (
	askChoice   askKind = "choice"
	askText     askKind = "text"
	askNumber   askKind = "number"
	askYesNo    askKind = "yesno"
	askLocation askKind = "location"
	askDate     askKind = "date"     // kept as 2026-12-03
	askTime     askKind = "time"     // kept as 15:00
	askDatetime askKind = "datetime" // kept as 2026-12-03 15:00
	askPhone    askKind = "phone"    // kept in figures alone
)

type choice struct {
	id    string
	label string
	value string
	group string // the word that it stands under, with its neighbours
	means string // meansYes or meansNo: any words of assent or refusal choose it
	to    target
}

// What a choice may mean.
const (
	meansYes = "yes"
	meansNo  = "no"
)

type tap struct {
	flow  *flow
	step  *step
	index int
}

type branch struct {
	when *vm.Program // nil: else
	to   target
}

type assign struct {
	name string
	expr *vm.Program
}

type call struct {
	command  string
	outcomes []string // in the command's order
	args     []argument
	save     map[string]string // result to variable
	on       map[string]target
}

type argument struct {
	name string
	text *text       // for a text with {{…}}
	expr *vm.Program // else an expression
}

type systemTexts struct {
	Miss       []string `yaml:"miss"`    // what is said to a text that is not understood: first, second
	Hits       string   `yaml:"hits"`    // before the lessons that may help
	Perhaps    string   `yaml:"perhaps"` // before the questions about the service that a text may ask
	Neither    string   `yaml:"neither"` // the label of none of these
	Exit       string   `yaml:"exit"`    // after 退出
	Resume     string   `yaml:"resume"`  // before going on with what was interrupted; {{title}}
	Away       string   `yaml:"away"`    // to whoever comes back after days to a question: go on, or begin anew; {{title}}
	GoOn       string   `yaml:"go_on"`   // the label of going on
	Anew       string   `yaml:"anew"`    // the label of beginning anew
	Moved      string   `yaml:"moved"`   // where the flow was edited meanwhile and begins anew; {{title}}
	NoBack     string   `yaml:"no_back"` // after 返回 at the beginning
	Retry      string   `yaml:"retry"`   // before the question again, where the ask has no words of its own
	YesNo      []string `yaml:"yesno"`   // the labels of yes and no
	Human      string   `yaml:"human"`   // the label of the choice that calls a human
	Menu       string   `yaml:"menu"`    // the label of the choice that leads home
	Stuck      string   `yaml:"stuck"`   // after three texts that were not understood: asks whether to call a human
	Call       string   `yaml:"call"`    // the labels of yes and no to that
	Later      string   `yaml:"later"`
	NotCalled  string   `yaml:"not_called"`  // after that no
	Stopped    string   `yaml:"stopped"`     // where somebody leaves a flow in its middle; {{title}}
	Slip       string   `yaml:"slip"`        // before the question before, after 选错了
	NoChange   string   `yaml:"no_change"`   // where somebody wants to change something to what is not there
	Already    string   `yaml:"already"`     // to a second tap on the same button
	Bygone     string   `yaml:"bygone"`      // to a tap on a button of an earlier question
	PastDay    string   `yaml:"past_day"`    // where a day is over
	HalfDay    string   `yaml:"half_day"`    // where a day was only half said
	HalfTime   string   `yaml:"half_time"`   // the same of a time
	NotOffered string   `yaml:"not_offered"` // before the days or times that are free, where another was wished: {{said}}
	NoneThen   string   `yaml:"none_then"`   // where none is free in the part of the day that was wished
	Lesson     string   `yaml:"lesson"`      // the step that shows a lesson: flow.step
	LessonV    string   `yaml:"lesson_var"`  // the variable there that takes its ID
}

// missing names the texts that every set must have and this one has not.
func (t systemTexts) missing() (keys []string) {
	if len(t.Miss) < 2 {
		keys = append(keys, "miss（两句）")
	}
	if len(t.YesNo) != 2 {
		keys = append(keys, "yesno（两个）")
	}
	for _, k := range []struct{ key, text string }{
		{"hits", t.Hits}, {"exit", t.Exit}, {"resume", t.Resume}, {"away", t.Away}, {"go_on", t.GoOn}, {"anew", t.Anew}, {"moved", t.Moved},
		{"no_back", t.NoBack}, {"retry", t.Retry}, {"human", t.Human}, {"menu", t.Menu}, {"stuck", t.Stuck}, {"call", t.Call}, {"later", t.Later},
		{"not_called", t.NotCalled}, {"stopped", t.Stopped}, {"slip", t.Slip}, {"no_change", t.NoChange}, {"already", t.Already}, {"bygone", t.Bygone},
		{"past_day", t.PastDay}, {"half_day", t.HalfDay}, {"half_time", t.HalfTime}, {"not_offered", t.NotOffered}, {"none_then", t.NoneThen},
	} {
		if k.text == "" {
			keys = append(keys, k.key)
		}
	}
	return keys
}

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
