// Package consent knows what a person agreed to have kept of them, how old they say they are, and which guardian agreed for a
// child: facts about the person, whatever flow they came by. It decides whether a letter, an appointment or the result of a
// self-check may be kept; it never stands before danger, hotlines, the talk after danger or a human, none of which asks it.
// Start reading at Standing; age.go says what a statement of age does, guardian.go how a guardian agrees, chat.go what flows call.
package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// Purpose is what something of a person is kept for.
type Purpose string

// The purposes. Notices, children and the column have consents of their own, which rest on nothing that is kept here.
const (
	Letters Purpose = "letters"
	Booking Purpose = "booking"
	Checks  Purpose = "checks"
)

// Purposes lists them.
func Purposes() []Purpose { return []Purpose{Letters, Booking, Checks} }

// Valid says whether the purpose is known.
func (p Purpose) Valid() bool { return slices.Contains(Purposes(), p) }

// Side is who agrees: the person, or for a child a guardian beside them.
type Side string

// The sides.
const (
	Own      Side = "own"
	Guardian Side = "guardian"
)

// Given is what one side said last to one purpose.
type Given struct {
	Person   string
	Purpose  Purpose
	Side     Side
	Version  string // of the words that were read
	Agreed   bool
	Guardian string // the person who agreed for a child; "" for a paper, or for one's own word
	How      How
	At       time.Time
}

// How is by what a consent was given; it is kept sealed.
type How struct {
	Words    string `json:"words,omitempty"`    // a digest of the text that was read
	Relation string `json:"relation,omitempty"` // of a guardian: 妈妈
	Form     string `json:"form,omitempty"`     // of a paper: its number
	Signed   string `json:"signed,omitempty"`   // of a paper: the day on it, 2026-11-29
	Staff    string `json:"staff,omitempty"`    // who recorded the paper
}

// StepKind is what a line of the history says.
type StepKind string

// What happens to consents and to ages.
const (
	StepGiven     StepKind = "given"
	StepWithdrawn StepKind = "withdrawn"
	StepRefused   StepKind = "refused" // by a guardian
	StepSaid      StepKind = "said"    // an age, which counts from then on
	StepUnheeded  StepKind = "unheeded"
	StepMended    StepKind = "mended" // an age, by a guardian or a counsellor
)

// Step is a line of a person's history: what was said when, by which way.
type Step struct {
	ID      string
	Key     string
	Person  string
	Purpose Purpose // "" of an age
	Side    Side
	Kind    StepKind
	Version string
	Note    string // in words that the person may read; kept sealed
	At      time.Time
}

// The errors of consents.
var (
	ErrNotFound = errors.New("consent: no such code, or it is over")
	ErrOwn      = errors.New("consent: nobody agrees for themselves as their own guardian")
	ErrMinor    = errors.New("consent: who is under age agrees for nobody else")
	ErrPaused   = errors.New("consent: too many tries")
	ErrMany     = errors.New("consent: no more codes today")
	ErrUnproved = errors.New("consent: a channel that does not prove who somebody is")
	ErrChanged  = errors.New("consent: the words were changed meanwhile")
)

// Store keeps consents. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Lock holds others off a person's consents until the transaction ends.
	Lock(ctx context.Context, personID string) error
	// Age returns what is held of a person's age; the zero Age where nothing is.
	Age(ctx context.Context, personID string) (Age, error)
	KeepAge(ctx context.Context, personID string, a Age) error
	// Given returns what the sides said last, in no order; what was withdrawn too.
	Given(ctx context.Context, personID string) ([]Given, error)
	Put(ctx context.Context, g Given) error
	// AddStep writes a line of the history, once for each key.
	AddStep(ctx context.Context, s Step) error
	GuardianStore
}

// Keeper erases what was kept for a purpose, and rests on nothing but the consent to it.
type Keeper func(ctx context.Context, personID string) error

// Service answers for consents. Store and Texts must be set, and the rest where there is a running server.
type Service struct {
	Store   Store
	Texts   func() *Texts
	People  People
	Outbox  outbox.Queue
	Proves  func(channelName string) bool // whether a channel proves who somebody is; nil: none does
	Keepers map[Purpose]Keeper
	NewCode func() string `wired:"optional"` // default: 8 random letters and figures
	citytime.Clock
}

// People is what consents need of the directory of people.
type People interface {
	Get(ctx context.Context, id string) (person.Person, error)
	Address(ctx context.Context, id string) (channel.Address, error)
}

// Lack is what is missing before something may be kept.
type Lack string

// What may be missing, in the order in which it is asked for.
const (
	Nothing      Lack = ""
	LackAge      Lack = "age"      // nobody knows whether they are 14
	LackGuardian Lack = "guardian" // they are under 14, and no guardian agreed
	LackWords    Lack = "words"    // they did not agree yet, or to other words
)

// State is how a person stands to a purpose.
type State struct {
	Lack  Lack
	Age   Age
	Text  Text
	Anew  bool    // they agreed once, to words that were changed since
	Given []Given // what stands, or was withdrawn
}

