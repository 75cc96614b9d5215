package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// home is of which child a person speaks. What they said of one counts as long as the talk lasts; what they agreed to have
// remembered stands in the database, and is held here so that no message waits for it.
type home struct {
	Children []family.Child `json:"c,omitempty"`
	Told     family.Told    `json:"t,omitzero"`  // said in this talk, of a child that is not remembered
	About    string         `json:"a,omitempty"` // in this talk: the ID of a remembered child, or anotherChild
	At       int64          `json:"l,omitempty"` // when they last wrote, in Unix seconds
}

// anotherChild is whom they speak of who looks for another age than that of a child we know of.
const anotherChild = "-"

// talkLasts is how long somebody may be silent before what they said of a child is forgotten.
const talkLasts = 6 * time.Hour

// What the bot tells flows of the child that the person speaks of.
const (
	factChildren      = "kept_children"  // how many are remembered
	factChild         = "about_child"    // 女儿，读初二; "" while none is known
	factChildName     = "child_name"     // 女儿
	factChildGrade    = "child_grade"    // 初二, where it was said in this talk
	factChildAge      = "child_age"      // about how many years; 0 while unknown
	factChildDistrict = "child_district" // "" while unknown
	factMayRemember   = "may_remember"   // this is a moment to ask whether to remember what was said
)

// meetChildren reads what is remembered.
func (x *exchange) meetChildren(ctx context.Context) (err error) {
	if x.b.Children == nil {
		return nil
	}
	x.state.Home.Children, err = x.b.Children(ctx, x.state.Person)
	return err
}

// childCalled follows a command that changed what is remembered, or said of which child the person speaks.
func (x *exchange) childCalled(ctx context.Context, c dialog.Call) error {
	if !strings.HasPrefix(c.Name, family.CommandPrefix) {
		return nil
	}
	if c.Name == family.Pick {
		x.speaksOf(c.Text("child"))
		return nil
	}
	before := len(x.state.Home.Children)
	if err := x.meetChildren(ctx); err != nil {
		return err
	}
	if h := &x.state.Home; len(h.Children) > before { // what was said is remembered now
		x.speaksOf(h.Children[len(h.Children)-1].ID)
	}
	return nil
}

func (x *exchange) speaksOf(id string) { x.state.Home.About, x.state.Home.Told = id, family.Told{} }

// goesOn forgets what was said of a child once the talk is over.
func (x *exchange) goesOn(ctx context.Context) error {
	h := &x.state.Home
	if x.now.Sub(time.Unix(h.At, 0)) > talkLasts {
		h.Told, h.About = family.Told{}, ""
	}
	h.At = x.now.Unix()
	if slices.ContainsFunc(h.Children, func(c family.Child) bool { return c.Left(x.now) }) {
		return x.meetChildren(ctx)
	}
	return nil
}

// hearOf takes what was told of a child, or of the pupil who speaks; false where it was known.
func (x *exchange) hearOf(t family.Told) bool {
	h := &x.state.Home
	x.told = true
	for _, c := range x.children() {
		if c.Name == t.Who && c.Stage(x.now) == t.Stage {
			known := h.About == c.ID
			x.speaksOf(c.ID)
			return !known
		}
	}
	t.Only = false
	if h.Told == t {
		return false
	}
	known := h.Told.Stage == t.Stage && h.Told.Words() == t.Words()
	h.Told, h.About = t, ""
	return !known
}

// named hears of which remembered child a text speaks; an answer to a question that waits speaks of none.
func (x *exchange) named(text string) {
	if !x.flows().Resting(x.state.Dialog) {
		return
	}
	if c, ok := family.Named(x.children(), text); ok {
		x.speaksOf(c.ID)
	}
}

// children are those that are remembered; whoever is no parent speaks of none.
func (x *exchange) children() []family.Child {
	if x.state.Audience != person.Parent {
		return nil
	}
	return x.state.Home.Children
}

// child is the remembered child that the person speaks of: the one that was named, or the only one.
func (x *exchange) child() (family.Child, bool) {
	h, all := x.state.Home, x.children()
	if x.saidOf().Stage != "" {
		return family.Child{}, false
	}
	if len(all) == 1 && h.About == "" {
		return all[0], true
	}
	i := slices.IndexFunc(all, func(c family.Child) bool { return c.ID == h.About })
	if i < 0 {
		return family.Child{}, false
	}
	return all[i], true
}

// stage is how old the child is that the person speaks of; "" while it is not known.
func (x *exchange) stage() family.Stage {
	if c, ok := x.child(); ok {
		return c.Stage(x.now)
	}
	return x.saidOf().Stage
}

// saidOf is what was said in this talk, by whoever they still say that they are.
func (x *exchange) saidOf() family.Told {
	if t := x.state.Home.Told; t.Role.Audience() == string(x.state.Audience) {
		return t
	}
	return family.Told{}
}

// kept is what goes with the person, as flows read it: the child that they speak of comes before an age chosen long ago.
func (x *exchange) kept() dialog.Vars {
	stage := x.stage()
	if _, there := x.flows().PersonVar(family.KeptStage); stage == "" || !there {
		return x.state.Kept
	}
	vars := maps.Clone(x.state.Kept)
	if vars == nil {
		vars = dialog.Vars{}
	}
	vars[family.KeptStage] = string(stage)
	return vars
}

// keepVars keeps what flows changed. The age of the child that the person speaks of is no choice of theirs; where they chose
// another, they speak of another child.
func (x *exchange) keepVars(changed dialog.Vars) {
	if stage := x.stage(); stage != "" {
		if changed[family.KeptStage] == string(stage) {
			changed = maps.Clone(changed)
			delete(changed, family.KeptStage)
			if before, chosen := x.state.Kept[family.KeptStage]; chosen {
				changed[family.KeptStage] = before
			}
		} else {
			x.speaksOf(anotherChild)
		}
	}
	x.state.Kept, x.keeps = changed, true
}

// facts are what the flows are told.
func (x *exchange) facts() dialog.Facts {
	f := dialog.Facts{factLow: float64(x.state.Given[kindLow]), factChildren: float64(len(x.children())), factMayRemember: x.mayRemember()}
	if c, ok := x.child(); ok {
		f[factChild], f[factChildName], f[factChildDistrict], f[factChildAge] = c.Words(x.now), c.Name, c.District, float64(c.Age(x.now))
		return f
	}
	if t := x.saidOf(); t.Stage != "" && x.state.Audience == person.Parent {
		f[factChild], f[factChildName], f[factChildGrade], f[factChildAge] = t.Words(), t.Name(), t.Grade, float64(t.Years(x.now))
	}
	return f
}

// mayRemember says whether it may be asked now if what was said of a child is to be remembered: once ever, of parents, never
// in the answer to the very words, and never near danger or a bad moment. Flows choose the moment.
func (x *exchange) mayRemember() bool {
	t := x.saidOf()
	asked, _ := x.state.Kept[family.KeptAsked].(bool)
	role, _ := x.state.Kept[family.KeptRole].(string)
	quiet := !x.told && x.state.Case == "" && !x.state.Talk.Open(x.now) && !x.company() && x.reading.Level == risk.None
	return quiet && !asked && role == "" && x.state.Audience == person.Parent && t.Role == family.Parent && t.Who != "" && t.Words() != ""
}
