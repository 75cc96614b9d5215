package notify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Provider is one kind of way to call staff: what an operator sets for it, and how it is opened. A new kind is one file,
// which registers its Provider beside its Notifier.
type Provider struct {
	Kind   string // as the configuration names it
	Fields []Field
	// Open makes the way of what was set, and says what is wrong with it. It reaches nothing yet.
	Open func(s Settings, o Outside) (Notifier, error)

	Personal bool // it reaches members of staff who turned it on for themselves: each tries it on the desk
	Lookup   bool // it asks the database at each call whom it reaches, and calls nobody without
}

// Form is what a field holds.
type Form string

// The forms.
const (
	Text  Form = "text"
	List  Form = "list"  // of words
	Table Form = "table" // of words to words
)

// Field is one setting of a way.
type Field struct {
	Name   string
	Form   Form
	Needed bool
}

// Outside is what ways need of the rest of the program. A Provider that is only asked whether its settings are right gets
// an empty one.
type Outside struct {
	Now      func() time.Time
	Staff    func(ctx context.Context, names []string) (persons []string, err error) // who bound their chat; all for no names
	Send     func(ctx context.Context, account, person string, m Message) (retry bool, err error)
	Browsers *Browser
}

var providers = map[string]Provider{}

// register adds a kind; it is called before main begins, and a kind that is there twice is a defect.
func register(p Provider) struct{} { //nolint:unparam // a result lets a variable's declaration call it
	if _, twice := providers[p.Kind]; twice {
		panic("notify: two providers of the kind " + p.Kind)
	}
	providers[p.Kind] = p
	return struct{}{}
}

// Kinds are the kinds of ways that there are.
func Kinds() []string { return slices.Sorted(maps.Keys(providers)) }

// ProviderOf finds a kind's provider.
func ProviderOf(kind string) (Provider, error) {
	p, ok := providers[kind]
	if !ok {
		return p, fmt.Errorf("kind: is none of %s", strings.Join(Kinds(), ", "))
	}
	return p, nil
}

// Settings are what was set for a way, in the forms that its provider declares.
type Settings struct {
	text  map[string]string
	lists map[string][]string
	table map[string]map[string]string
}

// Text is a setting of that form, "" where it was not set.
func (s Settings) Text(name string) string { return s.text[name] }

// List is a setting of that form, nil where it was not set.
func (s Settings) List(name string) []string { return s.lists[name] }

// Table is a setting of that form, nil where it was not set.
func (s Settings) Table(name string) map[string]string { return s.table[name] }

// WrongSetting is an error in one setting of a way.
type WrongSetting struct {
	Name string
	Why  string
}

func (e *WrongSetting) Error() string { return e.Name + ": " + e.Why }

// Read brings what was set (a string, a []string or a map[string]string each) into the forms that the provider declares. Its errors name a setting and never its value: it
// may be a secret.
func (p Provider) Read(raw map[string]any) (Settings, error) {
	s := Settings{map[string]string{}, map[string][]string{}, map[string]map[string]string{}}
	known := make([]string, len(p.Fields))
	for i, f := range p.Fields {
		known[i] = f.Name
		v, set := raw[f.Name]
		if !set || v == nil || v == "" {
			if f.Needed {
				return s, &WrongSetting{f.Name, "must not be empty"}
			}
			continue
		}
		if !s.take(f, v) {
			return s, &WrongSetting{f.Name, "want a " + string(f.Form)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if !slices.Contains(known, name) {
			return s, &WrongSetting{name, fmt.Sprintf("a way of the kind %s has no such setting; it has %s", p.Kind, cmp.Or(strings.Join(known, ", "), "none"))}
		}
	}
	return s, nil
}

// take keeps a value in the form of its field, and says whether it has that form. In an environment variable a list is
// written as words with commas.
func (s Settings) take(f Field, v any) bool {
	switch v := v.(type) {
	case string:
		switch f.Form {
		case Text:
			s.text[f.Name] = v
		case List:
			s.lists[f.Name] = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
		case Table:
			return false
		}
		return true
	case []string:
		s.lists[f.Name] = v
		return f.Form == List
	case map[string]string:
		s.table[f.Name] = v
		return f.Form == Table
	}
	return false
}

// Open opens a way of a kind with what was set for it.
func Open(kind string, raw map[string]any, o Outside) (Notifier, error) {
	p, err := ProviderOf(kind)
	if err != nil {
		return nil, err
	}
	s, err := p.Read(raw)
	if err != nil {
		return nil, err
	}
	return p.Open(s, o)
}
