package flatjson

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Reader reads JSON in the compact form in which this package, and encoding/json, write it. What it does not know how to read
// stops it, for good: Done is then false, and nothing that was read is worth anything.
type Reader struct {
	b    []byte
	text string // the same, once a string was read: those that stand for themselves are parts of it, one allocation for all
	at   int
	bad  bool
}

// NewReader reads b, which must not change meanwhile. Strings that are read hold on to a copy of all of it.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Done says that everything was read, and understood.
func (r *Reader) Done() bool { return !r.bad && r.at == len(r.b) }

// Fail stops the reader: there is something that the caller does not know.
func (r *Reader) Fail() { r.bad = true }

// Next is the first byte of what comes next; 0 at the end.
func (r *Reader) Next() byte {
	if r.bad || r.at >= len(r.b) {
		return 0
	}
	return r.b[r.at]
}

func (r *Reader) skip(c byte) bool {
	if r.Next() != c {
		return false
	}
	r.at++
	return true
}

func (r *Reader) want(c byte) {
	if !r.skip(c) {
		r.bad = true
	}
}

// Object reads an object. field is handed each name, and must read its value; false stops the reader.
func (r *Reader) Object(field func(name []byte) bool) {
	r.want('{')
	if r.skip('}') {
		return
	}
	for !r.bad {
		name, plain := r.quoted()
		if r.want(':'); r.bad || !plain || !field(name) {
			r.bad = true
			return
		}
		if r.skip('}') {
			return
		}
		r.want(',')
	}
}

// Array reads an array; item must read each.
func (r *Reader) Array(item func()) {
	r.want('[')
	if r.skip(']') {
		return
	}
	for !r.bad {
		item()
		if r.skip(']') {
			return
		}
		r.want(',')
	}
}

// quoted reads a string as it stands; plain says that it stands for itself.
func (r *Reader) quoted() (inner []byte, plain bool) {
	from := r.at
	if r.want('"'); r.bad {
		return nil, false
	}
	plain = true
	for ; r.at < len(r.b); r.at++ {
		switch c := r.b[r.at]; {
		case c == '"':
			inner = r.b[from+1 : r.at]
			r.at++
			return inner, plain
		case c == '\\':
			plain = false
			r.at++ // what follows is no end
		case c < ' ':
			r.bad = true
			return nil, false
		}
	}
	r.bad = true
	return nil, false
}

// String reads a string.
func (r *Reader) String() (s string) {
	from := r.at
	inner, plain := r.quoted()
	switch {
	case r.bad:
		return ""
	case plain && utf8.Valid(inner):
		if r.text == "" {
			r.text = string(r.b)
		}
		return r.text[from+1 : r.at-1]
	}
	r.into(r.b[from:r.at], &s)
	return s
}

// Strings reads a list; it is never nil.
func (r *Reader) Strings() []string {
	list := make([]string, 0, 8)
	r.Array(func() { list = append(list, r.String()) })
	return list
}

// Int reads a whole number.
func (r *Reader) Int() int64 {
	n, err := strconv.ParseInt(string(r.number()), 10, 64)
	if err != nil {
		r.bad = true
	}
	return n
}

// number reads a number as it stands. A form that Go's own readers take and JSON does not, such as +1 or 01, stops it.
func (r *Reader) number() []byte {
	from := r.at
	for r.at < len(r.b) && (r.b[r.at] >= '0' && r.b[r.at] <= '9' || r.b[r.at] == '-' || r.b[r.at] == '.' || r.b[r.at] == 'e' || r.b[r.at] == 'E' || r.b[r.at] == '+') {
		r.at++
	}
	n := r.b[from:r.at]
	digits := n
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(digits) > 1 {
		r.bad = true
		return nil
	}
	return n
}

// Counts reads what Counts wrote.
func (r *Reader) Counts() map[string]int {
	counts := map[string]int{}
	r.Object(func(name []byte) bool {
		counts[string(name)] = int(r.Int())
		return utf8.Valid(name)
	})
	return counts
}

// Flag reads a truth.
func (r *Reader) Flag() bool {
	for _, word := range [...]string{"true", "false"} {
		if len(r.b)-r.at >= len(word) && string(r.b[r.at:r.at+len(word)]) == word {
			r.at += len(word)
			return word == "true"
		}
	}
	r.bad = true
	return false
}

// Other reads any value into what v points at by encoding/json: what is seldom there.
func (r *Reader) Other(v any) {
	from, depth := r.at, 0
	for !r.bad && r.at < len(r.b) {
		switch r.b[r.at] {
		case '"':
			r.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']', ',':
			if depth == 0 {
				r.into(r.b[from:r.at], v)
				return
			}
			if r.b[r.at] != ',' {
				depth--
			}
		}
		r.at++
	}
	r.into(r.b[from:r.at], v)
}

func (r *Reader) into(raw []byte, v any) {
	if r.bad || json.Unmarshal(raw, v) != nil {
		r.bad = true
	}
}

// Float reads a number.
func (r *Reader) Float() (f float64) {
	raw := r.number()
	const exact = 15 // so many digits are the same in a float64
	if len(raw) > 0 && len(raw) <= exact && raw[0] >= '1' {
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return float64(n)
		}
	}
	r.into(raw, &f)
	return f
}
