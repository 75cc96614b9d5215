package seal_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	id, err := seal.File{Path: path}.Add()
	if err == nil {
		err = seal.File{Path: path}.Promote(id)
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
	if err := (seal.File{Path: path}).Create(); !errors.Is(err, seal.ErrExists) {
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

func TestAKeyFileMayBearAnotherLock(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl here")
	}
	pass := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(pass, []byte("示例\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock := []string{"openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-base64", "-pass", "file:" + pass}
	f := seal.File{Path: filepath.Join(t.TempDir(), "keys.json"), Wrap: lock, Unwrap: append(slices.Clone(lock), "-d")}
	s, err := f.Load(true)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(f.Path); err != nil || strings.Contains(string(raw), "sealing") {
		t.Errorf("the file is in clear: %v", err)
	}
	sealed, _ := s.Seal([]byte("before"), "x")
	id, err := f.Add()
	if err == nil {
		err = f.Promote(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := s.Reload(); err != nil || !changed || s.Keys().Primary != id {
		t.Errorf("read anew: %v %v %+v", changed, err, s.Keys())
	}
	again, err := f.Load(false)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, "x"); err != nil || string(plain) != "before" {
		t.Errorf("after a start: %q %v", plain, err)
	}
	for what, broken := range map[string]seal.File{
		"no command": {Path: f.Path}, "the wrong one": {Path: f.Path, Unwrap: []string{"false"}}, "none to be found": {Path: f.Path, Unwrap: []string{"/nowhere/unlock"}},
	} {
		if _, err := broken.Load(true); err == nil {
			t.Errorf("with %s it opened", what)
		}
	}
	if _, err := (seal.File{Path: f.Path, Unwrap: f.Unwrap}).Add(); err == nil || !strings.Contains(err.Error(), "keys.wrap") {
		t.Errorf("a file that nothing locks again was changed: %v", err)
	}
}

func TestAnotherKeyFileInThePlaceOfTheOneInUseIsNotTakenUp(t *testing.T) {
	s, path := fresh(t)
	sealed, _ := s.Seal([]byte("x"), "y")
	_, other := fresh(t)
	raw, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range [][]byte{raw, []byte("{"), nil} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if changed, err := s.Reload(); err == nil || changed {
			t.Errorf("another file was taken up: %v %v", changed, err)
		}
	}
	if _, err := s.Open(sealed, "y"); err != nil {
		t.Errorf("what was sealed before does not open any more: %v", err)
	}
}

func TestAPersonsTextOpensWithTheirKeyAloneAndWhereItBelongs(t *testing.T) {
	s, _ := fresh(t)
	mine, err := seal.NewPersonKey()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := seal.NewPersonKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := mine.Seal([]byte("孩子的话"), "message:1")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := mine.Open(sealed, "message:1"); err != nil || string(plain) != "孩子的话" {
		t.Errorf("opened: %q, %v", plain, err)
	}
	if _, err := mine.Open(sealed, "message:2"); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := theirs.Open(sealed, "message:1"); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("with another's key: %v", err)
	}
	if _, err := s.Open(sealed, "message:1"); err == nil {
		t.Error("the key file alone opens what a person wrote")
	}
	wrapped, err := s.Wrap(mine)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := s.Unwrap(mine.ID, wrapped); err != nil {
		t.Errorf("a stored key: %v", err)
	} else if plain, err := k.Open(sealed, "message:1"); err != nil || string(plain) != "孩子的话" {
		t.Errorf("with a stored key: %q, %v", plain, err)
	}
	if _, err := s.Unwrap(theirs.ID, wrapped); err == nil {
		t.Error("a key opened as another's")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v %s", mine, mine, mine, mine), "{") {
		t.Error("a key can be printed")
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
	f.Add(append([]byte(seal.PersonPrefix), make([]byte, 60)...), "message:p")
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

func BenchmarkSealUnderAPersonsKey(b *testing.B) {
	k, err := seal.NewPersonKey()
	if err != nil {
		b.Fatal(err)
	}
	plain := []byte(strings.Repeat("孩子不想上学怎么办", 10))
	for b.Loop() {
		if _, err := k.Seal(plain, "message:1"); err != nil {
			b.Fatal(err)
		}
	}
}
