// Package flattest fills values of any type at random, so that a test of a codec meets every field that its type has, and one
// that is added tomorrow.
package flattest

import (
	"math/rand/v2"
	"reflect"
	"time"
)

// texts are what is hard to write, and what is usual.
var texts = []string{
	"", "我想找一节课", "a", "<b>&\"\\/\b\f\n\r\t\x01\x7f", "\u2028\u2029", "\xff\xfe坏", "😀", "0190f0e4-7c1c-7e2f-8f0a-1a2b3c4d5e6f", "null", "{}", `\u0041`,
}

// Text is one of them.
func Text(r *rand.Rand) string { return texts[r.IntN(len(texts))] }

// Fill fills what v points at. Half of what may be left out is. own fills values of types that it knows, and says so.
func Fill(r *rand.Rand, v any, own func(v reflect.Value) bool) {
	fill(r, reflect.ValueOf(v).Elem(), own, 0)
}

func fill(r *rand.Rand, v reflect.Value, own func(v reflect.Value) bool, depth int) {
	if own(v) || r.IntN(3) == 0 || depth > 6 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(Text(r))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 12, 1_790_000_000_000}[r.IntN(5)])
	case reflect.Float64:
		v.SetFloat([]float64{0, 1, -2.5, 1e21, 26.0789}[r.IntN(5)])
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), own, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			fill(r, v.Index(i), own, depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key, own, depth+1)
			fill(r, value, own, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMicro(r.Int64N(2e15)).In(time.FixedZone("", 8*3600))))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(r, v.Field(i), own, depth+1)
			}
		}
	default:
	}
}
