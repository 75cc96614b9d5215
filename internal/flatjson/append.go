// Package flatjson writes and reads the JSON of the few types that every message goes through, field by field and without
// reflection, which took a seventh of what a message cost. It writes byte for byte what encoding/json would. It reads what it
// wrote, and says of anything else that it cannot: then encoding/json reads it. Each type keeps its own fields in a file next to
// it (codec.go), whose test fails where a field was added to the type alone.
package flatjson

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Field begins a field of the object that is being written.
func Field(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// Text writes a field unless it is empty.
func Text[S ~string](b []byte, name string, s S) []byte {
	if s == "" {
		return b
	}
	return String(Field(b, name), string(s))
}

// Int writes a field unless it is zero.
func Int[N ~int | ~int64](b []byte, name string, n N) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(Field(b, name), int64(n), 10)
}

// Flag writes a field that is true.
func Flag(b []byte, name string, set bool) []byte {
	if !set {
		return b
	}
	return append(Field(b, name), "true"...)
}

// Texts writes a field unless it is empty.
func Texts(b []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	return Strings(Field(b, name), list)
}

// Strings writes a list.
func Strings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = String(b, s)
	}
	return append(b, ']')
}

// Counts writes a field unless it is empty.
func Counts(b []byte, name string, counts map[string]int) []byte {
	if len(counts) == 0 {
		return b
	}
	b = append(Field(b, name), '{')
	for i, key := range slices.Sorted(maps.Keys(counts)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(String(b, key), ':')
		b = strconv.AppendInt(b, int64(counts[key]), 10)
	}
	return append(b, '}')
}

const hexDigits = "0123456789abcdef"

// String writes a string.
func String(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, s[done:i]...), `\ufffd`...)
				done = i + n
			case r == '\u2028' || r == '\u2029': // they would end a line of a script
				b = append(append(b, s[done:i]...), `\u202`...)
				b = append(b, hexDigits[r&0xF])
				done = i + n
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			i++
			continue
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
		}
		i++
		done = i
	}
	return append(append(b, s[done:]...), '"')
}

// Float writes a number.
func Float(b []byte, f float64) ([]byte, error) {
	const exact = 1e15 // below it a whole number has no exponent
	if n := int64(f); f != 0 && -exact < f && f < exact && float64(n) == f {
		return strconv.AppendInt(b, n, 10), nil
	}
	return Other(b, f)
}

// Other writes any value by encoding/json: what is seldom there.
func Other(b []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(b, raw...), nil
}
