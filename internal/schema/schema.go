// Package schema tells an editor's program how each kind of content file is written, as JSON Schema: which keys there
// are, what each means and which words it takes. It is one room because all kinds share the strictness of the loaders
// (no key that they do not know) and one list of explanations, in words.go and words_risk.go,
// but for the keys that a domain explains itself. Start reading at Make.
package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
)

// Options are what the schemas are made of.
type Options struct {
	Shapes   map[string]any      // the kinds of file, each as the empty value that its loader decodes into
	Enums    map[string][]string // the words that a key takes, by "type.key" as in words.go
	Required map[string][]string // the keys that must be written, by type
	Words    map[string]string   // what keys mean that a domain explains where it declares them, by "type.key"
}

// Make returns the schema of every kind, as the text of a file. Every key must be explained in words.go and words_risk.go.
func Make(o Options) (map[string][]byte, error) {
	out, d := map[string][]byte{}, &dresser{Options: o}
	for kind, shape := range o.Shapes {
		r := &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true, ExpandedStruct: true, Mapper: mapped}
		s := r.ReflectFromType(reflect.TypeOf(shape))
		d.dress(kind, s)
		for name, def := range s.Definitions {
			d.dress(name, def)
		}
		s.Title, s.Description = titles[kind], "由 xinqiao schema 写出，不用手改。写法的说明在 dialogs/README.md。"
		raw, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("write schema %s: %w", kind, err)
		}
		out[kind] = append(raw, '\n')
	}
	if len(d.missing) > 0 {
		slices.Sort(d.missing)
		return nil, fmt.Errorf("internal/schema/words.go (or words_risk.go) does not explain %s", strings.Join(slices.Compact(d.missing), ", "))
	}
	return out, nil
}

// mapped gives the types that decode in their own way.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch {
	case t == reflect.TypeFor[yaml.MapSlice]():
		return &jsonschema.Schema{Type: "object"}
	case t.Kind() == reflect.Slice && t.Name() == "stringList":
		text, number := &jsonschema.Schema{Type: "string"}, &jsonschema.Schema{Type: "number"} // has: 12356 is a text too
		one := []*jsonschema.Schema{text, number}
		return &jsonschema.Schema{AnyOf: append(one, &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{AnyOf: one}})}
	}
	return nil
}

// dresser adds to a schema what a Go type cannot say.
type dresser struct {
	Options
	missing []string
}

func (d *dresser) dress(name string, s *jsonschema.Schema) {
	s.Required = d.Required[name]
	if s.Properties == nil {
		return
	}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		at, p := name+"."+pair.Key, pair.Value
		if p.Description = cmp.Or(d.Words[at], words[at], safetyWords[at]); p.Description == "" {
			d.missing = append(d.missing, at)
		}
		d.limit(at, p)
		if p.Items != nil && p.Items.Properties != nil {
			d.dress(pair.Key+"[]", p.Items)
		}
	}
}

// limit puts the words that a key takes where they stand: at the key, in its list or in its map.
func (d *dresser) limit(at string, p *jsonschema.Schema) {
	allowed := d.Enums[at]
	if len(allowed) == 0 {
		return
	}
	into := p
	switch {
	case p.Items != nil:
		into = p.Items
	case p.Type == "object":
		into = p.AdditionalProperties
	}
	into.Enum = make([]any, len(allowed))
	for i, w := range allowed {
		into.Enum[i] = w
	}
}
