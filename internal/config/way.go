package config

import (
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Way is one way to call staff: its name, its kind, and what the kind asks for, which it knows itself (notify.Provider).
type Way struct {
	Name string
	Kind string
	Set  Settings

	lines map[string]int // where each setting stands in the file
}

// Settings are what is set for a way beside its name and kind. They print as [sealed]: some are secrets.
type Settings map[string]any

// String hides the values.
func (Settings) String() string { return "[sealed]" }

// GoString hides the values.
func (Settings) GoString() string { return "[sealed]" }

// LogValue hides the values.
func (Settings) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// Text is a setting that is a word, "" for any other.
func (s Settings) Text(name string) string {
	text, _ := s[name].(string)
	return text
}

// At says where a setting of the way stands in the file, "" where it does not.
func (w Way) At(setting string) string {
	if line := w.lines[setting]; line > 0 {
		return fmt.Sprintf("line %d: ", line)
	}
	return ""
}

// UnmarshalYAML takes whatever keys there are; the kind says later which of them it knows. A word stays as it is written:
// a secret of digits is no number.
func (w *Way) UnmarshalYAML(node ast.Node) error {
	m, ok := node.(ast.MapNode)
	if !ok {
		return fmt.Errorf("line %d: a way is written as name, kind and what the kind needs", node.GetToken().Position.Line)
	}
	w.lines, w.Set = map[string]int{}, Settings{}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().GetToken()
		value, err := settingOf(it.Value())
		if err != nil {
			return err
		}
		w.lines[key.Value] = key.Position.Line
		w.put(key.Value, value)
	}
	return nil
}

func settingOf(node ast.Node) (any, error) {
	switch node.(type) {
	case *ast.NullNode:
		return "", nil
	case *ast.SequenceNode:
		var list []string
		err := yaml.NodeToValue(node, &list)
		return list, err
	case ast.MapNode:
		var table map[string]string
		err := yaml.NodeToValue(node, &table)
		return table, err
	}
	var word string
	err := yaml.NodeToValue(node, &word)
	return word, err
}

func (w *Way) put(key string, value any) {
	switch key {
	case "name":
		w.Name = fmt.Sprint(value)
	case "kind":
		w.Kind = fmt.Sprint(value)
	default:
		if w.Set == nil {
			w.Set = Settings{}
		}
		w.Set[key] = value
	}
}

var wayType = reflect.TypeFor[Way]()

// overlayWay sets what the environment says of a way: NAME_URL, or NAME_URL_FILE for a file that holds it.
func overlayWay(w *Way, name string, env map[string]string) error {
	for variable, value := range env {
		key, ok := strings.CutPrefix(variable, name+"_")
		if !ok {
			continue
		}
		if bare, file := strings.CutSuffix(key, "_FILE"); file {
			raw, err := os.ReadFile(value) //nolint:gosec // whoever runs the program names the file
			if err != nil {
				return unreadable(variable, err)
			}
			key, value = bare, strings.TrimRight(string(raw), "\r\n")
		}
		key = strings.ToLower(key)
		if strings.HasPrefix(value, "{") { // a table, as in the file
			var table map[string]string
			if err := guarded(func() error { return yaml.Unmarshal([]byte(value), &table) }); err == nil {
				w.put(key, table)
				continue
			}
		}
		w.put(key, value)
	}
	return nil
}
