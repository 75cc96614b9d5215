package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What is wrong with a configuration is said by place, name and what is wanted, never by what stands there: any value may
// be a password, or one that slipped into the wrong line, and errors go to logs, screens and tickets. So the YAML library's
// own errors, which quote the file, are not shown.

// wrong says what keeps a file from being read.
func wrong(raw []byte, err error) error {
	var file *ast.File
	if guarded(func() (bad error) { file, bad = parser.ParseBytes(raw, 0); return bad }) == nil {
		var found []error
		for _, doc := range file.Docs {
			found = append(found, misfits(doc.Body, reflect.TypeFor[Config](), "")...)
		}
		if len(found) > 0 {
			return errors.Join(found...)
		}
	}
	at := ""
	if ye := yaml.Error(nil); errors.As(err, &ye) && ye.GetToken() != nil {
		at = fmt.Sprintf("[%d:%d] ", ye.GetToken().Position.Line, ye.GetToken().Position.Column)
		if strings.Contains(ye.GetMessage(), "already defined") { // the library's own word for it, of whatever type the error is
			return errors.New(at + "a key stands here for the second time; keep one")
		}
	}
	return errors.New(at + "this is not YAML as we read it: look for a missing quote, a missing space after a colon, or an indentation that does not fit")
}

var errUnreadable = errors.New("it cannot be read")

// guarded reads YAML. The library panics over some of what is none, such as a list that is a reference to nothing.
func guarded(read func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errUnreadable
		}
	}()
	return read()
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	keyForm      = regexp.MustCompile(`^[a-z][a-z_]{0,31}$`)
)

// misfits are the keys that are none of ours and the values that do not fit their key, with their places.
func misfits(node ast.Node, t reflect.Type, path string) (found []error) {
	if node == nil {
		return nil
	}
	say := func(n ast.Node, format string, args ...any) {
		p := n.GetToken().Position
		found = append(found, fmt.Errorf("[%d:%d] %s", p.Line, p.Column, fmt.Sprintf(format, args...)))
	}
	if anchor, ok := node.(*ast.AnchorNode); ok {
		return misfits(anchor.Value, t, path)
	}
	if t == wayType || t.Kind() == reflect.Struct {
		m, ok := node.(ast.MapNode)
		if !ok {
			if _, null := node.(*ast.NullNode); !null {
				say(node, "%s: want keys and values here", placeOf(path))
			}
			return found
		}
		if t == wayType { // its kind says later which keys it has
			return misfitsOfWay(m, path)
		}
		fields := fieldsOf(t)
		for it := m.MapRange(); it.Next(); {
			name := it.Key().GetToken().Value
			field, known := fields[name]
			if !known {
				if !keyForm.MatchString(name) { // perhaps a value that lost its key
					name = "this"
				}
				say(it.Key(), "%s is no key of %s; it has %s", name, placeOf(path), strings.Join(keysOf(t), ", "))
				continue
			}
			found = append(found, misfits(it.Value(), field, join(path, name))...)
		}
		return found
	}
	if seq, ok := node.(*ast.SequenceNode); ok && t.Kind() == reflect.Slice {
		for i, n := range seq.Values {
			found = append(found, misfits(n, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	}
	if err := guarded(func() error { return yaml.NodeToValue(node, reflect.New(t).Interface()) }); err != nil {
		say(node, "%s: what stands here is not %s", path, wanted(t))
	}
	return found
}

func misfitsOfWay(m ast.MapNode, path string) (found []error) {
	for it := m.MapRange(); it.Next(); {
		if _, err := settingOf(it.Value()); err != nil {
			p := it.Value().GetToken().Position
			found = append(found, fmt.Errorf("[%d:%d] %s: a setting is a word, a list of words, or a table of words", p.Line, p.Column, path))
		}
	}
	return found
}

// fieldsOf are the types that stand under the keys of a struct.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		out[t.Field(i).Tag.Get("yaml")] = t.Field(i).Type
	}
	return out
}

func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = t.Field(i).Tag.Get("yaml")
	}
	return keys
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func placeOf(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// wanted is what a setting is, in an operator's words.
func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a time such as 30s, 5m or 2h"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Map:
		return "a table of names and words"
	case t.Kind() == reflect.String:
		return "a word or a text"
	}
	return "a number"
}
