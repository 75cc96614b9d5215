package family

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Profile is what a guardian agreed to have remembered. The zero Profile is nothing, and no consent.
type Profile struct {
	Children []Child   `json:"c"`
	Agreed   time.Time `json:"a"` // when they agreed
}

// Store keeps profiles.
type Store interface {
	// Profile returns what is remembered for a person; the zero Profile where nothing is.
	Profile(ctx context.Context, personID string) (Profile, error)
	// Change reads a profile, lets f change it and keeps it, in one transaction; one without children is forgotten with its
	// consent. Where f fails nothing changes.
	Change(ctx context.Context, personID string, f func(*Profile) error) error
}

// Service lets parents keep, change and forget what is remembered of their children. Now has a working default.
type Service struct {
	Store Store
	citytime.Clock
}

const (
	most     = 6 // children of one person
	mostName = 8 // characters
)

// Pick is the command by which somebody says of which child they speak; the bot remembers it for the talk.
const Pick = "child.pick"

// CommandPrefix begins the names of the commands that may change what is remembered.
const CommandPrefix = "child."

var (
	errSame    = errors.New("family: another child is called so")
	errFull    = errors.New("family: no more children are remembered")
	errMissing = errors.New("family: no such child is remembered")
	errUnclear = errors.New("family: neither a name, a grade nor a year of birth")
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text, choices := dialog.TypeText, dialog.TypeChoices
	return []dialog.Command{
		{Name: "child.list", Results: types{"text": text, "children": choices}, Outcomes: []string{"ok", "none"}, Run: s.list},
		{Name: "child.read", Args: types{"said": text}, Results: types{"at": text, "words": text}, Outcomes: []string{"ok", "unclear"}, Run: s.read},
		{Name: "child.add", Commits: true, Once: true, Args: types{"name": text, "at": text}, Results: types{"words": text}, Outcomes: []string{"ok", "same", "full", "unclear"}, Run: s.add},
		{Name: "child.show", Args: types{"child": text}, Results: types{"text": text}, Outcomes: []string{"ok", "missing"}, Run: s.show},
		{Name: "child.change", Args: types{"child": text, "what": text, "to": text}, Results: types{"text": text}, Outcomes: []string{"ok", "same", "missing", "unclear"}, Run: s.change},
		{Name: "child.forget", Commits: true, Once: true, Args: types{"child": text}, Outcomes: []string{"ok", "missing"}, Run: s.forget},
		{Name: "child.withdraw", Commits: true, Once: true, Outcomes: []string{"ok"}, Run: s.withdraw},
		{Name: Pick, Args: types{"child": text}, Outcomes: []string{"ok", "missing"}, Run: s.pick},
	}
}

// outcome is the one table that maps errors to what a flow hears.
func outcome(err error) (dialog.Result, error) {
	for _, m := range []struct {
		err  error
		name string
	}{{errSame, "same"}, {errFull, "full"}, {errMissing, "missing"}, {errUnclear, "unclear"}} {
		if errors.Is(err, m.err) {
			return dialog.Result{Outcome: m.name}, nil
		}
	}
	return dialog.Result{}, err
}

// Children are the children that are remembered. Who left school is forgotten now: that was promised.
func (s *Service) Children(ctx context.Context, personID string) ([]Child, error) {
	p, err := s.Store.Profile(ctx, personID)
	if err != nil {
		return nil, err
	}
	left := func(c Child) bool { return c.Left(s.Time()) }
	if slices.ContainsFunc(p.Children, left) {
		err = s.Store.Change(ctx, personID, func(p *Profile) error {
			p.Children = slices.DeleteFunc(p.Children, left)
			return nil
		})
		p.Children = slices.DeleteFunc(p.Children, left)
	}
	return p.Children, err
}

// Stage is how old the only child is that is remembered for a person; "" for none or several.
func (s *Service) Stage(ctx context.Context, personID string) (string, error) {
	all, err := s.Children(ctx, personID)
	if err != nil || len(all) != 1 {
		return "", err
	}
	return string(all[0].Stage(s.Time())), nil
}

// Grown is what a stage became for a child of a person who was of it a year ago; "" where none was, or one is still of it.
func (s *Service) Grown(ctx context.Context, personID, stage string) (string, error) {
	all, err := s.Children(ctx, personID)
	if err != nil {
		return "", err
	}
	now := s.Time()
	grown := ""
	for _, c := range all {
		switch {
		case string(c.Stage(now)) == stage:
			return "", nil
		case string(c.Stage(now.AddDate(-1, 0, 0))) == stage:
			grown = string(c.Stage(now))
		}
	}
	return grown, nil
}

