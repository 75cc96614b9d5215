// Package editing changes the content in dialogs/ from forms: it finds the lessons, questions, stations, events and replies
// in their YAML files, shows one as fields, and writes a change back into the lines of that one item alone, so that
// comments and whatever else stands in the file stay as their editors wrote them. A change is a draft in the database
// until a second person publishes it; YAML stays the truth. It is a room of its own because it must know no domain: what
// is right is the loaders' word, handed in as Service.Try. Start reading at Service; splice.go writes into YAML.
package editing

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// The errors of editing.
var (
	ErrNotFound = errors.New("editing: no such item")
	ErrNoDraft  = errors.New("editing: no such draft")
	ErrOwn      = errors.New("editing: somebody else must approve it")
	ErrChanged  = errors.New("editing: the draft was changed meanwhile")
	ErrConflict = errors.New("editing: the item was changed in its file meanwhile")
	ErrProblems = errors.New("editing: the content would not load")
	ErrDone     = errors.New("editing: the draft is published or withdrawn")
	ErrComplex  = errors.New("editing: a form cannot show all of it")
	ErrBroken   = errors.New("editing: the file cannot be read")
	ErrNothing  = errors.New("editing: nothing was changed")
	ErrReadOnly = errors.New("editing: the folder of the content cannot be written")
	ErrLong     = errors.New("editing: the name is too long")
	ErrKey      = errors.New("editing: the name does not fit")
	ErrTaken    = errors.New("editing: another item has the name")
	ErrWriting  = errors.New("editing: the draft is still being written")
	ErrTheirs   = errors.New("editing: the draft is a colleague's")
	ErrRemark   = errors.New("editing: a remark is missing, or too long")
)

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Lesson  Kind = "lesson"
	FAQ     Kind = "faq"
	Station Kind = "station"
	Event   Kind = "event"
	Ready   Kind = "ready"  // a sentence that counsellors find in their reply box
	Notice  Kind = "notice" // what the program says by itself
	Flow    Kind = "flow"   // a simple flow
)

// State is how far a draft is.
type State string

// The states of a draft.
const (
	Writing   State = "writing"
	Waiting   State = "waiting" // for a second person
	Published State = "published"
	Withdrawn State = "withdrawn"
)

// Open says whether the draft can still be changed.
func (s State) Open() bool { return s == Writing || s == Waiting }

// Person is a member of staff as editing knows them.
type Person struct {
	ID, Name string
	Any      bool // may put away what others write
}

// Draft is one change of one item: the lines that it had and those that it is to have. Once published it is a line of the
// item's history.
type Draft struct {
	ID     string
	Kind   Kind
	File   string // relative to dialogs/
	Item   string // by what the item is found in its file; "" for a new one
	After  string // the same once the change is made; "" where it is removed
	Title  string
	Ask    string // the unanswered question that it answers, see package unanswered; "" for none
	Old    string // the item's lines; "" for a new one
	New    string // "" where it is removed
	State  State
	By     Person // who changed it last
	Made   time.Time
	Saved  time.Time
	Rev    int   // rises with every save
	Number int64 // the order of publishing; 0 until then

	Authors  string // the IDs of everybody who wrote in it, with spaces between
	Remark   string // why a colleague sent it back; "" where nobody did
	RemarkBy string // the colleague's name

	Approver  Person
	Published time.Time
}

// WrittenBy says whether somebody wrote in the draft.
func (d Draft) WrittenBy(id string) bool {
	return d.By.ID == id || slices.Contains(strings.Fields(d.Authors), id)
}

// MayWithdraw says whether somebody may put the draft away: who wrote in it, or who may do so with any.
func (d Draft) MayWithdraw(by Person) bool { return by.Any || d.WrittenBy(by.ID) }

// Returned says that a colleague sent the draft back and that nobody asked again since.
func (d Draft) Returned() bool { return d.State == Writing && d.Remark != "" }

// Adds says that the item is new.
func (d Draft) Adds() bool { return d.Old == "" }

// Removes says that the item goes.
func (d Draft) Removes() bool { return d.New == "" }

// Item is one item of a file, or one that is to be.
type Item struct {
	Kind  Kind
	Key   string
	Title string
	About string // a few words beside the title
	File  string
	Line  int

	Filled Values // what the form holds, for whoever shows a draft of it
}

// Bubble is one thing said in the preview: by the person or by the assistant.
type Bubble struct {
	Person  bool
	Text    string
	Card    *Card
	Choices []string
}

// Card is an article as a chat shows it.
type Card struct{ Title, Summary string }

// Preview is how the chat would show an item, with what an editor should know of it.
type Preview struct {
	Bubbles  []Bubble
	Warnings []string
}

// Finding is a problem of a draft, at the field that it is about; "" where it is about none that the form shows.
type Finding struct {
	Field string
	problem.Problem
}
