// Package plan holds what the flows of a set say once they are read, checked and taken apart: flows, steps, questions,
// choices, texts, and the words that lead to them. It only answers what can be read off them; dialog goes through them,
// dialog/load makes them from YAML, dialog/draw draws them. Start reading at Plan and Step.
package plan

import (
	"github.com/expr-lang/expr/vm"
)

// Plan is everything that the flows of a set say, checked and taken apart. It never changes once it is loaded.
type Plan struct {
	Flows   map[string]*Flow
	System  System
	Words   map[string]string    // a trigger word, folded, to its flow
	Phrases map[string]string    // what a short text holds, folded, to its flow
	Clicks  map[string]string    // a menu event key to its flow
	Scenes  map[string]string    // the beginning of a QR scene to its flow
	Events  map[string]string    // an event to its flow
	Taps    map[string]Tap       // the ID of a written choice to where it leads, for taps on old messages
	Facts   map[string]Type      // what the caller tells
	Person  map[string]PersonVar // the variables that go with the person
	Media   []MediaUse
	Steps   int
}

// The flows that the engine itself goes to; every set has them.
const (
	FlowMenu  = "menu"
	FlowHuman = "human"
	FlowHelp  = "help"
	FlowStart = "start" // the step at which a flow begins

	FlowConsent = "consent" // asks how old somebody is, for a guardian and for consent; of a set in which something needs it

	FlowFeelings = "feelings" // for whoever says that they feel bad; a set may do without it
)

// What a gate is made of: the command that it runs, how that says that somebody does not pass, and what the flow of consent takes
// and gives.
const (
	NeedCommand  = "consent.need"
	NotYet       = "needs_consent"
	ConsentTakes = "what"
	WillShow     = "shows" // whether the flow itself shows the words, before the choice that agrees to them
	ConsentGives = "given"
)

// The events that may begin a flow.
const (
	EventSubscribe = "subscribe"
	EventLocation  = "location"
	EventPlace     = "place" // a text says where somebody wants to go
)

// Flow is one conversation with a beginning and an end.
type Flow struct {
	ID        string
	Title     string
	File      string
	Vars      map[string]Type
	Takes     []string // the variables that a flow that calls it must give
	Gives     []string // the variables that such a flow may save
	WordInto  string   // takes the trigger word that was said
	Aside     bool     // its words are said in passing: they lead nowhere, and what waits for a human is for the human
	Stopped   string   // what is said where somebody stops in its middle; "" is the general sentence
	SceneInto string   // takes the rest of a scene
	SceneStep string   // at which the flow then begins
	Steps     map[string]*Step
	Order     []string
	Lists     []string // variables with choices that a call fetches anew whenever a question needs them
}

// Step is one step; exactly one of its deeds is set.
type Step struct {
	Flow *Flow
	ID   string
	Line int

	Say  *Say
	Ask  *Ask
	Cond []Branch
	Set  []Assign
	Call *Call
	Sub  *SubFlow
	Need *Need
	Home bool // end of the flow

	Next Target
}

// Target is a step of a flow; the zero target ends the flow.
type Target struct{ Flow, Step string }

// None says whether the flow ends here.
func (t Target) None() bool { return t.Step == "" }

// SubFlow is a flow to call and come back from.
type SubFlow struct {
	Flow string
	Args []Argument
	Save map[string]string // what it gives to a variable here
}

// Need is the gate before something of a person is kept: it is passed by whoever may have it kept, and everybody else is led
// through the flow of consent first, which comes back here.
type Need struct {
	What      string // the purpose, as commands name it
	Into      string // the variable that takes the words to agree to, "" where they were agreed to already
	Otherwise Target // for whoever did not get through; the zero target ends the flow
}

// Say is what a step says.
type Say struct {
	Text Text
	Card *CardText
}

// CardText is an article or a picture that a step shows.
type CardText struct{ Title, Summary, URL, Picture Text }

// Ask is a question, with what counts as an answer.
type Ask struct {
	Text     Text
	Choices  []Choice
	From     string // the variable that holds the choices, until one is taken
	Also     string // the variable that holds choices which are not shown, and taken where a day or a time says them
	Said     string // the variable that holds what was said before of the day or the time that is asked
	Source   string // the call that fetches them anew
	Kind     AskKind
	Into     string
	Retry    Text
	Min, Max float64 // of a number; of a text's length in runes
	Tries    int
	Open     bool // a free text may also be a word that begins a flow, or a question about the service
	GiveUp   Target
	Location Target
	Back     Target
	Past     bool           // a day that is over is an answer too
	Passing  bool           // asked in passing: another flow need not come back to it
	KeptBy   string         // the step whose call keeps what is written here, even where danger has the next word
	Unread   Text           // what is said to a picture or a voice that comes instead of an answer
	Lower    map[string]int // folded label or synonym to choice
}

// Choice is a written choice of a question.
type Choice struct {
	ID    string
	Label string
	Value string
	Group string // the word that it stands under, with its neighbours
	Means string // meansYes or meansNo: any words of assent or refusal choose it
	To    Target
}

// What a choice may mean.
const (
	MeansYes = "yes"
	MeansNo  = "no"
)

// Tap is the place of a written choice.
type Tap struct {
	Flow  *Flow
	Step  *Step
	Index int
}

// Branch is a condition, and where it leads.
type Branch struct {
	When *vm.Program // nil: else
	To   Target
}

// Assign gives a variable a value.
type Assign struct {
	Name string
	Expr *vm.Program
}

// Call is a command that a step runs.
type Call struct {
	Command  string
	Outcomes []string // in the command's order
	Args     []Argument
	Save     map[string]string // result to variable
	On       map[string]Target
}

// Argument is one of the values that a command or a flow is given.
type Argument struct {
	Name string
	Text *Text       // for a text with {{…}}
	Expr *vm.Program // else an expression
}

// System holds the texts that belong to no flow.
type System struct {
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

// Missing names the texts that every set must have and this one has not.
func (t System) Missing() (keys []string) {
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

// MediaUse is a picture of dialogs/media that a step shows.
type MediaUse struct {
	Name string // of the picture
	File string // of the flow: "flows/calm.yaml"
	Line int
	Col  int
}
