package bot

import (
	"bytes"
	"testing"
)

// FuzzState reads states as a session keeps them, of this version, of earlier ones, and broken.
func FuzzState(f *testing.F) {
	for _, s := range []string{
		`{"p":"person","a":"parent","d":{},"c":"case","t":true,"w":{"x":1},"o":["a"],"m":5}`, `{"p":"x","r":{"l":"high","t":[1,2]},"e":{"a":"学","l":3}}`, `{}`, `{"d":{"s":[{"f":"menu","s":"start","v":{"a":1}}]}}`, `{"p":`, `null`, `[]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		st, err := readState(raw)
		if err != nil {
			return
		}
		if ours, err := st.appendJSON(nil); err == nil { // others may write an empty list for none; from here on it is as we write it
			if st, err = readState(ours); err != nil {
				t.Fatalf("%s was read, written as %s and not read again: %v", raw, ours, err)
			}
		}
		once, err := st.appendJSON(nil)
		if err != nil {
			return // a variable of a kind that is not kept
		}
		back, err := readState(once)
		if err != nil {
			t.Fatalf("%s was read, written as %s and not read again: %v", raw, once, err)
		}
		if twice, err := back.appendJSON(nil); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("a state changes by being kept:\n%s\n%s\n%v", once, twice, err)
		}
	})
}