func (s *Service) list(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	all, err := s.Children(ctx, c.Person)
	if err != nil || len(all) == 0 {
		return dialog.Result{Outcome: "none"}, err
	}
	var (
		lines []string
		cs    []channel.Choice
	)
	for _, ch := range all {
		lines = append(lines, "· "+s.line(ch))
		cs = append(cs, channel.Choice{Label: ch.Name, Say: ch.ID})
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": strings.Join(lines, "\n"), "children": cs}}, nil
}

func (s *Service) line(c Child) string {
	words := dialog.Verbatim(c.Name) + "，" + c.at(s.Time()).words()
	if c.District != "" {
		words += "，住" + c.District
	}
	return words
}

func (s *Service) read(_ context.Context, c dialog.Call) (dialog.Result, error) {
	a, ok := readAt(c.Text("said"), s.Time())
	if !ok {
		return dialog.Result{Outcome: "unclear"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"at": string(a), "words": a.words()}}, nil
}

func nameOf(said string) (string, error) {
	name := strings.TrimSpace(said)
	if n := utf8.RuneCountInString(name); n == 0 || n > mostName {
		return "", errUnclear
	}
	return name, nil
}

// add remembers a child. Its ID comes of the key of the call, so that a call that is repeated adds none.
func (s *Service) add(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	name, err := nameOf(c.Text("name"))
	if err != nil {
		return outcome(err)
	}
	child := Child{ID: uuid.NewSHA1(uuid.NameSpaceOID, []byte(c.Key)).String(), Name: name}
	if !at(c.Text("at")).put(&child, s.Time()) {
		return outcome(errUnclear)
	}
	err = s.Store.Change(ctx, c.Person, func(p *Profile) error {
		switch i := slices.IndexFunc(p.Children, func(o Child) bool { return o.ID == child.ID }); {
		case i >= 0:
			return nil
		case len(p.Children) >= most:
			return errFull
		}
		if err := p.free(name, child.ID); err != nil {
			return err
		}
		if p.Agreed.IsZero() {
			p.Agreed = s.Time()
		}
		p.Children = append(p.Children, child)
		return nil
	})
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"words": s.line(child)}}, nil
}

func (p *Profile) free(name, id string) error {
	if slices.ContainsFunc(p.Children, func(o Child) bool { return o.Name == name && o.ID != id }) {
		return errSame
	}
	return nil
}

func (p *Profile) child(id string) (*Child, error) {
	i := slices.IndexFunc(p.Children, func(c Child) bool { return c.ID == id })
	if i < 0 {
		return nil, errMissing
	}
	return &p.Children[i], nil
}

func (s *Service) show(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	p, err := s.Store.Profile(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	child, err := p.child(c.Text("child"))
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": s.line(*child)}}, nil
}

// change sets what a child is called, which grade it is in or when it was born, or where it lives; no district is "".
func (s *Service) change(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	text := ""
	err := s.Store.Change(ctx, c.Person, func(p *Profile) error {
		child, err := p.child(c.Text("child"))
		if err != nil {
			return err
		}
		switch to := c.Text("to"); c.Text("what") {
		case "name":
			name, err := nameOf(to)
			if err != nil {
				return err
			}
			if err := p.free(name, child.ID); err != nil {
				return err
			}
			child.Name = name
		case "at":
			if a, ok := readAt(to, s.Time()); !ok || !a.put(child, s.Time()) {
				return errUnclear
			}
		case "district":
			child.District = to
		default:
			return fmt.Errorf("family: a child has no %q that could be changed", c.Text("what"))
		}
		text = s.line(*child)
		return nil
	})
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

func (s *Service) forget(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	err := s.Store.Change(ctx, c.Person, func(p *Profile) error {
		if _, err := p.child(c.Text("child")); err != nil {
			return err
		}
		p.Children = slices.DeleteFunc(p.Children, func(o Child) bool { return o.ID == c.Text("child") })
		return nil
	})
	if err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// withdraw takes the consent back: nothing is remembered of any child.
func (s *Service) withdraw(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	err := s.Store.Change(ctx, c.Person, func(p *Profile) error {
		*p = Profile{}
		return nil
	})
	if err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok"}, nil
}

func (s *Service) pick(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	p, err := s.Store.Profile(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	if _, err := p.child(c.Text("child")); err != nil {
		return outcome(err)
	}
	return dialog.Result{Outcome: "ok"}, nil
}
