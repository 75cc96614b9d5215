package dialog

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
)

// AppendJSON writes a state as encoding/json would.
func (st *State) AppendJSON(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	b = flatjson.Text(b, "v", st.Version)
	if len(st.Stack) > 0 {
		b = append(flatjson.Field(b, "s"), '[')
		for i := range st.Stack {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = st.Stack[i].appendJSON(b); err != nil {
				return nil, err
			}
		}
		b = append(b, ']')
	}
	b = flatjson.Int(b, "m", st.Misses)
	if len(st.Hits) > 0 {
		b = channel.AppendChoices(flatjson.Field(b, "h"), st.Hits)
	}
	b = flatjson.Flag(b, "e", st.Fresh)
	b = flatjson.Text(b, "q", st.Asked)
	b = flatjson.Flag(b, "o", st.Doubt)
	b = flatjson.Text(b, "l", st.Met)
	b = flatjson.Int(b, "t", st.At)
	b = flatjson.Text(b, "c", st.Scene)
	b = flatjson.Flag(b, "w", st.Away)
	b = flatjson.Flag(b, "u", st.Stuck)
	b = flatjson.Int(b, "n", st.Turn)
	b = flatjson.Text(b, "k", st.Took)
	if st.Heard != nil {
		if b, err = flatjson.Other(flatjson.Field(b, "b"), st.Heard); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func (f *Frame) appendJSON(b []byte) (_ []byte, err error) {
	b = flatjson.String(append(b, `{"f":`...), f.Flow)
	b = flatjson.String(append(b, `,"s":`...), f.Step)
	if len(f.Vars) > 0 {
		if b, err = f.Vars.AppendJSON(flatjson.Field(b, "v")); err != nil {
			return nil, err
		}
	}
	b = flatjson.Texts(b, "p", f.Past)
	b = flatjson.Int(b, "t", f.Tries)
	b = flatjson.Int(b, "n", f.Turn)
	b = flatjson.Flag(b, "b", f.Back)
	return append(b, '}'), nil
}

// AppendJSON writes variables as MarshalJSON does.
func (v Vars) AppendJSON(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(flatjson.String(b, name), ':')
		switch value := v[name].(type) {
		case string:
			b = flatjson.String(b, value)
		case float64:
			b, err = flatjson.Float(b, value)
		case bool:
			if value {
				b = append(b, "true"...)
			} else {
				b = append(b, "false"...)
			}
		case []channel.Choice:
			b = flatjson.Strings(append(b, `{"`+packedKey+`":`...), packed(value))
			b = append(b, '}')
		default:
			b, err = flatjson.Other(b, value)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// ReadJSON reads what AppendJSON, or encoding/json, wrote. What it does not know stops the reader.
func (st *State) ReadJSON(r *flatjson.Reader) {
	r.Object(func(name []byte) bool {
		switch string(name) {
		case "v":
			st.Version = r.String()
		case "s":
			r.Array(func() {
				var f Frame
				f.readJSON(r)
				st.Stack = append(st.Stack, f)
			})
		case "m":
			st.Misses = int(r.Int())
		case "h":
			st.Hits = channel.ReadChoices(r)
		case "e":
			st.Fresh = r.Flag()
		case "q":
			st.Asked = r.String()
		case "o":
			st.Doubt = r.Flag()
		case "l":
			st.Met = r.String()
		case "t":
			st.At = r.Int()
		case "c":
			st.Scene = r.String()
		case "w":
			st.Away = r.Flag()
		case "u":
			st.Stuck = r.Flag()
		case "n":
			st.Turn = int(r.Int())
		case "k":
			st.Took = r.String()
		case "b":
			r.Other(&st.Heard)
		default:
			return false
		}
		return true
	})
}

func (f *Frame) readJSON(r *flatjson.Reader) {
	r.Object(func(name []byte) bool {
		switch string(name) {
		case "f":
			f.Flow = r.String()
		case "s":
			f.Step = r.String()
		case "v":
			f.Vars = ReadVars(r)
		case "p":
			f.Past = r.Strings()
		case "t":
			f.Tries = int(r.Int())
		case "n":
			f.Turn = int(r.Int())
		case "b":
			f.Back = r.Flag()
		default:
			return false
		}
		return true
	})
}

// ReadVars reads variables as UnmarshalJSON does.
func ReadVars(r *flatjson.Reader) Vars {
	v := Vars{}
	r.Object(func(name []byte) bool {
		switch c := r.Next(); {
		case c == '"':
			v[string(name)] = r.String()
		case c == '[':
			v[string(name)] = r.Strings()
		case c == 't' || c == 'f':
			v[string(name)] = r.Flag()
		case c == '-' || c >= '0' && c <= '9':
			v[string(name)] = r.Float()
		case c == '{':
			var choices []channel.Choice
			r.Object(func(inner []byte) bool {
				if string(inner) != packedKey || choices != nil {
					return false
				}
				choices = unpacked(r.Strings())
				return true
			})
			if choices == nil {
				return false
			}
			v[string(name)] = choices
		default:
			return false
		}
		return utf8.Valid(name)
	})
	return v
}
