package flatjson_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
)

// FuzzReader lets the reader that is fast read what the one that is known reads too: what it accepts must be JSON, and say the
// same.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"s":"在吗","n":-5,"f":1.5e3,"b":true,"l":["a","b\n"],"c":{"x":1},"o":[{"y":null}]}`, `{}`, `{"s":"\ud83d\ude00"}`, `{"l":[]}`, `{"n":1e999}`, `{"s":"`, `{"s":"a",}`, ` {"s" : "a"} `, `{"s":"\u0000"}`} {
		f.Add([]byte(s))
	}
	type all struct {
		S string
		N int64
		F float64
		B bool
		L []string
		C map[string]int
		O any
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got all
		r := flatjson.NewReader(raw)
		r.Object(func(name []byte) bool {
			switch string(name) {
			case "s":
				got.S = r.String()
			case "n":
				got.N = r.Int()
			case "f":
				got.F = r.Float()
			case "b":
				got.B = r.Flag()
			case "l":
				got.L = r.Strings()
			case "c":
				got.C = r.Counts()
			case "o":
				r.Other(&got.O)
			default:
				return false
			}
			return true
		})
		if !r.Done() {
			return
		}
		var want struct {
			S string         `json:"s"`
			N int64          `json:"n"`
			F float64        `json:"f"`
			B bool           `json:"b"`
			L []string       `json:"l"`
			C map[string]int `json:"c"`
			O any            `json:"o"`
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("%q is read, and it is no JSON for us: %v", raw, err)
		}
		if !reflect.DeepEqual(got, all(want)) && !twice(raw) {
			t.Errorf("%q is read as %+v, and by encoding/json as %+v", raw, got, want)
		}
	})
}

// twice says that a name comes twice, or in other letters: encoding/json joins what stands under it.
func twice(raw []byte) bool {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return true
	}
	n := 0
	r := flatjson.NewReader(raw)
	r.Object(func([]byte) bool { n++; var x any; r.Other(&x); return true })
	return n != len(m)
}