// Standing says how a person stands to a purpose. Parents and teachers are taken for the adults that they say they are; whoever
// once said that they are under 14 is so, whatever they say they are now.
func (s *Service) Standing(ctx context.Context, personID, audience string, p Purpose) (State, error) {
	if !p.Valid() {
		return State{}, fmt.Errorf("consent: there is no purpose %q", p)
	}
	text, ok := s.Texts().Of(p)
	if !ok {
		return State{}, fmt.Errorf("consent: dialogs/consents.yaml has no words for %q", p)
	}
	st := State{Text: text}
	var err error
	if st.Age, err = s.Store.Age(ctx, personID); err != nil {
		return st, err
	}
	if st.Given, err = s.Store.Given(ctx, personID); err != nil {
		return st, err
	}
	grown := audience == string(person.Parent) || audience == string(person.Teacher)
	own, agreed := find(st.Given, p, Own)
	st.Anew = agreed && own.Agreed && own.Version != text.Version
	guardian, there := find(st.Given, p, Guardian)
	switch band := st.Age.Band(s.Time()); {
	case band == UnknownAge && !grown:
		st.Lack = LackAge
	case band == Under14 && (!there || !guardian.Agreed || guardian.Version != text.Version):
		st.Lack = LackGuardian
	case !agreed || !own.Agreed || own.Version != text.Version:
		st.Lack = LackWords
	}
	return st, nil
}

func find(all []Given, p Purpose, side Side) (Given, bool) {
	i := slices.IndexFunc(all, func(g Given) bool { return g.Purpose == p && g.Side == side })
	if i < 0 {
		return Given{}, false
	}
	return all[i], true
}

// Allow says whether something may be kept for a purpose. shown is the version of the words that the person read right before they
// did what keeps it, "" where they read none: doing it then is agreeing, and is written down.
func (s *Service) Allow(ctx context.Context, personID, audience string, p Purpose, shown string) (bool, error) {
	st, err := s.Standing(ctx, personID, audience, p)
	if err != nil || st.Lack == Nothing {
		return err == nil, err
	}
	if st.Lack != LackWords || shown == "" || shown != st.Text.Version {
		return false, nil
	}
	return true, s.Agree(ctx, personID, p, shown)
}

// Agree writes down that a person agrees to the words of a version; ErrChanged where they are no longer those.
func (s *Service) Agree(ctx context.Context, personID string, p Purpose, version string) error {
	text, ok := s.Texts().Of(p)
	if !ok || text.Version != version {
		return ErrChanged
	}
	now := s.Time()
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, personID); err != nil {
			return err
		}
		g := Given{Person: personID, Purpose: p, Side: Own, Version: version, Agreed: true, How: How{Words: text.Digest()}, At: now}
		if err := s.Store.Put(ctx, g); err != nil {
			return fmt.Errorf("write down a consent: %w", err)
		}
		id := s.ID()
		return s.Store.AddStep(ctx, Step{ID: id, Key: "given:" + id, Person: personID, Purpose: p, Side: Own, Kind: StepGiven, Version: version, At: now})
	})
}

// Withdraw takes back what a person agreed to: nothing more is kept for the purpose, and what rests on it alone is erased. It is
// always possible, and asks for no reason.
func (s *Service) Withdraw(ctx context.Context, personID string, p Purpose) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, personID); err != nil {
			return err
		}
		all, err := s.Store.Given(ctx, personID)
		if err != nil {
			return err
		}
		own, ok := find(all, p, Own)
		if !ok || !own.Agreed {
			return nil
		}
		return s.end(ctx, own, "")
	})
	if err != nil {
		return fmt.Errorf("withdraw a consent to %s: %w", p, err)
	}
	return nil
}

// end takes back what one side said, and erases what rested on it.
func (s *Service) end(ctx context.Context, g Given, note string) error {
	g.Agreed, g.At = false, s.Time()
	if err := s.Store.Put(ctx, g); err != nil {
		return err
	}
	id := s.ID()
	if err := s.Store.AddStep(ctx, Step{ID: id, Key: "withdrawn:" + id, Person: g.Person, Purpose: g.Purpose, Side: g.Side, Kind: StepWithdrawn, Version: g.Version, Note: note, At: g.At}); err != nil {
		return err
	}
	if keep := s.Keepers[g.Purpose]; keep != nil {
		return keep(ctx, g.Person)
	}
	return nil
}

// TextOf is the words of a purpose.
func (s *Service) TextOf(p Purpose) Text {
	text, _ := s.Texts().Of(p)
	return text
}

// Mine is what a person agreed to and may take back, in the order of the purposes.
func (s *Service) Mine(ctx context.Context, personID string) ([]Given, error) {
	all, err := s.Store.Given(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("list consents: %w", err)
	}
	var out []Given
	for _, p := range Purposes() {
		if g, ok := find(all, p, Own); ok {
			out = append(out, g)
		}
	}
	return out, nil
}
