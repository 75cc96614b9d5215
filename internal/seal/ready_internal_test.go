package seal

import "testing"

// What a key seals with is kept for a bounded number of keys, and a key that fell out of them seals and opens as before.
func TestOnlySoManyKeysStandReady(t *testing.T) {
	keys := make([]*PersonKey, len(readyKeys.keys)+100)
	sealed := make([][]byte, len(keys))
	for i := range keys {
		var err error
		if keys[i], err = NewPersonKey(); err != nil {
			t.Fatal(err)
		}
		if sealed[i], err = keys[i].Seal([]byte("words"), "row"); err != nil {
			t.Fatal(err)
		}
	}
	ready := 0
	for _, k := range keys {
		if k.ready.Load() != nil {
			ready++
		}
	}
	if ready != len(readyKeys.keys) {
		t.Errorf("%d keys stand ready, want %d", ready, len(readyKeys.keys))
	}
	for i, k := range keys {
		if plain, err := k.Open(sealed[i], "row"); err != nil || string(plain) != "words" {
			t.Fatalf("key %d opens %q, %v", i, plain, err)
		}
	}
}
