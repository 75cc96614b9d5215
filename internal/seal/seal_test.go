package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

func fresh(t *testing.T) (*seal.Sealer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "keys.json")
	s, err := seal.LoadOrCreate(path, true)
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestWhatIsSealedOpensOnlyWhereItBelongs(t *testing.T) {
	s, _ := fresh(t)
	sealed, err := s.Seal([]byte("孩子的话"), "person:1")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sealed), "孩子") {
		t.Error("the sealed text can be read")
	}
	if plain, err := s.Open(sealed, "person:1"); err != nil || string(plain) != "孩子的话" {
		t.Errorf("Open: %q, %v", plain, err)
	}
	if _, err := s.Open(sealed, "person:2"); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("opened for another person: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := s.Open(sealed, "person:1"); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("opened although changed: %v", err)
	}
	other, _ := fresh(t)
	if _, err := other.Open(sealed, "person:1"); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("opened with other keys: %v", err)
	}
}

func TestRotationSealsAnewAndStillOpensTheOld(t *testing.T) {
	s, path := fresh(t)
	a := channel.Address{Channel: "wechat", Account: "main", User: "oParent-0001"}
	old, _ := s.Seal([]byte("before"), "x")
	id, err := seal.Add(path)
	if err == nil {
		err = seal.Promote(path, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := seal.LoadOrCreate(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := rotated.Open(old, "x"); err != nil || string(plain) != "before" {
		t.Errorf("what an older key sealed: %q, %v", plain, err)
	}
	anew, _ := rotated.Seal([]byte("after"), "x")
	if used, _ := seal.KeyOf(anew); used != id {
		t.Errorf("key %d sealed, want the new one, %d", used, id)
	}
	if plain, err := s.Open(anew, "x"); err != nil || string(plain) != "after" { // which reads the file again
		t.Errorf("what the new key sealed, by whoever began before it: %q, %v", plain, err)
	}
	if s.Index(a) != rotated.Index(a) {
		t.Error("a rotation must not change names")
	}
	if k := rotated.Keys(); len(k.IDs) != 2 || k.Primary != id || k.Using != id {
		t.Errorf("keys: %+v", k)
	}
}

func TestNamesTellAddressesApartAndHideThem(t *testing.T) {
	s, _ := fresh(t)
	a := channel.Address{Channel: "wechat", Account: "main", User: "u1"}
	b := channel.Address{Channel: "wechat", Account: "other", User: "u1"}
	one, again := s.Index(a), s.Index(a)
	if one == s.Index(b) || one != again || len(one) != 64 {
		t.Errorf("names: %s %s %s", one, again, s.Index(b))
	}
	other, _ := fresh(t)
	if s.Index(a) == other.Index(a) {
		t.Error("names must depend on the key")
	}
}

func TestAKeyFileIsPrivateAndNeverReplaced(t *testing.T) {
	_, path := fresh(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := seal.Create(path); !errors.Is(err, seal.ErrExists) {
		t.Errorf("Create over a key file: %v", err)
	}
	if _, err := seal.LoadOrCreate(filepath.Join(t.TempDir(), "none.json"), false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"sealing":{},"index":"AAAA"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(path, true); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a damaged file must say what to do: %v", err)
	}
}

func TestProcessesThatStartAtOnceShareOneKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	sealers := make([]*seal.Sealer, 8)
	var wg sync.WaitGroup
	for i := range sealers {
		wg.Go(func() {
			var err error
			if sealers[i], err = seal.LoadOrCreate(path, true); err != nil {
				t.Errorf("LoadOrCreate: %v", err)
			}
		})
	}
	wg.Wait()
	sealed, err := sealers[0].Seal([]byte("x"), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sealers {
		if _, err := s.Open(sealed, ""); err != nil {
			t.Errorf("process %d has other keys: %v", i, err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files beside the key file, %v; want none left over", len(left)-1, err)
	}
}

func TestDigestsTellTheirPartsApart(t *testing.T) {
	s, _ := fresh(t)
	if s.Digest("ab", "c") == s.Digest("a", "bc") || s.Digest("ab", "c") == s.Digest("ab", "c", "") {
		t.Error("different parts have one digest")
	}
	if one, again := s.Digest("ab", "c"), s.Digest("ab", "c"); one != again {
		t.Error("one input has two digests")
	}
}

func FuzzOpenNeverPanicsAndNeverOpensWhatWasNotSealed(f *testing.F) {
	s, err := seal.LoadOrCreate(filepath.Join(f.TempDir(), "keys.json"), true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, "")
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7}, "message:p")
	f.Fuzz(func(t *testing.T, sealed []byte, aad string) {
		if _, err := s.Open(sealed, aad); err == nil {
			t.Errorf("opened %x", sealed)
		}
	})
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte(`{"version":1,"index":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","sealing":{"primaryKeyId":1,"key":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, err := seal.Parse(raw); err == nil && s.Index(channel.Address{}) == "" {
			t.Error("a sealer without an index")
		}
	})
}

func BenchmarkSealAMessage(b *testing.B) {
	s, err := seal.LoadOrCreate(filepath.Join(b.TempDir(), "keys.json"), true)
	if err != nil {
		b.Fatal(err)
	}
	plain := []byte(strings.Repeat("孩子不想上学怎么办", 10))
	for b.Loop() {
		if _, err := s.Seal(plain, "person:1"); err != nil {
			b.Fatal(err)
		}
	}
}
